//! `auth logout`: ends what can be ended, and forgets the rest.

use super::super::report;
use crate::config::{AuthSettings, Settings};
use crate::error::Result;
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
    match super::exchange(settings, oauth, transport(settings)?).sign_out().await? {
        Some(ended) => {
            say("Signed out. The access token has ended.");
            if ended.refresh_token {
                say("Anaplan has no call that ends a refresh token: the one that was stored is \
                     forgotten here. If somebody may have copied the file, have an administrator \
                     revoke it.");
            }
        }
        None => say("Nobody is signed in."),
    }
    Ok(())
}
