//! Waits on this machine for the browser to come back.
//!
//! A server of one page, for the moment of a sign-in: it reads the line of a GET request and
//! nothing else. It listens on loopback addresses only.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use url::{Host, Url};

use super::page;
use super::redirect::{Redirect, Verdict};
use crate::error::Result;
use crate::secret::Secret;

/// The longest head of a request that is read. Browsers send the cookies of every program that
/// ever ran on this machine.
const MOST_HEAD: usize = 256 << 10;

/// How long a connection may take: browsers open some that they never use.
const PATIENCE: Duration = Duration::from_secs(30);

/// Connections at the same time.
const MOST_CONNECTIONS: usize = 32;

/// A server that stops when it is dropped.
#[derive(Debug)]
pub(super) struct Listener {
    received: mpsc::Receiver<Result<Secret>>,
    _server: JoinSet<()>,
}

/// What a request is compared with.
#[derive(Debug)]
struct Expected {
    path: String,
    state: Secret,
    sender: mpsc::Sender<Result<Secret>>,
}

impl Listener {
    /// Listens where a callback address leads to. None if that is not this machine.
    ///
    /// # Errors
    /// When the port is taken or may not be used.
    pub(super) async fn bind(callback: &Url, state: &Secret) -> io::Result<Option<Self>> {
        let addresses = addresses(callback);
        if addresses.is_empty() {
            return Ok(None);
        }
        let tls = match callback.scheme() {
            "https" => Some(self_made(callback)?),
            "http" => None,
            _ => return Ok(None),
        };
        let mut listeners = Vec::new();
        for address in addresses {
            match TcpListener::bind(address).await {
                Ok(listener) => listeners.push(listener),
                // A machine without IPv6, or without IPv4.
                Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {}
                // Where one of two is taken, the browser would go to the other program.
                Err(error) => return Err(error),
            }
        }
        if listeners.is_empty() {
            return Err(io::ErrorKind::AddrNotAvailable.into());
        }
        let (sender, received) = mpsc::channel(1);
        let path = callback.path().to_owned();
        let expected = Arc::new(Expected { path, state: state.clone(), sender });
        let mut server = JoinSet::new();
        for listener in listeners {
            server.spawn(serve(listener, tls.clone(), Arc::clone(&expected)));
        }
        Ok(Some(Self { received, _server: server }))
    }

    /// Waits for the browser: the code, or why there is none.
    ///
    /// # Errors
    /// What the sign-in page says.
    pub(super) async fn code(&mut self) -> Result<Secret> {
        match self.received.recv().await {
            Some(code) => code,
            // The server holds the other end for as long as it lives.
            None => std::future::pending().await,
        }
    }
}

/// The addresses of this machine that a URL leads to.
fn addresses(url: &Url) -> Vec<SocketAddr> {
    let hosts: Vec<IpAddr> = match url.host() {
        Some(Host::Domain(name)) if name.eq_ignore_ascii_case("localhost") => {
            // Browsers try both, in an order of their own.
            vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
        }
        Some(Host::Ipv4(address)) if address.is_loopback() => vec![address.into()],
        Some(Host::Ipv6(address)) if address.is_loopback() => vec![address.into()],
        _ => Vec::new(),
    };
    let port = url.port_or_known_default().unwrap_or_default();
    hosts.into_iter().map(|host| SocketAddr::new(host, port)).collect()
}

/// A certificate for the host of a URL that nobody vouches for.
fn self_made(url: &Url) -> io::Result<TlsAcceptor> {
    let name = match url.host() {
        Some(Host::Domain(name)) => name.to_owned(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        None => return Err(io::ErrorKind::InvalidInput.into()),
    };
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let certificate = CertificateParams::new([name])
        .and_then(|parameters| parameters.self_signed(&key))
        .map_err(io::Error::other)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(io::Error::other)?;
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key)
        })
        .map_err(io::Error::other)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, expected: Arc<Expected>) {
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept(), if connections.len() < MOST_CONNECTIONS => accepted,
            Some(_) = connections.join_next() => continue,
        };
        match stream {
            Ok((stream, _)) => {
                let (tls, expected) = (tls.clone(), Arc::clone(&expected));
                let answered = async move {
                    match tls {
                        None => answer(stream, &expected).await,
                        // Fails while the person hasn't accepted the certificate yet.
                        Some(tls) => answer(tls.accept(stream).await?, &expected).await,
                    }
                };
                connections.spawn(async {
                    if let Ok(Err(error)) = tokio::time::timeout(PATIENCE, answered).await {
                        tracing::debug!(%error, "a connection of the browser broke");
                    }
                });
            }
            Err(error) => {
                tracing::debug!(%error, "a connection of the browser can't be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Reads one request, answers it, and hands on what it brought.
async fn answer(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    expected: &Expected,
) -> io::Result<()> {
    let Some(head) = read_head(&mut stream).await? else {
        return Ok(());
    };
    let (page, result) = respond(&head, expected);
    stream.write_all(page.as_bytes()).await?;
    stream.shutdown().await?;
    if let Some(result) = result {
        // Only the first is taken.
        let _ = expected.sender.try_send(result);
    }
    Ok(())
}

/// Reads to the empty line. None if the browser hangs up before, or never comes to an end.
async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    let mut piece = [0; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut piece).await? {
            0 => return Ok(None),
            count => head.extend_from_slice(&piece[..count]),
        }
        if head.len() > MOST_HEAD {
            return Ok(None);
        }
    }
    Ok(Some(head))
}

/// The answer to a request, and the outcome of the sign-in if the request brings it.
fn respond(head: &[u8], expected: &Expected) -> (String, Option<Result<Secret>>) {
    let head = String::from_utf8_lossy(head);
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if method != "GET" {
        return (page::method_not_allowed(), None);
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if path != expected.path {
        return (page::not_found(), None);
    }
    match Redirect::from_query(query).map(|redirect| redirect.judge(&expected.state)) {
        Some(Verdict::Code(code)) => (page::done(), Some(Ok(code))),
        Some(Verdict::Refused(error)) => (page::refused(&error), Some(Err(error))),
        Some(Verdict::Foreign) => {
            tracing::warn!("a browser came back from another sign-in than this one; still waiting");
            (page::foreign(), None)
        }
        None => (page::foreign(), None),
    }
}

#[cfg(test)]
#[path = "listener_tests.rs"]
mod tests;
