//! Views as the service writes them into CSV, whatever table they become.
//!
//! ```text
//! whole view, ≤ 1,000,000 cells   one answer, a table   ─┐
//! some of its pages               an answer each, grids ─┼─► LineReader ──► lines ──► rows
//! more cells                      a large read, a table ─┘
//! ```
//! A line is led by labels and holds cells; where which dimension stands is the [`Layout`]. Labels
//! are what the grid shows. The service gives no ids with cells, and items of numbered lists may
//! share a label, so that nothing here takes a label for a key: lines and places across are counted.

mod lines;
mod read;
mod source;

pub(in crate::table) use lines::{Form, Layout, Line, LineReader, OwnedLine, TakeLines};
pub(in crate::table) use read::{Route, Selected, SheetReading, Sink};
pub(in crate::table) use source::SheetSource;
