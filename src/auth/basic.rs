//! User and password.
//!
//! <https://anaplanauthentication.docs.apiary.io/>: `POST /token/authenticate` and
//! `POST /token/refresh`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use url::Url;

use super::token::{self, AccessToken, TokenProvider};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Request, Response, Transport, Unobserved};
use crate::secret::Secret;

/// Signs in with an Anaplan user's name and password.
#[derive(Debug)]
pub struct BasicProvider {
    transport: Transport,
    endpoint: Url,
    user: String,
    password: Secret,
}

impl BasicProvider {
    /// A provider over the authentication service at `endpoint` (ends in `/token`).
    pub fn new(transport: Transport, endpoint: Url, user: String, password: Secret) -> Self {
        Self { transport, endpoint, user, password }
    }

    async fn authenticate(&self) -> Result<AccessToken> {
        let pair = zeroize::Zeroizing::new(format!("{}:{}", self.user, self.password.expose()));
        let value = zeroize::Zeroizing::new(format!("Basic {}", STANDARD.encode(&*pair)));
        let mut value = HeaderValue::from_str(&value)
            .map_err(|_| Error::new(ErrorKind::Internal, "can't encode the user and password"))?;
        value.set_sensitive(true);
        let answer = self.post("authenticate", value).await?;
        match answer.status {
            status if status.is_success() => parse(&answer),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::BAD_REQUEST => {
                Err(Error::new(
                    ErrorKind::SignIn,
                    format!("Anaplan refused the sign-in of {}{}", self.user, said(&answer)),
                )
                .with_hint(
                    "check User and Password (passwords expire); in workspaces with single \
                     sign-on only exception users can sign in with a password",
                ))
            }
            _ => Err(unexpected(&answer)),
        }
    }

    /// Lengthens the life of a valid token. The service answers with the same text or another.
    async fn refresh(&self, current: &AccessToken) -> Result<AccessToken> {
        let answer = self.post("refresh", token::header(current)?).await?;
        if answer.status.is_success() { parse(&answer) } else { Err(unexpected(&answer)) }
    }

    async fn post(&self, call: &str, authorization: HeaderValue) -> Result<Response> {
        let mut url = self.endpoint.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(call);
        }
        // A token more that nobody uses harms nothing.
        let request = Request::post(url).idempotent().header(header::AUTHORIZATION, authorization);
        self.transport.send(&request, None, &Unobserved).await
    }
}

#[async_trait]
impl TokenProvider for BasicProvider {
    async fn fetch(&self, current: Option<&AccessToken>) -> Result<AccessToken> {
        if let Some(current) = current {
            match self.refresh(current).await {
                Ok(token) => return Ok(token),
                Err(error) => tracing::info!(%error, "refreshing failed; signing in anew"),
            }
        }
        self.authenticate().await
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
fn said(answer: &Response) -> String {
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
