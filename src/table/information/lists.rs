//! `information.lists`

use std::sync::Arc;

use futures::stream::BoxStream;

use super::{
    Asks, Cell, ColumnDefinition as Column, MODEL_ID, MODEL_NAME, Request, TableDefinition,
    WORKSPACE_ID, row,
};
use crate::client::model::{List, ListMetadata, Model};
use crate::error::Result;

/// The columns that cost a request for each list stand behind this many.
const SHORT: usize = 6;

/// A list and the name of its table.
pub(super) struct ListEntry {
    pub(super) list: List,
    table: String,
}

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "lists",
    doc: "The lists of the models; each is a table in its model's schema.",
    cost: "One request for each model; the columns from item_count on cost one more for each \
           list. Filters on workspace_id, model_id, model_name and id read only those.",
    asks: Asks::objects(1, SHORT, 40),
    example: "SELECT name, table_name, item_count FROM information.lists WHERE model_name = \
              'Sales Planning' ORDER BY name",
    columns: &[
        WORKSPACE_ID,
        MODEL_ID,
        MODEL_NAME,
        Column::key("id", "The list's id."),
        Column::text("name", "Its name."),
        Column::text("table_name", "The name of its table."),
        Column::integer("item_count", "How many items it has, the top level item among them."),
        Column::text("parent_id", "The id of the list that its items have their parents in."),
        Column::text("parent_name", "That list's name."),
        Column::text("top_level_item", "The item that all others are below."),
        Column::boolean("is_numbered", "Whether its items have generated names."),
        Column::integer("next_item_index", "The index of a numbered list's next item."),
        Column::integer("permitted_items", "How many more items there can be."),
        Column::boolean("has_selective_access", "Whether users see only some of its items."),
        Column::boolean(
            "is_production_data",
            "Whether its items may change while the model is deployed.",
        ),
        Column::boolean("workflow_enabled", "Whether workflow is on."),
        Column::boolean(
            "top_level_is_page_default",
            "Whether page selectors begin with the top level item.",
        ),
        Column::text("category", "The category that somebody put it into."),
        Column::text("used_in", "The names of the modules that it is a dimension of."),
    ],
    rows: |request| {
        let lists = wanted(request.clone(), "id");
        request.each(lists, |request, (model, entry)| async move {
            let mut cells = vec![
                entry.list.id.as_str().into(),
                entry.list.name.as_str().into(),
                entry.table.into(),
            ];
            if TABLE.columns[SHORT..].iter().any(|column| request.wants(&[column.name])) {
                let directory = &request.scope.directory;
                let list =
                    directory.list_metadata(&model.id, &entry.list.id, request.observer()).await?;
                cells.extend(details(&list));
            }
            Ok(vec![row(&model, cells)])
        })
    },
};

/// The lists that filters on this column allow, of every model that is covered.
pub(super) fn wanted(
    request: Request,
    column: &'static str,
) -> BoxStream<'static, Result<(Arc<Model>, ListEntry)>> {
    request.each_model(move |request, model| async move {
        let lists = request.scope.directory.read_lists(&model, request.observer()).await?;
        let wanted = lists
            .entries()
            .filter(|(list, _)| request.filters.allows(column, list.id.as_str()))
            .map(|(list, table)| (Arc::clone(&model), ListEntry { list: list.clone(), table }));
        Ok(wanted.collect())
    })
}

fn details(list: &ListMetadata) -> [Cell; 13] {
    let parent = list.parent.as_ref();
    [
        list.item_count.and_then(|count| i64::try_from(count).ok()).into(),
        parent.map(|parent| parent.id.as_str()).into(),
        parent.map(|parent| parent.name.as_str()).into(),
        list.top_level_item.as_ref().map(|item| item.name.as_str()).into(),
        list.numbered_list.into(),
        list.next_item_index.into(),
        list.permitted_items.into(),
        list.has_selective_access.into(),
        list.production_data.into(),
        list.workflow_enabled.into(),
        list.use_top_level_as_page_default.into(),
        Cell::filled(list.category.as_deref()),
        Cell::filled(list.used_in_applies_to.as_deref()),
    ]
}
