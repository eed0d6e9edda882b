//! Reading an export: run it, fetch its chunks, parse them.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::runtime::SpawnedTask;
use futures::{StreamExt, stream};
use tokio::sync::mpsc::Sender;

use super::parser::Parser;
use super::provider::ExportTable;
use super::run::{RunFile, RunSlot};
use crate::client::model::{Chunk, TaskId, TaskState};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;
use crate::progress::{Phase, ScanProgress};
use crate::table::Connection;

/// Chunks that are fetched or wait while one is parsed: with 10 MB each, enough to keep a line
/// busy and little enough to hold.
const AHEAD: usize = 2;

/// Parsed at once, between which others get the thread.
const PIECE: usize = 1 << 20;

/// One reading of one export.
pub(super) struct Reading {
    pub(super) table: Arc<ExportTable>,
    pub(super) projection: Vec<usize>,
    pub(super) schema: SchemaRef,
    pub(super) limit: Option<usize>,
    pub(super) slot: Arc<RunSlot>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) progress: Arc<ScanProgress>,
}

impl Reading {
    /// Reads everything that is wanted into `sender`; ends early when nobody listens.
    pub(super) async fn run(
        self: Arc<Self>,
        sender: Sender<datafusion::error::Result<RecordBatch>>,
    ) -> Result<()> {
        self.read(&sender).await.map_err(|error| match error.kind() {
            ErrorKind::Data => {
                let hint = error.hint().map_or_else(
                    || "read every column as text with ColumnTypes=Text".to_owned(),
                    str::to_owned,
                );
                let message = format!("export \"{}\": {error}", self.table.name());
                Error::new(ErrorKind::Data, message).with_hint(hint)
            }
            _ => error,
        })
    }

    async fn read(
        self: &Arc<Self>,
        sender: &Sender<datafusion::error::Result<RecordBatch>>,
    ) -> Result<()> {
        let file = self.slot.file(self.make_file()).await?;
        let chunks = file.chunks.len();
        self.progress.set(Phase::Reading);
        self.progress.chunks(chunks);
        let mut parser = Parser::new(
            Arc::clone(self.table.shape()),
            self.projection.clone(),
            Arc::clone(&self.schema),
            self.table.connection().batch_size,
            self.limit,
        );
        // With a limit the first chunk is likely to be enough.
        let ahead = if self.limit.is_some() { 1 } else { AHEAD };
        // Each on a task of its own, so that one arrives while another is parsed.
        let mut bodies = stream::iter(0..chunks)
            .map(|number| {
                let (reading, file) = (Arc::clone(self), Arc::clone(&file));
                let fetch =
                    SpawnedTask::spawn(async move { reading.fetch(number, &file.chunks).await });
                fetch.join_unwind()
            })
            .buffered(ahead);
        while let Some(body) = bodies.next().await {
            let body =
                body.map_err(|_| Error::new(ErrorKind::Cancelled, "the program is ending"))??;
            for piece in body.chunks(PIECE) {
                for batch in parser.push(piece)? {
                    if !self.deliver(batch, sender).await {
                        return Ok(());
                    }
                }
                if parser.is_done() {
                    return Ok(());
                }
                tokio::task::yield_now().await;
            }
        }
        if chunks > 1 {
            self.check_unchanged(&file).await?;
        }
        for batch in parser.finish()? {
            if !self.deliver(batch, sender).await {
                return Ok(());
            }
        }
        if !parser.saw_header() {
            tracing::warn!(
                export = self.table.name(),
                "the export's file is empty, not even a header is in it: only administrators may \
                 be allowed to see its content"
            );
        }
        Ok(())
    }

    async fn deliver(
        &self,
        batch: RecordBatch,
        sender: &Sender<datafusion::error::Result<RecordBatch>>,
    ) -> bool {
        self.progress.rows(batch.num_rows());
        sender.send(Ok(batch)).await.is_ok()
    }

    /// Lists the chunks of the export's file, after running the export unless its last file will
    /// do.
    async fn make_file(&self) -> Result<RunFile> {
        if let Some(task) = self.table.fresh_run().await {
            let chunks = self.chunks().await?;
            // The service keeps files for 48 hours since their last use.
            if !chunks.is_empty() {
                tracing::info!(
                    export = self.table.name(),
                    "reading the file of the last run again"
                );
                return Ok(RunFile { task, chunks });
            }
        }
        let task = self.run_export().await?;
        let chunks = self.chunks().await?;
        Ok(RunFile { task, chunks })
    }

    async fn chunks(&self) -> Result<Vec<Chunk>> {
        let client = &self.table.connection().client;
        let observer = Arc::clone(&self.observer);
        client.chunks(self.table.model_id(), self.table.export_id(), observer).await
    }

    /// Runs the export and waits for its end.
    async fn run_export(&self) -> Result<TaskId> {
        self.progress.set(Phase::Starting);
        let Connection { client, runs, .. } = self.table.connection();
        let (model, export, name) =
            (self.table.model_id(), self.table.export_id(), self.table.name());
        let began = SystemTime::now();
        let task = client
            .start_export(model, export, name, Arc::clone(&self.observer))
            .await
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => {
                    error.context(format!("export \"{name}\" is not there any more"))
                }
                _ => error.context(format!("export \"{name}\" can't be run")),
            })?;
        let id = task.id().clone();
        tracing::info!(export = name, task = %id, "started");
        runs.last.note(client, model, export, (&id, began, false)).await;
        let progress = Arc::clone(&self.progress);
        task.wait(self.observer.as_ref(), move |task| {
            progress.set(match task.task_state {
                Some(TaskState::NotStarted) => Phase::Waiting,
                _ => Phase::Running(task.progress),
            });
        })
        .await?;
        runs.last.note(client, model, export, (&id, began, true)).await;
        Ok(id)
    }

    /// Makes sure that all chunks came from one run: another process of the same user may have
    /// run the export meanwhile, which replaces the file.
    async fn check_unchanged(&self, file: &RunFile) -> Result<()> {
        let Connection { client, runs, .. } = self.table.connection();
        let (model, export) = (self.table.model_id(), self.table.export_id());
        let Some(other) = runs.last.other(client, model, export, &file.task).await else {
            return Ok(());
        };
        let task = client.export_task(model, export, &other, self.observer.as_ref()).await;
        // A run that hasn't ended has not written anything yet.
        if let Ok(task) = task
            && matches!(
                task.task_state,
                Some(TaskState::NotStarted | TaskState::InProgress | TaskState::Cancelled)
            )
        {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Service,
            format!(
                "the file of export \"{}\" was replaced by another run while it was read",
                self.table.name()
            ),
        )
        .with_hint(
            "run the query again; queries of one user over one export should not overlap, or \
             should share its file by MaxStaleness",
        ))
    }

    async fn fetch(&self, number: usize, chunks: &[Chunk]) -> Result<Bytes> {
        let connection = self.table.connection();
        let body = connection
            .client
            .chunk(
                self.table.model_id(),
                self.table.export_id(),
                &chunks[number],
                self.observer.as_ref(),
            )
            .await
            .map_err(|error| {
                let lost = error.kind() == ErrorKind::NotFound;
                let error = error.context(format!(
                    "part {} of {} of the file of export \"{}\" can't be read",
                    number + 1,
                    chunks.len(),
                    self.table.name()
                ));
                if lost {
                    error.with_hint(
                        "the file was replaced or removed while it was read, perhaps by another \
                         run of the same export by the same user: run the query again",
                    )
                } else {
                    error
                }
            })?;
        self.progress.chunk();
        Ok(body)
    }
}
