//! `information.exports`

use super::{ColumnDefinition as Column, Request, TableDefinition};
use crate::client::model::ExportType;

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "exports",
    doc: "The exports of the models; each whose format is text is a table in its model's schema.",
    cost: "One request for each model; a filter on model_id or workspace_id reads only those.",
    columns: &[
        Column::key("workspace_id", "The id of the model's workspace."),
        Column::key("model_id", "The id of the model."),
        Column::text("model_name", "The model's name."),
        Column::text("id", "The export's id, which is also the id of its file."),
        Column::text("name", "Its name; not always unique."),
        Column::text("table_name", "The name of its table, NULL if it can't be queried."),
        Column::boolean("queryable", "Whether it writes text in rows, so that it is a table."),
        Column::text("export_type", "How its file is laid out: TABULAR_MULTI_COLUMN, …"),
        Column::text("export_format", "Its file's media type."),
        Column::text("encoding", "Its file's character encoding, if the service tells."),
    ],
    rows: |Request { scope, filters }| {
        scope.each_model(filters, |scope, model, _| async move {
            let exports = scope.directory.read_exports(&model, scope.observer.clone()).await?;
            let rows = exports.entries().map(|(export, table_name)| {
                vec![
                    model.current_workspace_id.as_str().into(),
                    model.id.as_str().into(),
                    model.name.as_str().into(),
                    export.id.as_str().into(),
                    export.name.as_str().into(),
                    table_name.into(),
                    export.is_text().into(),
                    export.export_type.as_ref().map(ExportType::as_str).into(),
                    export.export_format.clone().into(),
                    export.encoding.clone().into(),
                ]
            });
            Ok(rows.collect())
        })
    },
};
