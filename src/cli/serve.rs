//! `anaplan-sql simulator`.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use super::report;
use super::signals::Signals;
use crate::error::{Error, ErrorKind, Result};
use crate::simulator::{Scenario, Simulator, SimulatorBuilder, Tenant};

/// What to serve.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) listen: SocketAddr,
    /// The scenario file; the demo tenant without one.
    pub(super) scenario: Option<PathBuf>,
    /// Whether it can be steered over HTTP.
    pub(super) control: bool,
}

/// Serves a simulated tenant until a signal comes.
///
/// # Errors
/// Kind [`Config`](ErrorKind::Config) when the scenario is wrong, [`Io`](ErrorKind::Io) when the
/// address can't be listened on.
pub(super) async fn serve(service: Service, signals: &Signals) -> Result<()> {
    let Service { listen, control, .. } = service;
    let builder = builder(&service)?;
    let simulator = builder.listen(listen).control(control).start().await.map_err(|e| {
        Error::new(ErrorKind::Io, format!("{listen} can't be listened on"))
            .with_source(e)
            .with_hint("--listen 127.0.0.1:0 takes a free port")
    })?;
    if !listen.ip().is_loopback() {
        let what = if control { "use and steer this" } else { "reach this" };
        report::line(&format!("warning: other machines can {what}; its passwords are no secret"));
    }
    let mut stdout = io::stdout();
    // Whoever started this may have closed its output, and still want it.
    let _ = writeln!(stdout, "listening on {}", simulator.url()).and_then(|()| stdout.flush());
    report::line(&advice(&simulator, control));
    tokio::select! {
        () = signals.interrupted() => {}
        () = simulator.wait() => {}
    }
    simulator.shutdown().await;
    Ok(())
}

fn builder(service: &Service) -> Result<SimulatorBuilder> {
    let Some(path) = &service.scenario else { return Ok(Simulator::builder(Tenant::demo())) };
    let scenario = Scenario::read(path).map_err(|error| {
        Error::new(ErrorKind::Config, error.to_string())
            .with_hint("`anaplan-sql help scenario` lists all tables, keys and values")
    })?;
    Ok(scenario.builder())
}

/// How to go on.
fn advice(simulator: &Simulator, control: bool) -> String {
    let url = simulator.url();
    let tenant = simulator.tenant();
    let mut lines = Vec::new();
    if let Some(user) = tenant.users.iter().find(|user| user.active) {
        // The password of a scenario is the business of those who wrote it.
        let password = if user.password.is("demo") { "demo" } else { "..." };
        let email = &user.email;
        lines.push(format!(
            "connect:  anaplan-sql --connect \"User={email};Password={password};Endpoint={url}\""
        ));
    }
    if control {
        lines.push(format!("control:  curl {url}/_simulator"));
    }
    lines.push("stop:     Ctrl-C".to_owned());
    lines.join("\n")
}
