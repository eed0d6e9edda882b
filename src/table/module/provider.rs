//! A module as DataFusion sees it.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::plan::Plan;
use super::scan::ModuleScan;
use super::shape::{ModuleShape, Source};
use crate::client::model::{LineItem, LineItemId, Model, ModelId, ModuleId, ViewDetail, ViewId};
use crate::error::Result;
use crate::http::Unobserved;
use crate::names::Kind;
use crate::table::Connection;
use crate::table::equality::pushdown;
use crate::table::scan::ScanExec;
use crate::table::sheet::{SheetSource, translate};

/// A module as a table, or one line item of it that extends over other dimensions.
#[derive(Debug, Clone)]
pub struct ModuleTable {
    source: SheetSource,
    name: String,
    shape: Arc<ModuleShape>,
}

impl ModuleTable {
    /// The table of a module: two requests, unless its axes and line items are known.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when the module is gone.
    pub async fn open(
        connection: Connection,
        model: &Model,
        (id, name): (&ModuleId, &str),
    ) -> Result<Self> {
        let what = format!("module \"{name}\"");
        let items = line_items(&connection, model, id, &what);
        let detail = detail(&connection, (model.id.clone(), ViewId::from(id)), &what);
        let (items, detail) = tokio::try_join!(items, detail)?;
        Ok(Self::new(connection, model, id, (name.to_owned(), what), detail, &items))
    }

    /// The table of a line item that extends over other dimensions than its module: one request
    /// more. Nothing if the module has no such line item.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_line_item(&self, name: &str) -> Result<Option<Self>> {
        let Some(item) = self.find_other(name) else { return Ok(None) };
        self.alone(item).await.map(Some)
    }

    fn new(
        connection: Connection,
        model: &Model,
        id: &ModuleId,
        (name, what): (String, String),
        detail: Arc<ViewDetail>,
        items: &[LineItem],
    ) -> Self {
        let shape = ModuleShape::new(
            Arc::clone(&detail),
            items,
            connection.settings.column_types,
            connection.settings.summaries,
        );
        let source = SheetSource {
            connection,
            workspace: model.current_workspace_id.clone(),
            model: model.id.clone(),
            model_name: model.name.clone(),
            module: id.clone(),
            detail,
            what,
        };
        Self { source, name, shape: Arc::new(shape) }
    }

    /// The line items that are wanted and known to be hidden in the module's default view.
    fn hidden(&self, projection: Option<&[usize]>) -> Vec<usize> {
        let SheetSource { connection, model, detail, .. } = &self.source;
        let key = (model.clone(), detail.view_id.clone());
        let Some(hidden) = connection.sheets.hidden.peek(&key) else { return Vec::new() };
        let sources = self.shape.sources().enumerate();
        let items = sources.filter_map(|(column, source)| match source {
            Source::LineItem(item) if projection.is_none_or(|it| it.contains(&column)) => {
                Some(item)
            }
            _ => None,
        });
        items.filter(|item| hidden.contains(&self.shape.line_items[*item].item.id)).collect()
    }

    /// The table of what the module's default view shows, without these line items.
    pub(super) fn without(&self, hidden: &[usize]) -> Self {
        Self { shape: Arc::new(self.shape.without(hidden)), ..self.clone() }
    }

    /// The table of one of the line items by a view of its own.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when the service gives none.
    pub(super) async fn alone(&self, item: &LineItem) -> Result<Self> {
        let connection = self.source.connection.clone();
        let what = format!("line item \"{}\" of module \"{}\"", item.name, self.name);
        let key = (self.source.model.clone(), ViewId::from(&item.id));
        let detail = detail(&connection, key, &what).await?;
        let shape = ModuleShape::of_line_item(
            Arc::clone(&detail),
            item,
            connection.settings.column_types,
            connection.settings.summaries,
        );
        let name = format!("{}.{}", self.name, item.name);
        let source = SheetSource { connection, detail, what, ..self.source.clone() };
        Ok(Self { source, name, shape: Arc::new(shape) })
    }

    /// The table of a line item that is no column here, since it extends over other dimensions.
    pub(crate) fn table_of(&self, line_item: &str) -> Option<String> {
        let item = self.find_other(line_item)?;
        Some(Kind::Module.table(&format!("{}.{}", self.name, item.name)))
    }

    /// A line item with dimensions of its own: by name, by id, or in other cases if only one is
    /// named so.
    fn find_other(&self, name: &str) -> Option<&LineItem> {
        let others = &self.shape.others;
        let id = LineItemId::from(name);
        let mut alike = others.iter().filter(|it| it.name.to_lowercase() == name.to_lowercase());
        others
            .iter()
            .find(|item| item.name == name)
            .or_else(|| others.iter().find(|item| item.id == id))
            .or_else(|| alike.next().filter(|_| alike.next().is_none()))
    }

    /// The module's name, and the line item's behind a dot if it is of that alone.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its columns.
    pub fn shape(&self) -> &Arc<ModuleShape> {
        &self.shape
    }

    pub(super) fn source(&self) -> &SheetSource {
        &self.source
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.source.connection
    }

    pub(crate) fn model_name(&self) -> &str {
        &self.source.model_name
    }

    /// Where its cells are written.
    pub(crate) fn place(&self) -> (&ModelId, &ModuleId) {
        (&self.source.model, &self.source.module)
    }
}

/// All line items of a module.
pub(in crate::table) async fn line_items(
    connection: &Connection,
    model: &Model,
    module: &ModuleId,
    what: &str,
) -> Result<Arc<Vec<LineItem>>> {
    let key = (model.id.clone(), module.clone());
    let read = async {
        let observer = Arc::new(Unobserved);
        let items = connection.client.line_items(&model.id, Some(module), true, observer).await;
        items.map_err(|error| error.context(format!("the line items of {what} can't be listed")))
    };
    connection.sheets.line_items.get(&key, read).await
}

/// What stands on the axes of a view.
pub(in crate::table) async fn detail(
    connection: &Connection,
    key: (ModelId, ViewId),
    what: &str,
) -> Result<Arc<ViewDetail>> {
    let read = async {
        let detail = connection.client.view(&key.0, &key.1, Arc::new(Unobserved)).await;
        detail.map_err(|error| error.context(format!("the axes of {what} can't be read")))
    };
    connection.sheets.details.get(&key, read).await
}

#[async_trait]
impl TableProvider for ModuleTable {
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
        let columns = projection.map(Vec::as_slice);
        let hidden = self.hidden(columns);
        let plan = Plan { hidden, ..Plan::new(&self.shape, columns, filters, limit) };
        let scan = ModuleScan { table: Arc::new(self.clone()), plan: Arc::new(plan) };
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
