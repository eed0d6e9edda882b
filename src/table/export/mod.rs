//! An export as a table.
//!
//! ```text
//! ExportTable ──scan──► ExportScan ──poll──► run ──► chunks ──► Decoder ──► RecordReader ──► Layout ──► BatchBuilder
//!  (shape)               (plan)            (task)   (bytes)     (UTF-8)      (records)      (rows)       (Arrow)
//! ```
//! Planning needs only the export's metadata, which gives its [`ExportShape`]. The export itself
//! runs when the stream is polled for the first time. The exception is a grid whose metadata
//! doesn't tell all columns: they are [learned](ExportTable::learn_columns) from a file before.

mod fetch;
mod header;
mod last_run;
mod layout;
mod learn;
mod parser;
mod provider;
mod read;
mod run;
mod scan;
mod shape;

pub use header::{GridHeader, Headers};
pub use provider::ExportTable;
pub(crate) use run::ExportKey;
pub use run::{ExportRuns, HeldRuns};
pub use shape::{ExportColumn, ExportShape};
