//! `information.modules`

use super::{
    Asks, ColumnDefinition as Column, MODEL_ID, MODEL_NAME, TableDefinition, WORKSPACE_ID, row,
};

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "modules",
    doc: "The modules of the models; each is a table in its model's schema.",
    cost: "One request for each model; filters on workspace_id, model_id and model_name read \
           only those.",
    asks: Asks::models(1, 60),
    example: "SELECT name, table_name FROM information.modules WHERE model_name = 'Sales \
              Planning' ORDER BY name",
    columns: &[
        WORKSPACE_ID,
        MODEL_ID,
        MODEL_NAME,
        Column::text("id", "The module's id, which is also the id of its default view."),
        Column::text("name", "Its name."),
        Column::text("table_name", "The name of its table."),
    ],
    rows: |request| {
        request.each_model(|request, model| async move {
            let directory = &request.scope.directory;
            let modules = directory.read_modules(&model, request.observer()).await?;
            let rows = modules.entries().map(|(module, table)| {
                row(&model, [module.id.as_str().into(), module.name.as_str().into(), table.into()])
            });
            Ok(rows.collect())
        })
    },
};
