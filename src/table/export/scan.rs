//! The physical plan of a scan.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Statistics;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::{RecordBatchReceiverStream, RecordBatchStreamAdapter};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, StatisticsArgs,
};
use futures::{StreamExt, TryStreamExt, stream};

use super::fetch::Fetch;
use super::provider::ExportTable;
use super::read::Reading;
use super::run::HeldRuns;
use crate::http::Observer;
use crate::progress::ScanProgress;
use crate::table::metrics::RequestMetrics;

/// Runs an export and reads its file. One partition; rows come in the order of the file.
#[derive(Debug, Clone)]
pub(super) struct ExportExec {
    table: Arc<ExportTable>,
    projection: Vec<usize>,
    schema: SchemaRef,
    limit: Option<usize>,
    /// Whether it was planned to read the last run's file again. What is done is decided anew
    /// when it runs.
    reuses: bool,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl ExportExec {
    pub(super) fn try_new(
        table: Arc<ExportTable>,
        projection: Option<&Vec<usize>>,
        limit: Option<usize>,
        reuses: bool,
    ) -> Result<Self> {
        let all = table.shape().schema();
        let projection = projection.cloned().unwrap_or_else(|| (0..all.fields().len()).collect());
        let schema = Arc::new(all.project(&projection)?);
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        let metrics = ExecutionPlanMetricsSet::new();
        Ok(Self { table, projection, schema, limit, reuses, properties, metrics })
    }
}

impl DisplayAs for ExportExec {
    fn fmt_as(&self, kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<&str> =
            self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        let (columns, limit) = (columns.join(", "), self.limit);
        match kind {
            DisplayFormatType::Default | DisplayFormatType::Verbose => {
                write!(
                    f,
                    "ExportExec: export={:?}, model={:?}, projection=[{columns}]",
                    self.table.name(),
                    self.table.model_name(),
                )?;
                if let Some(limit) = limit {
                    write!(f, ", limit={limit}")?;
                }
                write!(f, ", locks_model={}", !self.reuses)
            }
            DisplayFormatType::TreeRender => {
                writeln!(f, "export={}", self.table.name())?;
                writeln!(f, "columns={columns}")?;
                if let Some(limit) = limit {
                    writeln!(f, "limit={limit}")?;
                }
                writeln!(f, "locks_model={}", !self.reuses)
            }
        }
    }
}

impl ExecutionPlan for ExportExec {
    fn name(&self) -> &'static str {
        "ExportExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        _children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let connection = self.table.connection();
        let progress = connection.progress.scan(self.table.name());
        let held = context.session_config().get_extension::<HeldRuns>();
        let reading = Arc::new(Reading {
            projection: self.projection.clone(),
            schema: Arc::clone(&self.schema),
            limit: self.limit,
            // Joined now, not when polled, so that both sides of a self-join share a run.
            slot: connection.runs.join(self.table.key(), held.as_deref()),
            fetch: Fetch {
                table: Arc::clone(&self.table),
                observer: Arc::new(ScanObserver {
                    metrics: RequestMetrics::new(&self.metrics, partition),
                    progress: Arc::clone(&progress),
                }),
                progress,
            },
        });
        let baseline = BaselineMetrics::new(&self.metrics, partition);
        let schema = Arc::clone(&self.schema);
        // Nothing is sent before the stream is polled.
        let started = stream::once(async move {
            let mut builder = RecordBatchReceiverStream::builder(schema, 2);
            let sender = builder.tx();
            builder.spawn(async move { reading.run(sender).await.map_err(DataFusionError::from) });
            Ok::<_, DataFusionError>(builder.build())
        });
        let batches = started.try_flatten().inspect(move |batch| {
            if let Ok(batch) = batch {
                baseline.record_output(batch.num_rows());
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(
        &self,
        _inputs: &[Arc<Statistics>],
        _args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let mut statistics = Statistics::new_unknown(&self.schema);
        if let Some(rows) = self.table.shape().row_estimate.and_then(|n| usize::try_from(n).ok()) {
            let rows = self.limit.map_or(rows, |limit| rows.min(limit));
            statistics.num_rows = Precision::Inexact(rows);
        }
        Ok(Arc::new(statistics))
    }

    fn supports_limit_pushdown(&self) -> bool {
        false
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn ExecutionPlan>> {
        Some(Arc::new(Self { limit, ..self.clone() }))
    }

    fn fetch(&self) -> Option<usize> {
        self.limit
    }
}

/// Counts for EXPLAIN ANALYZE and for those who watch.
struct ScanObserver {
    metrics: RequestMetrics,
    progress: Arc<ScanProgress>,
}

impl Observer for ScanObserver {
    fn sending(&self) {
        self.metrics.sending();
    }

    fn retrying(&self) {
        self.metrics.retrying();
    }

    fn received(&self, bytes: usize) {
        self.metrics.received(bytes);
        self.progress.bytes(bytes);
    }
}
