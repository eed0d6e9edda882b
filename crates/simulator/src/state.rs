//! Everything a running simulator knows, shared by the handlers and by [`Simulator`](super::Simulator).
//!
//! Who needs several locks takes them in this order: OAuth, the tenant, the tasks, the uploads. The others
//! are held for a moment, and nothing else is locked meanwhile. Nobody takes the tenant twice, not even to
//! read: someone who wants to write and waits in between would stop both for ever. Imports and actions
//! hold no lock while they work on their copy of a model; see `work`.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::audit::AuditLog;
use super::clock::{Clock, millis};
use super::counters::Counters;
use super::cube::{Frozen, Snapshots};
use super::fault::Faults;
use super::file::{Cut, FileSource, GzipCache, Index, IndexCache, IndexSlot};
use super::limit::Bucket;
use super::limits::Limits;
use super::loaded::{Loaded, Step};
use super::log::RequestLog;
use super::nasty::Nasty;
use super::oauth::{OAuth, OAuthCounts};
use super::read::Reads;
use super::sheet::of_view;
use super::sign_ins::{SignInCounts, SignIns};
use super::task::Tasks;
use super::tenant::{Export, Model, Tenant};
use super::tokens::Tokens;
use super::upload::Uploads;

/// What [`SimulatorBuilder`](super::SimulatorBuilder) sets.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Those at the start: see [`State::limits`] for those in force.
    pub(crate) limits: Limits,
    pub(crate) nasty: Nasty,
    /// Whether the simulator can be steered over HTTP.
    pub(crate) control: bool,
    pub(crate) keep_requests: usize,
    pub(crate) refuse_reused_payloads: bool,
    pub(crate) gzip: bool,
    pub(crate) gzip_cache: usize,
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
    tokens: Mutex<Tokens>,
    sign_ins: Mutex<SignIns>,
    oauth: Mutex<OAuth>,
    tasks: Mutex<Tasks>,
    uploads: Mutex<Uploads>,
    reads: Mutex<Reads>,
    snapshots: Snapshots,
    loaded: Mutex<Loaded>,
    pub(crate) audit: AuditLog,
    faults: Mutex<Faults>,
    limits: RwLock<Limits>,
    bucket: Mutex<Option<Bucket>>,
    /// What the counters showed when they were reset.
    counted: Mutex<Counters>,
    indexes: IndexCache,
    pub(crate) gzipped: Arc<GzipCache>,
    stopping: Arc<AtomicBool>,
}

impl State {
    pub(crate) fn new(mut tenant: Tenant, options: Options, clock: Clock, url: String) -> Self {
        tenant.fill_ids();
        let limits = options.limits;
        Self {
            bucket: Mutex::new(Bucket::of(&limits, clock.now_ms())),
            counted: Mutex::default(),
            limits: RwLock::new(limits),
            tokens: Mutex::new(Tokens::new(limits.token_lifetime)),
            log: RequestLog::new(options.keep_requests),
            audit: AuditLog::new(clock.now_ms(), &tenant),
            tenant: RwLock::new(tenant),
            sign_ins: Mutex::default(),
            oauth: Mutex::default(),
            tasks: Mutex::default(),
            uploads: Mutex::default(),
            reads: Mutex::default(),
            snapshots: Snapshots::default(),
            loaded: Mutex::new(Loaded::new(millis(limits.model_opening))),
            faults: Mutex::default(),
            indexes: IndexCache::default(),
            gzipped: Arc::new(GzipCache::new(options.gzip_cache)),
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
        self.snapshots.expire();
        tenant
    }

    /// Tells how often the tenant was locked to change it; to be asked while it is locked.
    pub(crate) fn changes(&self) -> u64 {
        self.snapshots.changes()
    }

    pub(crate) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn sign_ins(&self) -> MutexGuard<'_, SignIns> {
        self.sign_ins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the OAuth service. Whoever holds this may lock tenant and tokens, not the other way round.
    pub(crate) fn oauth(&self) -> MutexGuard<'_, OAuth> {
        self.oauth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn uploads(&self) -> MutexGuard<'_, Uploads> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn reads(&self) -> MutexGuard<'_, Reads> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn loaded(&self) -> MutexGuard<'_, Loaded> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends what runs in the background: a runtime that shuts down would wait for it.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Returns the limits in force.
    pub(crate) fn limits(&self) -> Limits {
        *self.limits.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the limits. A new rate limit starts with a full minute.
    pub(crate) fn set_limits(&self, change: impl FnOnce(&mut Limits)) {
        let (before, now) = {
            let mut limits = self.limits.write().unwrap_or_else(PoisonError::into_inner);
            let before = *limits;
            change(&mut limits);
            (before, *limits)
        };
        if now.requests_per_minute != before.requests_per_minute {
            let bucket = Bucket::of(&now, self.clock.now_ms());
            *self.bucket.lock().unwrap_or_else(PoisonError::into_inner) = bucket;
        }
        self.tokens().set_lifetime(now.token_lifetime);
        self.loaded().set_time(millis(now.model_opening));
    }

    /// Returns what has been counted since the start or the last reset.
    pub(crate) fn counters(&self) -> Counters {
        let before = *self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.all_counters();
        Counters {
            tokens_issued: now.tokens_issued.saturating_sub(before.tokens_issued),
            tasks_started: now.tasks_started.saturating_sub(before.tasks_started),
            ..now
        }
    }

    /// Counts from here on.
    pub(crate) fn reset_counters(&self) {
        let now = self.all_counters();
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner) = now;
        self.sign_ins().counts = SignInCounts::default();
        self.oauth().counts = OAuthCounts::default();
        self.log.traffic.reset();
    }

    fn all_counters(&self) -> Counters {
        // One lock after the other: those of a single expression would all be held to its end.
        let oauth = self.oauth().counts;
        let tokens_issued = self.tokens().issued();
        let tasks_started = self.tasks().started();
        let sign_ins = self.sign_ins().counts;
        Counters { tokens_issued, tasks_started, sign_ins, oauth, ..self.log.traffic.counters() }
    }

    /// What is set when everything in the background should end.
    pub(crate) fn stopping(&self) -> &AtomicBool {
        &self.stopping
    }

    /// Tells whether the simulator is being stopped.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Takes one request from the rate limit.
    ///
    /// # Errors
    /// Returns the seconds to wait when there is none left.
    pub(crate) fn take_request(&self) -> Result<(), u64> {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.as_mut().map_or(Ok(()), |bucket| bucket.take(self.clock.now_ms()))
    }

    /// Tells whether a model is in memory, or a task runs on it.
    pub(crate) fn is_in_use(&self, model_id: &str, now: i64) -> bool {
        self.loaded().step(model_id, now) != Step::Closed || self.tasks().is_busy(model_id, now)
    }

    /// Returns queued and running time of an export's tasks, in milliseconds.
    pub(crate) fn task_time(&self, export: &Export) -> (i64, i64) {
        let own = export.task_time.map(|(queued, running)| (millis(queued), millis(running)));
        own.unwrap_or_else(|| self.usual_time())
    }

    /// Returns queued and running time of what has none of its own, in milliseconds.
    pub(crate) fn usual_time(&self) -> (i64, i64) {
        let limits = self.limits();
        (millis(limits.task_queued), millis(limits.task_running))
    }

    /// Returns a model as it is now, to be read while it changes.
    pub(crate) fn frozen(&self, tenant: &Tenant, model: &Model) -> Arc<Frozen> {
        self.snapshots.of(tenant, model)
    }

    /// Returns an export as it would run now: that of a view with the view's columns and cells.
    pub(crate) fn resolve<'e>(
        &self,
        tenant: &Tenant,
        model: &Model,
        export: &'e Export,
    ) -> Cow<'e, Export> {
        match &export.view {
            None => Cow::Borrowed(export),
            Some(view) => Cow::Owned(of_view(&self.frozen(tenant, model), export, view)),
        }
    }

    /// Freezes an export's file and starts counting its chunks, unless that is known from an earlier run.
    pub(crate) fn freeze(&self, model_id: &str, export: &Export) -> (Arc<FileSource>, IndexSlot) {
        let source = Arc::new(FileSource::of(export));
        let cut =
            Cut { size: self.limits().chunk_size, edges: self.options.nasty.chunk_edges.clone() };
        let (slot, is_new) = self.indexes.slot(model_id, &export.id, &source, &cut);
        if is_new {
            let (source, slot) = (Arc::clone(&source), Arc::clone(&slot));
            // Ten million rows take seconds to count: never on a thread that serves requests.
            let stop = Arc::clone(&self.stopping);
            tokio::task::spawn_blocking(move || {
                if let Some(index) = Index::build(&source, &cut, &stop) {
                    slot.get_or_init(|| Arc::new(index));
                }
            });
        }
        (source, slot)
    }
}
