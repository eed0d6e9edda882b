//! A statement at work, apart from the socket.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::dataframe::DataFrame;
use futures::{FutureExt, StreamExt};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::error::Error;
use crate::postgres::problem::{Outcome, Problem};
use crate::postgres::value::{Column, columns};

/// How many batches wait for a client that is slower than the service.
const WAITING: usize = 2;

/// Ends a task with its owner.
#[derive(Debug)]
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Has the work done where statements are run, and waits for it. Dropped before, it is stopped.
///
/// # Errors
/// The work's own, and that it ended in a panic.
pub(super) async fn run<T: Send + 'static>(
    work: &Handle,
    job: impl Future<Output = Outcome<T>> + Send + 'static,
) -> Outcome<T> {
    let task = work.spawn(job);
    let _ended_with_us = Task(task.abort_handle());
    task.await.unwrap_or_else(|_| Err(Problem::panicked()))
}

/// Rows as they come. Dropped before their end, the statement is stopped.
#[derive(Debug)]
pub(super) struct Running {
    schema: SchemaRef,
    /// A batch, a problem, or the end: nothing.
    batches: mpsc::Receiver<Outcome<Option<RecordBatch>>>,
    _task: Task,
    ended: bool,
    /// Rows that have come, and which of them is next.
    here: Option<Here>,
    /// How many rows have been handed on.
    pub(super) rows: u64,
}

/// Rows of a batch, ready to be written.
#[derive(Debug)]
pub(super) struct Here {
    pub(super) columns: Vec<(Column, bool)>,
    pub(super) next: usize,
    pub(super) rows: usize,
}

impl Running {
    /// Begins to read what is planned.
    pub(super) fn begin(work: &Handle, frame: DataFrame) -> Self {
        let schema = Arc::new(frame.schema().as_arrow().clone());
        let (sender, batches) = mpsc::channel(WAITING);
        let task = work.spawn(async move {
            let pumped = AssertUnwindSafe(pump(frame, &sender)).catch_unwind().await;
            let last = match pumped {
                Ok(Ok(())) => Ok(None),
                Ok(Err(problem)) => Err(problem),
                Err(_) => Err(Problem::panicked()),
            };
            // Whoever reads may have gone.
            let _ = sender.send(last).await;
        });
        let task = Task(task.abort_handle());
        Self { schema, batches, _task: task, ended: false, here: None, rows: 0 }
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The rows that are to be written next, unless all have been.
    ///
    /// # Errors
    /// The statement's.
    pub(super) async fn next(
        &mut self,
        schema: &Schema,
        is_binary: impl Fn(usize) -> bool,
    ) -> Outcome<Option<&mut Here>> {
        while self.here.as_ref().is_none_or(|here| here.next == here.rows) {
            self.here = None;
            let Some(batch) = self.batch().await? else { return Ok(None) };
            if batch.num_columns() != schema.fields().len() {
                return Err(Problem::unsupported("the result has other columns than before")
                    .with_hint("prepare the statement again"));
            }
            let columns = columns(&batch, schema, &is_binary)?;
            self.here = Some(Here { columns, next: 0, rows: batch.num_rows() });
        }
        Ok(self.here.as_mut())
    }

    /// The next batch as it is.
    ///
    /// # Errors
    /// The statement's.
    pub(super) async fn batch(&mut self) -> Outcome<Option<RecordBatch>> {
        if self.ended {
            return Ok(None);
        }
        let received = self.batches.recv().await.unwrap_or_else(|| Err(Problem::panicked()));
        self.ended = !matches!(received, Ok(Some(_)));
        received
    }
}

/// Hands batches on, one after another.
async fn pump(
    frame: DataFrame,
    sender: &mpsc::Sender<Outcome<Option<RecordBatch>>>,
) -> Outcome<()> {
    let mut stream = frame.execute_stream().await.map_err(Error::from)?;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(Error::from)?;
        if sender.send(Ok(Some(batch))).await.is_err() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::DataType;
    use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
    use datafusion::prelude::SessionContext;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_error_of_its_statement() {
        let context = SessionContext::new();
        let panics =
            |_: &[ColumnarValue]| -> datafusion::error::Result<ColumnarValue> { panic!("secret") };
        let kinds = vec![DataType::Int64];
        let function =
            create_udf("panics", kinds, DataType::Int64, Volatility::Volatile, Arc::new(panics));
        context.register_udf(function);
        let frame = context.sql("SELECT panics(value) FROM generate_series(1, 9)").await;
        let mut running = Running::begin(&Handle::current(), frame.expect("a plan"));
        let problem = running.batch().await.expect_err("a panic");
        assert_eq!(problem.sqlstate, "XX000");
        assert!(!format!("{problem:?}").contains("secret"));
        assert!(running.batch().await.expect("the end").is_none());

        let work = run::<()>(&Handle::current(), async { panic!("secret") }).await;
        assert_eq!(work.map(|()| "done").expect_err("a panic").sqlstate, "XX000");
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_stopped() {
        let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
        let work = Handle::current();
        let job = run(&work, async move {
            let _kept = sender;
            std::future::pending::<Outcome<()>>().await
        });
        let late = tokio::time::timeout(std::time::Duration::from_millis(1), job).await;
        assert!(late.is_err());
        assert!(receiver.await.is_err(), "the job has been dropped");
    }
}
