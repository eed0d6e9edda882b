//! Which models a metadata table reads, by filters on what all rows of a model have in common.
//!
//! `=` and `IN` are [`KeyFilters`](super::KeyFilters). Whatever else a filter says of these columns,
//! as LIKE, and what a join tells of them, is worked out here over the names of models, which a
//! session knows: no model is asked in vain.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::catalog::Session;
use datafusion::common::DFSchema;
use datafusion::common::tree_node::TreeNode;
use datafusion::error::Result;
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::utils::collect_columns;

use super::{MODEL_ID, MODEL_NAME, WORKSPACE_ID};
use crate::client::model::Model;
use crate::table::truth::{is_true, parts};

/// The columns that all rows of a model have in common.
const COLUMNS: [&str; 3] = [WORKSPACE_ID.name, MODEL_ID.name, MODEL_NAME.name];

/// Filters over the names of models.
#[derive(Debug, Clone, Default)]
pub(super) struct ModelChoice {
    /// What must be so.
    filters: Vec<Arc<dyn PhysicalExpr>>,
    /// What joins tell: a help, no more.
    of_joins: Vec<Arc<dyn PhysicalExpr>>,
    /// The filters as statements write them.
    shown: Vec<String>,
}

/// Whether a column has the same value in all rows of a model.
pub(super) fn is_of_model(column: &str) -> bool {
    COLUMNS.contains(&column)
}

/// Whether a filter says something of a model, and the same whenever it is asked. The answer to "is
/// it pushed down" is this function too.
pub(super) fn chooses_models(filter: &Expr) -> bool {
    let columns = filter.column_refs();
    // What isn't worked out of the row alone.
    let needs_more = |expr: &Expr| {
        Ok(expr.is_volatile_node()
            || matches!(
                expr,
                Expr::ScalarSubquery(_)
                    | Expr::InSubquery(_)
                    | Expr::Exists(_)
                    | Expr::SetComparison(_)
                    | Expr::OuterReferenceColumn(..)
                    | Expr::Placeholder(_)
            ))
    };
    !columns.is_empty()
        && columns.iter().all(|column| is_of_model(&column.name))
        && filter.exists(needs_more).is_ok_and(|needs_more| !needs_more)
}

impl ModelChoice {
    /// Takes filters (joined by AND) that choose models.
    pub(super) fn try_new(session: &dyn Session, filters: &[&Expr]) -> Result<Self> {
        let field = |name: &str| Field::new(name, DataType::Utf8, true);
        let schema = DFSchema::try_from(Schema::new(COLUMNS.map(field).to_vec()))?;
        let physical = |filter: &&Expr| session.create_physical_expr((*filter).clone(), &schema);
        Ok(Self {
            filters: filters.iter().map(physical).collect::<Result<_>>()?,
            of_joins: Vec::new(),
            shown: filters.iter().map(ToString::to_string).collect(),
        })
    }

    /// The same with what joins tell.
    pub(super) fn narrowed(&self, of_joins: Vec<Arc<dyn PhysicalExpr>>) -> Self {
        Self { of_joins, ..self.clone() }
    }

    /// The filters as statements write them.
    pub(super) fn shown(&self) -> &[String] {
        &self.shown
    }

    /// Leaves out the models that aren't chosen.
    pub(super) fn retain(&self, mut models: Vec<Arc<Model>>) -> Result<Vec<Arc<Model>>> {
        for filter in &self.filters {
            keep(filter, &mut models)?;
        }
        let of_models = |told: &Arc<dyn PhysicalExpr>| {
            collect_columns(told).iter().all(|column| is_of_model(column.name()))
        };
        for told in self.of_joins.iter().flat_map(parts).filter(of_models) {
            if let Err(error) = keep(&told, &mut models) {
                tracing::debug!(%error, "what a join tells can't be used");
            }
        }
        Ok(models)
    }
}

/// Leaves out the models of which a filter isn't true.
fn keep(filter: &Arc<dyn PhysicalExpr>, models: &mut Vec<Arc<Model>>) -> Result<()> {
    let texts = |text: fn(&Model) -> &str| models.iter().map(|model| Some(text(model))).collect();
    let [workspace, id, name] = COLUMNS;
    let chosen = is_true(
        filter,
        vec![
            (workspace, texts(|model| model.current_workspace_id.as_str())),
            (id, texts(|model| model.id.as_str())),
            (name, texts(|model| &model.name)),
        ],
    )?;
    let mut chosen = chosen.into_iter();
    models.retain(|_| chosen.next().unwrap_or(false));
    Ok(())
}

#[cfg(test)]
mod tests {
    use datafusion::functions::expr_fn::random;
    use datafusion::prelude::{SessionContext, col, lit};

    use super::*;

    fn models() -> Vec<Arc<Model>> {
        let model = |(id, name): (&str, &str)| -> Arc<Model> {
            let json = serde_json::json!({ "id": id, "name": name, "currentWorkspaceId": "w" });
            Arc::new(serde_json::from_value(json).expect("a model"))
        };
        [("A", "Sales"), ("B", "Sales 2"), ("C", "HR")].map(model).to_vec()
    }

    #[test]
    fn models_are_chosen_by_whatever_filters_say_of_them() {
        let state = SessionContext::new().state();
        for (filter, expected) in [
            (col("model_name").like(lit("Sales%")), "AB"),
            (col("model_name").not_eq(lit("HR")).and(col("model_id").gt(lit("A"))), "B"),
            (col("workspace_id").is_null(), ""),
            (col("model_id").eq(lit(datafusion::common::ScalarValue::Utf8(None))), ""),
        ] {
            assert!(chooses_models(&filter), "{filter}");
            let choice = ModelChoice::try_new(&state, &[&filter]).expect("a filter");
            let found = choice.retain(models()).expect("models");
            let ids: String = found.iter().map(|model| model.id.to_string()).collect();
            assert_eq!(ids, expected, "{filter}");
        }
    }

    #[test]
    fn what_is_of_rows_or_changes_chooses_no_models() {
        for filter in [
            col("name").like(lit("a%")),
            col("model_name").eq(col("name")),
            lit(true),
            random().lt(lit(0.5)).or(col("model_id").eq(lit("A"))),
        ] {
            assert!(!chooses_models(&filter), "{filter}");
        }
    }
}
