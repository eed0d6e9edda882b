//! When this user last ran an export through this library.
//!
//! A small file for each export, in the user's state directory, serves two ends. With MaxStaleness
//! the file of the last run is read again instead of locking the model for another one. And a scan
//! sees whether another process has replaced the file that it was reading: the file of an export
//! is each user's own, and every run writes it anew. Only runs that this library made on this
//! machine are known: the service doesn't tell whose the tasks in its list are.
//!
//! Without a directory, a session remembers its own runs for as long as it lives.

use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use super::run::ExportKey;
use crate::client::Client;
use crate::client::model::{TaskId, UserId};
use crate::error::Result;
use crate::http::Unobserved;

/// Remembers runs.
#[derive(Debug)]
pub(super) enum LastRuns {
    /// In files of a directory, for each user.
    Files { directory: PathBuf, user: OnceCell<UserId> },
    /// In memory.
    Memory(Mutex<HashMap<ExportKey, Run>>),
}

/// What is remembered of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Run {
    /// The service that ran it: ids are only unique there.
    service: String,
    /// The task.
    task: String,
    /// Epoch milliseconds, taken before the run began: its figures are not older.
    began: u64,
    /// Whether it has succeeded.
    complete: bool,
}

impl LastRuns {
    pub(super) fn new(directory: Option<PathBuf>) -> Self {
        match directory {
            Some(directory) => Self::Files { directory, user: OnceCell::new() },
            None => Self::Memory(Mutex::default()),
        }
    }

    /// The last run that has succeeded, and how old its figures are.
    pub(super) async fn age(&self, client: &Client, key: &ExportKey) -> Option<(TaskId, Duration)> {
        let run = self.read(client, key).await.filter(|run| run.complete)?;
        let began = UNIX_EPOCH + Duration::from_millis(run.began.min(1 << 53));
        // A moment in the future is a clock that was set back: nobody knows the age then.
        let age = SystemTime::now().duration_since(began).ok()?;
        Some((TaskId::from(run.task.as_str()), age))
    }

    /// The last run, if it is another one than this.
    pub(super) async fn other(
        &self,
        client: &Client,
        key: &ExportKey,
        than: &TaskId,
    ) -> Option<TaskId> {
        let run = self.read(client, key).await?;
        (run.task != than.as_str()).then(|| TaskId::from(run.task.as_str()))
    }

    /// Notes a run that has begun or succeeded. Failing to is only worth a line in the log.
    pub(super) async fn note(
        &self,
        client: &Client,
        key: &ExportKey,
        (task, began, complete): (&TaskId, SystemTime, bool),
    ) {
        let began = began.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let run = Run {
            service: client.base().as_str().to_owned(),
            task: task.as_str().to_owned(),
            began: u64::try_from(began).unwrap_or_default(),
            complete,
        };
        if let Self::Memory(runs) = self {
            runs.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), run);
            return;
        }
        let Some(path) = self.path(client, key).await else { return };
        if let Err(error) = write(&path, &run) {
            tracing::info!(%error, "the run can't be noted");
        }
    }

    async fn read(&self, client: &Client, key: &ExportKey) -> Option<Run> {
        if let Self::Memory(runs) = self {
            return runs.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        }
        let path = self.path(client, key).await?;
        let run: Run = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
        (run.service == client.base().as_str()).then_some(run)
    }

    async fn path(&self, client: &Client, (model, export): &ExportKey) -> Option<PathBuf> {
        let Self::Files { directory, user } = self else { return None };
        let user = match user.get_or_try_init(|| own_id(client)).await {
            Ok(user) => user,
            Err(error) => {
                tracing::info!(%error, "runs can't be noted: the user is unknown");
                return None;
            }
        };
        let parts = [user.as_str(), model.as_str(), export.as_str()];
        // Ids come from outside: none may lead to another place.
        let harmless =
            |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
        parts.iter().all(harmless).then(|| directory.join(format!("{}.json", parts.join("-"))))
    }
}

/// The id of the signed-in user.
async fn own_id(client: &Client) -> Result<UserId> {
    Ok(client.me(Arc::new(Unobserved)).await?.id)
}

/// Writes the file whole or not at all, for its user alone.
fn write(path: &std::path::Path, run: &Run) -> std::io::Result<()> {
    let Some(directory) = path.parent() else { return Ok(()) };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(&serde_json::to_vec(run)?)?;
    file.persist(path)?;
    Ok(())
}
