//! A change in the logical plan, and from there into the physical one.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use datafusion::common::{Column, DFSchema, DFSchemaRef};
use datafusion::error::Result;
use datafusion::execution::SessionState;
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{
    Expr, Extension, LogicalPlan, LogicalPlanBuilder, UserDefinedLogicalNode,
    UserDefinedLogicalNodeCore,
};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};

use super::Writer;
use super::exec::ChangeExec;

/// A writer above the plan of the rows that it takes.
#[derive(Debug, Clone)]
pub(crate) struct ChangeNode {
    writer: Arc<dyn Writer>,
    rows: LogicalPlan,
    schema: DFSchemaRef,
    /// Whether it has begun to write, which it does once.
    begun: Arc<AtomicBool>,
}

impl ChangeNode {
    /// The plan of a change. `rows` are whole rows of the table.
    pub(crate) fn plan(writer: Arc<dyn Writer>, rows: LogicalPlan) -> Result<LogicalPlan> {
        let columns: Vec<Expr> = writer
            .wanted()
            .into_iter()
            .map(|index| Expr::Column(Column::from(rows.schema().qualified_field(index))))
            .collect();
        let rows = LogicalPlanBuilder::from(rows).project(columns)?.build()?;
        let schema = Arc::new(DFSchema::try_from(writer.schema())?);
        let node = Self { writer, rows, schema, begun: Arc::default() };
        Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
    }

    /// The same plan, whose writer knows how much it is going to write; other plans stay.
    ///
    /// # Errors
    /// As every call.
    pub(crate) async fn counted(
        plan: LogicalPlan,
        state: &SessionState,
    ) -> crate::error::Result<LogicalPlan> {
        let LogicalPlan::Extension(extension) = &plan else { return Ok(plan) };
        let Some(node) = extension.node.as_any().downcast_ref::<Self>() else { return Ok(plan) };
        let Some(writer) = node.writer.counted(&node.rows, state).await? else { return Ok(plan) };
        let node = Arc::new(Self { writer, ..node.clone() });
        Ok(LogicalPlan::Extension(Extension { node }))
    }

    /// A plan that may write once more, if it has written: a prepared statement is executed as often
    /// as somebody says so.
    pub(crate) fn renewed(plan: LogicalPlan) -> LogicalPlan {
        match &plan {
            LogicalPlan::Extension(extension) => match extension.node.as_any().downcast_ref() {
                Some(Self { writer, rows, schema, .. }) => {
                    let (writer, schema) = (Arc::clone(writer), Arc::clone(schema));
                    let node = Self { writer, rows: rows.clone(), schema, begun: Arc::default() };
                    LogicalPlan::Extension(Extension { node: Arc::new(node) })
                }
                None => plan,
            },
            _ => plan,
        }
    }
}

impl PartialEq for ChangeNode {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.begun, &other.begun) && self.rows == other.rows
    }
}

impl Eq for ChangeNode {}

impl Hash for ChangeNode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rows.hash(state);
    }
}

impl PartialOrd for ChangeNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl UserDefinedLogicalNodeCore for ChangeNode {
    fn name(&self) -> &str {
        self.writer.name()
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.rows]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.writer.name())
    }

    fn with_exprs_and_inputs(
        &self,
        _expressions: Vec<Expr>,
        mut inputs: Vec<LogicalPlan>,
    ) -> Result<Self> {
        let rows = inputs.pop().unwrap_or_else(|| self.rows.clone());
        Ok(Self { rows, ..self.clone() })
    }

    /// All of its input, so that the optimizer goes on below.
    fn necessary_children_exprs(&self, _output: &[usize]) -> Option<Vec<Vec<usize>>> {
        Some(vec![(0..self.rows.schema().fields().len()).collect()])
    }
}

/// Plans as DataFusion does, and changes besides.
#[derive(Debug)]
pub(crate) struct ChangePlanner;

#[async_trait]
impl QueryPlanner for ChangePlanner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn datafusion::catalog::Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let planner = DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(Self)]);
        planner.create_physical_plan(plan, session).await
    }
}

#[async_trait]
impl ExtensionPlanner for ChangePlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        _session: &dyn datafusion::catalog::Session,
        _context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(node) = node.as_any().downcast_ref::<ChangeNode>() else { return Ok(None) };
        let [rows] = physical_inputs else { return Ok(None) };
        let (writer, begun) = (Arc::clone(&node.writer), Arc::clone(&node.begun));
        Ok(Some(Arc::new(ChangeExec::new(writer, Arc::clone(rows), begun))))
    }
}
