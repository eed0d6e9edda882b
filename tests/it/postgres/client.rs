//! A client that speaks the protocol by itself, to say what real ones don't.

use std::io;
use std::net::SocketAddr;

use aws_lc_rs::{digest, hmac, pbkdf2};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const USER: &str = "anaplan";
pub(crate) const PASSWORD: &str = "correct horse";

/// What the server says to one request.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) columns: Vec<(String, u32)>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
    pub(crate) tags: Vec<String>,
    pub(crate) errors: Vec<Problem>,
    pub(crate) warnings: Vec<String>,
    /// The kinds of all messages.
    pub(crate) kinds: String,
    /// What ReadyForQuery says of the transaction.
    pub(crate) state: char,
}

/// An error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) severity: String,
    pub(crate) sqlstate: String,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

/// A connection.
pub(crate) struct Client {
    stream: TcpStream,
    pub(crate) process: i32,
    pub(crate) key: i32,
    pub(crate) settings: Vec<(String, String)>,
}

impl Client {
    /// Connects and signs in.
    pub(crate) async fn connect(address: SocketAddr, database: &str) -> Self {
        Self::try_connect(address, PASSWORD, &[("database", database)]).await.expect("signed in")
    }

    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        Self { stream, process: 0, key: 0, settings: Vec::new() }
    }

    pub(crate) async fn try_connect(
        address: SocketAddr,
        password: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Self, Problem> {
        let mut client = Self::open(address).await;
        client.startup(parameters).await;
        client.sign_in(password).await?;
        loop {
            match client.message().await.expect("a message") {
                (b'K', body) => {
                    client.process = i32::from_be_bytes(body[..4].try_into().expect("four"));
                    client.key = i32::from_be_bytes(body[4..].try_into().expect("four"));
                }
                (b'S', body) => {
                    let mut texts = texts(&body);
                    let name = texts.remove(0);
                    client.settings.push((name, texts.pop().unwrap_or_default()));
                }
                (b'E', body) => return Err(problem(&body)),
                (b'Z', _) => return Ok(client),
                _ => {}
            }
        }
    }

    pub(crate) async fn startup(&mut self, parameters: &[(&str, &str)]) {
        let mut body = 196_608_i32.to_be_bytes().to_vec();
        for (name, value) in [("user", USER)].iter().chain(parameters) {
            body.extend_from_slice(format!("{name}\0{value}\0").as_bytes());
        }
        body.push(0);
        self.raw(&sized(&body)).await;
    }

    async fn sign_in(&mut self, password: &str) -> Result<(), Problem> {
        let first = self.expect(b'R').await?;
        assert_eq!(&first[4..], b"SCRAM-SHA-256\0\0");
        let bare = "n=,r=fyko";
        let mut body = b"SCRAM-SHA-256\0".to_vec();
        let text = format!("n,,{bare}");
        body.extend_from_slice(&i32::try_from(text.len()).expect("short").to_be_bytes());
        body.extend_from_slice(text.as_bytes());
        self.send(b'p', &body).await;
        let answer = self.expect(b'R').await?;
        let answer = String::from_utf8_lossy(&answer[4..]).into_owned();
        let part = |name: &str| {
            answer.split(',').find_map(|it| it.strip_prefix(name)).expect("a part").to_owned()
        };
        let (nonce, salt, rounds) = (part("r="), part("s="), part("i="));
        let salt = STANDARD.decode(salt).expect("Base64");
        let mut salted = [0; 32];
        let rounds = rounds.parse::<u32>().expect("a number").try_into().expect("not zero");
        let kind = pbkdf2::PBKDF2_HMAC_SHA256;
        pbkdf2::derive(kind, rounds, &salt, password.as_bytes(), &mut salted);
        let sign = |key: &[u8], text: &[u8]| {
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
        };
        let key = sign(&salted, b"Client Key");
        let stored = digest::digest(&digest::SHA256, &key);
        let rest = format!("c=biws,r={nonce}");
        let signature = sign(stored.as_ref(), format!("{bare},{answer},{rest}").as_bytes());
        let proof: Vec<u8> = key.iter().zip(signature).map(|(a, b)| a ^ b).collect();
        self.send(b'p', format!("{rest},p={}", STANDARD.encode(proof)).as_bytes()).await;
        self.expect(b'R').await?;
        self.expect(b'R').await.map(drop)
    }

    async fn expect(&mut self, kind: u8) -> Result<Vec<u8>, Problem> {
        match self.message().await.expect("a message") {
            (b'E', body) => Err(problem(&body)),
            (found, body) => {
                assert_eq!(char::from(found), char::from(kind));
                Ok(body)
            }
        }
    }

    /// Sends bytes as they are.
    pub(crate) async fn raw(&mut self, bytes: &[u8]) {
        // The server may have hung up: then reading says so.
        let _ = self.stream.write_all(bytes).await;
    }

    /// Sends a message.
    pub(crate) async fn send(&mut self, kind: u8, body: &[u8]) {
        let mut message = vec![kind];
        message.extend_from_slice(&sized(body));
        self.raw(&message).await;
    }

    /// The next message.
    pub(crate) async fn message(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let kind = self.stream.read_u8().await?;
        let length = usize::try_from(self.stream.read_i32().await?).expect("a length");
        let mut body = vec![0; length - 4];
        self.stream.read_exact(&mut body).await?;
        Ok((kind, body))
    }

    /// Everything up to ReadyForQuery, or the end.
    pub(crate) async fn answer(&mut self) -> Answer {
        let mut answer = Answer::default();
        while let Ok((kind, body)) = self.message().await {
            answer.kinds.push(char::from(kind));
            match kind {
                b'T' => answer.columns = columns(&body),
                b'D' => answer.rows.push(row(&body)),
                b'C' => answer.tags.extend(texts(&body)),
                b'E' => answer.errors.push(problem(&body)),
                b'N' => answer.warnings.push(problem(&body).message),
                b'Z' => {
                    answer.state = char::from(body[0]);
                    break;
                }
                _ => {}
            }
        }
        answer
    }

    /// Has statements run at once.
    pub(crate) async fn query(&mut self, sql: &str) -> Answer {
        self.send(b'Q', format!("{sql}\0").as_bytes()).await;
        self.answer().await
    }

    /// The rows of a statement that must work, with bars between cells.
    pub(crate) async fn rows(&mut self, sql: &str) -> Vec<String> {
        let answer = self.query(sql).await;
        assert!(answer.errors.is_empty(), "{sql}: {:?}", answer.errors);
        let line = |row: &Vec<Option<String>>| {
            let cells = row.iter().map(|cell| cell.clone().unwrap_or_else(|| "NULL".to_owned()));
            cells.collect::<Vec<_>>().join("|")
        };
        answer.rows.iter().map(line).collect()
    }

    /// The SQLSTATE of a statement that must fail.
    pub(crate) async fn fail(&mut self, sql: &str) -> Problem {
        let answer = self.query(sql).await;
        answer.errors.first().cloned().unwrap_or_else(|| panic!("{sql}: {answer:?}"))
    }
}

/// A body behind its length.
pub(crate) fn sized(body: &[u8]) -> Vec<u8> {
    let length = i32::try_from(body.len() + 4).expect("not too long");
    let mut message = length.to_be_bytes().to_vec();
    message.extend_from_slice(body);
    message
}

fn texts(body: &[u8]) -> Vec<String> {
    let texts = body.split(|byte| *byte == 0).filter(|text| !text.is_empty());
    texts.map(|text| String::from_utf8_lossy(text).into_owned()).collect()
}

fn problem(body: &[u8]) -> Problem {
    let field =
        |kind: char| texts(body).iter().find_map(|it| it.strip_prefix(kind).map(str::to_owned));
    Problem {
        severity: field('S').unwrap_or_default(),
        sqlstate: field('C').unwrap_or_default(),
        message: field('M').unwrap_or_default(),
        hint: field('H'),
    }
}

fn columns(mut body: &[u8]) -> Vec<(String, u32)> {
    let count = take::<2>(&mut body);
    (0..u16::from_be_bytes(count))
        .map(|_| {
            let end = body.iter().position(|byte| *byte == 0).expect("an end");
            let name = String::from_utf8_lossy(&body[..end]).into_owned();
            body = &body[end + 7..];
            let oid = u32::from_be_bytes(take(&mut body));
            body = &body[8..];
            (name, oid)
        })
        .collect()
}

fn row(mut body: &[u8]) -> Vec<Option<String>> {
    let count = take::<2>(&mut body);
    (0..u16::from_be_bytes(count))
        .map(|_| {
            let length = usize::try_from(i32::from_be_bytes(take(&mut body))).ok()?;
            let (cell, rest) = body.split_at(length);
            body = rest;
            Some(String::from_utf8_lossy(cell).into_owned())
        })
        .collect()
}

fn take<const N: usize>(body: &mut &[u8]) -> [u8; N] {
    let (taken, rest) = body.split_at(N);
    *body = rest;
    taken.try_into().expect("as long")
}
