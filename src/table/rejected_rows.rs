//! The rows that the service rejected of what a session wrote last.

use std::sync::{Arc, Mutex, PoisonError};

/// A row that was rejected, though others of its statement were written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RejectedRow {
    /// The table that it was for.
    pub table: String,
    /// Its place among the rows of the statement, from 1.
    pub row: usize,
    /// The id of what it is about, where the statement found it by its id.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its code.
    pub code: Option<String>,
    /// The service's word for the reason.
    pub reason: Option<String>,
    /// The reason.
    pub details: Option<String>,
}

/// The rejected rows of the statement that wrote last; of very many only the first.
#[derive(Debug, Default)]
pub struct RejectedRows(Mutex<Arc<[RejectedRow]>>);

impl RejectedRows {
    /// Takes those of a statement in place of those of the one before.
    pub(crate) fn put(&self, rows: Vec<RejectedRow>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = rows.into();
    }

    /// All of them.
    pub fn all(&self) -> Arc<[RejectedRow]> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
