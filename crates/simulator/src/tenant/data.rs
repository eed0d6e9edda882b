//! Where the rows of an export come from.

use std::fmt;
use std::sync::Arc;

use super::grid::Grid;
use super::row::Row;

/// Makes one row of a generated export: given its number, from 0, and the row to write cells to.
///
/// It must give the same cells for the same number every time: chunks are made when they are asked for.
pub type RowFn = Arc<dyn Fn(u64, &mut Row<'_>) + Send + Sync>;

/// The content of an export.
#[derive(Clone)]
pub enum Data {
    /// Rows held in memory.
    Rows(Vec<Vec<String>>),
    /// A whole file, served byte for byte: nothing is encoded, no header is added.
    Bytes(Vec<u8>),
    /// Rows that are made whenever they are needed, and never held.
    Generated {
        /// How many rows there are.
        rows: u64,
        /// Makes one of them.
        row: RowFn,
    },
    /// The cells of a module, laid out as a grid.
    Grid(Grid),
}

impl Data {
    /// Makes generated data from a closure.
    pub fn generated(rows: u64, row: impl Fn(u64, &mut Row<'_>) + Send + Sync + 'static) -> Self {
        Self::Generated { rows, row: Arc::new(row) }
    }
}

impl Default for Data {
    fn default() -> Self {
        Self::Rows(Vec::new())
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(rows) => write!(f, "Rows({})", rows.len()),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Generated { rows, .. } => write!(f, "Generated({rows})"),
            Self::Grid(grid) => f.debug_tuple("Grid").field(grid).finish(),
        }
    }
}

impl From<Vec<Vec<String>>> for Data {
    fn from(rows: Vec<Vec<String>>) -> Self {
        Self::Rows(rows)
    }
}

impl From<Grid> for Data {
    fn from(grid: Grid) -> Self {
        Self::Grid(grid)
    }
}
