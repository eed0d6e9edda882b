//! What reading an export sends: its run, and the pieces of its file.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

use super::provider::ExportTable;
use super::run::RunFile;
use crate::client::model::{Chunk, TaskId, TaskState};
use crate::client::{Runnable, Runs, TaskOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;
use crate::progress::{Phase, ScanProgress};
use crate::table::Connection;

/// Runs one export and fetches its file.
#[derive(Clone)]
pub(super) struct Fetch {
    pub(super) table: Arc<ExportTable>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) progress: Arc<ScanProgress>,
}

impl Fetch {
    /// Lists the chunks of the export's file, after running the export unless its last file will
    /// do.
    pub(super) async fn make_file(&self) -> Result<RunFile> {
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

    /// The chunks of the file that there is now.
    pub(super) async fn chunks(&self) -> Result<Vec<Chunk>> {
        let (client, (model, export)) = (&self.table.connection().client, self.table.key());
        client.chunks(model, export.as_str(), Arc::clone(&self.observer)).await
    }

    fn runnable(&self) -> Runnable<'_> {
        let (model, export) = self.table.key();
        let name = self.table.name();
        Runnable { runs: Runs::Export, model, id: export.as_str(), name }
    }

    /// Runs the export and waits for its end.
    async fn run_export(&self) -> Result<TaskId> {
        self.progress.set(Phase::Starting);
        let Connection { client, runs, .. } = self.table.connection();
        let (key, name) = (self.table.key(), self.table.name());
        let began = SystemTime::now();
        let task = client
            .start_task(self.runnable(), &TaskOptions::default(), Arc::clone(&self.observer))
            .await
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => {
                    error.context(format!("export \"{name}\" is not there any more"))
                }
                _ => error.context(format!("export \"{name}\" can't be run")),
            })?;
        let id = task.id().clone();
        tracing::info!(export = name, task = %id, "started");
        runs.last.note(client, key, (&id, began, false)).await;
        let progress = Arc::clone(&self.progress);
        task.wait(self.observer.as_ref(), move |task| {
            progress.set(match task.task_state {
                Some(TaskState::NotStarted) => Phase::Waiting,
                _ => Phase::Running(task.progress),
            });
        })
        .await?;
        runs.last.note(client, key, (&id, began, true)).await;
        Ok(id)
    }

    /// Makes sure that all chunks came from one run: another process of the same user may have
    /// run the export meanwhile, which replaces the file.
    pub(super) async fn check_unchanged(&self, file: &RunFile) -> Result<()> {
        let Connection { client, runs, .. } = self.table.connection();
        let key = self.table.key();
        let Some(other) = runs.last.other(client, key, &file.task).await else {
            return Ok(());
        };
        let task = client.task(self.runnable(), &other, self.observer.as_ref()).await;
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

    /// The bytes of a chunk, or at least so many of its first ones as are `enough`.
    pub(super) async fn chunk(
        &self,
        number: usize,
        chunks: &[Chunk],
        enough: Option<usize>,
    ) -> Result<Bytes> {
        let (client, (model, export)) = (&self.table.connection().client, self.table.key());
        let chunk = &chunks[number];
        client.chunk(model, export.as_str(), chunk, enough, self.observer.as_ref()).await.map_err(
            |error| {
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
            },
        )
    }
}
