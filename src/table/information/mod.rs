//! The `information` schema: metadata as tables.
//!
//! A table is data: a [`TableDefinition`] with its columns, the columns that it can be asked by
//! ([`key`](field@ColumnDefinition::key)), and how its rows are got. One provider and one plan serve them
//! all.

mod actions;
mod asks;
mod audit_events;
mod calendar;
mod choice;
pub(crate) mod column;
mod columns;
mod connection_properties;
mod export_columns;
mod exports;
mod files;
mod filter;
mod imports;
mod line_items;
mod list_properties;
mod list_subsets;
mod lists;
mod me;
mod models;
mod modules;
mod procedures;
mod process_actions;
mod processes;
mod provider;
mod rejected_rows;
mod request;
mod scan;
mod scim_users;
mod scope;
mod tasks;
mod users;
mod versions;
mod views;
mod workspaces;

pub use column::{Cell, ColumnDefinition, ColumnKind, Row};
pub use filter::KeyFilters;
pub use provider::InformationTable;
pub use scope::Scope;

use asks::Asks;
use column::{MODEL_ID, MODEL_NAME, WORKSPACE_ID};
use futures::stream::BoxStream;
use request::{Request, at_once, row};

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
    /// What that is in requests.
    asks: Asks,
    /// A query that shows what it is good for, as it runs on the demo tenant.
    pub example: &'static str,
    /// Its columns.
    pub columns: &'static [ColumnDefinition],
    /// Reads its rows; requests are sent when the stream is polled.
    rows: fn(Request) -> BoxStream<'static, Result<Row>>,
}

/// Every table of the schema, by name.
pub static TABLES: &[&TableDefinition] = &[
    &actions::TABLE,
    &audit_events::TABLE,
    &calendar::TABLE,
    &columns::TABLE,
    &connection_properties::TABLE,
    &export_columns::TABLE,
    &exports::TABLE,
    &files::TABLE,
    &imports::TABLE,
    &line_items::TABLE,
    &list_properties::TABLE,
    &list_subsets::TABLE,
    &lists::TABLE,
    &me::TABLE,
    &models::TABLE,
    &modules::TABLE,
    &procedures::PARAMETERS_TABLE,
    &procedures::PROCEDURES_TABLE,
    &process_actions::TABLE,
    &processes::TABLE,
    &rejected_rows::TABLE,
    &scim_users::TABLE,
    &tasks::TABLE,
    &users::TABLE,
    &versions::TABLE,
    &views::TABLE,
    &workspaces::TABLE,
];

/// The definition of a table, by its name in any case.
pub fn table(name: &str) -> Option<&'static TableDefinition> {
    TABLES.iter().copied().find(|table| table.name.eq_ignore_ascii_case(name))
}
