//! Keeps a session in access tokens, whoever else uses the same stored ones.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::redirect::Redirect;
use super::renewal::{Lack, UnderWay, renew};
use super::service::{Failure, OAuthService};
use super::tokens::Grant;
use crate::auth::store::{Locked, SettingsStore, Stored, blocking, epoch_millis};
use crate::auth::{AccessToken, TokenProvider};
use crate::config::{InitiateOAuth, OAuthSettings};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// A stored token is renewed when it has less than this left.
const RENEW_AHEAD: u64 = 5 * 60 * 1000;

/// Gets a person to sign in. There is none where nobody is present.
#[async_trait]
pub trait SignInPrompt: Send + Sync + fmt::Debug {
    /// Has a person sign in and allow the client access.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when the person doesn't; connection errors.
    async fn sign_in(&self, service: &OAuthService, settings: &OAuthSettings) -> Result<Grant>;
}

/// Hands out the access token that is stored, and renews it when it nears its end or is refused:
/// once, however many processes share it.
///
/// A refresh is done to its end even if nobody waits for it any more: its token may work only once.
#[derive(Debug)]
pub struct OAuthProvider(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    service: OAuthService,
    settings: OAuthSettings,
    store: SettingsStore,
    prompt: Option<Arc<dyn SignInPrompt>>,
    /// The token that was handed out last.
    used: Mutex<Option<Secret>>,
}

impl OAuthProvider {
    /// A provider for the client of these settings. `prompt` is asked only if they say
    /// GETANDREFRESH, and only when nothing stored or given helps.
    pub fn new(
        service: OAuthService,
        settings: OAuthSettings,
        prompt: Option<Arc<dyn SignInPrompt>>,
    ) -> Self {
        let store = SettingsStore::new(&settings);
        Self(Arc::new(Inner { service, settings, store, prompt, used: Mutex::default() }))
    }
}

#[async_trait]
impl TokenProvider for OAuthProvider {
    async fn fetch(&self, current: Option<&AccessToken>) -> Result<AccessToken> {
        // Without a current token, the last one has ended or was refused.
        let stale = current.map(|token| token.value().clone()).or_else(|| self.0.used());
        let inner = Arc::clone(&self.0);
        let work = tokio::spawn(async move { inner.obtain(stale.as_ref()).await });
        let obtained = work.await.map_err(|e| {
            Error::new(ErrorKind::Internal, "getting a token ended early").with_source(e)
        })?;
        let stored = match (obtained, &self.0.prompt) {
            (Ok(stored), _) => stored,
            (Err(Lack::SignIn(reason)), Some(prompt))
                if self.0.settings.initiate == InitiateOAuth::GetAndRefresh =>
            {
                tracing::info!(%reason, "asking for a sign-in");
                let grant = prompt.sign_in(&self.0.service, &self.0.settings).await?;
                keep(&self.0.store, &self.0.service, &self.0.settings, &grant).await?
            }
            (Err(Lack::SignIn(error) | Lack::Other(error)), _) => return Err(error),
        };
        self.0.hand_out(&stored)
    }
}

/// Stores what a sign-in has granted, instead of what was stored before.
///
/// # Errors
/// Kind [`SignIn`](ErrorKind::SignIn) when it can't be stored.
pub async fn keep(
    store: &SettingsStore,
    service: &OAuthService,
    settings: &OAuthSettings,
    grant: &Grant,
) -> Result<Stored> {
    let (mut locked, before) = read(store.lock().await?).await?;
    let before = before.unwrap_or_else(|| empty(settings, service));
    let mut stored = before.signed_in(grant, service.host(), service.ahead());
    if let Some(verifier) = &settings.verifier {
        stored.remember(verifier);
    }
    blocking(move || locked.write(&stored).map(|()| stored)).await
}

fn empty(settings: &OAuthSettings, service: &OAuthService) -> Stored {
    Stored::new(settings.client_id.clone(), settings.grant_type, service.host())
}

async fn write(mut locked: Locked, stored: Stored) -> Result<(Locked, Option<Stored>)> {
    blocking(move || locked.write(&stored).map(|()| (locked, Some(stored)))).await
}

async fn read(locked: Locked) -> Result<(Locked, Option<Stored>)> {
    blocking(move || locked.read().map(|stored| (locked, stored))).await
}

impl Inner {
    fn used(&self) -> Option<Secret> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hand_out(&self, stored: &Stored) -> Result<AccessToken> {
        let value = stored.access_token.clone().ok_or_else(|| {
            Error::new(ErrorKind::Internal, "an access token was granted and is not there")
        })?;
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Some(value.clone());
        let token = AccessToken::new(value);
        Ok(match stored.life_left(self.service.ahead()) {
            Some(life) => token.expires_in(life),
            None => token,
        })
    }

    /// Gets an entry whose access token is good, other than the stale one.
    async fn obtain(&self, stale: Option<&Secret>) -> Result<Stored, Lack> {
        match self.store.read().await? {
            Some(stored)
                if !self.brings_tokens(Some(&stored))
                    && self.new_verifier(Some(&stored)).is_none()
                    && self.is_good(&stored, stale) =>
            {
                return Ok(stored);
            }
            Some(_) => {}
            // No lock file need be made for that.
            None if !self.brings_tokens(None) && self.settings.verifier.is_none() => {
                return Err(self.nothing_yet());
            }
            None => {}
        }
        let (locked, stored) = read(self.store.lock().await?).await?;
        let (locked, stored) = self.take_over(locked, stored).await?;
        let (locked, stored) = self.exchange_verifier(locked, stored).await?;
        let Some(stored) = stored else { return Err(self.nothing_yet()) };
        // While this process waited for the lock, another one has renewed.
        if self.is_good(&stored, stale) {
            return Ok(stored);
        }
        match renew(&self.service, locked, stored.clone()).await {
            Ok(renewed) => Ok(renewed),
            Err(Lack::Other(error)) if self.still_lives(&stored, stale) => {
                tracing::warn!(%error, "the token can't be renewed yet; using the old one");
                Ok(stored)
            }
            Err(lack) => Err(lack),
        }
    }

    fn nothing_yet(&self) -> Lack {
        let place = self.store.describe().location;
        Lack::SignIn(
            Error::new(
                ErrorKind::SignIn,
                format!("nobody has signed in yet: {place} is not there"),
            )
            .with_hint(
                "sign in once: `anaplan-sql auth login`; or copy the OAuth settings file from a \
                     machine where that was done; or give OAuthVerifier and CallbackURL",
            ),
        )
    }

    /// Whether an entry's access token can be used for a while, and is another than the stale one.
    fn is_good(&self, stored: &Stored, stale: Option<&Secret>) -> bool {
        // Where tokens live shorter than the margin, every process would renew them.
        let whole =
            stored.expires_at.map_or(u64::MAX, |end| end.saturating_sub(stored.obtained_at));
        let margin = match stored.refresh_token {
            Some(_) => RENEW_AHEAD.min(whole / 4),
            None => 0,
        };
        self.lasts(stored, stale, Duration::from_millis(margin))
    }

    fn still_lives(&self, stored: &Stored, stale: Option<&Secret>) -> bool {
        self.lasts(stored, stale, Duration::ZERO)
    }

    fn lasts(&self, stored: &Stored, stale: Option<&Secret>, at_least: Duration) -> bool {
        stored.access_token.as_ref().is_some_and(|token| Some(token) != stale)
            && stored.life_left(self.service.ahead()).is_none_or(|left| left > at_least)
    }

    /// Whether the settings carry tokens that this entry does not come from. Once taken over they
    /// stay in the settings of every run, and must not come back after they have been replaced.
    fn brings_tokens(&self, stored: Option<&Stored>) -> bool {
        let settings = &self.settings;
        let token = settings.refresh_token.as_ref().or(settings.access_token.as_ref());
        match (token, stored) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(token), Some(stored)) => {
                let issued = settings.token_timestamp.map(epoch_millis);
                let is_older = issued.is_some_and(|issued| issued <= stored.obtained_at);
                !stored.has_seen(token) && !is_older
            }
        }
    }

    async fn take_over(
        &self,
        locked: Locked,
        stored: Option<Stored>,
    ) -> Result<(Locked, Option<Stored>)> {
        if !self.brings_tokens(stored.as_ref()) {
            return Ok((locked, stored));
        }
        let settings = &self.settings;
        let stored = match (stored, &settings.refresh_token) {
            (Some(before), Some(token)) if before.refresh_token.is_some() => {
                self.prefer(before, token).await?
            }
            (before, _) => before.unwrap_or_else(|| empty(settings, &self.service)).carried_over(
                settings.access_token.as_ref(),
                settings.refresh_token.as_ref(),
                settings.token_timestamp.map(epoch_millis),
                settings.expires_in,
                self.service.host(),
            ),
        };
        write(locked, stored).await
    }

    /// Replaces tokens by what a refresh token of the settings buys. One that buys nothing must not
    /// cost the tokens that are there, which may be good.
    async fn prefer(&self, mut before: Stored, token: &Secret) -> Result<Stored> {
        let _under_way = UnderWay::begin();
        match self.service.try_refresh(token).await {
            Ok(grant) => Ok(before
                .carried_over(None, Some(token), None, None, self.service.host())
                .refreshed(&grant, self.service.ahead())),
            Err(Failure::Refused(refusal)) if !refusal.is_of_client() => {
                let error = refusal.of_refresh_token(None, self.service.ahead());
                tracing::warn!(%error, "OAuthRefreshToken is of no use; going on with what is stored");
                before.remember(token);
                Ok(before)
            }
            Err(Failure::Refused(refusal)) => {
                Err(refusal.of_refresh_token(None, self.service.ahead()))
            }
            Err(Failure::NotSent(error) | Failure::Unknown(error)) => Err(error),
        }
    }

    /// The code of the settings, if it has not been exchanged yet.
    fn new_verifier(&self, stored: Option<&Stored>) -> Option<&Secret> {
        let seen = |code: &&Secret| stored.is_some_and(|stored| stored.has_seen(code));
        self.settings.verifier.as_ref().filter(|code| !seen(code))
    }

    async fn exchange_verifier(
        &self,
        locked: Locked,
        stored: Option<Stored>,
    ) -> Result<(Locked, Option<Stored>)> {
        let Some(given) = self.new_verifier(stored.as_ref()) else { return Ok((locked, stored)) };
        let (code, address) = Redirect::verifier(given)?;
        let Some(redirect) = self.settings.callback_url.clone().or(address) else {
            return Ok((locked, stored));
        };
        match (self.service.exchange(&code, &redirect).await, stored) {
            (Ok(grant), stored) => {
                let before = stored.unwrap_or_else(|| empty(&self.settings, &self.service));
                let mut stored =
                    before.signed_in(&grant, self.service.host(), self.service.ahead());
                stored.remember(given);
                write(locked, stored).await
            }
            (Err(error), Some(stored)) if stored.refresh_token.is_some() => {
                tracing::warn!(%error, "OAuthVerifier is of no use; going on with what is stored");
                Ok((locked, Some(stored)))
            }
            (Err(error), _) => Err(error),
        }
    }
}
