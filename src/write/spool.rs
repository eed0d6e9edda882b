//! Calls that wait until all rows have been read.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use datafusion::execution::{SpillFile, TaskContext};
use futures::TryStreamExt;

use crate::error::{Error, ErrorKind, Result};

/// So many bytes of calls wait in memory; more go to temporary files, where sorts go too.
const IN_MEMORY: usize = 64 << 20;

/// Calls in their order.
pub(super) struct Spool {
    context: Arc<TaskContext>,
    calls: VecDeque<Call>,
    in_memory: usize,
    most: usize,
}

enum Call {
    Memory(Bytes),
    File(Arc<dyn SpillFile>),
}

impl Spool {
    pub(super) fn new(context: Arc<TaskContext>) -> Self {
        Self { context, calls: VecDeque::new(), in_memory: 0, most: IN_MEMORY }
    }

    /// How many calls wait.
    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    /// Adds a call behind the others.
    ///
    /// # Errors
    /// When there is no room for it on the disk.
    pub(super) fn push(&mut self, body: Bytes) -> Result<()> {
        if self.in_memory + body.len() <= self.most {
            self.in_memory += body.len();
            self.calls.push_back(Call::Memory(body));
            return Ok(());
        }
        let disk = &self.context.runtime_env().disk_manager;
        let file = disk.create_tmp_file("gathering rows to be written")?;
        let mut writer = file.open_writer()?;
        writer.write_all(&body).map_err(|e| {
            Error::new(ErrorKind::Io, "rows to be written can't be kept in a temporary file")
                .with_source(e)
        })?;
        writer.finish()?;
        self.calls.push_back(Call::File(file));
        Ok(())
    }

    /// Takes the first call.
    ///
    /// # Errors
    /// When its file can't be read.
    pub(super) async fn pop(&mut self) -> Result<Option<Bytes>> {
        match self.calls.pop_front() {
            None => Ok(None),
            Some(Call::Memory(body)) => {
                self.in_memory -= body.len();
                Ok(Some(body))
            }
            Some(Call::File(file)) => {
                let pieces: Vec<Bytes> = file.read_stream()?.try_collect().await?;
                let mut body = BytesMut::with_capacity(pieces.iter().map(Bytes::len).sum());
                pieces.iter().for_each(|piece| body.extend_from_slice(piece));
                Ok(Some(body.freeze()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn calls_come_back_in_their_order_from_memory_and_from_files() {
        let mut spool = Spool { most: 12, ..Spool::new(Arc::default()) };
        let bodies = ["first", "second", "third", "", "😀 5th"];
        for body in bodies {
            spool.push(Bytes::from_static(body.as_bytes())).expect("room");
        }
        assert_eq!((spool.len(), spool.in_memory), (5, 11));
        for body in bodies {
            assert_eq!(spool.pop().await.expect("a call").as_deref(), Some(body.as_bytes()));
        }
        assert_eq!((spool.pop().await.expect("none"), spool.in_memory), (None, 0));
    }
}
