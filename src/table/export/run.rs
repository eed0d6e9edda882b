//! Runs of exports, shared by the scans that need them at the same time.
//!
//! The file of an export is private to the user, and each run replaces it. So a second run while
//! a scan still downloads would pull the file from under it. Scans of one export that overlap,
//! such as the two sides of a self-join, therefore share one run: the model is locked once, and
//! both see the same data. When the last of them is gone, the next scan runs the export anew.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OnceCell;

use super::last_run::LastRuns;
use crate::client::model::{Chunk, ExportId, ModelId, TaskId};
use crate::error::Result;

/// The runs that somebody holds, of one client, and when the last ones were.
#[derive(Debug)]
pub struct ExportRuns {
    pub(super) last: LastRuns,
    slots: Mutex<HashMap<(ModelId, ExportId), Weak<RunSlot>>>,
}

/// A run that may not have begun yet, and what it left.
#[derive(Debug, Default)]
pub(super) struct RunSlot {
    file: OnceCell<Arc<RunFile>>,
}

/// The file that a run has written.
#[derive(Debug)]
pub(super) struct RunFile {
    /// The run.
    pub(super) task: TaskId,
    /// The pieces of the file, in order.
    pub(super) chunks: Vec<Chunk>,
}

impl ExportRuns {
    /// No runs yet. `notes` is the directory that remembers them beyond this process.
    pub fn new(notes: Option<PathBuf>) -> Self {
        Self { last: LastRuns::new(notes), slots: Mutex::default() }
    }

    /// The run that scans of this export share now.
    pub(super) fn join(&self, model: &ModelId, export: &ExportId) -> Arc<RunSlot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|_, slot| slot.strong_count() > 0);
        let key = (model.clone(), export.clone());
        if let Some(slot) = slots.get(&key).and_then(Weak::upgrade) {
            return slot;
        }
        let slot = Arc::new(RunSlot::default());
        slots.insert(key, Arc::downgrade(&slot));
        slot
    }
}

impl RunSlot {
    /// The file, after `run` if nobody has run it yet. If whoever runs it fails or
    /// is dropped, the next one in line tries.
    pub(super) async fn file(
        &self,
        run: impl Future<Output = Result<RunFile>>,
    ) -> Result<Arc<RunFile>> {
        self.file.get_or_try_init(|| async { run.await.map(Arc::new) }).await.cloned()
    }
}
