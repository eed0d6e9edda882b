//! Names in a statement as the tables spell them.
//!
//! DataFusion knows a column by its exact name only. Here a name that is spelt in other cases is
//! replaced by the one that it must mean, before the statement is planned: exactly, else in other
//! cases where only one fits, as everywhere in this program. What fits exactly is never touched,
//! so that no statement that DataFusion understands by itself means anything else.

mod from;
mod scope;
mod table;
mod walk;

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::common::TableReference;
use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::VisitMut;

pub(super) use table::join_prefixes;

use walk::Walk;

/// The columns of the tables that a statement names, as far as they are known.
pub(super) type Tables = HashMap<TableReference, Vec<String>>;

/// Spells the columns of a statement as its tables do.
pub(super) fn columns(statement: &mut Statement, tables: &Tables) {
    let mut walk = Walk::new(tables);
    let flow = match statement {
        Statement::Statement(inner) => inner.visit(&mut walk),
        Statement::Explain(explain) => {
            columns(&mut explain.statement, tables);
            ControlFlow::Continue(())
        }
        Statement::CopyTo(copy) => match &mut copy.source {
            CopyToSource::Query(query) => query.visit(&mut walk),
            CopyToSource::Relation(_) => ControlFlow::Continue(()),
        },
        _ => ControlFlow::Continue(()),
    };
    debug_assert!(flow.is_continue(), "the walk never ends early");
}

#[cfg(test)]
mod tests;
