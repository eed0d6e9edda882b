//! `information.processes`

use super::{
    Asks, ColumnDefinition as Column, MODEL_ID, MODEL_NAME, TableDefinition, WORKSPACE_ID, row,
};

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "processes",
    doc: "The processes of the models: actions in a row.",
    cost: "One request for each model; filters on workspace_id, model_id and model_name read \
           only those.",
    asks: Asks::models(1, 20),
    example: "SELECT model_name, name FROM information.processes ORDER BY model_name, name",
    columns: &[
        WORKSPACE_ID,
        MODEL_ID,
        MODEL_NAME,
        Column::text("id", "The process's id."),
        Column::text("name", "Its name."),
    ],
    rows: |request| {
        request.each_model(|request, model| async move {
            let processes = request.client().processes(&model.id, request.observer()).await?;
            let rows = processes.iter().map(|process| {
                row(&model, [process.id.as_str().into(), process.name.as_str().into()])
            });
            Ok(rows.collect())
        })
    },
};
