//! Text in rows, from bytes to typed batches, as far as it is alike whatever the rows are of.
//!
//! ```text
//! bytes ──► Decoder (UTF-8) ──► RecordReader (records) ──► BatchBuilder (Arrow)
//! ```
//! Where text is regular, an index of the crate `anaplan-sql-csv` takes the place of the `RecordReader`.
//! [`TableParser`] is all of that for a header and rows, which is what everything but the file of
//! an export is.

mod batch;
mod encoding;
mod kind;
mod record;
mod table;

pub(super) use batch::{BatchBuilder, CellSource, Target};
pub(super) use encoding::{Decoder, Encoding};
pub use kind::CellKind;
pub(super) use record::{OwnedRecord, Record, RecordReader, check_length};
pub(super) use table::{Only, TableParser};
