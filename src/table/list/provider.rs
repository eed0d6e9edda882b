//! The table as DataFusion sees it.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::scan::ListScan;
use super::shape::ListShape;
use super::way::{Way, translate};
use crate::client::model::{ListId, ListMetadata, Model};
use crate::table::Connection;
use crate::table::equality::pushdown;
use crate::table::scan::ScanExec;

/// A list as a table.
#[derive(Debug, Clone)]
pub struct ListTable {
    connection: Connection,
    model: Arc<Model>,
    metadata: Arc<ListMetadata>,
    shape: Arc<ListShape>,
}

impl ListTable {
    /// A table over a list whose metadata is known.
    pub fn new(connection: Connection, model: Arc<Model>, metadata: Arc<ListMetadata>) -> Self {
        let shape = Arc::new(ListShape::new(&metadata, connection.settings.column_types));
        Self { connection, model, metadata, shape }
    }

    /// The way to the service.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The model that the list is in.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// The list's id.
    pub fn list(&self) -> &ListId {
        &self.metadata.id
    }

    /// The list's name.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// What the list is made of.
    pub fn metadata(&self) -> &Arc<ListMetadata> {
        &self.metadata
    }

    /// The table's columns.
    pub fn shape(&self) -> &Arc<ListShape> {
        &self.shape
    }

    /// All items with all columns, for who writes them. Nothing is sent before the stream is polled.
    ///
    /// # Errors
    /// None are known; those of reading come with the stream.
    pub(crate) fn items(&self, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let way = Way::choose((&self.shape, &self.metadata), None, &[], None);
        let scan = ListScan { table: Arc::new(self.clone()), way };
        ScanExec::try_new(scan, &self.schema(), None, None)?.execute(0, context)
    }
}

#[async_trait]
impl TableProvider for ListTable {
    fn schema(&self) -> SchemaRef {
        self.shape.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let way = Way::choose((&self.shape, &self.metadata), projection, filters, limit);
        let scan = ListScan { table: Arc::new(self.clone()), way };
        Ok(Arc::new(ScanExec::try_new(scan, &self.schema(), projection, limit)?))
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(pushdown(filters, |filter| translate(&self.metadata, filter).is_some()))
    }
}
