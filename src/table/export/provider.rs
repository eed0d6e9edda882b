//! The table as DataFusion sees it.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::exec::ExportExec;
use super::shape::ExportShape;
use crate::client::model::{Export, ExportId, Model, ModelId};
use crate::table::Connection;

/// An export as a table. Each scan runs the export, which locks the model while it runs.
#[derive(Debug, Clone)]
pub struct ExportTable {
    connection: Connection,
    model_id: ModelId,
    model_name: String,
    export_id: ExportId,
    name: String,
    shape: Arc<ExportShape>,
}

impl ExportTable {
    /// A table over an export whose metadata is known.
    pub fn new(
        connection: Connection,
        model: &Model,
        export: &Export,
        shape: Arc<ExportShape>,
    ) -> Self {
        Self {
            connection,
            model_id: model.id.clone(),
            model_name: model.name.clone(),
            export_id: export.id.clone(),
            name: export.name.clone(),
            shape,
        }
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn model_id(&self) -> &ModelId {
        &self.model_id
    }

    pub(super) fn model_name(&self) -> &str {
        &self.model_name
    }

    pub(super) fn export_id(&self) -> &ExportId {
        &self.export_id
    }

    /// Whether the file of the last run is young enough to be read again.
    pub(super) async fn has_fresh_file(&self) -> crate::Result<bool> {
        let Connection { client, settings, runs, .. } = &self.connection;
        if settings.max_staleness.is_zero() {
            return Ok(false);
        }
        let age = runs.last.age(client, &self.model_id, &self.export_id).await?;
        Ok(age.is_some_and(|age| age <= settings.max_staleness))
    }

    /// The export's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its file holds.
    pub fn shape(&self) -> &Arc<ExportShape> {
        &self.shape
    }
}

#[async_trait]
impl TableProvider for ExportTable {
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
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        // Metadata says nothing that could make a filter cheaper: an export writes its whole file.
        let table = Arc::new(self.clone());
        let reuses = self.has_fresh_file().await?;
        Ok(Arc::new(ExportExec::try_new(table, projection, limit, reuses)?))
    }
}
