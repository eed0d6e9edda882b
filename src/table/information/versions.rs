//! `information.versions`

use super::{
    Asks, Cell, ColumnDefinition as Column, MODEL_ID, MODEL_NAME, TableDefinition, WORKSPACE_ID,
    row,
};

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "versions",
    doc: "The versions of the models. Only workspace administrators see them: models where \
          the user is none are passed over, and if there is no other, the query fails and says so.",
    cost: "One request for each model; filters on workspace_id, model_id and model_name read \
           only those.",
    asks: Asks::models(1, 3),
    example: "SELECT name, is_actual, switchover_period FROM information.versions WHERE \
              model_name = 'Sales Planning' ORDER BY id",
    columns: &[
        WORKSPACE_ID,
        MODEL_ID,
        MODEL_NAME,
        Column::text("id", "The version's id."),
        Column::text("name", "Its name."),
        Column::boolean("is_current", "Whether it is the current one."),
        Column::boolean("is_actual", "Whether it holds actual figures."),
        Column::text("edit_from_period", "The first period that can be written."),
        Column::date("edit_from", "A day of it; 1900-01-01 for the start of the timescale."),
        Column::text("edit_to_period", "The last period that can be written."),
        Column::date("edit_to", "A day of it; 2399-12-31 for the end of the timescale."),
        Column::text("switchover_period", "From this period on it has figures of its own."),
        Column::date("switchover", "A day of it."),
        Column::text("formula", "How it is calculated, if it is."),
        Column::text("notes", "What people have noted."),
    ],
    rows: |request| {
        request.each_open_model("versions", |request, model| async move {
            let versions = request.client().versions(&model.id, request.observer()).await?;
            let rows = versions.iter().map(|version| {
                let mut cells = vec![
                    version.id.as_str().into(),
                    version.name.as_str().into(),
                    version.is_current.into(),
                    version.is_actual.into(),
                ];
                for period in [&version.edit_from, &version.edit_to, &version.switchover] {
                    let period = period.clone().unwrap_or_default();
                    cells.push(Cell::filled(period.period_text.as_deref()));
                    cells.push(Cell::date(period.date.as_deref()));
                }
                cells.push(Cell::filled(version.formula.as_deref()));
                cells.push(Cell::filled(version.notes.as_deref()));
                row(&model, cells)
            });
            Ok(rows.collect())
        })
    },
};
