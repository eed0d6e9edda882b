//! The person who signs in, and the two ways to ask them.

use std::fmt;

use async_trait::async_trait;
use url::Url;

use super::{Grant, OAuthService, desktop, device};
use crate::config::{OAuthGrantType, OAuthSettings};
use crate::error::Result;
use crate::secret::Secret;

/// How a program reaches the person who signs in: a terminal, a window.
#[async_trait]
pub trait Person: Send + Sync + fmt::Debug {
    /// Shows a line of text.
    fn tell(&self, line: &str);

    /// Opens an address in a browser. That there is none is no error: the address is shown too.
    async fn open(&self, url: &Url);

    /// Waits for a line that the person types or pastes; None when no line can come any more. It
    /// may be dropped at any time, and must leave the input to others then.
    ///
    /// # Errors
    /// When the input can't be read.
    async fn read_line(&self) -> Result<Option<Secret>>;
}

/// Signs in with the help of a person, by the grant type that the client is registered for.
///
/// # Errors
/// Kind [`SignIn`](crate::ErrorKind::SignIn) when the person or the service refuses, or nobody
/// answers; [`Config`](crate::ErrorKind::Config) when the settings don't suffice.
pub async fn sign_in(
    service: &OAuthService,
    settings: &OAuthSettings,
    person: &dyn Person,
) -> Result<Grant> {
    match settings.grant_type {
        OAuthGrantType::Code => desktop::sign_in(service, settings, person).await,
        OAuthGrantType::Device => device::sign_in(service, settings, person).await,
    }
}
