//! User and password.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use url::Url;

use super::service::{self, AuthenticationService};
use super::token::{AccessToken, TokenProvider};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Response, Transport};
use crate::secret::Secret;

/// Signs in with an Anaplan user's name and password.
#[derive(Debug)]
pub struct BasicProvider {
    service: AuthenticationService,
    user: String,
    password: Secret,
}

impl BasicProvider {
    /// A provider over the authentication service at `endpoint` (ends in `/token`).
    pub fn new(transport: Transport, endpoint: Url, user: String, password: Secret) -> Self {
        Self { service: AuthenticationService::new(transport, endpoint), user, password }
    }

    async fn sign_in(&self) -> Result<AccessToken> {
        let pair = zeroize::Zeroizing::new(format!("{}:{}", self.user, self.password.expose()));
        let value = zeroize::Zeroizing::new(format!("Basic {}", STANDARD.encode(&*pair)));
        let value = HeaderValue::from_str(&value)
            .map_err(|_| Error::new(ErrorKind::Internal, "can't encode the user and password"))?;
        self.service.authenticate(value, |request| request, |answer| self.refused(answer)).await
    }

    fn refused(&self, answer: &Response) -> Error {
        Error::new(
            ErrorKind::SignIn,
            format!("Anaplan refused the sign-in of {}{}", self.user, service::said(answer)),
        )
        .with_hint(
            "check User and Password (passwords expire); in workspaces with single sign-on only \
             exception users can sign in with a password",
        )
    }
}

#[async_trait]
impl TokenProvider for BasicProvider {
    async fn fetch(&self, current: Option<&AccessToken>) -> Result<AccessToken> {
        self.service.fetch(current, self.sign_in()).await
    }
}
