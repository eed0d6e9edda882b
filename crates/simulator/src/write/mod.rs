//! Small writes: items of lists and cells of modules, each with its own success or failure.
//!
//! A failure never keeps the rest of a request from being written. The names of failures are the
//! service's where they are known; those for what no source shows follow the same pattern.

mod cells;
mod delete;
mod input;
mod items;

use serde_json::{Value, json};

pub(crate) use self::cells::{CellWrite, write_cells};
pub(crate) use self::delete::{delete_items, forget_lost_periods};
pub(crate) use self::input::ItemInput;
pub(crate) use self::items::{add_items, update_items};

/// Why one part of a request was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The position in the request.
    pub(crate) index: usize,
    pub(crate) kind: &'static str,
    pub(crate) details: String,
}

impl Failure {
    /// The entry in an answer's `failures`.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "requestIndex": self.index,
            "failureType": self.kind,
            "failureMessageDetails": self.details,
        })
    }
}
