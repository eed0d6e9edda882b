//! Starting, steering and stopping a simulator.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::clock::Clock;
use super::fault::Fault;
use super::listener::{Connection, Connections, CutListener};
use super::log::RequestRecord;
use super::route;
use super::state::{Options, State};
use super::task::TaskRecord;
use super::tenant::Tenant;

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
            options: Options {
                chunk_size: 10_000_000,
                requests_per_minute: Some(600),
                token_lifetime: Duration::from_secs(35 * 60),
                queued: Duration::from_millis(30),
                running: Duration::from_millis(120),
                page_cap: 5000,
                keep_requests: 100_000,
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

    /// Kills every token that was issued: each answers 401 from now on.
    pub fn expire_tokens(&self) {
        self.state.tokens().kill_all();
    }

    /// Returns every task ever started, in order.
    pub fn tasks(&self) -> Vec<TaskRecord> {
        self.state.work_off();
        self.state.tasks().records(self.state.clock.now_ms())
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
        self.options.chunk_size = bytes.max(1);
        self
    }

    /// Sets the rate limit of the Integration API; `None` switches it off. Default: 600.
    pub fn requests_per_minute(mut self, limit: Option<u32>) -> Self {
        self.options.requests_per_minute = limit;
        self
    }

    /// Sets how long a token lives. Default: 35 minutes.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.options.token_lifetime = lifetime;
        self
    }

    /// Sets how long a task is queued and how long it runs. Default: 30 ms and 120 ms.
    pub fn task_time(mut self, queued: Duration, running: Duration) -> Self {
        self.options.queued = queued;
        self.options.running = running;
        self
    }

    /// Sets the largest page of a listing. Default: 5000.
    pub fn page_cap(mut self, entries: usize) -> Self {
        self.options.page_cap = entries.max(1);
        self
    }

    /// Sets how many requests the log keeps. Default: 100,000.
    pub fn keep_requests(mut self, requests: usize) -> Self {
        self.options.keep_requests = requests;
        self
    }

    /// Starts the simulator.
    ///
    /// # Errors
    /// Fails when the address can't be bound.
    pub async fn start(self) -> std::io::Result<Simulator> {
        let listener = TcpListener::bind(self.listen).await?;
        let addr = listener.local_addr()?;
        let state = Arc::new(State::new(self.tenant, self.options, format!("http://{addr}")));
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
