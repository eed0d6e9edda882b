//! Signing in: how a connection's scheme becomes the `Authorization` header of each request.
//!
//! *How* a token is got is a [`TokenProvider`]; *when* is the [`TokenCache`]'s business. Every
//! service of Anaplan takes the form `AnaplanAuthToken <token>`, also for OAuth access tokens,
//! while some refuse `Bearer`: so that form is always sent.

mod basic;
mod certificate;
pub mod oauth;
mod service;
pub mod store;
mod token;

use std::sync::Arc;

use async_trait::async_trait;

pub use basic::BasicProvider;
pub use certificate::{CertificateProvider, CertificateSummary};
pub use token::{AccessToken, StaticToken, TokenCache, TokenProvider};

use self::oauth::{OAuthProvider, OAuthService, SignInPrompt};
use crate::config::{AuthSettings, InitiateOAuth, OAuthSettings, Settings};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Transport;

/// The provider for the scheme of these settings. `prompt` gets a person to sign in, where one is
/// present and the scheme is OAuth.
pub fn provider(
    settings: &Settings,
    transport: &Transport,
    prompt: Option<Arc<dyn SignInPrompt>>,
) -> Arc<dyn TokenProvider> {
    match &settings.auth {
        AuthSettings::Basic { user, password } => Arc::new(BasicProvider::new(
            transport.clone(),
            settings.endpoints.auth.clone(),
            user.clone(),
            password.clone(),
        )),
        AuthSettings::Token { token } => Arc::new(StaticToken::new(token.clone())),
        AuthSettings::Certificate(certificate) => Arc::new(CertificateProvider::new(
            transport.clone(),
            settings.endpoints.auth.clone(),
            certificate.clone(),
        )),
        AuthSettings::OAuth(oauth) if oauth.initiate == InitiateOAuth::Off => given_only(oauth),
        AuthSettings::OAuth(oauth) => {
            let service = OAuthService::new(
                transport.clone(),
                &settings.endpoints,
                oauth.client_id.clone(),
                oauth.client_secret.clone(),
            );
            Arc::new(OAuthProvider::new(service, (**oauth).clone(), prompt))
        }
    }
}

/// The access token that was given, and nothing else.
fn given_only(oauth: &OAuthSettings) -> Arc<dyn TokenProvider> {
    match &oauth.access_token {
        Some(token) => Arc::new(StaticToken::new(token.clone())),
        None => Arc::new(NothingGiven),
    }
}

/// Has no token: the procedures for signing in are all that works.
#[derive(Debug)]
struct NothingGiven;

#[async_trait]
impl TokenProvider for NothingGiven {
    async fn fetch(&self, _current: Option<&AccessToken>) -> Result<AccessToken> {
        Err(Error::new(
            ErrorKind::SignIn,
            "InitiateOAuth=OFF uses only what is given, and OAuthAccessToken is not",
        )
        .with_hint(
            "set InitiateOAuth=REFRESH to use and renew what is stored at OAuthSettingsLocation; \
             `anaplan-sql auth login` signs in",
        ))
    }
}
