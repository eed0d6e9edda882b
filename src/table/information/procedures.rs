//! `information.procedures` and `information.procedure_parameters`

use super::{Asks, ColumnDefinition as Column, Row, TableDefinition, at_once};
use crate::procedure::{PROCEDURES, ProcedureDefinition, ProcedureScope};

pub(super) static PROCEDURES_TABLE: TableDefinition = TableDefinition {
    name: "procedures",
    doc: "The procedures that CALL and EXEC run.",
    cost: "No request.",
    asks: Asks::Times(0),
    example: "SELECT name, description FROM information.procedures WHERE NOT changes",
    columns: &[
        Column::text("name", "Its name."),
        Column::text("description", "What it does."),
        Column::boolean("changes", "Whether ReadOnly=true refuses it."),
        Column::boolean("needs_sign_in", "Whether the session must be signed in."),
        Column::text("columns", "The columns of its result, with their types."),
    ],
    rows: |_| at_once(async { Ok(PROCEDURES.iter().copied().map(row).collect()) }),
};

pub(super) static PARAMETERS_TABLE: TableDefinition = TableDefinition {
    name: "procedure_parameters",
    doc: "The parameters of the procedures.",
    cost: "No request.",
    asks: Asks::Times(0),
    example: "SELECT name, data_type, required FROM information.procedure_parameters \
              WHERE procedure_name = 'RunExport'",
    columns: &[
        Column::text("procedure_name", "The procedure."),
        Column::integer("position", "Its place, from 1."),
        Column::text("name", "Its name."),
        Column::text("data_type", "The type of its values."),
        Column::boolean("required", "Whether it must be given."),
        Column::text("allowed_values", "The values that it can have, if only some."),
        Column::text("description", "What it means."),
    ],
    rows: |_| {
        at_once(async {
            Ok(PROCEDURES.iter().flat_map(|procedure| parameters(procedure)).collect())
        })
    },
};

fn row(procedure: &ProcedureDefinition) -> Row {
    let columns: Vec<String> = procedure
        .columns
        .iter()
        .map(|column| format!("{} {}", column.name, column.kind.sql()))
        .collect();
    vec![
        procedure.name.into(),
        procedure.doc.into(),
        procedure.changes.into(),
        (procedure.scope != ProcedureScope::SignIn).into(),
        columns.join(", ").into(),
    ]
}

fn parameters(procedure: &'static ProcedureDefinition) -> impl Iterator<Item = Row> {
    procedure.parameters().zip(1_i64..).map(|(parameter, position)| {
        vec![
            procedure.name.into(),
            position.into(),
            parameter.name.into(),
            parameter.kind.sql().into(),
            parameter.required.into(),
            parameter.kind.words().map(|words| words.join(", ")).into(),
            parameter.doc.into(),
        ]
    })
}
