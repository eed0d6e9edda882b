//! `information.columns`

use futures::stream::{self, StreamExt};

use super::{Asks, ColumnDefinition as Column, Row, TABLES, TableDefinition};

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "columns",
    doc: "The columns of these tables.",
    cost: "No request.",
    asks: Asks::Times(0),
    example: "SELECT name, sql_type FROM information.columns WHERE table_name = 'models' AND \
              is_key",
    columns: &[
        Column::text("table_name", "The table."),
        Column::integer("position", "The column's place in the table, from 1."),
        Column::text("name", "The column's name."),
        Column::text("sql_type", "Its type in SQL."),
        Column::boolean("is_key", "Whether filters on it save requests."),
        Column::text("description", "What it holds."),
    ],
    rows: |_| stream::iter(TABLES.iter().flat_map(|table| rows(table)).map(Ok)).boxed(),
};

fn rows(table: &'static TableDefinition) -> impl Iterator<Item = Row> {
    table.columns.iter().zip(1..).map(|(column, position): (_, i64)| {
        vec![
            table.name.into(),
            position.into(),
            column.name.into(),
            column.kind.sql().into(),
            column.key.into(),
            column.doc.into(),
        ]
    })
}
