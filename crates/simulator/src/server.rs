//! Starting, steering and stopping a simulator.

use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::clock::Clock;
use super::counters::Counters;
use super::fault::Fault;
use super::limits::Limits;
use super::listener::{Connection, Connections, CutListener};
use super::log::RequestRecord;
use super::nasty::Nasty;
use super::oauth::{OAuthCounts, granted_scope};
use super::route;
use super::sign_ins::SignInCounts;
use super::state::{Options, State};
use super::task::TaskRecord;
use super::tenant::Tenant;
use super::upload::Owner;

/// How long [`Simulator::shutdown`] lets running answers finish.
const DRAIN: Duration = Duration::from_secs(2);

/// A simulated Anaplan tenant behind a real HTTP server on this machine.
///
/// It runs on the tokio runtime it was started on and stops when it is dropped. [`Simulator::shutdown`]
/// lets running answers finish first.
#[derive(Debug)]
pub struct Simulator {
    addr: SocketAddr,
    state: Arc<State>,
    connections: Connections,
    stop: watch::Sender<bool>,
    stopped: watch::Receiver<bool>,
    server: AbortHandle,
}

impl Simulator {
    /// Starts a simulator on a free port of 127.0.0.1, with the service's own limits.
    ///
    /// # Errors
    /// Fails when no port can be bound.
    pub async fn start(tenant: Tenant) -> std::io::Result<Self> {
        Self::builder(tenant).start().await
    }

    /// Starts to configure a simulator.
    pub fn builder(tenant: Tenant) -> SimulatorBuilder {
        SimulatorBuilder {
            tenant,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            clock: Clock::new(),
            faults: Vec::new(),
            options: Options {
                limits: Limits::default(),
                nasty: Nasty::default(),
                control: false,
                keep_requests: 100_000,
                refuse_reused_payloads: false,
                gzip: true,
                gzip_cache: 64 * 1024 * 1024,
            },
        }
    }

    /// Returns the address that it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns the base URL of all its services: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.state.url.clone()
    }

    /// Returns the clock that tokens, tasks and the rate limit follow.
    pub fn clock(&self) -> &Clock {
        &self.state.clock
    }

    /// Returns a copy of the tenant as it is now, ids included.
    pub fn tenant(&self) -> Tenant {
        self.state.work_off();
        self.state.tenant().clone()
    }

    /// Returns the requests so far, in order of arrival.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.state.log.all()
    }

    /// Counts the requests of a method (`*` for any) whose path matches a pattern.
    ///
    /// `*` stands for one segment and `**` for any tail: `/2/0/models/*/exports/*/tasks`. The form
    /// without the workspace also counts the form with it.
    pub fn count(&self, method: &str, path_pattern: &str) -> usize {
        self.state.log.count(method, path_pattern)
    }

    /// Empties the request log.
    pub fn clear_requests(&self) {
        self.state.log.clear();
    }

    /// Adds a fault.
    pub fn inject(&self, fault: Fault) {
        self.state.faults().add(fault);
    }

    /// Removes every fault.
    pub fn clear_faults(&self) {
        self.state.faults().clear();
    }

    /// Changes the tenant while it runs.
    ///
    /// Tasks that were started before go on with the export or import as it was. The closure must not call
    /// the simulator.
    pub fn edit(&self, change: impl FnOnce(&mut Tenant)) {
        self.state.work_off();
        let mut tenant = self.state.tenant_mut();
        change(&mut tenant);
        tenant.fill_ids();
    }

    /// Returns how often users signed in at the authentication service, and by what.
    pub fn sign_ins(&self) -> SignInCounts {
        self.state.sign_ins().counts
    }

    /// Returns what the OAuth service counted.
    pub fn oauth(&self) -> OAuthCounts {
        self.state.oauth().counts
    }

    /// Gets an authorization code as if a user had signed in and allowed the client in a browser.
    ///
    /// Returns `None` where the browser would have shown an error: an unknown client, a redirect
    /// URI that isn't registered, a user who may not sign in.
    pub fn authorization_code(
        &self,
        client_id: &str,
        redirect_uri: &str,
        scope: &str,
        email: &str,
    ) -> Option<String> {
        let mut oauth = self.state.oauth();
        let user_id = self.active_user(email)?;
        let is_allowed = self
            .state
            .tenant()
            .find_oauth_client(client_id)
            .is_some_and(|client| client.may_redirect_to(redirect_uri));
        let grant = oauth.grant(client_id, &user_id, &granted_scope(scope));
        is_allowed.then(|| oauth.issue_code(grant, redirect_uri, self.state.clock.now_ms()))
    }

    /// Approves a device as a user would on the page `/activate`.
    ///
    /// Returns whether the code waited for an answer and the user may sign in.
    pub fn approve_device(&self, user_code: &str, email: &str) -> bool {
        let mut oauth = self.state.oauth();
        self.active_user(email).is_some_and(|user_id| {
            oauth.answer_device(user_code, Some(user_id), self.state.clock.now_ms())
        })
    }

    /// Denies a device as a user would on the page `/activate`; returns whether the code waited.
    pub fn deny_device(&self, user_code: &str) -> bool {
        self.state.oauth().answer_device(user_code, None, self.state.clock.now_ms())
    }

    #[cfg(test)]
    pub(super) fn state(&self) -> &State {
        &self.state
    }

    fn active_user(&self, email: &str) -> Option<String> {
        let tenant = self.state.tenant();
        tenant.find_user(email).filter(|user| user.active).map(|user| user.id.clone())
    }

    /// Kills every access token that was issued: each answers 401 from now on. Refresh tokens live on.
    pub fn expire_tokens(&self) {
        self.state.tokens().kill_all();
    }

    /// Makes the next `count` large reads end without success, after half of their pages.
    pub fn fail_reads(&self, count: u64) {
        self.state.reads().fail(count);
    }

    /// Returns every task ever started, in order.
    pub fn tasks(&self) -> Vec<TaskRecord> {
        self.state.work_off();
        self.state.tasks().records(self.state.clock.now_ms())
    }

    /// Returns the chunks of what a user has uploaded into a file, if it is whole; model and file by
    /// name or id, the user by email.
    ///
    /// # Panics
    /// Where it is on disk, and the disk fails.
    pub fn uploaded(&self, model: &str, file: &str, email: &str) -> Option<Vec<Vec<u8>>> {
        self.state.work_off();
        let owner = {
            let tenant = self.state.tenant();
            let model = tenant.find_model(model)?;
            let file_id = model.find_file(file)?.id.clone();
            let user_id = tenant.find_user(email)?.id.clone();
            Owner { model_id: model.id.clone(), file_id, user_id }
        };
        let content = self.state.uploads().content(&owner, self.state.clock.now_ms())?;
        let read = |number| {
            let mut bytes = Vec::new();
            let read = content.chunk(number)?.read_to_end(&mut bytes);
            read.expect("a temporary file can be read");
            Some(bytes)
        };
        (0..content.chunks()).map(read).collect()
    }

    /// Returns the limits in force.
    pub fn limits(&self) -> Limits {
        self.state.limits()
    }

    /// Changes the limits while it runs. A new rate limit starts with a full minute.
    pub fn set_limits(&self, change: impl FnOnce(&mut Limits)) {
        self.state.set_limits(change);
    }

    /// Returns what has been counted since the start, or since the counters were reset.
    pub fn counters(&self) -> Counters {
        self.state.counters()
    }

    /// Counts from here on. Requests that are being answered stay counted as such.
    pub fn reset_counters(&self) {
        self.state.reset_counters();
    }

    /// Waits until the server has stopped.
    pub async fn wait(&self) {
        // An error means that the server's task is gone, which is the same.
        let _ = self.stopped.clone().wait_for(|stopped| *stopped).await;
    }

    /// Stops accepting, lets running answers finish for a moment, and cuts what is left.
    pub async fn shutdown(self) {
        let _ = self.stop.send(true);
        let _ = tokio::time::timeout(DRAIN, self.wait()).await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.server.abort();
        self.state.stop();
        // Connections are tasks of their own and would outlive the server.
        self.connections.cut_all();
    }
}

/// Configures a [`Simulator`].
#[derive(Debug)]
#[must_use]
pub struct SimulatorBuilder {
    tenant: Tenant,
    listen: SocketAddr,
    clock: Clock,
    faults: Vec<Fault>,
    options: Options,
}

impl SimulatorBuilder {
    /// Sets the address to listen on. Default: a free port of 127.0.0.1.
    pub fn listen(mut self, addr: SocketAddr) -> Self {
        self.listen = addr;
        self
    }

    /// Sets the size of a file's chunks in bytes, at least 1. Default: 10,000,000.
    pub fn chunk_size(mut self, bytes: usize) -> Self {
        self.options.limits.chunk_size = bytes.max(1);
        self
    }

    /// Sets the rate limit of the Integration API; `None` switches it off. Default: 600.
    pub fn requests_per_minute(mut self, limit: Option<u32>) -> Self {
        self.options.limits.requests_per_minute = limit;
        self
    }

    /// Sets how long a token lives. Default: 35 minutes.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.options.limits.token_lifetime = lifetime;
        self
    }

    /// Sets how long a task is queued and how long it runs. Default: 30 ms and 120 ms.
    pub fn task_time(mut self, queued: Duration, running: Duration) -> Self {
        self.options.limits.task_queued = queued;
        self.options.limits.task_running = running;
        self
    }

    /// Sets the largest page of a listing. Default: 5000.
    pub fn page_cap(mut self, entries: usize) -> Self {
        self.options.limits.page_cap = entries.max(1);
        self
    }

    /// Sets how many cells one answer may have. Default: 1,000,000.
    pub fn cell_limit(mut self, cells: u64) -> Self {
        self.options.limits.cells = cells;
        self
    }

    /// Sets how many items of a dimension one answer may have. Default: 1,000,000.
    pub fn item_limit(mut self, items: usize) -> Self {
        self.options.limits.items = items;
        self
    }

    /// Sets how many rows a page of a large read has, at least 1. Default: 10,000.
    pub fn read_page_rows(mut self, rows: u64) -> Self {
        self.options.limits.read_page_rows = rows.max(1);
        self
    }

    /// Chooses whether every page of a large read starts with the header, and not only the first.
    pub fn repeat_read_header(mut self, repeat: bool) -> Self {
        self.options.nasty.repeat_read_header = repeat;
        self
    }

    /// Chooses whether the cells of views are refused as `text/csv` unless it says `escaped=true`, as
    /// some tenants do.
    pub fn refuse_plain_csv(mut self, refuse: bool) -> Self {
        self.options.nasty.refuse_plain_csv = refuse;
        self
    }

    /// Chooses whether the cells of views are answered with 500 under paths with the workspace, as
    /// was seen once.
    pub fn fail_workspace_views(mut self, fail: bool) -> Self {
        self.options.nasty.fail_workspace_views = fail;
        self
    }

    /// Chooses whether the id of a line item that the module's default view hides leads to that view,
    /// and not to one of the line item alone.
    pub fn no_hidden_views(mut self, none: bool) -> Self {
        self.options.nasty.no_hidden_views = none;
        self
    }

    /// Sets how long a model takes to open, and to close. Default: 200 ms.
    pub fn opening_time(mut self, time: Duration) -> Self {
        self.options.limits.model_opening = time;
        self
    }

    /// Sets how many requests the log keeps. Default: 100,000.
    pub fn keep_requests(mut self, requests: usize) -> Self {
        self.options.keep_requests = requests;
        self
    }

    /// Sets all limits at once.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.options.limits = limits;
        self
    }

    /// Switches on what the service may do, though it seldom does, and clients trip over.
    pub fn nasty(mut self, nasty: Nasty) -> Self {
        self.options.nasty = nasty;
        self
    }

    /// Sets the clock that the simulator follows. Default: one that shows the system's time.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Adds a fault that is in force from the start.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Chooses whether the simulator can be steered over HTTP, under `/_simulator`. Default: not.
    pub fn control(mut self, control: bool) -> Self {
        self.options.control = control;
        self
    }

    /// Sets whether a certificate's payload signs in only once. Default: any number of times.
    ///
    /// Nobody has shown that the service remembers payloads, but a client should not reuse one:
    /// [`SignInCounts::payloads_reused`] counts it in any case.
    pub fn refuse_reused_payloads(mut self, refuse: bool) -> Self {
        self.options.refuse_reused_payloads = refuse;
        self
    }

    /// Chooses whether answers are compressed for clients that accept gzip. Default: they are.
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.options.gzip = gzip;
        self
    }

    /// Sets how many bytes of compressed chunks are kept for those who ask again. Default: 64 MiB.
    pub fn gzip_cache(mut self, bytes: usize) -> Self {
        self.options.gzip_cache = bytes;
        self
    }

    /// Pages the items of lists as other listings are. Default: off, `limit` and `offset` are ignored.
    pub fn list_item_paging(mut self, on: bool) -> Self {
        self.options.nasty.list_item_paging = on;
        self
    }

    /// Spells keys the other way where sources disagree: `nextitemIndex`, `isQuarterTotals`. Default: off.
    pub fn odd_spellings(mut self, on: bool) -> Self {
        self.options.nasty.odd_spellings = on;
        self
    }

    /// Starts the simulator.
    ///
    /// # Errors
    /// Fails when the address can't be bound.
    pub async fn start(self) -> std::io::Result<Simulator> {
        let listener = TcpListener::bind(self.listen).await?;
        let addr = listener.local_addr()?;
        let url = format!("http://{addr}");
        let state = Arc::new(State::new(self.tenant, self.options, self.clock, url));
        self.faults.into_iter().for_each(|fault| state.faults().add(fault));
        let connections = Connections::default();
        let (stop, mut stopping) = watch::channel(false);
        let (done, stopped) = watch::channel(false);

        let service = Router::new()
            .fallback(route::handle)
            .with_state(Arc::clone(&state))
            .into_make_service_with_connect_info::<Connection>();
        let listener = CutListener::new(listener, connections.clone());
        let server = axum::serve(listener, service).with_graceful_shutdown(async move {
            // An error means that the simulator was dropped.
            let _ = stopping.wait_for(|stop| *stop).await;
        });
        let server = tokio::spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "simulator stopped");
            }
            done.send_replace(true);
        });
        Ok(Simulator { addr, state, connections, stop, stopped, server: server.abort_handle() })
    }
}
