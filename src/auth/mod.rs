//! Signing in: how a connection's scheme becomes the `Authorization` header of each request.
//!
//! *How* a token is got is a [`TokenProvider`]; *when* is the [`TokenCache`]'s business. Every
//! service of Anaplan takes the form `AnaplanAuthToken <token>`, also for OAuth access tokens,
//! while some refuse `Bearer`: so that form is always sent.

mod basic;
mod certificate;
mod service;
mod token;

use std::sync::Arc;

pub use basic::BasicProvider;
pub use certificate::CertificateProvider;
pub use token::{AccessToken, StaticToken, TokenCache, TokenProvider};

use crate::config::{AuthSettings, Settings};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Transport;

/// The provider for the scheme of these settings.
///
/// # Errors
/// Kind [`Unsupported`](ErrorKind::Unsupported) for the schemes that are still to come.
pub fn provider(settings: &Settings, transport: &Transport) -> Result<Arc<dyn TokenProvider>> {
    let not_yet = |scheme: &str| {
        Error::new(ErrorKind::Unsupported, format!("AuthScheme={scheme} is not available yet"))
            .with_hint("use AuthScheme=Basic, or AuthScheme=Token with a token from elsewhere")
    };
    match &settings.auth {
        AuthSettings::Basic { user, password } => Ok(Arc::new(BasicProvider::new(
            transport.clone(),
            settings.endpoints.auth.clone(),
            user.clone(),
            password.clone(),
        ))),
        AuthSettings::Token { token } => Ok(Arc::new(StaticToken::new(token.clone()))),
        AuthSettings::Certificate(certificate) => Ok(Arc::new(CertificateProvider::new(
            transport.clone(),
            settings.endpoints.auth.clone(),
            certificate.clone(),
        ))),
        AuthSettings::OAuth { .. } => Err(not_yet("OAuth")),
    }
}
