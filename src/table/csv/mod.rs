//! Text in rows, from bytes to typed batches, as far as it is alike whatever the rows are of.
//!
//! ```text
//! bytes ──► Decoder (UTF-8) ──► RecordReader (records) ──► BatchBuilder (Arrow)
//! ```

mod batch;
mod encoding;
mod kind;
mod record;

pub(super) use batch::{BatchBuilder, CellSource, Target};
pub(super) use encoding::{Decoder, Encoding};
pub use kind::CellKind;
pub(super) use record::{OwnedRecord, Record, RecordReader};
