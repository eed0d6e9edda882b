//! `anaplan-sql serve`.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::args::address;
use super::auth::TerminalPrompt;
use super::connect::{self, Target};
use super::logging::Logging;
use super::report;
use super::signals::Signals;
use super::terminal::Terminal;
use crate::error::{Error, ErrorKind, Result};
use crate::postgres::{Limits, Server};
use crate::secret::Secret;

/// Where it listens unless told otherwise.
const LISTEN: &str = "127.0.0.1:5432";

/// The variable that holds the password of clients.
const PASSWORD: &str = "ANAPLAN_SQL_SERVE_PASSWORD";

/// How many threads serve sockets. What clients ask for runs on others.
const THREADS: usize = 2;

/// What to serve, and to whom.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Connection string, or @FILE to read it from a file [default: $ANAPLAN_SQL_CONNECTION]
    #[arg(long, value_name = "STRING", allow_hyphen_values = true)]
    connect: Option<Secret>,

    /// Serve the built-in simulated tenant: no account, no network
    #[arg(long, conflicts_with = "connect")]
    demo: bool,

    /// Address and port to listen on, port 0 for a free one [default: 127.0.0.1:5432, unless there is
    /// --unix-socket]
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    listen: Option<SocketAddr>,

    /// Listen on a socket .s.PGSQL.5432 in this directory
    #[arg(long, value_name = "DIRECTORY")]
    unix_socket: Option<PathBuf>,

    /// The user that clients sign in as
    #[arg(long, value_name = "NAME", default_value = "anaplan")]
    user: String,

    /// Read the clients' password from a file [default: $ANAPLAN_SQL_SERVE_PASSWORD, else one is made
    /// up and shown]
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Encrypt connections with this certificate, a PEM file with those that lead to its root
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// The certificate's key, a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Let clients change models: INSERT, UPDATE, DELETE, imports, processes and the like
    #[arg(long)]
    writable: bool,

    /// How many clients may be connected
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    max_connections: usize,

    /// Disconnect clients that say nothing for so many seconds
    #[arg(long, value_name = "SECONDS")]
    idle_timeout: Option<u64>,

    /// Cancel statements that run for so many seconds
    #[arg(long, value_name = "SECONDS")]
    statement_timeout: Option<u64>,
}

/// Serves until a signal comes, and then until statements have come to their end.
///
/// # Errors
/// As connecting to Anaplan; kind [`Config`](ErrorKind::Config) when an option can't be, and
/// [`Io`](ErrorKind::Io) when it can't be listened there.
pub(super) fn run(serve: Serve, terminal: &Terminal, mut signals: Signals) -> Result<()> {
    let logging = Logging::install(false);
    let sockets = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name("sockets")
        .thread_stack_size(super::STACK)
        .enable_all()
        .build()?;
    let password = password(serve.password_file.as_deref())?;
    let target = if serve.demo { Target::Demo } else { Target::Tenant(serve.connect) };
    let (writable, prompt) = (serve.writable, TerminalPrompt::of(terminal));
    let connecting = async move {
        let connected = connect::connect_as(target, logging, prompt, !writable).await?;
        connected.session.sign_in().await?;
        Ok(connected)
    };
    let connected = sockets.block_on(signals.guard_task(connecting))?;
    let seconds = |seconds: u64| (seconds > 0).then(|| Duration::from_secs(seconds));
    let limits = Limits {
        max_connections: serve.max_connections,
        idle_timeout: serve.idle_timeout.and_then(seconds),
        statement_timeout: serve.statement_timeout.and_then(seconds),
        ..Limits::default()
    };
    let mut builder =
        Server::builder(connected.session.clone()).user(serve.user.clone()).limits(limits);
    if let Some(password) = password {
        builder = builder.password(password);
    }
    if let (Some(certificate), Some(key)) = (serve.tls_cert, serve.tls_key) {
        builder = builder.tls(certificate, key);
    }
    let default = || serve.unix_socket.is_none().then(|| address(LISTEN).ok()).flatten();
    if let Some(listen) = serve.listen.or_else(default) {
        builder = builder.listen(listen);
    }
    if let Some(directory) = &serve.unix_socket {
        builder = builder.unix_socket(directory);
    }
    let work = signals.work().clone();
    let server = sockets.block_on(builder.bind(work))?;
    announce(&server, &serve.user);
    let stopper = server.stopper();
    let ended = sockets.block_on(async move {
        let running = tokio::spawn(server.run());
        tokio::pin!(running);
        loop {
            tokio::select! {
                ended = &mut running => return ended.unwrap_or_else(|e| Err(super::signals::broken(e))),
                () = signals.interrupted() => {
                    signals.acknowledge();
                    stopper.stop();
                }
            }
        }
    });
    if let Some(simulator) = connected.simulator {
        sockets.block_on(simulator.shutdown());
    }
    sockets.shutdown_background();
    ended
}

/// The password of clients: of a file, or of the environment.
fn password(file: Option<&Path>) -> Result<Option<Secret>> {
    let Some(path) = file else {
        let value = std::env::var(PASSWORD).ok().filter(|value| !value.is_empty());
        return Ok(value.map(Secret::from));
    };
    let text = std::fs::read_to_string(path).map_err(|error| {
        let text = format!("the file of the password, {}, can't be read", path.display());
        Error::new(ErrorKind::Config, text).with_source(error)
    })?;
    let text = Secret::from(text);
    Ok(Some(Secret::new(text.expose().trim_end_matches(['\r', '\n']))))
}

/// Says where it is, on standard output, and how to get in.
fn announce(server: &Server, user: &str) {
    let mut stdout = io::stdout();
    if let Some(address) = server.address() {
        // Whoever started this may have closed its output, and still want it.
        let line = writeln!(stdout, "listening on {address}");
        let _ = line.and_then(|()| stdout.flush());
        report::line(&format!(
            "connect:  psql -h {} -p {} -U {user}",
            address.ip(),
            address.port()
        ));
    }
    if let Some(path) = server.socket() {
        let line = writeln!(stdout, "listening on {}", path.display());
        let _ = line.and_then(|()| stdout.flush());
        let directory = path.parent().unwrap_or(path);
        report::line(&format!("connect:  psql -h {} -U {user}", directory.display()));
    }
    if let Some(password) = server.made_up_password() {
        report::line(&format!("password: {}", password.expose()));
        report::line(&format!("          (made up now; {PASSWORD} or --password-file set one)"));
    }
    report::line("stop:     Ctrl-C");
}
