//! Keeps DataFusion from moving filters to the wrong side of a join.
//!
//! DataFusion 55 moves filters down a physical plan by the *names* of columns. Between a join and a
//! filter above it, a plan may have two columns of one name, as a join of two months' grids has:
//! the filter then lands on the first of them, and rows come that should not. Logical plans don't
//! have the fault, and what travels to Anaplan is decided there. So nothing moves through a node with
//! two columns of one name, which costs time and never rows. What a join itself tells its sides
//! begins below it: its own names harm nobody.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::{ExecutionPlan, replace_children_if_necessary};

type Rule = Arc<dyn PhysicalOptimizerRule + Send + Sync>;

/// The steps of DataFusion's physical optimizer, those that move filters made safe.
pub(super) fn rules() -> Vec<Rule> {
    let careful = |rule: Rule| match rule.name().starts_with("FilterPushdown") {
        true => Arc::new(UnlessAmbiguous(rule)) as Rule,
        false => rule,
    };
    PhysicalOptimizer::new().rules.into_iter().map(careful).collect()
}

/// A step that is left out above a name that means several columns.
#[derive(Debug)]
struct UnlessAmbiguous(Rule);

impl PhysicalOptimizerRule for UnlessAmbiguous {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let children: Vec<_> = plan.children().into_iter().cloned().collect();
        if !children.iter().map(is_ambiguous).collect::<Result<Vec<bool>>>()?.contains(&true) {
            return self.0.optimize(plan, config);
        }
        let children = children.into_iter().map(|child| self.optimize(child, config));
        replace_children_if_necessary(plan, children.collect::<Result<_>>()?)
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }
}

fn is_ambiguous(plan: &Arc<dyn ExecutionPlan>) -> Result<bool> {
    let mut found = false;
    plan.apply(|node| {
        let mut names = HashSet::new();
        let schema = node.schema();
        found = !schema.fields().iter().all(|field| names.insert(field.name().as_str()));
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_steps_that_move_filters_are_made_safe() {
        let careful = rules();
        let safe = |rule: &&Rule| format!("{rule:?}").starts_with("UnlessAmbiguous");
        assert_eq!(careful.iter().filter(safe).count(), 2);
        assert_eq!(careful.len(), PhysicalOptimizer::new().rules.len());
    }
}
