//! The physical plan of a change.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{Distribution, EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, InputDistributionRequirements, Partitioning,
    PlanProperties,
};
use futures::stream::{self, StreamExt};

use super::{Work, Writer};
use crate::error::{Error, ErrorKind};
use crate::table::metrics::RequestMetrics;

/// Has a writer take the rows of its input when it is polled, once. One partition.
#[derive(Debug)]
pub(crate) struct ChangeExec {
    writer: Arc<dyn Writer>,
    rows: Arc<dyn ExecutionPlan>,
    begun: Arc<AtomicBool>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl ChangeExec {
    pub(super) fn new(
        writer: Arc<dyn Writer>,
        rows: Arc<dyn ExecutionPlan>,
        begun: Arc<AtomicBool>,
    ) -> Self {
        let schema = writer.schema();
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        ));
        let metrics = ExecutionPlanMetricsSet::new();
        Self { writer, rows, begun, schema, properties, metrics }
    }
}

impl DisplayAs for ChangeExec {
    fn fmt_as(&self, kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self.writer.facts();
        let mut facts = facts.iter().map(|(key, value)| format!("{key}={value}"));
        match kind {
            DisplayFormatType::Default | DisplayFormatType::Verbose => {
                write!(f, "{}: {}", self.writer.name(), facts.collect::<Vec<_>>().join(", "))
            }
            DisplayFormatType::TreeRender => facts.try_for_each(|fact| writeln!(f, "{fact}")),
        }
    }
}

impl ExecutionPlan for ChangeExec {
    fn name(&self) -> &str {
        self.writer.name()
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.rows]
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::SinglePartition])
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(rows) = children.pop() else { return Ok(self) };
        Ok(Arc::new(Self::new(Arc::clone(&self.writer), rows, Arc::clone(&self.begun))))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let rows = Arc::clone(&self.rows);
        let (writer, begun) = (Arc::clone(&self.writer), Arc::clone(&self.begun));
        let observer = Arc::new(RequestMetrics::new(&self.metrics, partition));
        let baseline = BaselineMetrics::new(&self.metrics, partition);
        let run = async move {
            if begun.swap(true, Ordering::Relaxed) {
                return Err(has_run());
            }
            let work = Work { observer, context: Arc::clone(&context) };
            let result = writer.write(rows.execute(0, context)?, work).await;
            result.map_err(DataFusionError::from)
        };
        let mut result = stream::once(Box::pin(run));
        let counted =
            stream::poll_fn(move |context| baseline.record_poll(result.poll_next_unpin(context)));
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), counted)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

fn has_run() -> DataFusionError {
    Error::new(ErrorKind::Query, "this statement has run already")
        .with_hint("a plan that changes something runs once; plan the statement again to repeat it")
        .into()
}
