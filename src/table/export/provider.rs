//! The table as DataFusion sees it.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::dml::InsertOp;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::run::ExportKey;
use super::scan::ExportScan;
use super::shape::ExportShape;
use crate::client::model::{Export, Model, TaskId};
use crate::error::{Error, ErrorKind};
use crate::table::Connection;
use crate::table::scan::ScanExec;

/// An export as a table. Each scan runs the export, which locks the model while it runs.
#[derive(Debug, Clone)]
pub struct ExportTable {
    connection: Connection,
    key: ExportKey,
    model_name: String,
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
            key: (model.id.clone(), export.id.clone()),
            model_name: model.name.clone(),
            name: export.name.clone(),
            shape,
        }
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn key(&self) -> &ExportKey {
        &self.key
    }

    pub(super) fn model_name(&self) -> &str {
        &self.model_name
    }

    /// The last run, if its file is young enough to be read again.
    pub(super) async fn fresh_run(&self) -> Option<TaskId> {
        let Connection { client, settings, runs, .. } = &self.connection;
        if settings.max_staleness.is_zero() {
            return None;
        }
        let (task, age) = runs.last.age(client, &self.key).await?;
        (age <= settings.max_staleness).then_some(task)
    }

    fn read_only(&self, verb: &str) -> DataFusionError {
        let text = format!("{verb} is not possible: export \"{}\" can only be read", self.name);
        Error::new(ErrorKind::Unsupported, text)
            .with_hint("an export is a file that Anaplan writes; data gets into a model by imports")
            .into()
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
        let scan =
            ExportScan { table: Arc::new(self.clone()), reuses: self.fresh_run().await.is_some() };
        Ok(Arc::new(ScanExec::try_new(scan, &self.schema(), projection, limit)?))
    }

    async fn insert_into(
        &self,
        _state: &dyn Session,
        _input: Arc<dyn ExecutionPlan>,
        _op: InsertOp,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Err(self.read_only("INSERT"))
    }

    async fn delete_from(
        &self,
        _state: &dyn Session,
        _filters: Vec<Expr>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Err(self.read_only("DELETE"))
    }

    async fn update(
        &self,
        _state: &dyn Session,
        _assignments: Vec<(String, Expr)>,
        _filters: Vec<Expr>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Err(self.read_only("UPDATE"))
    }

    async fn truncate(&self, _state: &dyn Session) -> Result<Arc<dyn ExecutionPlan>> {
        Err(self.read_only("TRUNCATE"))
    }
}
