//! `information.imports`

use super::{
    Asks, Cell, ColumnDefinition as Column, MODEL_ID, MODEL_NAME, TableDefinition, WORKSPACE_ID,
    row,
};
use crate::client::model::ImportType;

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "imports",
    doc: "The imports of the models.",
    cost: "One request for each model; filters on workspace_id, model_id and model_name read \
           only those.",
    asks: Asks::models(1, 50),
    example: "SELECT name, import_type, source_id FROM information.imports WHERE model_name = \
              'Sales Planning' ORDER BY id",
    columns: &[
        WORKSPACE_ID,
        MODEL_ID,
        MODEL_NAME,
        Column::text("id", "The import's id."),
        Column::text("name", "Its name."),
        Column::text(
            "import_type",
            "What it writes: HIERARCHY_DATA, MODULE_DATA, LINE_ITEM_DEFINITION, USERS, \
             VERSIONS, …",
        ),
        Column::text(
            "source_id",
            "Where it reads from: the id of a file, or of something in another model.",
        ),
    ],
    rows: |request| {
        request.each_model(|request, model| async move {
            let imports = request.client().imports(&model.id, request.observer()).await?;
            let rows = imports.iter().map(|import| {
                row(
                    &model,
                    [
                        import.id.as_str().into(),
                        import.name.as_str().into(),
                        import.import_type.as_ref().map(ImportType::as_str).into(),
                        Cell::filled(import.import_data_source_id.as_deref()),
                    ],
                )
            });
            Ok(rows.collect())
        })
    },
};
