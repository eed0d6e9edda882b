//! Saved views as tables, as their builders arranged them.
//!
//! One row for each tuple of row items of each page. Columns: a label for each page dimension, one
//! for each row dimension, then one for each tuple of items across, named by their labels joined
//! by ` / `. What a view shows of sums is part of it, whatever `Summaries` says.
//!
//! The labels across stand in nothing but the view's cells, so that planning reads the header of
//! its first page, once in a session. Cells are typed by the line item of their column; where line
//! items stand on rows or pages, by the type that all have in common, else as text.

mod arrange;
mod header;
mod provider;
mod scan;
mod shape;

pub use provider::ViewTable;
pub use shape::{ViewColumn, ViewShape};
