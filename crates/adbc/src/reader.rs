//! Results as they come.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::thread::{self, Thread};

use anaplan_sql::{Error, Result};
use arrow::array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::cancel::Cancelled;
use crate::error::{cancelled, in_stream, panicked};
use crate::running::Run;

/// How many batches wait for a client that is slower than the service.
const WAITING: usize = 2;

/// A stream of batches.
pub(crate) type Batches = BoxStream<'static, Result<RecordBatch>>;

/// Reads a stream that runs ahead by a few batches. Dropped before its end, the stream is dropped.
#[derive(Debug)]
pub(crate) struct Reader {
    schema: SchemaRef,
    /// What came while the statement was begun.
    first: Option<RecordBatch>,
    /// A batch, an error, or the end: nothing. Without it, the task was stopped.
    rest: mpsc::Receiver<Result<Option<RecordBatch>>>,
    task: Task,
    cancel: Cancelled,
    ended: bool,
}

/// Ends a task with its owner.
#[derive(Debug)]
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Reader {
    /// Begins to read, and waits for the first batch: what goes wrong up to there is told with
    /// everything that ADBC has to tell it. To be called inside the runtime.
    ///
    /// # Errors
    /// The stream's, if it begins with one.
    pub(crate) async fn begin(
        schema: SchemaRef,
        batches: Batches,
        cancel: Cancelled,
        run: Run,
    ) -> Result<Self> {
        let (sender, rest) = mpsc::channel(WAITING);
        let source = Source { batches, run };
        let pumping = tokio::spawn(pump(source, sender, cancel.clone()));
        let task = Task(pumping.abort_handle());
        let mut reader = Self { schema, first: None, rest, task, cancel, ended: false };
        reader.first = reader.receive().await?;
        Ok(reader)
    }

    async fn receive(&mut self) -> Result<Option<RecordBatch>> {
        if self.ended {
            return Ok(None);
        }
        let received = match self.rest.recv().await {
            Some(received) => received,
            None => Err(panicked()),
        };
        self.ended = !matches!(received, Ok(Some(_)));
        received
    }

    fn read(&mut self) -> Result<Option<RecordBatch>> {
        if !self.ended && self.cancel.is_cancelled() {
            self.task.0.abort();
            self.ended = true;
            return Err(cancelled());
        }
        match self.first.take() {
            Some(batch) => Ok(Some(batch)),
            None => wait(self.receive()),
        }
    }
}

impl Iterator for Reader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        // There is no other guard between this and C.
        let read = std::panic::catch_unwind(AssertUnwindSafe(|| self.read()));
        let read = read.unwrap_or_else(|_| {
            self.ended = true;
            Err(panicked())
        });
        read.map_err(|error| in_stream(&error)).transpose()
    }
}

impl RecordBatchReader for Reader {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }
}

/// Waits in the caller's thread. It may be one of a runtime, or of an executor: theirs refuse to wait.
fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Arc::new(Unpark(thread::current())).into();
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}

/// A stream that is counted until it has been dropped: its fields are dropped in this order.
struct Source {
    batches: Batches,
    run: Run,
}

impl Source {
    async fn next(&mut self) -> Option<Result<RecordBatch>> {
        self.batches.next().await
    }
}

/// Sends a stream's batches on, and says how it ended.
async fn pump(
    mut source: Source,
    sender: mpsc::Sender<Result<Option<RecordBatch>>>,
    mut cancel: Cancelled,
) {
    let mut closed = source.run.closed();
    let pumping = async {
        while let Some(batch) = source.next().await {
            let is_error = batch.is_err();
            if sender.send(batch.map(Some)).await.is_err() || is_error {
                return;
            }
        }
        let _ = sender.send(Ok(None)).await;
    };
    let ended = tokio::select! {
        biased;
        () = cancel.wait() => Err(cancelled()),
        () = closed.wait() => Err(cancelled()),
        ended = AssertUnwindSafe(pumping).catch_unwind() => ended.map_err(|_| panicked()),
    };
    if let Err(error) = ended {
        // Whoever reads has gone, or hears it.
        let _ = sender.send(Err::<_, Error>(error)).await;
    }
}

/// Reads what is there already.
pub(crate) fn ready(
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
) -> Box<dyn RecordBatchReader + Send + 'static> {
    Box::new(RecordBatchIterator::new(batches.into_iter().map(Ok), schema))
}
