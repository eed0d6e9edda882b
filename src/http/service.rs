//! What it takes to be an HTTP client for this library.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

/// The body of an answer as it arrives.
pub type BodyStream = BoxStream<'static, Result<Bytes, TransportError>>;

/// Sends one request, once. Implement it to bring your own HTTP client.
///
/// An implementation must not retry, must not follow redirects (a redirect would carry the token
/// to another host), and must undo a `Content-Encoding` that it asked for. The request itself asks for gzip,
/// which [`Transport`](super::Transport) undoes where the answer's headers still tell of it.
#[async_trait]
pub trait HttpService: Send + Sync + fmt::Debug {
    /// Sends the request and returns as soon as the answer's headers are there.
    ///
    /// # Errors
    /// [`TransportError`] when no answer came. A status such as 500 is an answer.
    async fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<BodyStream>, TransportError>;
}

/// How a request failed to get an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection: the host does not resolve, refuses, or its certificate isn't trusted.
    Connect,
    /// The time for one request passed.
    Timeout,
    /// The connection broke after the request was sent, or in the middle of the answer.
    Interrupted,
    /// The request itself can't be sent.
    Invalid,
}

/// A request without an answer.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl TransportError {
    /// An error of this kind.
    pub fn new(kind: TransportErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// An error of this kind with its cause. The cause must not hold the URL's query or headers.
    pub fn with_source(
        kind: TransportErrorKind,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { kind, source: Some(source.into()) }
    }

    /// How it failed.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::Connect => "no connection",
            TransportErrorKind::Timeout => "no answer in time",
            TransportErrorKind::Interrupted => "the connection broke",
            TransportErrorKind::Invalid => "the request can't be sent",
        })
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|s| s.as_ref() as &(dyn std::error::Error + 'static))
    }
}
