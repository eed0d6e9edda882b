//! When this user last ran an export through this library (key MaxStaleness).
//!
//! A run locks the model and takes its time, while its file stays readable for 48 hours. Whoever
//! is content with figures of some minutes ago reads it again. The moment of each run is kept in a
//! small file, so that scheduled programs that start anew each time profit too. Only runs that
//! this library made count: the service doesn't tell whose the tasks in its list are, and a file
//! is each user's own.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use crate::client::Client;
use crate::client::model::{ExportId, ModelId, UserId};
use crate::error::Result;

/// Remembers runs in a directory, if there is one.
#[derive(Debug)]
pub(super) struct LastRuns {
    directory: Option<PathBuf>,
    user: OnceCell<UserId>,
}

/// What a file holds.
#[derive(Debug, Serialize, Deserialize)]
struct Run {
    /// The service that ran it: ids are only unique there.
    service: String,
    /// Epoch milliseconds, taken before the run began: its figures are not older.
    began: u64,
}

impl LastRuns {
    pub(super) fn new(directory: Option<PathBuf>) -> Self {
        Self { directory, user: OnceCell::new() }
    }

    /// How old the figures of the last run are; nothing if there is none.
    pub(super) async fn age(
        &self,
        client: &Client,
        model: &ModelId,
        export: &ExportId,
    ) -> Result<Option<Duration>> {
        let Some(path) = self.path(client, model, export).await? else { return Ok(None) };
        let Ok(text) = std::fs::read(path) else { return Ok(None) };
        let Ok(run) = serde_json::from_slice::<Run>(&text) else { return Ok(None) };
        let began = UNIX_EPOCH + Duration::from_millis(run.began.min(1 << 53));
        // A moment in the future is a clock that was set back: nobody knows the age then.
        let age = SystemTime::now().duration_since(began).ok();
        Ok(age.filter(|_| run.service == client.base().as_str()))
    }

    /// Notes a run that has succeeded. Failing to is only worth a line in the log.
    pub(super) async fn note(
        &self,
        client: &Client,
        model: &ModelId,
        export: &ExportId,
        began: SystemTime,
    ) {
        let began = began.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let run = Run {
            service: client.base().as_str().to_owned(),
            began: u64::try_from(began).unwrap_or_default(),
        };
        let noted = match self.path(client, model, export).await {
            Ok(Some(path)) => write(&path, &run),
            Ok(None) => return,
            Err(error) => return tracing::info!(%error, "the run can't be noted"),
        };
        if let Err(error) = noted {
            tracing::info!(%error, "the run can't be noted");
        }
    }

    async fn path(
        &self,
        client: &Client,
        model: &ModelId,
        export: &ExportId,
    ) -> Result<Option<PathBuf>> {
        let Some(directory) = &self.directory else { return Ok(None) };
        let user = self.user.get_or_try_init(|| client.me()).await?;
        let parts = [user.as_str(), model.as_str(), export.as_str()];
        // Ids come from outside: none may lead to another place.
        let harmless =
            |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());
        Ok(parts.iter().all(harmless).then(|| directory.join(format!("{}.json", parts.join("-")))))
    }
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
