//! Rows of text into Arrow columns, for text that comes in pieces cut anywhere.
//!
//! ```text
//! pieces ──► Cutter (whole records) ──► Index (where cells stand) ──► Column (typed, Arrow)
//! ```
//! Nearly all text is regular: each line has as many cells as the header, and quotes stand where they
//! should. An [`Index`] finds the cells of such text many bytes at a time, and a [`Column`] takes all
//! its cells in one go. Text that isn't regular is left to a reader that looks at each character:
//! [`Index::read`] says so and takes nothing of it.
//!
//! Text is read as leniently as spreadsheets do (RFC 4180 otherwise): a quote is special only at the start of
//! a cell, what follows the closing quote belongs to the cell, and a line ends with LF or CR LF.

mod cell;
mod column;
mod cutter;
mod index;
mod mask;

pub use column::{Column, Kind, Misfit};
pub use cutter::{Cut, Cutter};
pub use index::{Found, Index, Rows};

/// How cells are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// The byte between cells; neither CR nor LF.
    pub separator: u8,
    /// The byte around cells that hold separators, quotes or line ends, if there is one.
    pub quote: Option<u8>,
}
