//! Everything a running simulator knows, shared by the handlers and by [`Simulator`](super::Simulator).
//!
//! Who needs several locks takes them in this order: the tenant, the tasks, the uploads. The others are
//! held alone, and for a moment. Nobody takes the tenant twice, not even to read: someone who wants to
//! write and waits in between would stop both for ever. Imports and actions hold no lock while they work
//! on their copy of a model; see `work`.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use super::clock::{Clock, millis};
use super::fault::Faults;
use super::file::{FileSource, Index, IndexCache, IndexSlot};
use super::limit::Bucket;
use super::log::RequestLog;
use super::task::Tasks;
use super::tenant::{Export, Tenant};
use super::tokens::Tokens;
use super::upload::Uploads;

/// What [`SimulatorBuilder`](super::SimulatorBuilder) sets.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) chunk_size: usize,
    pub(crate) requests_per_minute: Option<u32>,
    pub(crate) token_lifetime: Duration,
    pub(crate) queued: Duration,
    pub(crate) running: Duration,
    pub(crate) page_cap: usize,
    pub(crate) keep_requests: usize,
}

/// The state of a running simulator.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) options: Options,
    pub(crate) clock: Clock,
    pub(crate) log: RequestLog,
    /// `http://127.0.0.1:PORT`
    pub(crate) url: String,
    tenant: RwLock<Tenant>,
    /// How often the tenant was locked to change it.
    changes: AtomicU64,
    tokens: Mutex<Tokens>,
    tasks: Mutex<Tasks>,
    uploads: Mutex<Uploads>,
    faults: Mutex<Faults>,
    bucket: Option<Mutex<Bucket>>,
    indexes: IndexCache,
    stopping: Arc<AtomicBool>,
}

impl State {
    pub(crate) fn new(mut tenant: Tenant, options: Options, url: String) -> Self {
        let clock = Clock::new();
        tenant.fill_ids();
        Self {
            bucket: options
                .requests_per_minute
                .map(|limit| Mutex::new(Bucket::new(limit, clock.now_ms()))),
            tokens: Mutex::new(Tokens::new(options.token_lifetime)),
            log: RequestLog::new(options.keep_requests),
            tenant: RwLock::new(tenant),
            changes: AtomicU64::new(0),
            tasks: Mutex::default(),
            uploads: Mutex::default(),
            faults: Mutex::default(),
            indexes: IndexCache::default(),
            stopping: Arc::default(),
            options,
            clock,
            url,
        }
    }

    // A test's closure that panics while it holds a lock must not stop the server, hence no poisoning.

    pub(crate) fn tenant(&self) -> RwLockReadGuard<'_, Tenant> {
        self.tenant.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tenant_mut(&self) -> RwLockWriteGuard<'_, Tenant> {
        let tenant = self.tenant.write().unwrap_or_else(PoisonError::into_inner);
        self.changes.fetch_add(1, Ordering::SeqCst);
        tenant
    }

    /// Tells how often the tenant was changed; to be asked while it is locked.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    pub(crate) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn uploads(&self) -> MutexGuard<'_, Uploads> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends what runs in the background: a runtime that shuts down would wait for it.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// What is set when everything in the background should end.
    pub(crate) fn stopping(&self) -> &AtomicBool {
        &self.stopping
    }

    /// Takes one request from the rate limit.
    ///
    /// # Errors
    /// Returns the seconds to wait when there is none left.
    pub(crate) fn take_request(&self) -> Result<(), u64> {
        let Some(bucket) = &self.bucket else { return Ok(()) };
        bucket.lock().unwrap_or_else(PoisonError::into_inner).take(self.clock.now_ms())
    }

    /// Returns queued and running time of tasks, in milliseconds; an export may have its own.
    pub(crate) fn task_time(&self, export: Option<&Export>) -> (i64, i64) {
        let own = export.and_then(|export| export.task_time);
        let (queued, running) = own.unwrap_or((self.options.queued, self.options.running));
        (millis(queued), millis(running))
    }

    /// Freezes an export's file and starts counting its chunks, unless that is known from an earlier run.
    pub(crate) fn freeze(&self, model_id: &str, export: &Export) -> (Arc<FileSource>, IndexSlot) {
        let source = Arc::new(FileSource::of(export));
        let (slot, is_new) = self.indexes.slot(model_id, &export.id, &source);
        if is_new {
            let (source, slot, chunk_size) =
                (Arc::clone(&source), Arc::clone(&slot), self.options.chunk_size);
            // Ten million rows take seconds to count: never on a thread that serves requests.
            let stop = Arc::clone(&self.stopping);
            tokio::task::spawn_blocking(move || {
                if let Some(index) = Index::build(&source, chunk_size, &stop) {
                    slot.get_or_init(|| Arc::new(index));
                }
            });
        }
        (source, slot)
    }
}
