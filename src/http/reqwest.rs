//! The HTTP client that is used unless the caller brings one; the only user of reqwest.

use std::error::Error as _;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};

use super::{BodyStream, HttpService, TransportError, TransportErrorKind};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// What a [`ReqwestService`] needs to know.
#[derive(Debug, Clone, Default)]
pub struct ReqwestOptions {
    /// Further trusted roots, as PEM text. Verification can't be switched off.
    pub roots: Option<Vec<u8>>,
    /// A proxy for every request; unset, the environment (HTTPS_PROXY, NO_PROXY) and the system
    /// decide.
    pub proxy: Option<ProxyOptions>,
    /// Whether the environment and the system are asked for a proxy at all.
    pub direct: bool,
    /// The most idle connections that are kept.
    pub idle_connections: usize,
}

/// A proxy and who asks it.
#[derive(Debug, Clone)]
pub struct ProxyOptions {
    /// Such as `http://proxy.example.com:8080`.
    pub url: url::Url,
    /// User and password.
    pub credentials: Option<(String, Secret)>,
}

/// Sends requests with reqwest over rustls, whose roots are the operating system's.
#[derive(Debug, Clone)]
pub struct ReqwestService(reqwest::Client);

impl ReqwestService {
    /// Makes a client.
    ///
    /// # Errors
    /// Kind [`Config`](ErrorKind::Config) when the roots can't be read or the proxy is none.
    pub fn try_new(options: &ReqwestOptions) -> Result<Self> {
        let bad = |what: &'static str| {
            move |e: reqwest::Error| Error::new(ErrorKind::Config, what).with_source(e)
        };
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("anaplan-sql/", env!("CARGO_PKG_VERSION")))
            // The one retry loop is `Transport`'s.
            .retry(reqwest::retry::never())
            // A redirect would carry the token to another host; Anaplan's API sends none.
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(Duration::from_secs(20))
            .pool_max_idle_per_host(options.idle_connections.max(1));
        if let Some(pem) = &options.roots {
            let roots = reqwest::Certificate::from_pem_bundle(pem)
                .map_err(bad("SSLServerCert holds no certificate in PEM form"))?;
            if roots.is_empty() {
                return Err(Error::new(
                    ErrorKind::Config,
                    "SSLServerCert holds no certificate in PEM form",
                ));
            }
            builder = builder.tls_certs_merge(roots);
        }
        if let Some(proxy) = &options.proxy {
            let mut all =
                reqwest::Proxy::all(proxy.url.clone()).map_err(bad("ProxyServer is not usable"))?;
            if let Some((user, password)) = &proxy.credentials {
                all = all.basic_auth(user, password.expose());
            }
            builder = builder.proxy(all);
        } else if options.direct {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(bad("the HTTP client can't be set up"))?;
        Ok(Self(client))
    }
}

#[async_trait]
impl HttpService for ReqwestService {
    async fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<BodyStream>, TransportError> {
        let request = reqwest::Request::try_from(request)
            .map_err(|e| failure(e, TransportErrorKind::Invalid))?;
        let response = self
            .0
            .execute(request)
            .await
            .map_err(|e| failure(e, TransportErrorKind::Interrupted))?;
        let mut answer = http::Response::builder().status(response.status());
        if let Some(headers) = answer.headers_mut() {
            *headers = response.headers().clone();
        }
        let body = response
            .bytes_stream()
            .map_err(|e| failure(e, TransportErrorKind::Interrupted))
            .boxed();
        answer.body(body).map_err(|e| TransportError::with_source(TransportErrorKind::Invalid, e))
    }
}

/// Tells the kinds apart. The URL is left out: its query may hold what nobody should log.
fn failure(error: reqwest::Error, otherwise: TransportErrorKind) -> TransportError {
    let kind = if error.is_connect() {
        TransportErrorKind::Connect
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else if error.is_builder() {
        TransportErrorKind::Invalid
    } else {
        otherwise
    };
    let error = error.without_url();
    // reqwest's own words ("error sending request") say less than the cause does.
    match error.source() {
        Some(cause) => TransportError::with_source(kind, innermost(cause)),
        None => TransportError::with_source(kind, error),
    }
}

fn innermost(mut error: &(dyn std::error::Error + 'static)) -> String {
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}
