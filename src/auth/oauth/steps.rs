//! Signing in step by step, for programs that own the page on which a person signs in.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use url::Url;

use super::credential::no_callback;
use super::desktop::random_state;
use super::redirect::{Redirect, Verdict};
use super::{Exchange, Grant, OAuthService, SignInPrompt};
use crate::auth::TokenCache;
use crate::auth::store::Stored;
use crate::config::{
    AuthSettings, InitiateOAuth, Key, OAuthSettings, Settings, Source, absolute_url,
};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Transport;
use crate::secret::Secret;

/// Sign-ins that are under way and kept in mind: more than anybody has open.
const MOST_BEGUN: usize = 1000;

/// The steps of signing in, each called on its own: the address of the sign-in page, the exchange of
/// the code that it gives, refreshing, and signing out.
///
/// What is granted is stored where OAuthSettingsLocation says, if somebody has set that.
///
/// ```no_run
/// # async fn example(code_from_the_redirect: anaplan_sql::Secret) -> anaplan_sql::Result<()> {
/// let session = anaplan_sql::builder()
///     .connection_string("OAuthClientId=…;OAuthClientSecret=…;CallbackURL=https://planner.example/cb")
///     .open()?;
/// let page = session.sign_in_steps().authorization_url(None, None, None)?;
/// println!("open {}", page.url);
/// let grant = session.sign_in_steps().exchange(&code_from_the_redirect, None, None).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SignInSteps {
    settings: Arc<Settings>,
    service: OAuthService,
    tokens: Arc<TokenCache>,
    prompt: Option<Arc<dyn SignInPrompt>>,
    /// The sign-ins whose address was given out, and which have not come back.
    begun: Mutex<Vec<Begun>>,
}

/// A sign-in under way.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Begun {
    state: Secret,
    callback: String,
}

/// Where a person signs in.
#[derive(Clone)]
#[non_exhaustive]
pub struct SignInPage {
    /// The address to send the person's browser to.
    pub url: Url,
    /// What comes back with the code, and must be the same then.
    pub state: Secret,
}

impl fmt::Debug for SignInPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInPage").field("state", &self.state).finish_non_exhaustive()
    }
}

impl SignInSteps {
    pub(crate) fn new(
        settings: Arc<Settings>,
        transport: Transport,
        tokens: Arc<TokenCache>,
        prompt: Option<Arc<dyn SignInPrompt>>,
    ) -> Self {
        let (id, secret) = match &settings.auth {
            AuthSettings::OAuth(oauth) => (oauth.client_id.clone(), oauth.client_secret.clone()),
            // Ending a token is all that the service can do then.
            _ => (String::new(), None),
        };
        let service = OAuthService::new(transport, &settings.endpoints, id, secret);
        Self { settings, service, tokens, prompt, begun: Mutex::default() }
    }

    /// The page on which a person signs in. What is not given comes from the settings; without a
    /// state there either, it is a random one.
    ///
    /// # Errors
    /// Kind [`Config`](ErrorKind::Config) when the settings are not those of an OAuth client, or
    /// nothing says where the page redirects to.
    pub fn authorization_url(
        &self,
        callback: Option<&str>,
        state: Option<&str>,
        scope: Option<&str>,
    ) -> Result<SignInPage> {
        let oauth = self.oauth()?;
        let callback = checked(callback)?.or(oauth.callback_url.as_deref());
        let callback = callback.ok_or_else(no_redirect)?;
        let state = match (state, &oauth.state) {
            (Some(state), _) => Secret::new(state),
            (None, Some(state)) => state.clone(),
            (None, None) => random_state()?,
        };
        let scope = scope.unwrap_or(&oauth.scope);
        let url = self.service.authorization_url(callback, state.expose(), scope);
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.len() >= MOST_BEGUN {
            begun.remove(0);
        }
        begun.push(Begun { state: state.clone(), callback: callback.to_owned() });
        drop(begun);
        Ok(SignInPage { url, state })
    }

    /// Exchanges what the redirect brought, the code or the whole address, for tokens. `callback` is
    /// what the page was asked for with; unless given, it is that of the sign-in that began here,
    /// else that of the settings, of the address, or of the last sign-in that is stored. `state` is
    /// what came back with a code; it must be one that
    /// [`authorization_url`](Self::authorization_url) gave out here, if any was. A code works once.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when the state is another, or the service refuses; as
    /// [`authorization_url`](Self::authorization_url); connection errors.
    pub async fn exchange(
        &self,
        verifier: &Secret,
        callback: Option<&str>,
        state: Option<&Secret>,
    ) -> Result<Grant> {
        let oauth = self.oauth()?;
        let kept = self.kept(oauth);
        let (code, begun) = self.code(verifier, state)?;
        let given =
            checked(callback)?.map(str::to_owned).or(begun).or_else(|| oauth.callback_url.clone());
        let callback = match given {
            Some(callback) => callback,
            None => {
                let (_, address) = Redirect::verifier(verifier)?;
                let last = match &kept {
                    Some(kept) => kept.store().read().await?.and_then(|it| it.callback_url),
                    None => None,
                };
                address.or(last).ok_or_else(no_callback)?
            }
        };
        match kept {
            Some(kept) => self.stored(kept.redeem(&code, &callback).await?).await,
            None => self.service.exchange(&code, &callback).await,
        }
    }

    /// Has a person sign in who sits at this program's terminal.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when nobody does; else as the others.
    pub async fn ask(&self) -> Result<Grant> {
        let oauth = self.oauth()?;
        let prompt = self.prompt.as_ref().ok_or_else(|| {
            Error::new(ErrorKind::SignIn, "nobody is there to sign in").with_hint(
                "give Verifier, the code that the redirect from the sign-in page brought",
            )
        })?;
        match self.kept(oauth) {
            Some(kept) => self.stored(kept.ask(&**prompt).await?).await,
            None => prompt.sign_in(&self.service, oauth).await,
        }
    }

    /// Exchanges a refresh token for new tokens. Where tokens are stored, it is done as the session
    /// itself does it: noted before, stored after, and never with a token that is known to be
    /// replaced.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when the service refuses; connection errors.
    pub async fn refresh(&self, refresh_token: &Secret) -> Result<Grant> {
        let oauth = self.oauth()?;
        if let Some(kept) = self.kept(oauth) {
            return self.stored(kept.refresh(refresh_token).await?).await;
        }
        let mut grant = self.service.refresh(refresh_token).await?;
        // A token that stays valid need not be repeated.
        grant.refresh_token.get_or_insert_with(|| refresh_token.clone());
        Ok(grant)
    }

    /// Ends the session's access token at the service, and removes what is stored of the sign-in.
    /// Without either there is nothing to do. What is sent afterwards signs in anew, if it can.
    ///
    /// # Errors
    /// When the token can't be ended; what is stored has been removed all the same.
    pub async fn log_out(&self) -> Result<()> {
        let current = self.tokens.forget().await;
        let given = match &self.settings.auth {
            AuthSettings::OAuth(oauth) => {
                let is_off = oauth.initiate == InitiateOAuth::Off;
                let kept = match is_off {
                    true => self.kept(oauth),
                    false => Some(self.exchanges(oauth)),
                };
                if let Some(kept) = kept
                    && kept.sign_out().await?.is_some()
                {
                    return Ok(());
                }
                if is_off { oauth.access_token.clone() } else { current }
            }
            AuthSettings::Token { .. } => Some(self.tokens.token().await?.value().clone()),
            _ => current,
        };
        match given {
            Some(token) => self.service.revoke(&token).await.map_err(|error| {
                error.context("signed out here, but the access token is not ended at the service")
            }),
            None => Ok(()),
        }
    }

    fn oauth(&self) -> Result<&OAuthSettings> {
        match &self.settings.auth {
            AuthSettings::OAuth(oauth) => Ok(oauth),
            other => {
                let text = format!("AuthScheme={} has no OAuth client", other.scheme());
                Err(Error::new(ErrorKind::Config, text).with_hint(
                    "connect with OAuthClientId, OAuthClientSecret and CallbackURL instead",
                ))
            }
        }
    }

    fn exchanges(&self, oauth: &OAuthSettings) -> Exchange {
        Exchange::new(self.service.clone(), oauth.clone())
    }

    /// Exchanges that store what is granted, if somebody has set where.
    fn kept(&self, oauth: &OAuthSettings) -> Option<Exchange> {
        let is_set = self.settings.source(Key::OAuthSettingsLocation) != Source::Default;
        is_set.then(|| self.exchanges(oauth))
    }

    /// What was granted, now that it is stored: the session goes on with that.
    async fn stored(&self, stored: Stored) -> Result<Grant> {
        self.tokens.forget().await;
        self.grant_of(&stored)
    }

    fn grant_of(&self, stored: &Stored) -> Result<Grant> {
        let access_token = stored.access_token.clone().ok_or_else(|| {
            Error::new(ErrorKind::Internal, "an access token was granted and is not there")
        })?;
        let mut grant = Grant::new(access_token);
        grant.refresh_token.clone_from(&stored.refresh_token);
        grant.expires_in = stored.life_left(self.service.ahead());
        grant.scope.clone_from(&stored.scope);
        grant.user.clone_from(&stored.user);
        Ok(grant)
    }

    /// The code in what the redirect brought, if it belongs to a sign-in that began here, or to the
    /// one whose state is given; and what the page of that sign-in redirects to, if it began here.
    fn code(&self, verifier: &Secret, given: Option<&Secret>) -> Result<(Secret, Option<String>)> {
        let own = match &self.settings.auth {
            AuthSettings::OAuth(oauth) => oauth.state.as_ref(),
            _ => None,
        };
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let is_begun = |state: &Secret| begun.iter().any(|begun| begun.state == *state);
        let expected: Vec<Secret> = match given {
            Some(given) if !begun.is_empty() && !is_begun(given) && own != Some(given) => {
                return Err(foreign());
            }
            Some(given) => vec![given.clone()],
            // A code alone may also be of a sign-in that another process began.
            None => {
                let states = begun.iter().rev().map(|begun| &begun.state);
                states.chain(own).cloned().chain([Secret::new("")]).collect()
            }
        };
        let is_unknown = given.is_none() && own.is_none() && begun.is_empty();
        for state in expected {
            let redirect = Redirect::from_pasted(verifier.expose())?;
            if is_unknown && redirect.has_state() {
                return Err(Error::new(ErrorKind::SignIn, "State is missing").with_hint(
                    "give State as GetOAuthAuthorizationUrl gave it: whether the redirect belongs to \
                     that sign-in can't be told otherwise",
                ));
            }
            let is_told = given.is_some() || redirect.has_state();
            let code = match redirect.judge(&state) {
                Verdict::Code(code) => Ok(code),
                Verdict::Refused(error) => Err(error),
                Verdict::Foreign => continue,
            };
            let at = begun.iter().rposition(|begun| begun.state == state);
            let callback = at.map(|at| begun[at].callback.clone());
            if is_told {
                // It comes back once.
                begun.retain(|begun| begun.state != state);
            }
            return code.map(|code| (code, callback));
        }
        Err(foreign())
    }
}

/// A redirect URI that is given to a step, checked as the one of a connection is.
fn checked(callback: Option<&str>) -> Result<Option<&str>> {
    match callback.map(absolute_url) {
        Some(Err(problem)) => {
            Err(Error::new(ErrorKind::Config, format!("{} {problem}", Key::CallbackUrl)))
        }
        _ => Ok(callback),
    }
}

fn foreign() -> Error {
    Error::new(ErrorKind::SignIn, "the redirect belongs to another sign-in: its state differs")
        .with_hint(
            "give State as GetOAuthAuthorizationUrl gave it, or begin anew; a code that comes back \
             with another state may be an attacker's",
        )
}

/// The error when nothing says where the sign-in page redirects to.
fn no_redirect() -> Error {
    Error::new(ErrorKind::Config, "CallbackURL is missing: the sign-in page must redirect to it")
        .with_hint("give the redirect URI that is registered for the OAuth client, exactly so")
}
