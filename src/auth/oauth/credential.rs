//! What buys tokens: a code, a refresh token from outside, or the one that is stored.

use super::redirect::Redirect;
use super::refusal::Refusal;
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
    Stored(Secret),
    /// A refresh token from outside.
    Token(Secret),
    /// The code of a sign-in, and the redirect URI that it was issued for.
    Code { code: Secret, redirect: String },
}

impl Credential {
    /// The code in OAuthVerifier. None if there is none, or nothing says for which redirect URI: if
    /// the settings don't, that of the last sign-in counts.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when there is no code in it.
    pub(super) fn verifier(
        settings: &OAuthSettings,
        stored: Option<&Stored>,
    ) -> Result<Option<Self>> {
        let Some(verifier) = &settings.verifier else { return Ok(None) };
        let (code, address) = Redirect::verifier(verifier)?;
        let last = || stored.and_then(|stored| stored.callback_url.clone());
        let redirect = settings.callback_url.clone().or(address).or_else(last);
        Ok(redirect.map(|redirect| Self::Code { code, redirect }))
    }

    /// What notes call it.
    pub(super) fn spent(&self) -> Spent {
        match self {
            Self::Stored(_) => Spent::Stored,
            Self::Token(token) => Spent::Token(fingerprint(token)),
            Self::Code { code, .. } => Spent::Code(fingerprint(code)),
        }
    }

    /// The secret itself.
    pub(super) fn secret(&self) -> &Secret {
        match self {
            Self::Stored(secret) | Self::Token(secret) | Self::Code { code: secret, .. } => secret,
        }
    }

    /// What a refusal is remembered by. A code may be refused for its redirect URI alone.
    pub(super) fn mark(&self) -> Secret {
        match self {
            Self::Stored(token) | Self::Token(token) => token.clone(),
            Self::Code { code, redirect } => Secret::new(format!("{}\n{redirect}", code.expose())),
        }
    }

    /// Sends it.
    pub(super) async fn send(&self, service: &OAuthService) -> Result<Grant, Failure> {
        match self {
            Self::Stored(token) | Self::Token(token) => service.try_refresh(token).await,
            Self::Code { code, redirect } => service.try_exchange(code, redirect).await,
        }
    }

    /// The entry with what it has brought.
    pub(super) fn bought(&self, before: &Stored, grant: &Grant, service: &OAuthService) -> Stored {
        let (host, ahead) = (service.host(), service.ahead());
        match self {
            Self::Stored(_) => before.refreshed(grant, ahead),
            Self::Token(token) => before
                .clone()
                .carried_over(None, Some(token), None, None, host)
                .refreshed(grant, ahead),
            Self::Code { code, redirect } => {
                let mut stored = before.clone().signed_in(grant, host, ahead);
                stored.remember(code);
                stored.callback_url = Some(redirect.clone());
                stored
            }
        }
    }

    /// The error about its refusal, now or in an earlier run. If an exchange was begun whose end
    /// nobody has noted, it was spent by that one, unless the service names another cause.
    pub(super) fn explain(&self, refusal: &Refusal, stored: &Stored, ahead: Option<i64>) -> Error {
        let ahead = Some(stored.ahead(ahead));
        match (self, stored.note_of(&self.spent()).filter(|_| refusal.may_be_spent())) {
            (_, Some(earlier)) => refusal.of_lost_answer(earlier),
            (Self::Stored(_), None) => refusal.of_refresh_token(Some(stored), ahead),
            (Self::Token(_), None) => refusal.of_refresh_token(None, ahead),
            (Self::Code { .. }, None) => refusal.of_code(),
        }
    }
}

/// Notes that what the settings bring is older than the sign-in in this entry, whatever it is worth:
/// it stays in the settings of every run, and must not take the place of that.
pub(crate) fn outdate_given(settings: &OAuthSettings, stored: &mut Stored) {
    let tokens = [&settings.refresh_token, &settings.access_token];
    tokens.into_iter().flatten().for_each(|token| stored.remember(token));
    if let Some(Ok((code, _))) = settings.verifier.as_ref().map(Redirect::verifier) {
        stored.remember(&code);
    }
}

/// The access token of the settings, if it stands beside a sign-in that knows nothing of it and goes
/// on without it. They may be of two users: neither takes the other's place, nor its refresh token.
pub(crate) fn given_beside<'a>(settings: &'a OAuthSettings, stored: &Stored) -> Option<&'a Secret> {
    let token = settings.access_token.as_ref().filter(|_| settings.refresh_token.is_none())?;
    let lives = || stored.life_left(None).is_none_or(|left| !left.is_zero());
    let goes_on = stored.refresh_token.is_some() || (stored.access_token.is_some() && lives());
    (goes_on && !stored.has_seen(token)).then_some(token)
}

/// Why the stored refresh token is of no use, if the service that gave it has refused it.
#[cfg(feature = "cli")]
pub(crate) fn why_refused(stored: &Stored) -> Option<Error> {
    let token = Credential::Stored(stored.refresh_token.clone()?);
    let refusal = stored.refusal(&token.mark(), &stored.host)?;
    Some(token.explain(refusal, stored, None))
}

/// The error about a code that can't be sent, because nobody knows where it came to.
pub(super) fn no_callback() -> Error {
    Error::new(
        ErrorKind::Config,
        "CallbackURL is missing: the OAuth service wants to hear for which redirect URI it has \
         issued the code",
    )
    .with_hint(
        "give the redirect URI that is registered for the client; or instead of the code the whole \
         address that the browser ended at, which tells it",
    )
}
