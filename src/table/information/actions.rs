//! `information.actions`

use super::{
    Asks, ColumnDefinition as Column, MODEL_ID, MODEL_NAME, TableDefinition, WORKSPACE_ID, row,
};

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "actions",
    doc: "The actions of the models that are neither imports nor exports nor processes.",
    cost: "One request for each model; filters on workspace_id, model_id and model_name read \
           only those.",
    asks: Asks::models(1, 20),
    example: "SELECT name, action_type FROM information.actions WHERE model_name = 'Sales \
              Planning' ORDER BY name",
    columns: &[
        WORKSPACE_ID,
        MODEL_ID,
        MODEL_NAME,
        Column::text("id", "The action's id."),
        Column::text("name", "Its name."),
        Column::text(
            "action_type",
            "What it does: DELETE_BY_SELECTION, ORDER_HIERARCHY, OPTIMIZER, …",
        ),
    ],
    rows: |request| {
        request.each_model(|request, model| async move {
            let actions = request.client().actions(&model.id, request.observer()).await?;
            let rows = actions.iter().map(|action| {
                row(
                    &model,
                    [
                        action.id.as_str().into(),
                        action.name.as_str().into(),
                        action.action_type.clone().into(),
                    ],
                )
            });
            Ok(rows.collect())
        })
    },
};
