//! A forward proxy for plain HTTP, just able to be looked at.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What a client asked the proxy for.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// `GET http://host/path HTTP/1.1`
    pub(crate) line: String,
    /// The `Proxy-Authorization` header.
    pub(crate) authorization: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Proxy {
    port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
    refusing: Arc<AtomicBool>,
    server: tokio::task::AbortHandle,
}

impl Proxy {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let refusing = Arc::<AtomicBool>::default();
        let (log, refuse) = (Arc::clone(&seen), Arc::clone(&refusing));
        let server = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, Arc::clone(&log), Arc::clone(&refuse)));
            }
        });
        Self { port, seen, refusing, server: server.abort_handle() }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The requests so far, in order.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no panic").clone()
    }

    /// Answers 407 from now on.
    pub(crate) fn refuse(&self) {
        self.refusing.store(true, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Serves one request of a connection, then closes it.
async fn serve(
    client: TcpStream,
    seen: Arc<Mutex<Vec<Seen>>>,
    refusing: Arc<AtomicBool>,
) -> Option<()> {
    let mut client = BufReader::new(client);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if client.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        head.push(line.trim_end().to_owned());
    }
    let header = |name: &str| {
        head.iter().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let line = head.first()?.clone();
    seen.lock()
        .expect("no panic")
        .push(Seen { line: line.clone(), authorization: header("proxy-authorization") });
    if refusing.load(Ordering::SeqCst) {
        let answer = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
        client.write_all(answer.as_bytes()).await.ok()?;
        return Some(());
    }
    let mut body = vec![0; header("content-length").and_then(|n| n.parse().ok()).unwrap_or(0)];
    client.read_exact(&mut body).await.ok()?;

    let url = url::Url::parse(line.split(' ').nth(1)?).ok()?;
    let mut server = TcpStream::connect((url.host_str()?, url.port()?)).await.ok()?;
    let path = &url[url::Position::BeforePath..];
    let mut request = format!("{} {path} HTTP/1.1\r\n", line.split(' ').next()?);
    for line in &head[1..] {
        let name = line.split(':').next()?.to_ascii_lowercase();
        if !matches!(name.as_str(), "proxy-authorization" | "proxy-connection" | "connection") {
            request.push_str(&format!("{line}\r\n"));
        }
    }
    request.push_str("connection: close\r\n\r\n");
    server.write_all(request.as_bytes()).await.ok()?;
    server.write_all(&body).await.ok()?;
    tokio::io::copy(&mut server, &mut client).await.ok()?;
    client.shutdown().await.ok()
}
