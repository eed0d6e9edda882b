//! The `information` schema: metadata as tables.
//!
//! A table is data: a [`TableDefinition`] with its columns, the columns that it can be asked by
//! ([`key`](field@ColumnDefinition::key)), and how its rows are got. One provider and one plan serve them
//! all.

pub(crate) mod column;
mod connection_properties;
mod export_columns;
mod exports;
mod filter;
mod models;
mod procedures;
mod provider;
mod scan;
mod scope;
mod workspaces;

pub use column::{Cell, ColumnDefinition, ColumnKind, Row};
pub use filter::KeyFilters;
pub use provider::InformationTable;
pub use scope::Scope;

use futures::stream::{self, BoxStream, StreamExt};

use crate::error::Result;

/// A metadata table.
#[derive(Debug)]
pub struct TableDefinition {
    /// Its name in the schema.
    pub name: &'static str,
    /// What its rows are, in a sentence.
    pub doc: &'static str,
    /// What a read of it costs, in a sentence.
    pub cost: &'static str,
    /// Its columns.
    pub columns: &'static [ColumnDefinition],
    /// Reads its rows; requests are sent when the stream is polled.
    rows: fn(Request) -> BoxStream<'static, Result<Row>>,
}

/// What a table is asked for.
pub(super) struct Request {
    scope: Scope,
    filters: KeyFilters,
}

/// Rows that are got in one go.
fn at_once(
    rows: impl Future<Output = Result<Vec<Row>>> + Send + 'static,
) -> BoxStream<'static, Result<Row>> {
    stream::once(rows)
        .flat_map(|rows| {
            stream::iter(match rows {
                Ok(rows) => rows.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error)],
            })
        })
        .boxed()
}

/// Every table of the schema, by name.
pub static TABLES: &[&TableDefinition] = &[
    &connection_properties::TABLE,
    &export_columns::TABLE,
    &exports::TABLE,
    &models::TABLE,
    &procedures::PARAMETERS_TABLE,
    &procedures::PROCEDURES_TABLE,
    &workspaces::TABLE,
];

/// The definition of a table, by its name in any case.
pub fn table(name: &str) -> Option<&'static TableDefinition> {
    TABLES.iter().copied().find(|table| table.name.eq_ignore_ascii_case(name))
}
