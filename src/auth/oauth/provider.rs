//! Keeps a session in access tokens, whoever else uses the same stored ones.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::credential::{Credential, given_beside, no_callback};
use super::exchange::{Asked, Exchange, Lack};
use super::refusal::SIGN_IN_AGAIN;
use super::service::OAuthService;
use super::tokens::Grant;
use crate::auth::store::{Locked, Stored, blocking, epoch_millis};
use crate::auth::{AccessToken, TokenProvider};
use crate::config::{InitiateOAuth, OAuthGrantType, OAuthSettings};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// A stored token is renewed when it has less than this left.
const RENEW_AHEAD: u64 = 5 * 60 * 1000;

/// The longest wait for the lock while there is a token that still lives.
const SHORT_WAIT: Duration = Duration::from_secs(5);

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
#[derive(Debug)]
pub struct OAuthProvider {
    exchange: Exchange,
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
        Self { exchange: Exchange::new(service, settings), prompt, used: Mutex::default() }
    }
}

#[async_trait]
impl TokenProvider for OAuthProvider {
    async fn fetch(&self, current: Option<&AccessToken>) -> Result<AccessToken> {
        // Without a current token, the last one has ended or was refused.
        let stale = current.map(|token| token.value().clone()).or_else(|| self.used());
        let obtained = self.obtain(stale.as_ref(), current.is_some()).await;
        let stored = match (obtained, self.prompt()) {
            (Ok(stored), _) => stored,
            (Err(Lack::SignIn(reason)), Some(prompt)) => {
                tracing::info!(%reason, "asking for a sign-in");
                self.exchange.ask(prompt).await?
            }
            (Err(lack), _) => return Err(lack.into()),
        };
        self.hand_out(&stored)
    }
}

impl OAuthProvider {
    /// Who may be asked to sign in.
    fn prompt(&self) -> Option<&dyn SignInPrompt> {
        let is_wanted = self.exchange.settings.initiate == InitiateOAuth::GetAndRefresh;
        self.prompt.as_deref().filter(|_| is_wanted)
    }

    fn used(&self) -> Option<Secret> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hand_out(&self, stored: &Stored) -> Result<AccessToken> {
        let value = stored.access_token.clone().ok_or_else(|| {
            Error::new(ErrorKind::Internal, "an access token was granted and is not there")
        })?;
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Some(value.clone());
        let token = AccessToken::new(value);
        Ok(match stored.life_left(self.exchange.service.ahead()) {
            Some(life) => token.expires_in(life),
            None => token,
        })
    }

    /// Gets an entry whose access token is good, other than the stale one. If that one lives still,
    /// there is no need to wait long.
    async fn obtain(&self, stale: Option<&Secret>, stale_lives: bool) -> Result<Stored, Lack> {
        let found = self.exchange.store.read().await?;
        let verifier = Credential::verifier(&self.exchange.settings, found.as_ref())?;
        // What is of no use must not cost the tokens that are there, which may be good.
        let is_lost = verifier.is_none() && self.exchange.settings.verifier.is_some();
        let mut useless = is_lost.then(no_callback);
        let brings_tokens = self.brings_tokens(found.as_ref());
        let is_news = self.is_news(verifier.as_ref(), found.as_ref());
        if let Some(stored) = &found
            && !is_news
            && let Some(token) = given_beside(&self.exchange.settings, stored)
        {
            return self.beside(token, stale);
        }
        let found = match found {
            Some(stored) if !brings_tokens && !is_news => {
                if self.is_good(&stored, stale) {
                    return Ok(stored);
                }
                Some(stored).filter(|stored| self.still_lives(stored, stale))
            }
            // No lock file need be made for that.
            None if !brings_tokens && verifier.is_none() => {
                return Err(useless.map_or_else(|| self.nothing_yet(None), Lack::SignIn));
            }
            _ => None,
        };
        if brings_tokens && let Err(lack) = self.take_over().await {
            useless = Some(lack.of_sign_in()?);
        }
        if is_news && let Err(lack) = self.redeem(verifier.as_ref()).await {
            useless = Some(lack.of_sign_in()?);
        }
        let locked = self.lock(stale_lives || found.is_some()).await;
        let (locked, stored) = match (locked, found) {
            (Err(error), Some(living)) => {
                tracing::warn!(%error, "the token can't be renewed yet; using the old one");
                return Ok(living);
            }
            (locked, _) => locked?,
        };
        let stored = match stored {
            Some(stored) if stored.holds_tokens() => stored,
            other => {
                let nothing = || self.nothing_yet(other.as_ref());
                return Err(useless.map_or_else(nothing, Lack::SignIn));
            }
        };
        if let Some(error) = useless {
            tracing::warn!(%error, "what the settings bring is of no use; going on with what is stored");
        }
        if let Some(token) = given_beside(&self.exchange.settings, &stored) {
            return self.beside(token, stale);
        }
        // While this process waited for the lock, another one has renewed.
        if self.is_good(&stored, stale) {
            return Ok(stored);
        }
        let Some(token) = stored.refresh_token.clone() else {
            return Err(self.without_refresh_token(&stored));
        };
        let token = Credential::Stored(token);
        let renewed = match self.exchange.used_up(&stored, &token) {
            Some(error) => Err(Lack::SignIn(error)),
            None => self.spend(locked, Some(stored.clone()), token).await,
        };
        match renewed {
            Err(Lack::Other(error)) if self.still_lives(&stored, stale) => {
                tracing::warn!(%error, "the token can't be renewed yet; using the old one");
                Ok(stored)
            }
            // Whoever can be asked is, while there is time.
            Err(Lack::SignIn(error))
                if self.prompt().is_none() && self.still_lives(&stored, stale) =>
            {
                tracing::warn!(%error, "the token can't be renewed; using the old one to its end");
                Ok(stored)
            }
            renewed => renewed,
        }
    }

    /// An entry for a token of the settings that is used as it is, and stored nowhere.
    fn beside(&self, token: &Secret, stale: Option<&Secret>) -> Result<Stored, Lack> {
        let given = self.carried_over(self.exchange.empty(), Some(token), None);
        if self.still_lives(&given, stale) {
            return Ok(given);
        }
        // A sign-in would take the place of the one that is stored.
        let place = self.exchange.store.describe().location;
        let text = format!(
            "the token in OAuthAccessToken is no longer valid, and the sign-in that is stored in \
             {place} may be another user's"
        );
        Err(Lack::Other(Error::new(ErrorKind::SignIn, text).with_hint(
            "unset OAuthAccessToken to use the sign-in that is stored; or give OAuthRefreshToken \
             with it",
        )))
    }

    /// An entry with tokens of the settings.
    fn carried_over(
        &self,
        before: Stored,
        access_token: Option<&Secret>,
        refresh_token: Option<&Secret>,
    ) -> Stored {
        let settings = &self.exchange.settings;
        before.carried_over(
            access_token,
            refresh_token,
            settings.token_timestamp.map(epoch_millis),
            settings.expires_in,
            self.exchange.service.host(),
        )
    }

    async fn spend(
        &self,
        locked: Locked,
        before: Option<Stored>,
        credential: Credential,
    ) -> Result<Stored, Lack> {
        self.exchange.spend(locked, before, credential, Asked::BySession).await
    }

    /// Waits for the lock, not for long if there is a token that lives, and reads.
    async fn lock(&self, lives: bool) -> Result<(Locked, Option<Stored>)> {
        let locked = self.exchange.lock();
        if !lives {
            return locked.await;
        }
        tokio::time::timeout(SHORT_WAIT, locked).await.unwrap_or_else(|_| {
            let place = self.exchange.store.describe().location;
            let text = format!("another process has locked the OAuth settings {place}");
            Err(Error::new(ErrorKind::SignIn, text)
                .with_hint("see what it waits for; its lock goes when it ends"))
        })
    }

    /// Why there are no tokens. `stored` is an entry that holds none.
    fn nothing_yet(&self, stored: Option<&Stored>) -> Lack {
        if let Some(stored) = stored
            && let Some(error) = self.why_useless(stored)
        {
            return Lack::SignIn(error);
        }
        let place = self.exchange.store.describe();
        let what = if stored.is_some() { "holds no tokens" } else { "is not there" };
        let is_device = self.exchange.settings.grant_type == OAuthGrantType::Device;
        let hint = match place.protection {
            Some(_) if is_device => {
                "sign in once: `anaplan-sql auth login`; or import what `anaplan-sql auth export` \
                 has written on a machine where that was done"
            }
            None if is_device => {
                "memory ends with its process, and each begins with a sign-in of its own: set \
                 OAuthSettingsLocation to a file, and sign in once: `anaplan-sql auth login`"
            }
            Some(_) => {
                "sign in once: `anaplan-sql auth login`; or copy the OAuth settings file from a \
                 machine where that was done; or give OAuthVerifier and CallbackURL"
            }
            None => {
                "memory ends with its process, and each begins with a sign-in of its own: give \
                 OAuthVerifier and CallbackURL; or set OAuthSettingsLocation to a file, and sign in \
                 once: `anaplan-sql auth login`"
            }
        };
        let text = format!("nobody has signed in yet: {} {what}", place.location);
        Lack::SignIn(Error::new(ErrorKind::SignIn, text).with_hint(hint))
    }

    fn without_refresh_token(&self, stored: &Stored) -> Lack {
        Lack::SignIn(self.why_useless(stored).unwrap_or_else(|| {
            Error::new(
                ErrorKind::SignIn,
                "the access token is no longer valid, and there is no refresh token",
            )
            .with_hint("sign in again: `anaplan-sql auth login`; Scope must contain offline_access")
        }))
    }

    /// What has become of the tokens or the code that the settings bring, or have brought.
    fn why_useless(&self, stored: &Stored) -> Option<Error> {
        let settings = &self.exchange.settings;
        let code = Credential::verifier(settings, Some(stored)).ok().flatten();
        let token = settings.refresh_token.clone().map(Credential::Token);
        let mut given = [code, token].into_iter().flatten();
        let refused = given.find_map(|given| self.exchange.refused_before(stored, &given));
        refused.or_else(|| {
            // The settings have it no longer, so nobody can try.
            let note = stored.pending_given.as_ref()?;
            let text = format!("{}: whatever the service gave for it is lost", note.describe());
            Some(Error::new(ErrorKind::SignIn, text).with_hint(SIGN_IN_AGAIN))
        })
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
            && stored.life_left(self.exchange.service.ahead()).is_none_or(|left| left > at_least)
    }

    /// Whether the settings carry tokens that this entry does not come from. Once taken over they
    /// stay in the settings of every run, and must not come back after they have been replaced.
    fn brings_tokens(&self, stored: Option<&Stored>) -> bool {
        let settings = &self.exchange.settings;
        let token = settings.refresh_token.as_ref().or(settings.access_token.as_ref());
        match (token, stored) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(_), Some(stored)) if given_beside(settings, stored).is_some() => false,
            (Some(token), Some(stored)) => {
                let issued = settings.token_timestamp.map(epoch_millis);
                let is_older = issued.is_some_and(|issued| issued <= stored.obtained_at);
                let host = self.exchange.service.host();
                let is_refused = stored.refusal(token, &host).is_some();
                !stored.has_seen(token) && !is_refused && !is_older
            }
        }
    }

    /// Takes over tokens of the settings.
    async fn take_over(&self) -> Result<(), Lack> {
        if !self.brings_tokens(None) {
            return Ok(());
        }
        let (mut locked, stored) = self.exchange.lock().await?;
        if !self.brings_tokens(stored.as_ref()) {
            return Ok(());
        }
        let settings = &self.exchange.settings;
        let is_renewable = stored.as_ref().is_some_and(|stored| stored.refresh_token.is_some());
        if let Some(token) = &settings.refresh_token
            && (is_renewable || settings.access_token.is_none())
        {
            let token = Credential::Token(token.clone());
            return self.spend(locked, stored, token).await.map(drop);
        }
        let before = stored.unwrap_or_else(|| self.exchange.empty());
        let (access, refresh) = (settings.access_token.as_ref(), settings.refresh_token.as_ref());
        let stored = self.carried_over(before, access, refresh);
        Ok(blocking(move || locked.write(&stored)).await?)
    }

    /// Whether a code has not been exchanged yet.
    fn is_news(&self, code: Option<&Credential>, stored: Option<&Stored>) -> bool {
        code.is_some_and(|code| {
            stored.is_none_or(|stored| self.exchange.used_up(stored, code).is_none())
        })
    }

    /// Exchanges the code of the settings.
    async fn redeem(&self, code: Option<&Credential>) -> Result<(), Lack> {
        let Some(code) = code else { return Ok(()) };
        let (locked, stored) = self.exchange.lock().await?;
        if !self.is_news(Some(code), stored.as_ref()) {
            return Ok(());
        }
        self.spend(locked, stored, code.clone()).await.map(drop)
    }
}
