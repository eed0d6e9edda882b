//! A request that can be sent several times, and its whole answer.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use url::Url;

use crate::error::{Error, ErrorKind, Result};

/// The largest answer that is read: far above a page of 5,000 rows or a chunk of 10 MB, and far
/// below what would hurt.
const MAX_BODY: usize = 256 << 20;

/// A request, complete but for its `Authorization`.
#[derive(Debug, Clone)]
pub struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
    pub(super) repeatable: bool,
    pub(super) until_sent: bool,
    pub(super) max_body: usize,
    pub(super) enough: usize,
    pub(super) urgent: bool,
    pub(super) secret: bool,
}

/// What a request carries. `Debug` doesn't show it.
#[derive(Clone)]
pub(super) enum Body {
    /// The same for each attempt.
    Same(Bytes),
    /// Made anew for each attempt.
    Anew(Arc<dyn Fn() -> Result<serde_json::Value> + Send + Sync>),
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Anew(_) => f.write_str("made anew for each attempt"),
        }
    }
}

impl Request {
    /// A request of this method; it may be repeated if the method is safe (RFC 9110, 9.2.1).
    pub fn new(method: Method, url: Url) -> Self {
        let repeatable = method.is_safe();
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        Self {
            method,
            url,
            headers,
            body: Body::Same(Bytes::new()),
            repeatable,
            until_sent: false,
            max_body: MAX_BODY,
            enough: usize::MAX,
            urgent: false,
            secret: false,
        }
    }

    /// Reads something.
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// Starts or changes something.
    pub fn post(url: Url) -> Self {
        Self::new(Method::POST, url)
    }

    /// Says that sending this request twice does no more than sending it once.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Repeats the request as long as there is no connection: then it certainly did not arrive.
    #[must_use]
    pub fn unless_arrived(mut self) -> Self {
        self.until_sent = true;
        self
    }

    /// Lets the request pass the limiter: a cancellation helps nobody when it comes late.
    #[must_use]
    pub fn urgent(mut self) -> Self {
        self.urgent = true;
        self
    }

    /// Says that the answer holds a secret: its body is zeroed when nobody has it any more.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Hangs up as soon as at least so many bytes of the body have come.
    #[must_use]
    pub fn enough(mut self, bytes: usize) -> Self {
        self.enough = bytes;
        self
    }

    /// Sets a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Accepts any kind of body instead of JSON.
    #[must_use]
    pub fn accept_anything(self) -> Self {
        self.header(header::ACCEPT, HeaderValue::from_static("*/*"))
    }

    /// Carries these bytes.
    #[must_use]
    pub fn body(mut self, body: Bytes, kind: HeaderValue) -> Self {
        self.body = Body::Same(body);
        self.header(header::CONTENT_TYPE, kind)
    }

    /// Carries a JSON body.
    #[must_use]
    pub fn json(mut self, body: &serde_json::Value) -> Self {
        self.body = Body::Same(Bytes::from(body.to_string()));
        self.header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
    }

    /// Carries a JSON body that is made anew for each attempt, because none may be sent twice.
    #[must_use]
    pub fn json_anew(
        mut self,
        make: impl Fn() -> Result<serde_json::Value> + Send + Sync + 'static,
    ) -> Self {
        self.body = Body::Anew(Arc::new(make));
        self.header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
    }

    /// `GET /2/0/models` as errors and logs show it: without the query and without the host.
    pub fn label(&self) -> String {
        format!("{} {}", self.method, self.url.path())
    }

    /// The host and port that the request goes to.
    pub fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The form that an [`HttpService`](super::HttpService) takes.
    pub(super) fn build(
        &self,
        authorization: Option<&HeaderValue>,
    ) -> Result<http::Request<Bytes>> {
        let body = match &self.body {
            Body::Same(bytes) => bytes.clone(),
            Body::Anew(make) => Bytes::from(make()?.to_string()),
        };
        let mut request = http::Request::builder()
            .method(self.method.clone())
            .uri(self.url.as_str())
            .body(body)
            .map_err(|e| {
                Error::new(ErrorKind::Internal, format!("can't build {}", self.label()))
                    .with_source(e)
            })?;
        *request.headers_mut() = self.headers.clone();
        if let Some(value) = authorization {
            let mut value = value.clone();
            value.set_sensitive(true);
            request.headers_mut().insert(header::AUTHORIZATION, value);
        }
        Ok(request)
    }
}

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed; only its beginning if that is [`enough`](Request::enough).
    pub body: Bytes,
}

impl Response {
    /// The service's clock when it answered, from the `Date` header.
    pub fn date(&self) -> Option<std::time::SystemTime> {
        httpdate::parse_http_date(self.headers.get(header::DATE)?.to_str().ok()?).ok()
    }
}
