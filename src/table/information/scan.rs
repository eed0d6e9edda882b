//! The physical plan of a read of metadata.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties,
};
use futures::StreamExt;

use super::column::batch;
use super::{InformationTable, KeyFilters, Request, Scope};
use crate::table::metrics::RequestMetrics;

/// Reads a metadata table. One partition.
#[derive(Debug, Clone)]
pub(super) struct InformationExec {
    table: InformationTable,
    projection: Vec<usize>,
    schema: SchemaRef,
    filters: KeyFilters,
    limit: Option<usize>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl InformationExec {
    pub(super) fn try_new(
        table: InformationTable,
        projection: Option<&Vec<usize>>,
        filters: KeyFilters,
        limit: Option<usize>,
    ) -> Result<Self> {
        let columns = table.definition().columns;
        let projection = projection.cloned().unwrap_or_else(|| (0..columns.len()).collect());
        let all = datafusion::catalog::TableProvider::schema(&table);
        let schema = Arc::new(all.project(&projection)?);
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        let metrics = ExecutionPlanMetricsSet::new();
        Ok(Self { table, projection, schema, filters, limit, properties, metrics })
    }
}

impl DisplayAs for InformationExec {
    fn fmt_as(&self, _kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<&str> =
            self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        write!(
            f,
            "InformationExec: table={}, projection=[{}]",
            self.table.definition().name,
            columns.join(", ")
        )?;
        let filters = self.filters.to_string();
        if !filters.is_empty() {
            write!(f, ", filters=[{filters}]")?;
        }
        match self.limit {
            Some(limit) => write!(f, ", limit={limit}"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for InformationExec {
    fn name(&self) -> &'static str {
        "InformationExec"
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
        _context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let definition = self.table.definition();
        let scope = Scope {
            observer: Arc::new(RequestMetrics::new(&self.metrics, partition)),
            ..self.table.scope().clone()
        };
        let batch_size = scope.connection.batch_size;
        let rows = (definition.rows)(Request { scope, filters: self.filters.clone() });
        let rows = rows.take(self.limit.unwrap_or(usize::MAX));
        let baseline = BaselineMetrics::new(&self.metrics, partition);
        let (projection, schema) = (self.projection.clone(), Arc::clone(&self.schema));
        let batches = rows.ready_chunks(batch_size).map(move |rows| {
            let rows = rows.into_iter().collect::<crate::Result<Vec<_>>>();
            let batch = rows
                .and_then(|rows| batch(&rows, definition.columns, &projection, &schema))
                .map_err(DataFusionError::from)?;
            baseline.record_output(batch.num_rows());
            Ok(batch)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn fetch(&self) -> Option<usize> {
        self.limit
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn ExecutionPlan>> {
        Some(Arc::new(Self { limit, ..self.clone() }))
    }
}
