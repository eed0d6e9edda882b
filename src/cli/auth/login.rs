//! `auth login`: signs in now, whatever is stored.

use std::sync::Arc;

use super::super::report;
use super::super::terminal::Terminal;
use super::TerminalPrompt;
use crate::auth::oauth::Exchange;
use crate::auth::store::Stored;
use crate::auth::{self, TokenCache, TokenProvider};
use crate::client::{Client, ClientOptions};
use crate::config::{AuthSettings, Key, OAuthGrantType, OAuthSettings, Settings};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Transport, Unobserved};
use crate::session::transport;

/// Signs in, and says as whom.
///
/// # Errors
/// Kind [`SignIn`](ErrorKind::SignIn) when the service refuses, or nobody is there to ask.
pub(super) async fn run(
    settings: &Settings,
    terminal: Terminal,
    browser: bool,
    quiet: bool,
) -> Result<()> {
    let transport = transport(settings)?;
    let say = |line: &str| {
        if !quiet {
            report::line(&report::printable(line));
        }
    };
    match &settings.auth {
        AuthSettings::OAuth(oauth) => {
            let exchange = super::exchange(settings, oauth, transport);
            super::outlasts(oauth)?;
            let prompt = terminal.is_attended().then_some(TerminalPrompt { browser });
            let stored = sign_in(&exchange, oauth, prompt).await?;
            let user = stored.user.as_deref().unwrap_or("a user whom the service does not name");
            say(&format!("Signed in as {user}."));
            say(&format!("Stored in {}.", exchange.store().describe().location));
            if stored.refresh_token.is_none() {
                say(
                    "There is no refresh token: it ends with the access token. Scope must contain \
                     offline_access for more.",
                );
            }
            say(&super::usage(settings, oauth));
        }
        _ => {
            let provider = auth::provider(settings, &transport, None);
            let user = user(settings, transport, provider).await?;
            say(&format!("Signed in as {user}."));
        }
    }
    Ok(())
}

/// Gets tokens and stores them: for the code of the settings, else with the help of a person.
async fn sign_in(
    exchange: &Exchange,
    oauth: &OAuthSettings,
    prompt: Option<TerminalPrompt>,
) -> Result<Stored> {
    if oauth.verifier.is_some() {
        match exchange.verifier_used_up().await? {
            // Whoever is there came for a new sign-in.
            Some(error) if prompt.is_some() => {
                tracing::warn!(%error, "the code in OAuthVerifier is of no use; asking for a sign-in");
            }
            _ => return exchange.redeem_verifier().await,
        }
    }
    exchange.store().read().await?;
    let Some(prompt) = prompt else {
        let verifier = Key::OAuthVerifier.env_name();
        let hint = match oauth.grant_type {
            OAuthGrantType::Code => format!(
                "run `anaplan-sql auth login` on a terminal; or set {verifier} to the code of a \
                 sign-in elsewhere; or copy the settings file of another machine"
            ),
            OAuthGrantType::Device => "run `anaplan-sql auth login` on a terminal; or import what \
                                       `anaplan-sql auth export` has written on another machine"
                .to_owned(),
        };
        return Err(Error::new(ErrorKind::SignIn, "nobody is there to sign in").with_hint(hint));
    };
    exchange.ask(&prompt).await
}

/// The e-mail address of the user whom a scheme signs in.
async fn user(
    settings: &Settings,
    transport: Transport,
    provider: Arc<dyn TokenProvider>,
) -> Result<String> {
    let client = Client::new(
        transport,
        Arc::new(TokenCache::new(provider)),
        settings.endpoints.clone(),
        ClientOptions { page_size: settings.page_size, polling_interval: None, bulk_timeout: None },
    );
    let me = client.me(Arc::new(Unobserved)).await?;
    Ok(me.email.unwrap_or_else(|| me.id.to_string()))
}
