//! The exchange of a refresh token or code for tokens, such that whatever happens, the next process
//! knows it.
//!
//! The note that something is about to be spent is on disk before it is sent, and what came for it
//! is on disk before anybody uses it. Between the two, only the death of this process or a lost
//! answer can lose tokens, and the note says so.

use super::credential::{Credential, no_callback, outdate_given};
use super::provider::SignInPrompt;
use super::refusal::Refusal;
use super::service::{Failure, OAuthService};
use super::tokens::Grant;
use super::under_way::UnderWay;
use crate::auth::store::{Intent, Locked, SettingsStore, Spent, Stored, blocking};
use crate::config::OAuthSettings;
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// Why there is no token.
#[derive(Debug)]
pub(super) enum Lack {
    /// Somebody must sign in.
    SignIn(Error),
    /// Signing in would not help.
    Other(Error),
}

impl Lack {
    /// The error that a sign-in mends; others stay a lack.
    pub(super) fn of_sign_in(self) -> Result<Error, Self> {
        match self {
            Self::SignIn(error) => Ok(error),
            other => Err(other),
        }
    }
}

impl From<Error> for Lack {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<Lack> for Error {
    fn from(lack: Lack) -> Self {
        match lack {
            Lack::SignIn(error) | Lack::Other(error) => error,
        }
    }
}

/// Who has something exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// A session that needs a token.
    BySession,
    /// A person or a program of one, who is shown the tokens. What the settings bring is older.
    ByPerson,
}

/// Exchanges what one client has for tokens, and stores those where its settings say.
///
/// An exchange is done to its end even if nobody waits for it any more: what it spends may work only
/// once.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub(super) service: OAuthService,
    pub(super) settings: OAuthSettings,
    pub(super) store: SettingsStore,
}

impl Exchange {
    /// Exchanges at this service. Nothing is read or sent yet.
    pub fn new(service: OAuthService, settings: OAuthSettings) -> Self {
        let store = SettingsStore::new(&settings);
        Self { service, settings, store }
    }

    /// Where tokens come from.
    pub fn service(&self) -> &OAuthService {
        &self.service
    }

    /// Where tokens are stored.
    pub fn store(&self) -> &SettingsStore {
        &self.store
    }

    /// Exchanges the code of a sign-in that `redirect` was asked for with, unless it is known to be
    /// used up.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when the service refuses, or has before; connection errors.
    pub async fn redeem(&self, code: &Secret, redirect: &str) -> Result<Stored> {
        let redirect = redirect.to_owned();
        self.take(Credential::Code { code: code.clone(), redirect }).await
    }

    /// Exchanges the code in OAuthVerifier, unless it is known to be used up.
    ///
    /// # Errors
    /// As [`redeem`](Self::redeem); kind [`Config`](ErrorKind::Config) when there is none, or
    /// CallbackURL is missing.
    pub async fn redeem_verifier(&self) -> Result<Stored> {
        let stored = self.store.read().await?;
        let code = Credential::verifier(&self.settings, stored.as_ref())?;
        self.take(code.ok_or_else(no_callback)?).await
    }

    /// Why the code in OAuthVerifier need not be sent, if it is known to be used up.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when what is stored can't be read, or no code is given.
    pub async fn verifier_used_up(&self) -> Result<Option<Error>> {
        let Some(stored) = self.store.read().await? else { return Ok(None) };
        let code = Credential::verifier(&self.settings, Some(&stored))?;
        Ok(code.and_then(|code| self.used_up(&stored, &code)))
    }

    /// Exchanges a refresh token, unless it is known to be used up.
    ///
    /// # Errors
    /// As [`redeem`](Self::redeem).
    pub async fn refresh(&self, refresh_token: &Secret) -> Result<Stored> {
        self.take(Credential::Token(refresh_token.clone())).await
    }

    /// Has a person sign in, and stores what is granted instead of what was stored before. Whether
    /// it can be stored is tried first: nobody should sign in for nothing.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when nobody signs in, or it can't be stored; connection
    /// errors.
    pub async fn ask(&self, prompt: &dyn SignInPrompt) -> Result<Stored> {
        let locked = self.store.lock().await?;
        blocking(move || locked.try_room()).await?;
        let grant = prompt.sign_in(&self.service, &self.settings).await?;
        self.keep(&grant).await.map_err(|error| {
            error.context("signed in, but what the OAuth service has given can't be stored")
        })
    }

    async fn keep(&self, grant: &Grant) -> Result<Stored> {
        let (mut locked, before) = self.lock().await?;
        let before = before.unwrap_or_else(|| self.empty());
        let mut stored = before.signed_in(grant, self.service.host(), self.service.ahead());
        outdate_given(&self.settings, &mut stored);
        if self.settings.callback_url.is_some() {
            stored.callback_url.clone_from(&self.settings.callback_url);
        }
        blocking(move || locked.write(&stored).map(|()| stored)).await
    }

    /// An entry before anything is granted.
    pub(super) fn empty(&self) -> Stored {
        let settings = &self.settings;
        Stored::new(settings.client_id.clone(), settings.grant_type, self.service.host())
    }

    /// Waits for the lock, and reads.
    pub(super) async fn lock(&self) -> Result<(Locked, Option<Stored>)> {
        let locked = self.store.lock().await?;
        blocking(move || locked.read().map(|stored| (locked, stored))).await
    }

    async fn take(&self, credential: Credential) -> Result<Stored> {
        let (locked, stored) = self.lock().await?;
        let own = stored.as_ref().and_then(|stored| stored.refresh_token.as_ref());
        let credential = match credential {
            Credential::Token(token) if own == Some(&token) => Credential::Stored(token),
            other => other,
        };
        if let Some(stored) = &stored
            && let Some(error) = self.used_up(stored, &credential)
        {
            return Err(error);
        }
        Ok(self.spend(locked, stored, credential, Asked::ByPerson).await?)
    }

    /// Why something need not be sent: by what is stored, the service would refuse it.
    pub(super) fn used_up(&self, stored: &Stored, credential: &Credential) -> Option<Error> {
        let refused = self.refused_before(stored, credential);
        if refused.is_some() {
            return refused;
        }
        let sign_in = |text: String| Error::new(ErrorKind::SignIn, text);
        let location = self.store.describe().location;
        match credential {
            Credential::Stored(_) => None,
            given if !stored.has_seen(given.secret()) => None,
            Credential::Code { .. } => {
                let unset = match self.settings.verifier {
                    Some(_) => ": unset OAuthVerifier to use that, or",
                    None => ";",
                };
                let hint =
                    format!("what it brought is stored in {location}{unset} sign in for a new one");
                let text = "this code has been exchanged before: a code works once";
                Some(sign_in(text.into()).with_hint(hint))
            }
            _ => Some(
                sign_in("this refresh token was replaced: a newer one is stored".into()).with_hint(
                    format!("use what is stored in {location}: InitiateOAuth=REFRESH does"),
                ),
            ),
        }
    }

    /// Why the service has refused something for good, if it has.
    pub(super) fn refused_before(&self, stored: &Stored, credential: &Credential) -> Option<Error> {
        let refusal = stored.refusal(&credential.mark(), &self.service.host())?;
        Some(self.explain(refusal, stored, credential))
    }

    /// Spends something, and stores what comes for it instead of the entry `before`.
    pub(super) async fn spend(
        &self,
        locked: Locked,
        before: Option<Stored>,
        credential: Credential,
        asked: Asked,
    ) -> Result<Stored, Lack> {
        let (this, under_way) = (self.clone(), UnderWay::begin());
        let work = tokio::spawn(async move {
            let _under_way = under_way;
            this.run(locked, before, credential, asked).await
        });
        work.await.unwrap_or_else(|e| {
            let error = Error::new(ErrorKind::Internal, "getting a token ended early");
            Err(Lack::Other(error.with_source(e)))
        })
    }

    async fn run(
        &self,
        mut locked: Locked,
        before: Option<Stored>,
        credential: Credential,
        asked: Asked,
    ) -> Result<Stored, Lack> {
        let is_new = before.is_none();
        let before = before.unwrap_or_else(|| self.empty());
        let spent = credential.spent();
        // One whose end nobody has noted. If this is spent, it was by that one.
        let earlier = before.note_of(&spent).cloned();
        let generation = before.generation;
        let intent = earlier.clone().unwrap_or_else(|| Intent::now(spent.clone(), generation));
        let noted = before.clone().noting(&spent, Some(intent.clone()));
        let locked = blocking(move || locked.write_ahead(&noted).map(|()| locked)).await?;
        let (after, lack) = match credential.send(&self.service).await {
            Ok(grant) => {
                let mut bought = credential.bought(&before, &grant, &self.service);
                if asked == Asked::ByPerson {
                    bought.remember_grant(&grant);
                }
                if asked == Asked::ByPerson || matches!(credential, Credential::Code { .. }) {
                    outdate_given(&self.settings, &mut bought);
                }
                return Ok(store(locked, bought, &credential).await?);
            }
            Err(Failure::NotSent(error)) => (before.noting(&spent, earlier), Lack::Other(error)),
            Err(Failure::Unknown(error)) => {
                let note = earlier.unwrap_or(Intent { answer_lost: true, ..intent });
                let hint = format!("try again: whether {} is spent will show then", spent.words());
                (before.noting(&spent, Some(note)), Lack::Other(error.with_hint(hint)))
            }
            Err(Failure::Refused(refusal)) => self.refused(refusal, before, earlier, &credential),
        };
        let nothing = is_new && after == self.empty();
        let noted = blocking(move || match nothing {
            // Nothing was there before, and nothing came: the secret that it would be under may be
            // wrong.
            true => locked.remove_entry(),
            false => write(locked, &after),
        });
        // There is another error to tell already.
        if let Err(error) = noted.await {
            tracing::warn!(%error, "the end of the exchange can't be noted");
        }
        Err(lack)
    }

    /// The entry after a refusal, and why there is no token.
    fn refused(
        &self,
        refusal: Refusal,
        before: Stored,
        earlier: Option<Intent>,
        credential: &Credential,
    ) -> (Stored, Lack) {
        let error = self.explain(&refusal, &before, credential);
        let lack = match refusal.is_of_grant() || refusal.is_of_user() {
            true => Lack::SignIn(error),
            false => Lack::Other(error),
        };
        let mut after = before.noting(&credential.spent(), earlier);
        if refusal.is_of_grant() {
            // Nobody need send it once more. The note stays: it tells why.
            let service = &self.service;
            after.refuse(&credential.mark(), service.host(), refusal, service.ahead());
        }
        (after, lack)
    }

    /// The error about a refusal, now or in an earlier run.
    fn explain(&self, refusal: &Refusal, stored: &Stored, credential: &Credential) -> Error {
        let error = credential.explain(refusal, stored, self.service.ahead());
        let host = self.service.host();
        if stored.host == host || credential.spent() != Spent::Stored {
            return error;
        }
        let hint = error.hint().unwrap_or_default().to_owned();
        let from = &stored.host;
        error.with_hint(format!(
            "{hint}; the tokens came from {from}, and this connection uses {host}"
        ))
    }
}

fn write(mut locked: Locked, stored: &Stored) -> Result<()> {
    locked.write(stored)
}

/// Stores new tokens.
async fn store(mut locked: Locked, bought: Stored, credential: &Credential) -> Result<Stored> {
    // Otherwise what was sent goes on to work.
    let is_only = matches!(credential, Credential::Code { .. }) || bought.rotates == Some(true);
    blocking(move || {
        // A second time into a new file, where the first time was into one that was kept ready.
        match locked.write(&bought).or_else(|_| locked.write(&bought)) {
            Ok(()) => Ok(bought),
            Err(error) if is_only => Err(error.context(
                "the OAuth service has given new tokens for what works once, and they can't be \
                 stored",
            )),
            Err(error) => {
                tracing::warn!(%error, "the access token can't be stored for other processes");
                Ok(bought)
            }
        }
    })
    .await
}
