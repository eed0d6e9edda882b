//! What a client remembers about tasks.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinHandle;

use crate::client::model::TaskId;

/// What a client remembers about tasks.
#[derive(Debug, Default)]
pub(in crate::client) struct Registry {
    /// Tasks that were started here: none of them can be the one whose answer was lost.
    known: Mutex<HashSet<TaskId>>,
    /// Those among them that have not ended, as far as is known here.
    running: Mutex<BTreeSet<TaskId>>,
    /// Starts and cancellations that go on without anybody waiting for them.
    background: Mutex<Vec<JoinHandle<()>>>,
    /// A clone is held for each task that runs at the service. Whoever drops a query does not see
    /// when its task is dropped: the runtime does that, some time later.
    pub(super) alive: Arc<()>,
}

impl Registry {
    pub(super) fn remember(&self, task: &TaskId) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(task.clone());
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(task.clone());
    }

    /// Notes that nobody here has to do with a task any more.
    pub(super) fn end(&self, task: &TaskId) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(task);
    }

    /// The tasks that have not ended.
    pub(super) fn running(&self) -> Vec<TaskId> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    pub(super) fn is_known(&self, task: &TaskId) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(task)
    }

    /// Notes what goes on without anybody waiting for it.
    pub(in crate::client) fn watch(&self, handle: JoinHandle<()>) {
        let mut all = self.background.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|handle| !handle.is_finished());
        all.push(handle);
    }

    /// To be held as long as something is to be ended at the service.
    pub(in crate::client) fn alive(&self) -> Arc<()> {
        Arc::clone(&self.alive)
    }

    pub(super) fn take(&self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut self.background.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
