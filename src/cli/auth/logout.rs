//! `auth logout`: ends what can be ended, and forgets the rest.

use super::super::report;
use crate::auth::store::SettingsStore;
use crate::config::{AuthSettings, Settings};
use crate::error::{Error, Result};
use crate::session::transport;

/// Ends the access token at the service, and removes what is stored.
///
/// # Errors
/// When the token can't be ended; what is stored has been removed all the same. When that can't be
/// removed or can't be read.
pub(super) async fn run(settings: &Settings, quiet: bool) -> Result<()> {
    let say = |line: &str| {
        if !quiet {
            report::line(line);
        }
    };
    let AuthSettings::OAuth(oauth) = &settings.auth else {
        say(&format!("Nothing is stored with AuthScheme={}.", settings.auth.scheme()));
        return Ok(());
    };
    let store = SettingsStore::new(oauth);
    // Nothing there: no directory is made for a lock, either.
    if store.read().await?.is_none() {
        say("Nobody is signed in.");
        return Ok(());
    }
    let locked = store.lock().await?;
    let Some(stored) = locked.read()? else {
        say("Nobody is signed in any more.");
        return Ok(());
    };
    let left = stored.life_left(None);
    let ended = match &stored.access_token {
        Some(token) if left.is_none_or(|left| !left.is_zero()) => {
            let service = super::service(settings, oauth, transport(settings)?);
            service.revoke(token).await
        }
        _ => Ok(()),
    };
    // Whatever the service says, nobody uses the tokens from here any more.
    locked.remove()?;
    match ended {
        Ok(()) => {
            say("Signed out. The access token has ended.");
            if stored.refresh_token.is_some() {
                say("Anaplan has no call that ends a refresh token: the one that was stored is \
                     forgotten here. If somebody may have copied the file, have an administrator \
                     revoke it.");
            }
            Ok(())
        }
        Err(error) => {
            let when = left.map_or_else(String::new, |left| {
                format!(" in {} minutes", left.as_secs().div_ceil(60))
            });
            Err(Error::context(
                error,
                format!(
                    "signed out here, but the access token is not ended at the service; it ends by \
                     itself{when}"
                ),
            ))
        }
    }
}
