//! The server for PostgreSQL's clients.

mod bad_input;
mod catalog;
mod client;
mod extended;
mod program;
mod psql;
mod simple;
mod slt;

use std::net::SocketAddr;
use std::time::Duration;

use anaplan_sql::postgres::{Limits, Server, ServerBuilder, Stopper};
use anaplan_sql::simulator::Simulator;
use anaplan_sql::{Key, Result, Secret};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use self::client::{Client, PASSWORD};
use crate::support::{builder, demo, requests};

/// A server that runs.
pub(crate) struct Running {
    pub(crate) simulator: Simulator,
    pub(crate) address: SocketAddr,
    pub(crate) stopper: Stopper,
    pub(crate) ended: JoinHandle<Result<()>>,
}

/// How servers of tests are: as those of people, but in less time.
pub(crate) fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.drain_timeout = Duration::from_millis(200);
    limits
}

/// Serves what a simulator has.
pub(crate) async fn serve_as(
    simulator: Simulator,
    read_only: bool,
    set: impl FnOnce(ServerBuilder) -> ServerBuilder,
) -> Running {
    let session = builder(&simulator).set(Key::ReadOnly, read_only.to_string());
    let session = session.open().expect("a session");
    let server = Server::builder(session)
        .password(Secret::new(PASSWORD))
        .limits(limits())
        .listen("127.0.0.1:0".parse().expect("an address"));
    let server = set(server).bind(Handle::current()).await.expect("a server");
    let (address, stopper) = (server.address().expect("an address"), server.stopper());
    Running { simulator, address, stopper, ended: tokio::spawn(server.run()) }
}

/// Serves the demo tenant, to read only.
pub(crate) async fn serve() -> Running {
    serve_as(demo().await, true, |it| it).await
}

impl Running {
    /// A client of the database of a workspace.
    pub(crate) async fn client(&self, database: &str) -> Client {
        Client::connect(self.address, database).await
    }

    /// The requests that something has cost.
    pub(crate) fn requests(&self) -> Vec<String> {
        requests(&self.simulator)
    }
}
