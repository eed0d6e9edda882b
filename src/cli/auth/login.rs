//! `auth login`: signs in now, whatever is stored.

use std::sync::Arc;

use super::super::report;
use super::super::terminal::Terminal;
use super::TerminalPrompt;
use crate::auth::oauth::{self, Grant, OAuthService, SignInPrompt as _};
use crate::auth::store::SettingsStore;
use crate::auth::{self, TokenCache, TokenProvider};
use crate::client::{Client, ClientOptions};
use crate::config::{AuthSettings, Key, OAuthSettings, Settings, SettingsLocation};
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
            let service = super::service(settings, oauth, transport);
            let store = SettingsStore::new(oauth);
            if let SettingsLocation::Memory(_) = oauth.settings_location {
                let text =
                    "the memory of a process ends with it: a sign-in stored there would be lost";
                return Err(Error::new(ErrorKind::Config, text)
                    .with_hint("set OAuthSettingsLocation to the path of a file"));
            }
            let prompt = terminal.is_attended().then_some(TerminalPrompt { browser });
            let grant = grant(&service, &store, oauth, prompt).await?;
            let stored = oauth::keep(&store, &service, oauth, &grant).await?;
            let user = stored.user.as_deref().unwrap_or("a user whom the service does not name");
            say(&format!("Signed in as {user}."));
            say(&format!("Stored in {}.", store.describe().location));
            if stored.refresh_token.is_none() {
                say(
                    "There is no refresh token: it ends with the access token. Scope must contain \
                     offline_access for more.",
                );
            }
        }
        _ => {
            let provider = auth::provider(settings, &transport, None)?;
            let user = user(settings, transport, provider).await?;
            say(&format!("Signed in as {user}."));
        }
    }
    Ok(())
}

/// Gets tokens: for the code of the settings, else with the help of a person.
async fn grant(
    service: &OAuthService,
    store: &SettingsStore,
    settings: &OAuthSettings,
    prompt: Option<TerminalPrompt>,
) -> Result<Grant> {
    // Nobody should sign in for a file that can't be read or written then.
    let stored = store.lock().await?.read()?;
    if let Some(verifier) = &settings.verifier {
        // A second exchange would end the tokens that the first one has brought.
        if stored.is_some_and(|stored| stored.has_seen(verifier)) {
            let text = "OAuthVerifier has been exchanged before, and a code works once";
            return Err(Error::new(ErrorKind::SignIn, text)
                .with_hint("unset it to use what is stored, or get a new code"));
        }
        let callback = settings.callback_url.as_deref().ok_or_else(|| {
            Error::new(ErrorKind::Config, "CallbackURL is missing: the code was issued for it")
        })?;
        return service.exchange(verifier, callback).await;
    }
    let Some(prompt) = prompt else {
        let verifier = Key::OAuthVerifier.env_name();
        return Err(Error::new(ErrorKind::SignIn, "nobody is there to sign in").with_hint(
            format!(
                "run `anaplan-sql auth login` on a terminal; or set {verifier} to the code of a \
                 sign-in elsewhere; or copy the settings file of another machine"
            ),
        ));
    };
    prompt.sign_in(service, settings).await
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
        settings.endpoints.integration.clone(),
        ClientOptions { page_size: settings.page_size, polling_interval: None, bulk_timeout: None },
    );
    let me = client.me(Arc::new(Unobserved)).await?;
    Ok(me.email.unwrap_or_else(|| me.id.to_string()))
}
