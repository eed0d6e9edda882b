//! Listening, and who is there.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::cancels::Cancels;
use super::catalog::Oids;
use super::client::{Stop, stopped};
use super::scram::Verifier;
use super::startup::{self, Begun, From};
use super::wire::Stream;
use super::{local, tls};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;
use crate::session::Session;

/// How many clients may be signing in at once.
const NEWCOMERS: usize = 256;

/// How long the end of a server waits until what it has cancelled is cancelled in Anaplan.
const SETTLING: Duration = Duration::from_secs(5);

/// What clients get of a server.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// How many clients may be connected.
    pub max_connections: usize,
    /// How long signing in may take.
    pub startup_timeout: Duration,
    /// How long a client may say nothing.
    pub idle_timeout: Option<Duration>,
    /// How long a statement may run.
    pub statement_timeout: Option<Duration>,
    /// How long statements may go on when the server is told to end.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 100,
            startup_timeout: Duration::from_secs(30),
            idle_timeout: None,
            statement_timeout: None,
            drain_timeout: Duration::from_secs(30),
        }
    }
}

/// What all connections of a server share.
pub(super) struct Shared {
    /// Every client's session is beside it.
    pub(super) session: Session,
    /// Where statements are run.
    pub(super) work: Handle,
    pub(super) user: String,
    pub(super) verifier: Verifier,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) limits: Limits,
    pub(super) cancels: Cancels,
    pub(super) oids: Arc<Oids>,
    pub(super) stop: watch::Receiver<Stop>,
    places: Arc<Semaphore>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Shared {
    /// A place for a client, if one is free.
    pub(super) fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }
}

/// Makes a [`Server`].
#[derive(Debug)]
pub struct ServerBuilder {
    session: Session,
    user: String,
    password: Option<Secret>,
    tls: Option<(PathBuf, PathBuf)>,
    limits: Limits,
    tcp: Option<SocketAddr>,
    unix: Option<PathBuf>,
}

impl ServerBuilder {
    /// Clients sign in as this user; `anaplan` unless set.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = user.into();
        self
    }

    /// Clients sign in with this password. Without one, one is made up.
    #[must_use]
    pub fn password(mut self, password: Secret) -> Self {
        self.password = Some(password);
        self
    }

    /// Connections over TCP are encrypted, with this certificate and its key in PEM files.
    #[must_use]
    pub fn tls(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.tls = Some((certificate.into(), key.into()));
        self
    }

    /// What clients get.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Listens on this address.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.tcp = Some(address);
        self
    }

    /// Listens on a socket `.s.PGSQL.5432` in this directory, which only its owner may enter.
    #[must_use]
    pub fn unix_socket(mut self, directory: impl Into<PathBuf>) -> Self {
        self.unix = Some(directory.into());
        self
    }

    /// Begins to listen. Statements will run on `work`; sockets are served where the server
    /// [runs](Server::run).
    ///
    /// # Errors
    /// Kind [`Config`](ErrorKind::Config) when what was set can't be; [`Io`](ErrorKind::Io) when it
    /// can't be listened there.
    pub async fn bind(self, work: Handle) -> Result<Server> {
        let tls = match &self.tls {
            Some((certificate, key)) => Some(tls::acceptor(certificate, key)?),
            None => None,
        };
        if let Some(address) = self.tcp
            && !address.ip().is_loopback()
            && tls.is_none()
        {
            let text = format!("{address} can be reached by others: connections must be encrypted");
            return Err(Error::new(ErrorKind::Config, text).with_hint(
                "give a certificate with --tls-cert and --tls-key, or listen on 127.0.0.1",
            ));
        }
        let made = self.password.is_none();
        let password = match self.password {
            Some(password) => password,
            None => super::scram::generate()?,
        };
        if !startup::is_plain(&password) {
            let text = "the password for clients must be of printable ASCII characters";
            return Err(Error::new(ErrorKind::Config, text));
        }
        let tcp = match self.tcp {
            Some(address) => Some(TcpListener::bind(address).await.map_err(|error| {
                Error::new(ErrorKind::Io, format!("{address} can't be listened on"))
                    .with_source(error)
                    .with_hint("--listen 127.0.0.1:0 takes a free port")
            })?),
            None => None,
        };
        let unix = match &self.unix {
            Some(directory) => Some(local::Listener::bind(directory)?),
            None => None,
        };
        let stopping = Arc::new(watch::Sender::new(Stop::Not));
        let shared = Shared {
            session: self.session,
            work,
            user: self.user,
            verifier: Verifier::new(&password)?,
            tls,
            places: Arc::new(Semaphore::new(self.limits.max_connections)),
            limits: self.limits,
            cancels: Cancels::default(),
            oids: Arc::default(),
            stop: stopping.subscribe(),
        };
        let password = made.then_some(password);
        Ok(Server { shared: Arc::new(shared), tcp, unix, stopping, password })
    }
}

/// Ends a server.
#[derive(Debug, Clone)]
pub struct Stopper(Arc<watch::Sender<Stop>>);

impl Stopper {
    /// Lets no statement begin any more, and the server end when all have come to their end. Called
    /// again, it ends them.
    pub fn stop(&self) {
        self.0.send_modify(|stop| {
            *stop = if *stop == Stop::Not { Stop::Drain } else { Stop::Now };
        });
    }
}

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    tcp: Option<TcpListener>,
    unix: Option<local::Listener>,
    stopping: Arc<watch::Sender<Stop>>,
    /// The password that was made up.
    password: Option<Secret>,
}

impl Server {
    /// Begins to make a server of what this session reaches.
    pub fn builder(session: Session) -> ServerBuilder {
        ServerBuilder {
            session,
            user: "anaplan".to_owned(),
            password: None,
            tls: None,
            limits: Limits::default(),
            tcp: None,
            unix: None,
        }
    }

    /// Where it listens on the network.
    pub fn address(&self) -> Option<SocketAddr> {
        self.tcp.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// Its socket on this machine.
    pub fn socket(&self) -> Option<&Path> {
        self.unix.as_ref().map(local::Listener::path)
    }

    /// The password that was made up because none was set.
    pub fn made_up_password(&self) -> Option<&Secret> {
        self.password.as_ref()
    }

    /// Ends it.
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.stopping))
    }

    /// Serves clients until it is stopped.
    ///
    /// # Errors
    /// When it can't be listened any more.
    pub async fn run(self) -> Result<()> {
        let Self { shared, tcp, unix, stopping, .. } = self;
        let mut clients = JoinSet::new();
        let newcomers = Arc::new(Semaphore::new(NEWCOMERS));
        let mut stop = stopping.subscribe();
        loop {
            let newcomer = tokio::select! {
                biased;
                () = stopped(&mut stop, Stop::Drain) => break,
                newcomer = Arc::clone(&newcomers).acquire_owned() => newcomer,
            };
            // Nobody closes it.
            let Ok(newcomer) = newcomer else { break };
            let (stream, from): (Box<dyn Stream>, From) = tokio::select! {
                biased;
                () = stopped(&mut stop, Stop::Drain) => break,
                Some(_) = clients.join_next(), if !clients.is_empty() => continue,
                accepted = accept_tcp(tcp.as_ref()) => match accepted {
                    Ok(stream) => (stream, From::Tcp),
                    Err(error) => { pause(&error).await; continue }
                },
                accepted = accept_unix(unix.as_ref()) => match accepted {
                    Ok(stream) => (stream, From::Unix),
                    Err(error) => { pause(&error).await; continue }
                },
            };
            clients.spawn(serve(stream, from, Arc::clone(&shared), newcomer));
        }
        drop((tcp, unix));
        let limit = shared.limits.drain_timeout;
        tokio::select! {
            () = ended(&mut clients) => {}
            () = tokio::time::sleep(limit) => {}
            () = stopped(&mut stop, Stop::Now) => {}
        }
        stopping.send_replace(Stop::Now);
        let _ = tokio::time::timeout(SETTLING, ended(&mut clients)).await;
        shared.session.settle(SETTLING).await;
        Ok(())
    }
}

async fn ended(clients: &mut JoinSet<()>) {
    while clients.join_next().await.is_some() {}
}

/// Too many open files, say: others may end.
async fn pause(error: &io::Error) {
    tracing::warn!(%error, "a connection can't be taken");
    tokio::time::sleep(Duration::from_millis(50)).await;
}

async fn accept_tcp(listener: Option<&TcpListener>) -> io::Result<Box<dyn Stream>> {
    let Some(listener) = listener else { return std::future::pending().await };
    let (stream, _) = listener.accept().await?;
    // Answers are small, and waited for.
    let _ = stream.set_nodelay(true);
    Ok(Box::new(stream))
}

async fn accept_unix(listener: Option<&local::Listener>) -> io::Result<Box<dyn Stream>> {
    let Some(listener) = listener else { return std::future::pending().await };
    listener.accept().await
}

async fn serve(
    stream: Box<dyn Stream>,
    from: From,
    shared: Arc<Shared>,
    newcomer: OwnedSemaphorePermit,
) {
    let limit = shared.limits.startup_timeout;
    let begun = tokio::time::timeout(limit, startup::begin(stream, from, shared)).await;
    drop(newcomer);
    match begun {
        Ok(Ok(Begun::Client(client))) => {
            let process = client.process();
            match client.serve().await {
                Ok(()) => tracing::info!(process, "a client has left"),
                Err(error) => tracing::info!(process, %error, "a client went away"),
            }
        }
        Ok(Ok(Begun::Nothing)) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a connection did not begin"),
        Err(_) => tracing::info!("a client took too long to sign in"),
    }
}
