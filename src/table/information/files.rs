//! `information.files`

use super::{
    Asks, Cell, ColumnDefinition as Column, MODEL_ID, MODEL_NAME, TableDefinition, WORKSPACE_ID,
    row,
};

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "files",
    doc: "The files of the models: what imports read, and what exports write.",
    cost: "One request for each model; filters on workspace_id, model_id and model_name read \
           only those.",
    asks: Asks::models(1, 50),
    example: "SELECT id, name, encoding FROM information.files WHERE model_name = 'Sales \
              Planning' ORDER BY id",
    columns: &[
        WORKSPACE_ID,
        MODEL_ID,
        MODEL_NAME,
        Column::text("id", "The file's id; that of an export for the file that it writes."),
        Column::text("name", "Its name."),
        Column::integer("chunk_count", "The pieces of the user's own content, which may be gone."),
        Column::text("encoding", "Its character encoding."),
        Column::text("format", "Its format, such as txt."),
        Column::text("separator", "What stands between fields."),
        Column::text("delimiter", "The quote character."),
        Column::integer("header_row", "The line that names the columns."),
        Column::integer("first_data_row", "The first line with data."),
    ],
    rows: |request| {
        request.each_model(|request, model| async move {
            let files = request.client().files(&model.id, request.observer()).await?;
            let rows = files.iter().map(|file| {
                // 0 and -1 stand for none.
                let line = |number: Option<i64>| number.filter(|number| *number > 0).into();
                row(
                    &model,
                    [
                        file.id.as_str().into(),
                        file.name.as_str().into(),
                        file.chunk_count.into(),
                        Cell::filled(file.encoding.as_deref()),
                        Cell::filled(file.format.as_deref()),
                        Cell::filled(file.separator.as_deref()),
                        Cell::filled(file.delimiter.as_deref()),
                        line(file.header_row),
                        line(file.first_data_row),
                    ],
                )
            });
            Ok(rows.collect())
        })
    },
};
