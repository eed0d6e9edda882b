//! The calls of the OAuth service.
//!
//! Anaplan's OAuth service takes JSON where RFC 6749 has forms, and answers by the RFC.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};
use url::Url;

use super::refusal::Refusal;
use super::tokens::Grant;
use crate::config::Endpoints;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Request, Response, Transport, TransportError, TransportErrorKind, Unobserved};
use crate::secret::Secret;

/// The difference of two clocks that is not known.
const UNKNOWN: i64 = i64::MIN;

/// Calls the OAuth service on behalf of one registered client. Clones are cheap.
#[derive(Debug, Clone)]
pub struct OAuthService {
    pub(super) transport: Transport,
    /// Ends in `/oauth`.
    endpoint: Url,
    /// The page on which a person signs in.
    authorize: Url,
    /// Ends a token, whichever service gave it.
    pub(super) logout: Url,
    client_id: String,
    client_secret: Option<Secret>,
    /// How far the service's clock is ahead of this machine's, in milliseconds.
    ahead: Arc<AtomicI64>,
}

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
        Self {
            transport,
            endpoint: endpoints.oauth.clone(),
            authorize: endpoints.authorize.clone(),
            logout: below(&endpoints.auth, "logout"),
            client_id: client_id.into(),
            client_secret,
            ahead: Arc::new(AtomicI64::new(UNKNOWN)),
        }
    }

    /// The page on which a person signs in and allows the client what `scope` names. It redirects
    /// to `redirect`, which must be registered for the client exactly so, with a `code` and `state`.
    pub fn authorization_url(&self, redirect: &str, state: &str, scope: &str) -> Url {
        let mut url = self.authorize.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("scope", scope)
            .append_pair("state", state);
        url
    }

    /// Exchanges the code from a redirect for tokens. A code can be used once: nothing is repeated
    /// that may have arrived.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when the service refuses; connection errors, after which
    /// nobody knows whether the code is spent.
    pub async fn exchange(&self, code: &Secret, redirect: &str) -> Result<Grant> {
        let fields =
            [("code", code.expose()), ("redirect_uri", redirect)].map(|(k, v)| (k, v.to_owned()));
        self.grant("authorization_code", fields).await.map_err(|failure| match failure {
            Failure::NotSent(error) => error,
            Failure::Refused(refusal) => refusal.of_code(),
            Failure::Unknown(error) => error.with_hint(
                "the code may be spent: if another try fails, sign in again for a new one",
            ),
        })
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
        self.grant("refresh_token", [("refresh_token", refresh_token.expose().to_owned())]).await
    }

    /// The client's id.
    pub fn client_id(&self) -> &str {
        &self.client_id
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

    /// Asks the token endpoint for a grant.
    async fn grant(
        &self,
        grant_type: &str,
        fields: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Grant, Failure> {
        let mut body = self.fields(fields);
        body.insert("grant_type".to_owned(), grant_type.into());
        if let Some(secret) = &self.client_secret {
            body.insert("client_secret".to_owned(), secret.expose().into());
        }
        let answer = self.post("token", body).await.map_err(|error| {
            if certainly_not_sent(&error) {
                Failure::NotSent(error)
            } else {
                Failure::Unknown(error)
            }
        })?;
        let status = answer.status;
        if status.is_success() {
            return Grant::parse(&answer.body).ok_or_else(|| {
                // The body may hold a token: neither it nor a parser's words are shown.
                Failure::Unknown(
                    Error::new(ErrorKind::Service, "the OAuth service's answer holds no token")
                        .with_hint("check OAuthUrl or Endpoint: something else may have answered"),
                )
            });
        }
        if let Some(refusal) = Refusal::parse(status, &answer.body) {
            return Err(Failure::Refused(refusal));
        }
        let error = Error::new(
            ErrorKind::Service,
            format!("the OAuth service answered with status {}", status.as_u16()),
        )
        .with_hint("if it lasts, check Region, OAuthUrl and Endpoint");
        // Behind a status of the 5xx class the work may have been done all the same.
        Err(if status.is_server_error() {
            Failure::Unknown(error)
        } else {
            Failure::NotSent(error)
        })
    }

    /// The fields of a body, with the client's id.
    pub(super) fn fields(
        &self,
        fields: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Map<String, Value> {
        let own = ("client_id", self.client_id.clone());
        fields.into_iter().chain([own]).map(|(key, value)| (key.to_owned(), value.into())).collect()
    }

    /// Sends fields to a path below the endpoint, at most once unless they can't have arrived.
    pub(super) async fn post(&self, path: &str, fields: Map<String, Value>) -> Result<Response> {
        let url = below(&self.endpoint, path);
        let request = Request::post(url).json(&Value::Object(fields)).unless_arrived();
        let answer = self.transport.send(&request, None, &Unobserved).await?;
        if let Some(date) = answer.date() {
            self.ahead.store(millis_between(SystemTime::now(), date), Ordering::Relaxed);
        }
        Ok(answer)
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
