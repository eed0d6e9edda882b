//! A tiny HTTP/1.1 client: one connection for each request, and nothing repaired.

use std::io::{self, Read as _};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::Simulator;

/// An answer, whole or not.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: Vec<u8>,
    /// Whether the body is as long as its header says.
    pub(super) complete: bool,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (have, value) = line.split_once(':')?;
            have.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// Takes gzip off.
    pub(super) fn unpacked(&self) -> Vec<u8> {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(self.body.as_slice()).read_to_end(&mut plain).expect("gzip");
        plain
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }
}

/// Sends one request and reads until the connection closes.
pub(super) async fn send(
    simulator: &Simulator,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl AsRef<[u8]>,
) -> io::Result<Answer> {
    let body = body.as_ref();
    let mut stream = TcpStream::connect(simulator.addr()).await?;
    let mut request =
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    let mut bytes = request.into_bytes();
    bytes.extend_from_slice(body);
    stream.write_all(&bytes).await?;
    bytes.clear();
    let end = stream.read_to_end(&mut bytes).await;
    let Some(split) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        end?;
        return Err(io::ErrorKind::UnexpectedEof.into());
    };
    let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    let mut answer = Answer { status, head, body: bytes.split_off(split + 4), complete: true };
    if answer.header("transfer-encoding") == Some("chunked") {
        answer.complete = join_chunks(&mut answer.body);
        return Ok(answer);
    }
    let length =
        answer.header("content-length").map(|text| text.parse::<usize>().expect("a length"));
    answer.complete = length.is_none_or(|length| length == answer.body.len());
    Ok(answer)
}

/// Takes a body out of its chunks; tells whether the last one came.
fn join_chunks(body: &mut Vec<u8>) -> bool {
    let chunked = std::mem::take(body);
    let mut rest = chunked.as_slice();
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let length = std::str::from_utf8(&rest[..end]).expect("a length");
        let length = usize::from_str_radix(length, 16).expect("a length");
        rest = &rest[end + 2..];
        if length == 0 {
            return true;
        }
        body.extend_from_slice(&rest[..length.min(rest.len())]);
        rest = rest.get(length + 2..).unwrap_or_default();
    }
    false
}

/// A user who is signed in.
pub(super) struct Session<'a> {
    pub(super) simulator: &'a Simulator,
    pub(super) token: String,
}

impl<'a> Session<'a> {
    pub(super) async fn new(simulator: &'a Simulator, email: &str, password: &str) -> Self {
        let answer = sign_in(simulator, email, password).await;
        assert_eq!(answer.status, 201);
        let token = answer.json()["tokenInfo"]["tokenValue"].as_str().expect("a token").to_owned();
        Self { simulator, token }
    }

    pub(super) async fn ann(simulator: &'a Simulator) -> Self {
        Self::new(simulator, "ann.lee@example.com", "secret").await
    }

    pub(super) async fn try_call(
        &self,
        method: &str,
        path: &str,
        body: &str,
    ) -> io::Result<Answer> {
        let header = format!("AnaplanAuthToken {}", self.token);
        let headers = [("Authorization", header.as_str()), ("Content-Type", "application/json")];
        send(self.simulator, method, path, &headers, body).await
    }

    pub(super) async fn call(&self, method: &str, path: &str, body: &str) -> Answer {
        self.try_call(method, path, body).await.expect("an answer")
    }

    /// Sends bytes of a content type.
    pub(super) async fn put(&self, path: &str, content_type: &str, body: &[u8]) -> Answer {
        let header = format!("AnaplanAuthToken {}", self.token);
        let headers = [("Authorization", header.as_str()), ("Content-Type", content_type)];
        send(self.simulator, "PUT", path, &headers, body).await.expect("an answer")
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, "").await
    }

    /// Reads a path as a certain type.
    pub(super) async fn get_as(&self, path: &str, accept: &str) -> Answer {
        let header = format!("AnaplanAuthToken {}", self.token);
        let headers = [("Authorization", header.as_str()), ("Accept", accept)];
        send(self.simulator, "GET", path, &headers, "").await.expect("an answer")
    }

    /// Reads a path, accepting some encodings.
    pub(super) async fn get_encoded(&self, path: &str, encodings: &str) -> Answer {
        let header = format!("AnaplanAuthToken {}", self.token);
        let headers = [("Authorization", header.as_str()), ("Accept-Encoding", encodings)];
        send(self.simulator, "GET", path, &headers, "").await.expect("an answer")
    }

    /// Starts a task and returns its id.
    pub(super) async fn start(&self, export: &str) -> String {
        let answer =
            self.call("POST", &format!("{export}/tasks"), r#"{"localeName":"en_US"}"#).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["task"]["taskId"].as_str().expect("a task id").to_owned()
    }

    /// Runs an export to its end and returns the last status.
    pub(super) async fn run(&self, export: &str) -> Value {
        let task = self.start(export).await;
        self.simulator.clock().advance(super::LONG_ENOUGH);
        self.wait_for(&format!("{export}/tasks/{task}")).await
    }

    /// Looks at a task whose time is over until its work is done, which takes real time.
    pub(super) async fn wait_for(&self, task: &str) -> Value {
        loop {
            let answer = self.get(task).await;
            assert_eq!(answer.status, 200);
            let status = answer.json();
            if status["task"].get("result").is_some() {
                return status["task"].clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

/// Signs in with basic authentication.
pub(super) async fn sign_in(simulator: &Simulator, email: &str, password: &str) -> Answer {
    let header = format!("Basic {}", STANDARD.encode(format!("{email}:{password}")));
    let headers = [("Authorization", header.as_str())];
    send(simulator, "POST", "/token/authenticate", &headers, "").await.expect("an answer")
}
