//! Answers: the envelope, the error envelope, and their way into an HTTP response.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use futures::Stream;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::Value;

use super::clock::Clock;
use super::content::ContentReader;
use super::file::{FileReader, GzipCache, GzipReader, compress, compress_blocks, is_worth_it};
use super::listener::Connection;
use super::log::Entry;

/// After how many blocks of a body others get their turn.
const TURN: u32 = 4;

/// An answer before it becomes an HTTP response.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: ReplyBody,
}

/// The body of an answer.
#[derive(Debug)]
pub(crate) enum ReplyBody {
    Full(Bytes),
    File(FileReader),
    Content(ContentReader),
    Gzip(Box<GzipReader>),
    Blocks(Blocks),
}

/// A body that is made while it is sent, of unknown length.
pub(crate) struct Blocks(Box<dyn Iterator<Item = Bytes> + Send>);

impl fmt::Debug for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blocks")
    }
}

impl Reply {
    /// Makes an answer without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: ReplyBody::Full(Bytes::new()) }
    }

    /// Makes an answer of text.
    pub(crate) fn text(
        status: StatusCode,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        Self::empty(status).with_body(content_type, ReplyBody::Full(body.into()))
    }

    /// Makes a JSON answer.
    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        Self::text(status, "application/json;charset=UTF-8", body.to_string())
    }

    /// Makes an answer that streams a file.
    pub(crate) fn file(reader: FileReader) -> Self {
        Self::empty(StatusCode::OK).with_body("application/octet-stream", ReplyBody::File(reader))
    }

    /// Makes an answer that streams what was stored.
    pub(crate) fn content(content_type: &'static str, reader: ContentReader) -> Self {
        Self::empty(StatusCode::OK).with_body(content_type, ReplyBody::Content(reader))
    }

    /// Makes an answer whose body is made while it is sent.
    pub(crate) fn blocks(
        content_type: &'static str,
        blocks: impl Iterator<Item = Bytes> + Send + 'static,
    ) -> Self {
        let body = ReplyBody::Blocks(Blocks(Box::new(blocks)));
        Self::empty(StatusCode::OK).with_body(content_type, body)
    }

    /// Makes the error envelope of the Integration API.
    pub(crate) fn error(status: StatusCode, message: &str, path: &str, clock: &Clock) -> Self {
        // The clock knows milliseconds; the service prints nanoseconds, so the rest is made up.
        let now = clock.now_ms();
        let nanos = u32::try_from(now.rem_euclid(1000)).unwrap_or(0) * 1_000_000 + 115_662;
        let timestamp = chrono::DateTime::from_timestamp(now.div_euclid(1000), nanos)
            .unwrap_or_default()
            .format("%Y-%m-%dT%H:%M:%S%.9fZ")
            .to_string();
        let body = serde_json::json!({
            "status": {"code": status.as_u16(), "message": message},
            "path": path,
            "timestamp": timestamp,
        });
        Self::json(status, &body)
    }

    /// Makes what a gateway answers to a path that nobody serves.
    pub(crate) fn gateway_404() -> Self {
        let page = "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n</body>\r\n</html>\r\n";
        Self::text(StatusCode::NOT_FOUND, "text/html", page)
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: HeaderName, value: impl TryInto<HeaderValue>) -> Self {
        if let Ok(value) = value.try_into() {
            self.headers.push((name, value));
        }
        self
    }

    fn with_body(mut self, content_type: &'static str, body: ReplyBody) -> Self {
        self.body = body;
        self.headers.push((CONTENT_TYPE, HeaderValue::from_static(content_type)));
        self
    }

    /// Compresses the body, if it isn't too short.
    pub(crate) fn gzip(mut self, cache: &Arc<GzipCache>) -> Self {
        // What is made on the way is taken for long.
        if !self.length().is_none_or(is_worth_it) {
            return self;
        }
        self.body = match self.body {
            ReplyBody::Full(plain) => match compress(&plain) {
                Some(bytes) => ReplyBody::Full(bytes),
                None => return Self { body: ReplyBody::Full(plain), ..self },
            },
            ReplyBody::File(reader) => match reader.id().and_then(|id| cache.get(id)) {
                Some(bytes) => ReplyBody::Full(bytes),
                None => ReplyBody::Gzip(Box::new(GzipReader::new(reader, Arc::clone(cache)))),
            },
            ReplyBody::Blocks(Blocks(blocks)) => {
                ReplyBody::Blocks(Blocks(Box::new(compress_blocks(blocks))))
            }
            ReplyBody::Content(mut reader) => {
                let blocks = std::iter::from_fn(move || reader.next_block());
                ReplyBody::Blocks(Blocks(Box::new(compress_blocks(blocks))))
            }
            gzip @ ReplyBody::Gzip(_) => return Self { body: gzip, ..self },
        };
        self.header(CONTENT_ENCODING, HeaderValue::from_static("gzip"))
    }

    /// Returns the length of the body where it is known beforehand.
    fn length(&self) -> Option<u64> {
        match &self.body {
            ReplyBody::Full(bytes) => Some(bytes.len() as u64),
            ReplyBody::File(reader) => Some(reader.remaining()),
            ReplyBody::Content(reader) => Some(reader.remaining()),
            ReplyBody::Gzip(_) | ReplyBody::Blocks(_) => None,
        }
    }

    /// Makes the HTTP response. With `cut_after`, the connection is cut after so many bytes of the body.
    pub(crate) fn send(
        self,
        entry: &Arc<Entry>,
        clock: &Clock,
        cut: Option<(u64, Connection)>,
    ) -> Response<Body> {
        let length = self.length();
        entry.set_status(self.status.as_u16());
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(clock.now())) {
            headers.insert(DATE, date);
        }
        let without_body =
            self.status == StatusCode::NO_CONTENT || self.status == StatusCode::NOT_MODIFIED;
        if let Some(length) = length
            && !without_body
        {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        for (name, value) in self.headers {
            // A fault may set any header, the date and a wrong length included.
            headers.insert(name, value);
        }
        if without_body || (length == Some(0) && cut.is_none()) {
            entry.finish();
            return response;
        }
        *response.body_mut() = Body::from_stream(Outgoing {
            body: Some(self.body),
            entry: Arc::clone(entry),
            cut: cut.map(|(left, connection)| Cut { left, connection }),
            blocks: 0,
        });
        response
    }
}

/// A body on its way out: counted, and cut off where a fault says so.
struct Outgoing {
    body: Option<ReplyBody>,
    entry: Arc<Entry>,
    cut: Option<Cut>,
    /// Since others had their turn.
    blocks: u32,
}

struct Cut {
    left: u64,
    connection: Connection,
}

impl Outgoing {
    fn next_block(&mut self) -> Option<Bytes> {
        match self.body.as_mut()? {
            ReplyBody::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                self.body = None;
                (!bytes.is_empty()).then_some(bytes)
            }
            ReplyBody::File(reader) => reader.next_block(),
            ReplyBody::Content(reader) => reader.next_block(),
            ReplyBody::Gzip(reader) => reader.next_block(),
            ReplyBody::Blocks(Blocks(blocks)) => blocks.next(),
        }
    }
}

impl Stream for Outgoing {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.blocks == TURN {
            // A fast client would keep this thread for megabytes, and the demo shares its threads.
            this.blocks = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        this.blocks += 1;
        if let Some(cut) = &mut this.cut
            && cut.left == 0
        {
            // Ending the stream here would throw out what hyper has buffered but not written.
            cut.connection.cut_when_flushed();
            return Poll::Pending;
        }
        let Some(mut block) = this.next_block() else {
            let is_short = matches!(&this.body, Some(ReplyBody::Gzip(reader)) if reader.is_short());
            // Without a length, only an error tells the client that something is missing.
            return Poll::Ready(is_short.then(|| Err(std::io::ErrorKind::UnexpectedEof.into())));
        };
        if let Some(cut) = &mut this.cut {
            block.truncate(usize::try_from(cut.left).unwrap_or(usize::MAX));
            cut.left -= block.len() as u64;
        }
        this.entry.add_sent(block.len());
        Poll::Ready(Some(Ok(block)))
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.entry.finish();
    }
}
