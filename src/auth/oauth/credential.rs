//! What buys tokens: a code, a refresh token from outside, or the one that is stored.

use super::redirect::Redirect;
use super::refusal::{Refusal, SIGN_IN_AGAIN};
use super::service::{Failure, OAuthService};
use super::tokens::Grant;
use crate::auth::store::{Spent, Stored, fingerprint};
use crate::config::OAuthSettings;
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// Something that the service gives tokens for, perhaps only once.
#[derive(Debug, Clone)]
pub(super) enum Credential {
    /// The refresh token of the entry.
    Stored,
    /// A refresh token from outside.
    Token(Secret),
    /// The code of a sign-in, and the redirect URI that it was issued for.
    Code { code: Secret, redirect: String },
}

impl Credential {
    /// The code in OAuthVerifier. None if there is none, or nothing says for which redirect URI.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when there is no code in it.
    pub(super) fn verifier(settings: &OAuthSettings) -> Result<Option<Self>> {
        let Some(verifier) = &settings.verifier else { return Ok(None) };
        let (code, address) = Redirect::verifier(verifier)?;
        let redirect = settings.callback_url.clone().or(address);
        Ok(redirect.map(|redirect| Self::Code { code, redirect }))
    }

    /// What notes call it.
    pub(super) fn spent(&self) -> Spent {
        match self {
            Self::Stored => Spent::Stored,
            Self::Token(token) => Spent::Token(fingerprint(token)),
            Self::Code { code, .. } => Spent::Code(fingerprint(code)),
        }
    }

    /// The secret itself, if it comes from outside.
    pub(super) fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Stored => None,
            Self::Token(secret) | Self::Code { code: secret, .. } => Some(secret),
        }
    }

    /// What a refusal is remembered by. A code may be refused for its redirect URI alone.
    pub(super) fn mark(&self) -> Option<Secret> {
        match self {
            Self::Stored => None,
            Self::Token(token) => Some(token.clone()),
            Self::Code { code, redirect } => {
                Some(Secret::new(format!("{}\n{redirect}", code.expose())))
            }
        }
    }

    /// Sends it.
    pub(super) async fn send(
        &self,
        service: &OAuthService,
        stored: &Stored,
    ) -> Result<Grant, Failure> {
        match self {
            Self::Token(token) => service.try_refresh(token).await,
            Self::Code { code, redirect } => service.try_exchange(code, redirect).await,
            Self::Stored => match &stored.refresh_token {
                Some(token) => service.try_refresh(token).await,
                None => Err(Failure::NotSent(Error::new(
                    ErrorKind::Internal,
                    "there is no refresh token to send",
                ))),
            },
        }
    }

    /// The entry with what it has brought.
    pub(super) fn bought(&self, before: &Stored, grant: &Grant, service: &OAuthService) -> Stored {
        let (host, ahead) = (service.host(), service.ahead());
        match self {
            Self::Stored => before.refreshed(grant, ahead),
            Self::Token(token) => before
                .clone()
                .carried_over(None, Some(token), None, None, host)
                .refreshed(grant, ahead),
            Self::Code { code, .. } => {
                let mut stored = before.clone().signed_in(grant, host, ahead);
                stored.remember(code);
                stored
            }
        }
    }

    /// Whether it is of no use any more after this refusal, whatever is mended elsewhere.
    pub(super) fn is_worthless_after(&self, refusal: &Refusal) -> bool {
        let is_code = matches!(self, Self::Code { .. });
        refusal.is_of_grant() || is_code && refusal.is_of_user()
    }

    /// The error about its refusal.
    pub(super) fn explain(
        &self,
        refusal: &Refusal,
        stored: &Stored,
        service: &OAuthService,
    ) -> Error {
        match self {
            Self::Stored => refusal.of_refresh_token(Some(stored), service.ahead()),
            Self::Token(_) => refusal.of_refresh_token(None, service.ahead()),
            Self::Code { .. } => refusal.of_code(),
        }
    }

    /// What to do when it is of no use.
    pub(super) fn way_out(&self) -> &'static str {
        match self {
            Self::Stored | Self::Token(_) => SIGN_IN_AGAIN,
            Self::Code { .. } => {
                "a code works once, for some minutes, and with the CallbackURL it was asked for: \
                 sign in again for a new one"
            }
        }
    }
}
