//! Cells of modules, written by UPDATE.
//!
//! ```text
//! rows of the UPDATE ──► hold ──► places ──► rows ──► calls of at most 100,000 cells
//! (labels, new values)  (all)    (ids)     (JSON)
//! ```
//!
//! **Everything is read before anything is written.** New values may be worked out from cells that
//! are calculated from what is written, and an error in the last row must not leave half of the
//! others written. What is read is held in memory as far as that goes, else in a temporary file.
//!
//! **Each call is one request, one after the other.** A cell that is set to a value twice has that
//! value: so a call whose answer got lost is sent again. If something changes then, the lost call had
//! done nothing; else nobody knows how many cells had other values before, and the result says so.
//!
//! **The service decides cell by cell.** What it refuses is counted, with its reasons; the rest is
//! written all the same. Only what certainly can't be written is refused before: see `target.rs`.

mod count;
mod outcome;
mod places;
mod rows;
mod target;
mod update;

pub(super) use target::check;
pub(super) use update::CellUpdate;
