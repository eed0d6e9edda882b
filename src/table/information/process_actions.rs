//! `information.process_actions`

use std::sync::Arc;

use super::{
    Asks, Cell, ColumnDefinition as Column, MODEL_ID, MODEL_NAME, Row, TableDefinition,
    WORKSPACE_ID, row,
};
use crate::client::model::{Process, ProcessStep};

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "process_actions",
    doc: "The steps of the processes, in order.",
    cost: "One request for each model and one for each process; filters on workspace_id, \
           model_id, model_name and process_id read only those.",
    asks: Asks::objects(1, 0, 100),
    example: "SELECT process_name, position, name, action_type FROM information.process_actions \
              WHERE model_name = 'Sales Planning'",
    columns: &[
        WORKSPACE_ID,
        MODEL_ID,
        MODEL_NAME,
        Column::key("process_id", "The id of the process."),
        Column::text("process_name", "The process's name."),
        Column::integer("position", "The place of the step, from 1."),
        Column::text("id", "The id of the import, export or action."),
        Column::text("name", "Its name."),
        Column::text("action_type", "IMPORT, EXPORT, or what another action does."),
        Column::text("import_type", "What an import writes."),
        Column::text("source_id", "Where an import reads from."),
        Column::text("export_type", "How an export's file is laid out."),
    ],
    rows: |request| {
        let processes = request.clone().each_model(|request, model| async move {
            let all = request.client().processes(&model.id, request.observer()).await?;
            let wanted =
                |process: &Process| request.filters.allows("process_id", process.id.as_str());
            let wanted = all.into_iter().filter(wanted);
            Ok(wanted.map(|process| (Arc::clone(&model), process)).collect())
        });
        request.each(processes, |request, (model, process)| async move {
            let steps =
                request.client().process_steps(&model.id, &process.id, request.observer()).await?;
            let steps = steps.into_iter().zip(1..);
            Ok(steps.map(|(step, position)| row(&model, cells(&process, step, position))).collect())
        })
    },
};

fn cells(process: &Process, step: ProcessStep, position: i64) -> Row {
    vec![
        process.id.as_str().into(),
        process.name.as_str().into(),
        position.into(),
        step.id.into(),
        step.name.into(),
        step.action_type.into(),
        step.import_type.into(),
        Cell::filled(step.import_data_source_id.as_deref()),
        step.export_type.into(),
    ]
}
