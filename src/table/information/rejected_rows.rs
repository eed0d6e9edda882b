//! `information.rejected_rows`

use super::{Asks, ColumnDefinition as Column, Row, TableDefinition, at_once};
use crate::table::RejectedRow;

pub(super) static TABLE: TableDefinition = TableDefinition {
    name: "rejected_rows",
    doc: "The rows that Anaplan rejected of the last INSERT, UPDATE or DELETE of this session; of \
          more than 10,000 only the first. Those of an import are shown by GetImportFailures.",
    cost: "No request.",
    asks: Asks::Times(0),
    example: "SELECT row_number, name, details FROM information.rejected_rows",
    columns: &[
        Column::text("table_name", "The table that the statement was to change."),
        Column::integer("row_number", "The place among the rows of the statement, from 1."),
        Column::text("id", "The id of the item, where the statement found it by that."),
        Column::text("name", "Its name; of cells, where they are."),
        Column::text("code", "Its code."),
        Column::text("reason", "Anaplan's word for the reason."),
        Column::text("details", "Anaplan's sentence about it."),
    ],
    rows: |request| {
        let rows = request.scope.connection.rejected_rows.all();
        at_once(async move { Ok(rows.iter().map(row).collect()) })
    },
};

fn row(rejected: &RejectedRow) -> Row {
    vec![
        rejected.table.as_str().into(),
        i64::try_from(rejected.row).unwrap_or(i64::MAX).into(),
        rejected.id.as_deref().into(),
        rejected.name.as_deref().into(),
        rejected.code.as_deref().into(),
        rejected.reason.as_deref().into(),
        rejected.details.as_deref().into(),
    ]
}
