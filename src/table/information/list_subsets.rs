//! `information.list_subsets`

use super::lists::wanted;
use super::{
    Asks, ColumnDefinition as Column, MODEL_ID, MODEL_NAME, TableDefinition, WORKSPACE_ID, row,
};

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "list_subsets",
    doc: "The subsets of the lists.",
    cost: "One request for each model and one for each list; filters on workspace_id, model_id, \
           model_name and list_id read only those.",
    asks: Asks::objects(1, 0, 40),
    example: "SELECT list_name, name FROM information.list_subsets WHERE model_name = 'Sales \
              Planning'",
    columns: &[
        WORKSPACE_ID,
        MODEL_ID,
        MODEL_NAME,
        Column::key("list_id", "The id of the list."),
        Column::text("list_name", "The list's name."),
        Column::text("id", "The subset's id."),
        Column::text("name", "Its name."),
    ],
    rows: |request| {
        let lists = wanted(request.clone(), "list_id");
        request.each(lists, |request, (model, entry)| async move {
            let directory = &request.scope.directory;
            let list =
                directory.list_metadata(&model.id, &entry.list.id, request.observer()).await?;
            let rows = list.subsets.iter().map(|subset| {
                row(
                    &model,
                    [
                        list.id.as_str().into(),
                        list.name.as_str().into(),
                        subset.id.as_str().into(),
                        subset.name.as_str().into(),
                    ],
                )
            });
            Ok(rows.collect())
        })
    },
};
