//! Rows that a client binds to a statement.

use std::fmt;
use std::panic::AssertUnwindSafe;

use anaplan_sql::{Error, ErrorKind, Result};
use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::SchemaRef;
use tokio::sync::mpsc;

use crate::error::panicked;

/// A batch, or what gives batches when it is asked.
pub(crate) enum Bound {
    Batch(RecordBatch),
    Stream(Box<dyn RecordBatchReader + Send>),
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound").field("schema", &self.schema()).finish_non_exhaustive()
    }
}

/// Batches that are read while others are worked on.
pub(crate) type BoundRows = mpsc::Receiver<Result<RecordBatch>>;

impl Bound {
    pub(crate) fn schema(&self) -> SchemaRef {
        match self {
            Self::Batch(batch) => batch.schema(),
            Self::Stream(reader) => reader.schema(),
        }
    }

    /// Whether it is known to be a single row.
    pub(crate) fn is_one_row(&self) -> bool {
        matches!(self, Self::Batch(batch) if batch.num_rows() == 1)
    }

    /// Reads on a thread of its own: the client's reader may take its time, and Python's waits for
    /// the interpreter. To be called inside the runtime.
    pub(crate) fn read(self) -> BoundRows {
        let (sender, receiver) = mpsc::channel(1);
        tokio::task::spawn_blocking(move || match self {
            Self::Batch(batch) => drop(sender.blocking_send(Ok(batch))),
            Self::Stream(mut reader) => loop {
                let next = std::panic::catch_unwind(AssertUnwindSafe(|| reader.next()));
                let next = match next {
                    Ok(None) => return,
                    Ok(Some(Ok(batch))) => Ok(batch),
                    Ok(Some(Err(error))) => {
                        Err(Error::new(ErrorKind::Data, "the bound rows can't be read")
                            .with_source(error))
                    }
                    Err(_) => Err(panicked()),
                };
                let is_end = next.is_err();
                if sender.blocking_send(next).is_err() || is_end {
                    return;
                }
            },
        });
        receiver
    }
}
