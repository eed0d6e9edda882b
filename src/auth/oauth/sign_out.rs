//! The end of a sign-in that is stored.

use super::exchange::Exchange;
use crate::auth::store::{Stored, blocking};
use crate::error::{Error, Result};

/// A sign-in that was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedOut {
    /// Whether there was a refresh token. It is forgotten here; the service has no call to end it.
    pub refresh_token: bool,
}

impl Exchange {
    /// Ends the stored access token at the service, and removes what is stored: either, if the other
    /// can't be done. None if there was nothing.
    ///
    /// # Errors
    /// Kind [`SignIn`](crate::ErrorKind::SignIn) when what is stored can't be read or removed. When
    /// the token can't be ended; what is stored has been removed all the same.
    pub async fn sign_out(&self) -> Result<Option<SignedOut>> {
        // Nothing there: no directory is made for a lock, either.
        let Some(found) = self.store.read().await? else { return Ok(None) };
        // Where no lock can be had, nothing can be removed, but what was read can be ended.
        let (locked, stored) = match self.lock().await {
            Ok((_, None)) => return Ok(None),
            Ok((locked, Some(stored))) => (Ok(locked), stored),
            Err(error) => (Err(error), found),
        };
        let ended = self.end(&stored).await;
        let removed = match locked {
            Ok(locked) => blocking(move || locked.remove()).await,
            Err(error) => Err(error),
        };
        match (ended, removed) {
            (Ok(()), Ok(())) if !stored.holds_tokens() => Ok(None),
            (Ok(()), Ok(())) => {
                Ok(Some(SignedOut { refresh_token: stored.refresh_token.is_some() }))
            }
            (Err(error), Ok(())) => {
                let when = stored.life_left(None).map_or_else(String::new, |left| {
                    format!("; it ends by itself in {} minutes", left.as_secs().div_ceil(60))
                });
                Err(error.context(format!(
                    "signed out here, but the access token is not ended at the service{when}"
                )))
            }
            (ended, Err(error)) => Err(self.still_there(error, &stored, ended.err().as_ref())),
        }
    }

    /// Ends an access token that may live still.
    async fn end(&self, stored: &Stored) -> Result<()> {
        let has_ended = stored.life_left(None).is_some_and(|left| left.is_zero());
        match &stored.access_token {
            Some(token) if !has_ended => self.service.revoke(token).await,
            _ => Ok(()),
        }
    }

    /// The error when what is stored can't be removed.
    fn still_there(&self, error: Error, stored: &Stored, not_ended: Option<&Error>) -> Error {
        let text = match (not_ended, &stored.access_token) {
            (Some(cause), _) => format!(
                "not signed out: the access token is not ended at the service ({cause}), and what \
                 is stored can't be removed"
            ),
            (None, Some(_)) => "the access token has ended at the service, but what is stored \
                                can't be removed"
                .to_owned(),
            (None, None) => "what is stored can't be removed".to_owned(),
        };
        let location = self.store.describe().location;
        let why = match stored.refresh_token {
            Some(_) => ": the refresh token in it may still work",
            None => "",
        };
        error.context(text).with_hint(format!("remove {location}{why}"))
    }
}
