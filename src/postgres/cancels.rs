//! Who may be cancelled.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::rand;
use tokio::sync::{OwnedSemaphorePermit, watch};

/// Who may be cancelled, by process and key.
#[derive(Debug, Clone, Default)]
pub(super) struct Cancels(Arc<Mutex<HashMap<i32, Cancellable>>>);

/// The key of a client, and what its statements listen to.
type Cancellable = (i32, Arc<watch::Sender<u64>>);

/// A client that may be cancelled, as long as this lives.
#[derive(Debug)]
pub(super) struct Registered {
    cancels: Cancels,
    process: i32,
    key: i32,
    pub(super) cancel: Arc<watch::Sender<u64>>,
    _place: OwnedSemaphorePermit,
}

impl Registered {
    pub(super) fn process(&self) -> i32 {
        self.process
    }

    pub(super) fn key(&self) -> i32 {
        self.key
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut all = self.cancels.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&self.process);
    }
}

fn random() -> i32 {
    let mut bytes = [0; 4];
    // Without random numbers nobody has signed in.
    let _ = rand::fill(&mut bytes);
    i32::from_be_bytes(bytes)
}

impl Cancels {
    pub(super) fn register(&self, place: OwnedSemaphorePermit) -> Registered {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut process = random() & i32::MAX;
        while process == 0 || all.contains_key(&process) {
            process = process.wrapping_add(1) & i32::MAX;
        }
        let (key, cancel) = (random(), Arc::new(watch::Sender::new(0)));
        all.insert(process, (key, Arc::clone(&cancel)));
        Registered { cancels: self.clone(), process, key, cancel, _place: place }
    }

    /// Cancels what a client has running, if the key is its.
    pub(super) fn cancel(&self, process: i32, key: i32) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((own, cancel)) = all.get(&process)
            && *own == key
        {
            tracing::info!(process, "cancelled");
            cancel.send_modify(|count| *count += 1);
        }
    }
}
