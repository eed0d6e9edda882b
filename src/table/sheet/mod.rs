//! Views as the service writes them into CSV, whatever table they become.
//!
//! ```text
//! whole view, ≤ 1,000,000 cells   one answer, a table   ─┐
//! some of its pages               an answer each, grids ─┼─► LineReader ──► lines ──► rows
//! more cells                      a large read, a table ─┘
//! ```
//! Under a `LIMIT`, the first page of a view of more cells tells whether a few pages are enough.
//!
//! A line is led by labels and holds cells; where which dimension stands is the [`Layout`]. Labels
//! are what the grid shows. The service gives no ids with cells, and items of numbered lists may
//! share a label, so that nothing here takes a label for a key: lines and places across are counted.

mod known;
mod lines;
mod pages;
mod read;
mod select;
mod source;

use crate::client::model::{Dimension, ViewDetail};

pub use known::Sheets;
pub(in crate::table) use lines::{Form, Layout, Line, LineReader, OwnedLine, TakeLines};
pub(in crate::table) use read::{Selected, SheetReading, Sink, read_in_background};
pub(in crate::table) use select::{
    Item, ItemReader, MAX_PAGES, PageColumn, Selection, Wanted, Whole, count_wanted, estimate_rows,
    show, translate, wanted,
};
pub(in crate::table) use source::SheetSource;

/// The dimensions of a view: pages, rows, columns.
pub(in crate::table) fn dimensions(view: &ViewDetail) -> impl Iterator<Item = &Dimension> {
    view.pages.iter().chain(&view.rows).chain(&view.columns)
}
