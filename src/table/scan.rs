//! The physical plan of a scan, as far as the scans of all tables are alike.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Statistics;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::config::ConfigOptions;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation,
};
use datafusion::physical_plan::metrics::{
    BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet, Time,
};
use datafusion::physical_plan::stream::{RecordBatchReceiverStream, RecordBatchStreamAdapter};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, StatisticsArgs,
    apply_expression_roots,
};
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use tokio::sync::mpsc::Sender;

use super::metrics::RequestMetrics;

/// Keys and values in the line of a plan.
pub(crate) type Facts = Vec<(&'static str, String)>;

/// What a scan reads, and how.
pub(crate) trait Scan: fmt::Debug + Send + Sync + 'static {
    /// The name of its plan.
    const NAME: &'static str;

    /// What tells it from other scans, and what else is worth knowing before it runs: what stands
    /// before the projection in the line of a plan, and what behind it.
    fn facts(&self) -> (Facts, Facts);

    /// How many rows there may be.
    fn row_estimate(&self) -> Option<usize> {
        None
    }

    /// Whether it reads less by a filter on this column that becomes known while a join runs: what
    /// the other side of the join has found.
    fn narrows_by(&self, _column: &str) -> bool {
        false
    }

    /// Begins to read. Nothing is sent before the stream is polled.
    fn open(
        &self,
        wanted: Wanted,
        context: &TaskContext,
    ) -> BoxStream<'static, Result<RecordBatch>>;
}

/// What is wanted of a table, and what counts how much that takes.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) projection: Vec<usize>,
    /// The projected one.
    pub(crate) schema: SchemaRef,
    pub(crate) limit: Option<usize>,
    /// What joins tell of the rows that they need, over the projected columns: all of it is known
    /// when the stream is polled.
    pub(crate) of_joins: Vec<Arc<dyn PhysicalExpr>>,
    pub(crate) requests: RequestMetrics,
    /// The time spent computing rather than waiting.
    pub(crate) compute: Time,
}

/// Takes batches as they are made. It fails when nobody listens any more.
pub(crate) type Batches = Sender<Result<RecordBatch>>;

/// Reads on a task of its own, so that answers arrive while others are parsed. Nothing is sent
/// before the stream is polled, and nothing more once it is dropped.
pub(crate) fn read_on_a_task<R>(
    schema: SchemaRef,
    read: impl FnOnce(Batches) -> R + Send + 'static,
) -> BoxStream<'static, Result<RecordBatch>>
where
    R: Future<Output = crate::error::Result<()>> + Send + 'static,
{
    stream::once(async move {
        let mut builder = RecordBatchReceiverStream::builder(schema, 2);
        let sender = builder.tx();
        builder.spawn(async move { read(sender).await.map_err(DataFusionError::from) });
        Ok::<_, DataFusionError>(builder.build())
    })
    .try_flatten()
    .boxed()
}

/// The plan of a scan. One partition; rows come in the order of the source.
#[derive(Debug)]
pub(crate) struct ScanExec<S> {
    scan: Arc<S>,
    projection: Vec<usize>,
    schema: SchemaRef,
    limit: Option<usize>,
    of_joins: Vec<Arc<dyn PhysicalExpr>>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl<S: Scan> ScanExec<S> {
    /// `all` is the schema of the whole table.
    pub(crate) fn try_new(
        scan: S,
        all: &SchemaRef,
        projection: Option<&Vec<usize>>,
        limit: Option<usize>,
    ) -> Result<Self> {
        let projection = projection.cloned().unwrap_or_else(|| (0..all.fields().len()).collect());
        let schema = Arc::new(all.project(&projection)?);
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        let metrics = ExecutionPlanMetricsSet::new();
        let (scan, of_joins) = (Arc::new(scan), Vec::new());
        Ok(Self { scan, projection, schema, limit, of_joins, properties, metrics })
    }

    /// The same scan once more.
    fn copy(&self) -> Self {
        Self {
            scan: Arc::clone(&self.scan),
            projection: self.projection.clone(),
            schema: Arc::clone(&self.schema),
            limit: self.limit,
            of_joins: self.of_joins.clone(),
            properties: Arc::clone(&self.properties),
            metrics: self.metrics.clone(),
        }
    }

    /// Whether a filter saves requests.
    fn narrows_by(&self, filter: &Arc<dyn PhysicalExpr>) -> bool {
        // Of several columns a part may tell something of one.
        collect_columns(filter).iter().any(|column| self.scan.narrows_by(column.name()))
    }

    fn facts(&self) -> Facts {
        let columns: Vec<&str> =
            self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        let (mut facts, behind) = self.scan.facts();
        facts.push(("projection", format!("[{}]", columns.join(", "))));
        facts.extend(self.limit.map(|limit| ("limit", limit.to_string())));
        let columns = self.of_joins.iter().flat_map(collect_columns);
        let columns = columns.map(|column| column.name().to_owned());
        let joined: BTreeSet<String> = columns.filter(|name| self.scan.narrows_by(name)).collect();
        if !joined.is_empty() {
            let columns: Vec<String> = joined.into_iter().collect();
            facts.push(("joins_tell", format!("[{}]", columns.join(", "))));
        }
        facts.extend(behind);
        facts
    }
}

impl<S: Scan> DisplayAs for ScanExec<S> {
    fn fmt_as(&self, kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts: Vec<String> =
            self.facts().into_iter().map(|(key, value)| format!("{key}={value}")).collect();
        match kind {
            DisplayFormatType::Default | DisplayFormatType::Verbose => {
                write!(f, "{}: {}", S::NAME, facts.join(", "))
            }
            DisplayFormatType::TreeRender => {
                facts.iter().try_for_each(|fact| writeln!(f, "{fact}"))
            }
        }
    }
}

impl<S: Scan> ExecutionPlan for ScanExec<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        // A join looks here whether anybody uses what it tells.
        apply_expression_roots(&self.of_joins, f)
    }

    fn handle_child_pushdown_result(
        &self,
        phase: FilterPushdownPhase,
        pushed: ChildPushdownResult,
        _config: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        let told = pushed.parent_filters.iter().map(|it| &it.filter);
        let told: Vec<_> = told.filter(|filter| self.narrows_by(filter)).cloned().collect();
        // Whoever has a filter applies it too: here it only saves requests.
        let answer = FilterPushdownPropagation::all_unsupported(pushed);
        // Under a limit, other rows would be the first ones.
        if phase != FilterPushdownPhase::Post || told.is_empty() || self.limit.is_some() {
            return Ok(answer);
        }
        let mut narrowed = self.copy();
        narrowed.of_joins.extend(told);
        Ok(answer.with_updated_node(Arc::new(narrowed)))
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
        let baseline = BaselineMetrics::new(&self.metrics, partition);
        let wanted = Wanted {
            projection: self.projection.clone(),
            schema: Arc::clone(&self.schema),
            limit: self.limit,
            of_joins: self.of_joins.clone(),
            requests: RequestMetrics::new(&self.metrics, partition),
            compute: baseline.elapsed_compute().clone(),
        };
        let mut batches = self.scan.open(wanted, &context);
        let counted =
            stream::poll_fn(move |context| baseline.record_poll(batches.poll_next_unpin(context)));
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), counted)))
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
        if let Some(rows) = self.scan.row_estimate() {
            let rows = self.limit.map_or(rows, |limit| rows.min(limit));
            statistics.num_rows = Precision::Inexact(rows);
        }
        Ok(Arc::new(statistics))
    }

    fn fetch(&self) -> Option<usize> {
        self.limit
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn ExecutionPlan>> {
        let mut limited = Self { limit, ..self.copy() };
        if limit.is_some() {
            limited.of_joins.clear();
        }
        Some(Arc::new(limited))
    }
}
