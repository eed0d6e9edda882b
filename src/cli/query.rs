//! One result on its way from a stream to its writer.
//!
//! Writing has a thread of its own, so that a slow reader of standard output keeps neither the
//! download nor Ctrl-C waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::{Stream, StreamExt};
use tokio::sync::mpsc;

use super::format::{Format, Place, ResultWriter, Sink};
use super::signals::{LINGER, Signals, broken};
use crate::error::Result;

/// Batches that may wait to be written.
const AHEAD: usize = 2;

/// What became of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// All of it is written: so many rows.
    Rows(u64),
    /// Its reader went away.
    ReaderGone,
}

/// Where and how one result is written.
pub(super) struct Destination {
    pub(super) format: Format,
    pub(super) place: Place,
    pub(super) sink: Sink,
    /// Set when the sink's reader has gone away.
    pub(super) gone: Arc<AtomicBool>,
}

enum Message {
    Rows(RecordBatch),
    End,
}

/// Writes the batches of a stream. `before_rows` runs before the first of them is handed on.
///
/// # Errors
/// Those of the stream and of writing, and kind [`Cancelled`](crate::ErrorKind::Cancelled). The
/// stream has been dropped by then, and nothing is written any more unless a write hangs.
pub(super) async fn write(
    schema: SchemaRef,
    batches: impl Stream<Item = Result<RecordBatch>> + Send + Unpin + 'static,
    destination: Destination,
    signals: &Signals,
    before_rows: impl FnOnce() + Send + 'static,
) -> Result<Written> {
    let Destination { format, place, sink, gone } = destination;
    let (sender, receiver) = mpsc::channel(AHEAD);
    let begin = move || format.begin(&schema, sink, place);
    let mut writing = tokio::task::spawn_blocking(move || consume(begin, receiver));
    let sent = signals.guard_task(send(batches, sender, before_rows)).await;
    let join = async { (&mut writing).await.unwrap_or_else(|e| Err(broken(e))) };
    let written = match &sent {
        // All is handed on, but a slow reader may still keep the rest waiting.
        Ok(_) => signals.guard(join).await,
        Err(_) => tokio::time::timeout(LINGER, join).await.unwrap_or(Ok(())),
    };
    if gone.load(Ordering::Relaxed) {
        return Ok(Written::ReaderGone);
    }
    let rows = sent?;
    written.map(|()| Written::Rows(rows))
}

/// Hands batches on to the writer, and counts their rows.
async fn send(
    mut batches: impl Stream<Item = Result<RecordBatch>> + Unpin,
    sender: mpsc::Sender<Message>,
    before_rows: impl FnOnce(),
) -> Result<u64> {
    let mut before_rows = Some(before_rows);
    let mut rows = 0;
    loop {
        let next = tokio::select! {
            // The writer has failed: its own error says why.
            () = sender.closed() => return Ok(rows),
            next = batches.next() => next.transpose()?,
        };
        if next.as_ref().is_some_and(|batch| batch.num_rows() == 0) {
            continue;
        }
        if let Some(prepare) = before_rows.take() {
            prepare();
        }
        rows += next.as_ref().map_or(0, |batch| batch.num_rows() as u64);
        let last = next.is_none();
        // Should the writer have failed, the next turn sees it.
        let _ = sender.send(next.map_or(Message::End, Message::Rows)).await;
        if last {
            return Ok(rows);
        }
    }
}

/// Writes what comes, on a thread that may wait. A query that fails before its first row leaves
/// nothing, not even names of columns.
fn consume(
    begin: impl FnOnce() -> Result<Box<dyn ResultWriter>>,
    mut messages: mpsc::Receiver<Message>,
) -> Result<()> {
    let Some(mut message) = messages.blocking_recv() else { return Ok(()) };
    let mut writer = begin()?;
    loop {
        match message {
            Message::Rows(batch) => writer.batch(&batch)?,
            Message::End => return writer.finish(),
        }
        // Without an end the query failed, or was cancelled.
        let Some(next) = messages.blocking_recv() else { return Ok(()) };
        message = next;
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use arrow::array::Int64Array;
    use futures::stream;

    use super::*;
    use crate::error::{Error, ErrorKind};

    /// Fails with this, or takes everything.
    struct Failing(Option<io::ErrorKind>);

    impl io::Write for Failing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.map_or(Ok(bytes.len()), |kind| Err(kind.into()))
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    async fn run(
        fault: Option<io::ErrorKind>,
        gone: bool,
        batches: impl Stream<Item = Result<RecordBatch>> + Send + Unpin + 'static,
    ) -> Result<Written> {
        let destination = Destination {
            format: Format::Csv,
            place: Place::default(),
            sink: Box::new(Failing(fault)),
            gone: Arc::new(AtomicBool::new(gone)),
        };
        write(rows().schema(), batches, destination, &Signals::silent(), || {}).await
    }

    fn rows() -> RecordBatch {
        let column = Arc::new(Int64Array::from(vec![1, 2, 3]));
        RecordBatch::try_from_iter([("n", column as _)]).expect("a batch")
    }

    #[tokio::test]
    async fn rows_are_counted() {
        let all = stream::iter([Ok(rows()), Ok(rows().slice(0, 0)), Ok(rows())]);
        assert_eq!(run(None, false, all).await.ok(), Some(Written::Rows(6)));
        assert_eq!(run(None, false, stream::iter([])).await.ok(), Some(Written::Rows(0)));
    }

    #[tokio::test]
    async fn a_failing_query_is_its_error() {
        let error = Error::new(ErrorKind::Task, "the export failed");
        let failing = stream::iter([Ok(rows()), Err(error)]);
        let error = run(None, false, failing).await.expect_err("failed");
        assert_eq!(error.kind(), ErrorKind::Task);
    }

    #[tokio::test]
    async fn a_writer_that_fails_ends_the_query_at_once() {
        let endless = || stream::iter([Ok(rows())]).chain(stream::pending());
        let error =
            run(Some(io::ErrorKind::StorageFull), false, endless()).await.expect_err("full");
        assert_eq!(error.kind(), ErrorKind::Io);
        let gone = run(Some(io::ErrorKind::BrokenPipe), true, endless()).await;
        assert_eq!(gone.ok(), Some(Written::ReaderGone));
    }
}
