//! Runs of exports, shared by the scans that need them at the same time.
//!
//! The file of an export is private to the user, and each run replaces it. So a second run while
//! a scan still downloads would pull the file from under it. Scans of one export that overlap,
//! such as the two sides of a self-join, therefore share one run: the model is locked once, and
//! both see the same data. When the last of them is gone, the next scan runs the export anew.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::SystemTime;

use tokio::sync::OnceCell;

use super::last_run::LastRuns;
use crate::client::Client;
use crate::client::model::{Chunk, ExportId, ModelId, TaskId};
use crate::error::Result;

/// What tells exports apart: their ids are only unique within a model.
pub(crate) type ExportKey = (ModelId, ExportId);

/// The runs that somebody holds, of one client, and when the last ones were.
#[derive(Debug)]
pub struct ExportRuns {
    pub(super) last: LastRuns,
    slots: Mutex<HashMap<ExportKey, Weak<RunSlot>>>,
}

/// Runs that planning a statement took, held until the statement's own scans take them over.
#[derive(Debug, Default)]
pub struct HeldRuns(Mutex<HashMap<ExportKey, Arc<RunSlot>>>);

/// A run that may not have begun yet, and what it left.
#[derive(Debug, Default)]
pub(super) struct RunSlot {
    file: OnceCell<Result<Arc<RunFile>>>,
    /// Whether it waits for the scans of one statement. That may take long, and no other statement
    /// should see figures that old.
    held: AtomicBool,
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
    /// No runs yet. `notes` is the directory that remembers them beyond this process, if any.
    pub fn new(notes: Option<PathBuf>) -> Self {
        Self { last: LastRuns::new(notes), slots: Mutex::default() }
    }

    /// Notes a run that no scan has begun, so that scans know that it replaces the file.
    pub(crate) async fn note(
        &self,
        client: &Client,
        key: &ExportKey,
        run: (&TaskId, SystemTime, bool),
    ) {
        self.last.note(client, key, run).await;
    }

    /// Whether this user has run an export again since a run, through this library.
    pub(crate) async fn is_replaced(&self, client: &Client, key: &ExportKey, run: &TaskId) -> bool {
        self.last.other(client, key, run).await.is_some()
    }

    /// The run that scans of this export share now, which may be the one that is held for this
    /// statement, unless another has replaced its file.
    pub(super) fn join(&self, key: &ExportKey, held: Option<&HeldRuns>) -> Arc<RunSlot> {
        let held = held.and_then(|held| held.take(key));
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|_, slot| slot.strong_count() > 0);
        if let Some(slot) = slots.get(key).and_then(Weak::upgrade) {
            if held.is_some_and(|held| Arc::ptr_eq(&held, &slot)) {
                slot.held.store(false, Ordering::Relaxed);
            }
            if !slot.held.load(Ordering::Relaxed) {
                return slot;
            }
        }
        let slot = Arc::new(RunSlot::default());
        slots.insert(key.clone(), Arc::downgrade(&slot));
        slot
    }
}

impl HeldRuns {
    pub(super) fn hold(&self, key: ExportKey, slot: Arc<RunSlot>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, slot);
    }

    /// Leaves the runs to the scans of a statement that is planned, if there are any.
    pub fn reserve(self) -> Option<Self> {
        let slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for slot in slots.values() {
            let shared = Arc::strong_count(slot) > 1;
            slot.held.store(!shared, Ordering::Relaxed);
        }
        let is_empty = slots.is_empty();
        drop(slots);
        (!is_empty).then_some(self)
    }

    /// Only for the first that asks: a plan that is run again runs the export anew.
    fn take(&self, key: &ExportKey) -> Option<Arc<RunSlot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key)
    }
}

impl RunSlot {
    /// The file, after `run` if nobody has run it yet. Whoever shares the run shares its failure
    /// too: the same statement would only fail again. If whoever runs it is dropped, the next one
    /// in line does.
    pub(super) async fn file(
        &self,
        run: impl Future<Output = Result<RunFile>>,
    ) -> Result<Arc<RunFile>> {
        self.file.get_or_init(|| async { run.await.map(Arc::new) }).await.clone()
    }
}
