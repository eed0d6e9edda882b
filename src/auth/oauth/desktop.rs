//! The authorization code grant, for a person at this machine or at another.
//!
//! Many tenants take no loopback address as redirect URI. So there are two ways back at the same
//! time: a listener, if CallbackURL leads to this machine, and pasting.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use super::listener::Listener;
use super::redirect::{Redirect, Verdict};
use super::{Grant, OAuthService, Person};
use crate::config::OAuthSettings;
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// How long a person may take: a password manager, a second factor, a forgotten password.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// Signs in with a browser.
pub(super) async fn sign_in(
    service: &OAuthService,
    settings: &OAuthSettings,
    person: &dyn Person,
) -> Result<Grant> {
    let callback = settings.callback_url.as_deref().ok_or_else(|| {
        Error::new(ErrorKind::Config, "CallbackURL is missing: signing in needs it")
            .with_hint("it is the redirect URI that is registered for the OAuth client")
    })?;
    let state = settings.state.clone().map_or_else(random_state, Ok)?;
    let url = service.authorization_url(callback, state.expose(), &settings.scope);
    let mut listener = listen(callback, &state, person).await;
    person.tell("To sign in, open this address in a browser:");
    person.tell("");
    person.tell(url.as_str());
    person.tell("");
    person.open(&url).await;
    person.tell(&instructions(callback, listener.is_some()));
    let code = tokio::time::timeout(PATIENCE, code(listener.as_mut(), person, &state));
    let code = code.await.unwrap_or_else(|_| {
        let minutes = PATIENCE.as_secs() / 60;
        Err(Error::new(ErrorKind::SignIn, format!("nobody has signed in within {minutes} minutes"))
            .with_hint("start anew"))
    })?;
    service.exchange(&code, callback).await
}

/// A state that nobody can guess.
fn random_state() -> Result<Secret> {
    let mut random = [0; 16];
    aws_lc_rs::rand::fill(&mut random)
        .map_err(|_| Error::new(ErrorKind::Internal, "the system gives no random numbers"))?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(random)))
}

async fn listen(callback: &str, state: &Secret, person: &dyn Person) -> Option<Listener> {
    let url = Url::parse(callback).ok()?;
    match Listener::bind(&url, state).await {
        Ok(listener) => listener,
        Err(error) => {
            person.tell(&format!("Can't listen at {callback}: {error}."));
            None
        }
    }
}

fn instructions(callback: &str, listens: bool) -> String {
    if !listens {
        return "After you have signed in, the browser ends at the CallbackURL; that it may show an \
                error there doesn't matter.\nPaste the whole address of that page here, or only the \
                code in it:"
            .to_owned();
    }
    let warning = match callback.starts_with("https:") {
        true => " It will warn of a certificate that this program has made for the moment: go on.",
        false => "",
    };
    format!(
        "Waiting for the browser.{warning}\nIf it is on another machine, paste here the whole \
         address that it ends at, or only the code in it:"
    )
}

/// Waits for the code on both ways.
async fn code(
    listener: Option<&mut Listener>,
    person: &dyn Person,
    state: &Secret,
) -> Result<Secret> {
    match listener {
        None => match pasted(person, state).await? {
            Some(code) => Ok(code),
            None => Err(Error::new(ErrorKind::SignIn, "the input ended before a code was pasted")
                .with_hint("start anew, and paste the address that the browser ends at")),
        },
        Some(listener) => tokio::select! {
            code = listener.code() => code,
            // Nothing can be pasted any more, but the browser may still come.
            Some(code) = async { pasted(person, state).await.transpose() } => code,
        },
    }
}

/// Reads lines until one brings a code. None when the input ends.
async fn pasted(person: &dyn Person, state: &Secret) -> Result<Option<Secret>> {
    while let Some(line) = person.read_line().await? {
        if line.expose().trim().is_empty() {
            continue;
        }
        match Redirect::from_pasted(line.expose()).map(|redirect| redirect.judge(state)) {
            Ok(Verdict::Code(code)) => return Ok(Some(code)),
            Ok(Verdict::Refused(error)) => return Err(error),
            Ok(Verdict::Foreign) => person.tell(
                "That address comes from another sign-in: its state is not this one's. Open the \
                 address above, and paste the one that the browser ends at:",
            ),
            Err(error) => person.tell(&format!("Not usable: {error}. Paste again:")),
        }
    }
    Ok(None)
}
