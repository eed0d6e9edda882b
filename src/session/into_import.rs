//! INSERT into an import: its rows are planned alone.

use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{self, ObjectName, SetExpr};

use super::change::{inside, tell_apart};
use crate::error::{Error, ErrorKind, Result};
use crate::table::import::ImportTable;
use crate::write::import::{self, Named};
use crate::write::{ChangeNode, OnConflict};

/// An INSERT into an import, whose rows are planned alone: DataFusion would match their columns by
/// place, and turn all of them into text.
pub(super) struct IntoImport {
    table: ImportTable,
    named: Named,
}

impl IntoImport {
    /// Leaves of the statement the query that gives the rows.
    ///
    /// # Errors
    /// Kind [`Unsupported`](ErrorKind::Unsupported) for what an import can't do.
    pub(super) fn take(
        statement: &mut Statement,
        table: ImportTable,
        conflict: Option<&OnConflict>,
    ) -> Result<Self> {
        match statement {
            _ if conflict.is_some() => Err(no_insert()),
            Statement::Explain(explain) => Self::take(&mut explain.statement, table, conflict),
            Statement::Statement(inner) => Self::take_inner(inner, table),
            _ => Err(no_insert()),
        }
    }

    fn take_inner(statement: &mut ast::Statement, table: ImportTable) -> Result<Self> {
        let insert = match statement {
            ast::Statement::Prepare { statement, .. } => return Self::take_inner(statement, table),
            ast::Statement::Insert(insert) => insert,
            _ => return Err(no_insert()),
        };
        let is_plain = insert.returning.is_none();
        let Some(mut source) = insert.source.take().filter(|_| is_plain) else {
            return Err(no_insert());
        };
        let last = |name: &ObjectName| Some(name.0.last()?.as_ident()?.value.clone());
        let names: Vec<String> = insert.columns.iter().filter_map(last).collect();
        let named = if !names.is_empty() {
            tell_apart(&mut source);
            Named::So(names)
        } else if matches!(source.body.as_ref(), SetExpr::Values(_)) {
            Named::Not
        } else {
            Named::ByRows
        };
        *statement = ast::Statement::Query(source);
        Ok(Self { table, named })
    }

    /// Puts the writer on top of the rows.
    ///
    /// # Errors
    /// Kind [`Query`](ErrorKind::Query) when their columns are not those of the import's file.
    pub(super) fn plan(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        let write = |rows: LogicalPlan| -> Result<LogicalPlan> {
            let writer = import::writer(&self.table, &self.named, &rows)?;
            Ok(ChangeNode::plan(writer, rows)?)
        };
        inside(plan, Box::new(write))
    }
}

fn no_insert() -> Error {
    Error::new(ErrorKind::Unsupported, "an import takes the rows of a query, and nothing else")
        .with_hint("INSERT INTO \"Imports.…\" SELECT …, without ON CONFLICT and RETURNING")
}
