//! A saved view as DataFusion sees it.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::header;
use super::scan::ViewScan;
use super::shape::{ViewShape, line_item_axis};
use crate::client::model::{Model, View};
use crate::error::Result;
use crate::table::Connection;
use crate::table::equality::pushdown;
use crate::table::module::{detail, line_items};
use crate::table::scan::ScanExec;
use crate::table::sheet::{SheetSource, dimensions, translate, wanted};

/// A saved view as a table.
#[derive(Debug, Clone)]
pub struct ViewTable {
    source: SheetSource,
    name: String,
    shape: Arc<ViewShape>,
}

impl ViewTable {
    /// The table of a view, which `name` shows with its module's: three requests, unless what they
    /// tell is known, and one for the line items that it shows if they don't go across.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when the view is gone.
    pub async fn open(
        connection: Connection,
        model: &Model,
        view: &View,
        name: &str,
    ) -> Result<Self> {
        let what = format!("view \"{name}\"");
        let key = (model.id.clone(), view.id.clone());
        let (items, detail) = tokio::try_join!(
            line_items(&connection, model, &view.module_id, &what),
            detail(&connection, key.clone(), &what)
        )?;
        let source = SheetSource {
            connection,
            workspace: model.current_workspace_id.clone(),
            model: model.id.clone(),
            model_name: model.name.clone(),
            module: view.module_id.clone(),
            detail,
            what,
        };
        let sheets = &source.connection.sheets;
        let across = sheets.headers.get(&key, header::across(&source)).await?;
        let leading = source.detail.pages.len() + source.detail.rows.len();
        let axis = line_item_axis(&source.detail).filter(|axis| *axis < leading);
        let shown = match axis.and_then(|axis| dimensions(&source.detail).nth(axis)) {
            Some(axis) => Some(sheets.shown.get(&key, header::shown(&source, axis)).await?),
            None => None,
        };
        let types = source.connection.settings.column_types;
        let shown = shown.as_deref().map(Vec::as_slice);
        let shape = ViewShape::new(Arc::clone(&source.detail), across, &items, shown, types);
        Ok(Self { source, name: name.to_owned(), shape: Arc::new(shape) })
    }

    /// The view's name behind its module's and a dot.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its columns.
    pub fn shape(&self) -> &Arc<ViewShape> {
        &self.shape
    }

    pub(super) fn source(&self) -> &SheetSource {
        &self.source
    }
}

#[async_trait]
impl TableProvider for ViewTable {
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
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let wanted = Arc::new(wanted(&self.shape.page_columns(), filters));
        let scan = ViewScan { table: Arc::new(self.clone()), wanted };
        Ok(Arc::new(ScanExec::try_new(scan, &self.schema(), projection, limit)?))
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> DataFusionResult<Vec<TableProviderFilterPushDown>> {
        let columns = self.shape.page_columns();
        Ok(pushdown(filters, |filter| translate(&columns, filter).is_some()))
    }
}
