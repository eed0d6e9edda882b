//! The calls of the OAuth service.
//!
//! The crate `oauth2` knows RFC 6749 and RFC 8628; its HTTP client is a function over this
//! library's own transport. Anaplan's service takes JSON where the RFCs have forms, so the function
//! sends the same fields as JSON.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderValue, StatusCode};
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    DeviceAuthorizationUrl, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, RefreshToken,
    RequestTokenError, Scope, StandardRevocableToken, TokenUrl,
};
use serde::Serializer as _;
use serde::ser::SerializeMap as _;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::refusal::Refusal;
use super::tokens::{Answer, Grant};
use crate::config::Endpoints;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Request, Response, Transport, TransportError, TransportErrorKind, Unobserved};
use crate::secret::Secret;

/// The difference of two clocks that is not known.
const UNKNOWN: i64 = i64::MIN;

/// A client that knows the addresses of the authorization page, the device and the token endpoint.
type Client = oauth2::Client<
    BasicErrorResponse,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Calls the OAuth service on behalf of one registered client. Clones are cheap.
#[derive(Debug, Clone)]
pub struct OAuthService {
    pub(super) transport: Transport,
    pub(super) client: Arc<Client>,
    /// Ends in `/oauth`.
    endpoint: Url,
    /// Ends a token, whichever service gave it.
    pub(super) logout: Url,
    /// How far the service's clock is ahead of this machine's, in milliseconds.
    ahead: Arc<AtomicI64>,
}

/// An answer that is on its way, in the crate's form.
pub(super) type Answering = BoxFuture<'static, Result<HttpResponse, Failure>>;

/// How a call for tokens failed: what it means for the code or token that was sent.
#[derive(Debug)]
pub(super) enum Failure {
    /// The service did not look at it: it is as good as before.
    NotSent(Error),
    /// The service looked at it and granted nothing.
    Refused(Refusal),
    /// Nobody knows whether it is spent.
    Unknown(Error),
}

impl OAuthService {
    /// A client of the service at these endpoints. A client for the device grant has no secret.
    pub fn new(
        transport: Transport,
        endpoints: &Endpoints,
        client_id: impl Into<String>,
        client_secret: Option<Secret>,
    ) -> Self {
        let endpoint = endpoints.oauth.clone();
        let client = oauth2::Client::new(ClientId::new(client_id.into()))
            .set_auth_type(AuthType::RequestBody)
            .set_auth_uri(AuthUrl::from_url(endpoints.authorize.clone()))
            .set_device_authorization_url(DeviceAuthorizationUrl::from_url(below(
                &endpoint,
                "device/code",
            )))
            .set_token_uri(TokenUrl::from_url(below(&endpoint, "token")));
        let client = match client_secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose().to_owned())),
            None => client,
        };
        Self {
            transport,
            client: Arc::new(client),
            endpoint,
            logout: below(&endpoints.auth, "logout"),
            ahead: Arc::new(AtomicI64::new(UNKNOWN)),
        }
    }

    /// The page on which a person signs in and allows the client what `scope` names. It redirects
    /// to `redirect`, which must be registered for the client exactly so, with a `code` and `state`.
    pub fn authorization_url(&self, redirect: &str, state: &str, scope: &str) -> Url {
        let state = CsrfToken::new(state.to_owned());
        let request = self.client.authorize_url(|| state);
        // Not through the crate's own type, which would take only an address: the service compares
        // texts.
        let request = request.add_extra_param("redirect_uri", redirect);
        request.add_scope(Scope::new(scope.to_owned())).url().0
    }

    /// Exchanges the code from a redirect for tokens. A code can be used once: nothing is repeated
    /// that may have arrived.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when the service refuses; connection errors, after which
    /// nobody knows whether the code is spent.
    pub async fn exchange(&self, code: &Secret, redirect: &str) -> Result<Grant> {
        self.try_exchange(code, redirect).await.map_err(|failure| match failure {
            Failure::NotSent(error) => error,
            Failure::Refused(refusal) => refusal.of_code(),
            Failure::Unknown(error) => error.with_hint(
                "the code may be spent: if another try fails, sign in again for a new one",
            ),
        })
    }

    /// The same, telling the ways to fail apart.
    pub(super) async fn try_exchange(
        &self,
        code: &Secret,
        redirect: &str,
    ) -> Result<Grant, Failure> {
        let sent = AuthorizationCode::new(code.expose().to_owned());
        let request = self.client.exchange_code(sent).add_extra_param("redirect_uri", redirect);
        let http = self.http();
        let answer = request.request_async(&http).await;
        answer.map_err(|error| Failure::from(error).without(code)).and_then(Answer::grant)
    }

    /// Exchanges a refresh token for new tokens. For many clients a refresh token can be used once:
    /// nothing is repeated that may have arrived.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when the service refuses; connection errors, after which
    /// nobody knows whether the token is spent.
    pub async fn refresh(&self, refresh_token: &Secret) -> Result<Grant> {
        self.try_refresh(refresh_token).await.map_err(|failure| match failure {
            Failure::NotSent(error) => error,
            Failure::Refused(refusal) => refusal.of_refresh_token(None, self.ahead()),
            Failure::Unknown(error) => error
                .with_hint("the refresh token may be spent: if another try fails, sign in again"),
        })
    }

    /// The same, telling the ways to fail apart.
    pub(super) async fn try_refresh(&self, refresh_token: &Secret) -> Result<Grant, Failure> {
        let token = RefreshToken::new(refresh_token.expose().to_owned());
        let request = self.client.exchange_refresh_token(&token);
        let http = self.http();
        let answer = request.request_async(&http).await;
        answer.map_err(|error| Failure::from(error).without(refresh_token)).and_then(Answer::grant)
    }

    /// The client's id.
    pub fn client_id(&self) -> &str {
        self.client.client_id()
    }

    /// The host and port of the service.
    pub fn host(&self) -> String {
        let host = self.endpoint.host_str().unwrap_or_default();
        match self.endpoint.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// How far the service's clock is ahead of this machine's, in milliseconds; None before the
    /// first answer.
    pub(in crate::auth) fn ahead(&self) -> Option<i64> {
        Some(self.ahead.load(Ordering::Relaxed)).filter(|ahead| *ahead != UNKNOWN)
    }

    /// What the crate sends requests with.
    pub(super) fn http(&self) -> impl Fn(HttpRequest) -> Answering + Send + Sync + use<> {
        let service = self.clone();
        move |request| {
            let service = service.clone();
            Box::pin(async move { service.call(request).await })
        }
    }

    /// Sends a request of the crate. An answer that it is given is a success: what else
    /// happens is told apart here, where the status and the kind of failure are known.
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let answer = self.post(request).await?;
        if answer.status.is_success() {
            return Ok(answer_of(answer));
        }
        Err(match Refusal::parse(answer.status, &answer.body) {
            // Behind a status of the 5xx class the work may have been done all the same, whatever
            // stands in the body: it may be a gateway's.
            refusal if answer.status.is_server_error() => {
                let error = unexpected(&answer);
                let name = refusal.as_ref().and_then(Refusal::plain_name);
                Failure::Unknown(match name {
                    Some(name) => error.with_source(format!("the service says {name}")),
                    None => error,
                })
            }
            Some(refusal) if !passes(answer.status) => Failure::Refused(refusal),
            _ => Failure::NotSent(unexpected(&answer)),
        })
    }

    /// Sends a form's fields as JSON, at most once unless they can't have arrived.
    pub(super) async fn post(&self, request: HttpRequest) -> Result<Response, Failure> {
        let body = json(request.body()).map_err(|e| {
            let error = Error::new(ErrorKind::Internal, "a form can't be put into JSON");
            Failure::NotSent(error.with_source(e))
        })?;
        let url = Url::parse(&request.uri().to_string()).map_err(|e| {
            let error = Error::new(ErrorKind::Internal, "the OAuth endpoint is no address");
            Failure::NotSent(error.with_source(e))
        })?;
        let kind = HeaderValue::from_static("application/json");
        let request = Request::post(url).body(Bytes::from_owner(body), kind);
        let request = request.unless_arrived().secret();
        let answer = self.transport.send(&request, None, &Unobserved).await.map_err(|error| {
            if certainly_not_sent(&error) {
                Failure::NotSent(error)
            } else {
                Failure::Unknown(error)
            }
        })?;
        if let Some(date) = answer.date() {
            self.ahead.store(millis_between(SystemTime::now(), date), Ordering::Relaxed);
        }
        Ok(answer)
    }
}

/// A form's fields as JSON.
fn json(form: &[u8]) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
    // Enough from the start, or growing would leave copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(6 * form.len() + 64));
    let mut writer = serde_json::Serializer::new(&mut *text);
    let mut fields = writer.serialize_map(None)?;
    for (key, value) in form_urlencoded::parse(form) {
        let value = Zeroizing::new(value.into_owned());
        fields.serialize_entry(&key, value.as_str())?;
    }
    fields.end()?;
    Ok(text)
}

/// An answer as the crate takes it.
pub(super) fn answer_of(answer: Response) -> HttpResponse {
    let mut response = HttpResponse::new(answer.body.to_vec());
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

/// Whether a status tells of trouble that passes, and nothing of what was sent.
pub(super) fn passes(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error()
}

/// The error about an answer that is none of the OAuth service. It may hold a token: nothing of it
/// is shown.
pub(super) fn unexpected(answer: &Response) -> Error {
    let status = answer.status.as_u16();
    Error::new(ErrorKind::Service, format!("the OAuth service answered with status {status}"))
        .with_hint("if it lasts, check Region, OAuthUrl and Endpoint")
}

impl Failure {
    /// The same, with words of the service only if they don't repeat the secret that was sent.
    fn without(self, secret: &Secret) -> Self {
        match self {
            Self::Refused(refusal) => Self::Refused(refusal.without(secret)),
            other => other,
        }
    }
}

impl std::error::Error for Failure {}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the OAuth service granted nothing")
    }
}

impl<T: oauth2::ErrorResponse + 'static> From<RequestTokenError<Failure, T>> for Failure {
    fn from(error: RequestTokenError<Failure, T>) -> Self {
        match error {
            RequestTokenError::Request(failure) => failure,
            // The body may hold a token: neither it nor a parser's words are shown.
            _ => Self::Unknown(
                Error::new(ErrorKind::Service, "the OAuth service's answer holds no token")
                    .with_hint("check OAuthUrl or Endpoint: something else may have answered"),
            ),
        }
    }
}

/// The address of a path below another.
fn below(endpoint: &Url, path: &str) -> Url {
    let mut url = endpoint.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path.split('/'));
    }
    url
}

fn certainly_not_sent(error: &Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|e| e.downcast_ref::<TransportError>());
    cause.is_some_and(|e| {
        matches!(e.kind(), TransportErrorKind::Connect | TransportErrorKind::Invalid)
    })
}

/// From one moment to another, in milliseconds.
fn millis_between(from: SystemTime, to: SystemTime) -> i64 {
    let millis = |d: Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX);
    match to.duration_since(from) {
        Ok(after) => millis(after),
        Err(before) => -millis(before.duration()),
    }
}
