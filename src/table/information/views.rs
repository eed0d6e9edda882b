//! `information.views`

use std::sync::Arc;

use super::{
    Asks, Cell, ColumnDefinition as Column, MODEL_ID, MODEL_NAME, Request, TableDefinition,
    WORKSPACE_ID, row,
};
use crate::client::model::{Dimension, Model, View};
use crate::error::Result;

/// A view, its module's name, and the name of its table.
struct ViewEntry {
    view: View,
    module: String,
    table: String,
}

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "views",
    doc: "The views of the modules: the default view of each, which shows as the module's \
          table, and the saved ones, which are tables of their own.",
    cost: "Two requests for each model; the columns from row_dimensions on cost one more for \
           each view. Filters on workspace_id, model_id, model_name, module_id and id read only \
           those.",
    asks: Asks::objects(2, 9, 200),
    example: "SELECT name, table_name, row_dimensions, column_dimensions, page_dimensions FROM \
              information.views WHERE model_name = 'Sales Planning' AND NOT is_default",
    columns: &[
        WORKSPACE_ID,
        MODEL_ID,
        MODEL_NAME,
        Column::key("module_id", "The id of the module."),
        Column::text("module_name", "The module's name."),
        Column::key("id", "The view's id; the module's for its default view."),
        Column::text(
            "name",
            "Its name as the service prints it: the module's for the default view, else the \
             module's and its own.",
        ),
        Column::boolean("is_default", "Whether this is the module's default view."),
        Column::text("table_name", "The name of its table."),
        Column::text("row_dimensions", "The dimensions down its side."),
        Column::text("column_dimensions", "The dimensions along its top."),
        Column::text("page_dimensions", "The dimensions of which it shows an item at a time."),
    ],
    rows: |request| {
        let views = request.clone().each_model(|request, model| async move {
            let all = entries(&request, &model).await?;
            Ok(all.into_iter().map(|entry| (Arc::clone(&model), entry)).collect())
        });
        request.each(views, |request, (model, entry)| async move {
            let mut cells = vec![
                entry.view.module_id.as_str().into(),
                entry.module.into(),
                entry.view.id.as_str().into(),
                entry.view.name.as_str().into(),
                entry.view.is_default().into(),
                entry.table.into(),
            ];
            if request.wants(&["row_dimensions", "column_dimensions", "page_dimensions"]) {
                let view = &entry.view.id;
                let view = request.client().view(&model.id, view, request.observer()).await?;
                cells.extend([&view.rows, &view.columns, &view.pages].map(|axis| names(axis)));
            }
            Ok(vec![row(&model, cells)])
        })
    },
};

/// The views of a model that filters allow: for each module the default view, then the saved ones.
async fn entries(request: &Request, model: &Model) -> Result<Vec<ViewEntry>> {
    let directory = &request.scope.directory;
    let views = directory.read_views(model, request.observer()).await?;
    let modules = directory.read_modules(model, request.observer()).await?;
    let filters = &request.filters;
    let mut entries = Vec::new();
    for (module, table) in modules.entries() {
        if !filters.allows("module_id", module.id.as_str()) {
            continue;
        }
        let default = View {
            id: (&module.id).into(),
            name: module.name.clone(),
            module_id: module.id.clone(),
            code: None,
        };
        let saved = views
            .entries()
            .filter(|(view, _)| view.module_id == module.id)
            .map(|(view, table)| (view.clone(), table));
        let all = std::iter::once((default, table)).chain(saved);
        entries.extend(
            all.filter(|(view, _)| filters.allows("id", view.id.as_str()))
                .map(|(view, table)| ViewEntry { view, module: module.name.clone(), table }),
        );
    }
    Ok(entries)
}

/// The names of an axis's dimensions, outermost first; NULL for none.
fn names(axis: &[Dimension]) -> Cell {
    let names: Vec<&str> = axis.iter().map(|dimension| dimension.name.as_str()).collect();
    Cell::filled(Some(&names.join(", ")))
}
