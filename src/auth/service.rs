//! The authentication service, which turns credentials into tokens and prolongs these.
//!
//! <https://anaplanauthentication.docs.apiary.io/>: `POST /token/authenticate` and
//! `POST /token/refresh`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use url::Url;

use super::token::{self, AccessToken};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Request, Response, Transport, Unobserved};
use crate::secret::Secret;

/// The calls of the authentication service.
#[derive(Debug)]
pub(super) struct AuthenticationService {
    transport: Transport,
    endpoint: Url,
}

impl AuthenticationService {
    /// The service at `endpoint` (ends in `/token`).
    pub(super) fn new(transport: Transport, endpoint: Url) -> Self {
        Self { transport, endpoint }
    }

    /// Refreshes a token that is still valid; without one, or if that fails, signs in.
    pub(super) async fn fetch(
        &self,
        current: Option<&AccessToken>,
        sign_in: impl Future<Output = Result<AccessToken>>,
    ) -> Result<AccessToken> {
        if let Some(current) = current {
            match self.refresh(current).await {
                Ok(token) => return Ok(token),
                Err(error) => tracing::info!(%error, "refreshing failed; signing in anew"),
            }
        }
        sign_in.await
    }

    /// Asks for a token with these credentials. `complete` adds what else the request needs, and
    /// `refused` makes the error when the service does not accept them.
    pub(super) async fn authenticate(
        &self,
        mut credentials: HeaderValue,
        complete: impl FnOnce(Request) -> Request,
        refused: impl FnOnce(&Response) -> Error,
    ) -> Result<AccessToken> {
        credentials.set_sensitive(true);
        let request = complete(self.request("authenticate", credentials));
        let answer = self.transport.send(&request, None, &Unobserved).await?;
        match answer.status {
            status if status.is_success() => parse(&answer),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::BAD_REQUEST => {
                Err(refused(&answer))
            }
            _ => Err(unexpected(&answer)),
        }
    }

    /// Lengthens the life of a valid token. The service answers with the same text or another.
    async fn refresh(&self, current: &AccessToken) -> Result<AccessToken> {
        let request = self.request("refresh", token::header(current)?);
        let answer = self.transport.send(&request, None, &Unobserved).await?;
        if answer.status.is_success() { parse(&answer) } else { Err(unexpected(&answer)) }
    }

    fn request(&self, call: &str, authorization: HeaderValue) -> Request {
        let mut url = self.endpoint.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(call);
        }
        // A token more that nobody uses harms nothing.
        Request::post(url).idempotent().secret().header(header::AUTHORIZATION, authorization)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    token_info: TokenInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenInfo {
    token_value: String,
    /// Epoch milliseconds by the service's clock.
    expires_at: Option<u64>,
}

fn parse(answer: &Response) -> Result<AccessToken> {
    let Answer { token_info } = serde_json::from_slice(&answer.body).map_err(|_| {
        // The body may hold a token: neither it nor the parser's words are shown.
        Error::new(ErrorKind::Service, "the authentication service's answer holds no token")
            .with_hint("check AuthUrl or Endpoint: something else than Anaplan may have answered")
    })?;
    let token = AccessToken::new(Secret::new(token_info.token_value));
    let now = answer.date().unwrap_or_else(SystemTime::now);
    let life = token_info.expires_at.and_then(|ms| {
        (UNIX_EPOCH + Duration::from_millis(ms.min(1 << 53))).duration_since(now).ok()
    });
    Ok(match life {
        Some(life) => token.expires_in(life),
        None => token,
    })
}

/// The service's own words, if it has some.
pub(super) fn said(answer: &Response) -> String {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Refusal {
        status_message: String,
    }
    match serde_json::from_slice::<Refusal>(&answer.body) {
        Ok(refusal) => format!(": {}", refusal.status_message),
        Err(_) => format!(" (status {})", answer.status.as_u16()),
    }
}

fn unexpected(answer: &Response) -> Error {
    Error::new(
        ErrorKind::Service,
        format!("the authentication service answered with status {}", answer.status.as_u16()),
    )
    .with_hint("if it lasts, check Region, AuthUrl and Endpoint")
}
