//! `information.exports`

use super::{
    Asks, ColumnDefinition as Column, MODEL_ID, MODEL_NAME, TableDefinition, WORKSPACE_ID, row,
};
use crate::client::model::ExportType;

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "exports",
    doc: "The exports of the models; each whose format is text is a table in its model's schema.",
    cost: "One request for each model; filters on workspace_id, model_id and model_name read \
           only those.",
    asks: Asks::models(1, 20),
    example: "SELECT name, table_name, export_type FROM information.exports WHERE model_name = \
              'Sales Planning'",
    columns: &[
        WORKSPACE_ID,
        MODEL_ID,
        MODEL_NAME,
        Column::text("id", "The export's id, which is also the id of its file."),
        Column::text("name", "Its name; not always unique."),
        Column::text("table_name", "The name of its table, NULL if it can't be queried."),
        Column::boolean("queryable", "Whether it writes text in rows, so that it is a table."),
        Column::text("export_type", "How its file is laid out: TABULAR_MULTI_COLUMN, …"),
        Column::text("export_format", "Its file's media type."),
        Column::text("encoding", "Its file's character encoding, if the service tells."),
    ],
    rows: |request| {
        request.each_model(|request, model| async move {
            let directory = &request.scope.directory;
            let exports = directory.read_exports(&model, request.observer()).await?;
            let rows = exports.entries().map(|(export, table_name)| {
                row(
                    &model,
                    [
                        export.id.as_str().into(),
                        export.name.as_str().into(),
                        table_name.into(),
                        export.is_text().into(),
                        export.export_type.as_ref().map(ExportType::as_str).into(),
                        export.export_format.clone().into(),
                        export.encoding.clone().into(),
                    ],
                )
            });
            Ok(rows.collect())
        })
    },
};
