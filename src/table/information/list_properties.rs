//! `information.list_properties`

use super::lists::wanted;
use super::{
    Asks, Cell, ColumnDefinition as Column, MODEL_ID, MODEL_NAME, TableDefinition, WORKSPACE_ID,
    row,
};
use crate::client::model::{CellFormat, FormatMetadata};

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "list_properties",
    doc: "The properties of the lists: what their items have beside name and code.",
    cost: "One request for each model and one for each list; filters on workspace_id, model_id, \
           model_name and list_id read only those.",
    asks: Asks::objects(1, 0, 200),
    example: "SELECT name, format FROM information.list_properties WHERE model_name = 'Sales \
              Planning' AND list_name = 'Customers'",
    columns: &[
        WORKSPACE_ID,
        MODEL_ID,
        MODEL_NAME,
        Column::key("list_id", "The id of the list."),
        Column::text("list_name", "The list's name."),
        Column::integer("position", "The place of the property, from 1."),
        Column::text("name", "Its name."),
        Column::text("format", "NUMBER, BOOLEAN, TEXT, DATE, LIST, TIME PERIOD."),
        Column::text("format_list_id", "The list whose items it holds, where the service tells."),
        Column::text("formula", "How it is calculated, if it is."),
        Column::text("notes", "What people have noted."),
    ],
    rows: |request| {
        let lists = wanted(request.clone(), "list_id");
        request.each(lists, |request, (model, entry)| async move {
            let directory = &request.scope.directory;
            let list =
                directory.list_metadata(&model.id, &entry.list.id, request.observer()).await?;
            let rows = list.properties.iter().zip(1..).map(|(property, position): (_, i64)| {
                let format = property.format_metadata.as_ref().and_then(FormatMetadata::list);
                row(
                    &model,
                    [
                        list.id.as_str().into(),
                        list.name.as_str().into(),
                        position.into(),
                        property.name.as_str().into(),
                        property.format.as_ref().map(CellFormat::as_str).into(),
                        format.as_ref().map(|list| list.as_str()).into(),
                        Cell::filled(property.formula.as_deref()),
                        Cell::filled(property.notes.as_deref()),
                    ],
                )
            });
            Ok(rows.collect())
        })
    },
};
