//! What became of cells that were written.

use serde::Deserialize;

use super::{WriteFailure, or_default};

/// The answer to cells that were written. Those that failed keep no other from being written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CellsWritten {
    /// How many cells have another value now; those that had it already don't count.
    pub number_of_cells_changed: u64,
    /// The cells that were not written.
    #[serde(default, deserialize_with = "or_default")]
    pub failures: Vec<WriteFailure>,
}
