//! The end of a sign-in that is stored.

use super::exchange::Exchange;
use crate::auth::store::blocking;
use crate::error::Result;

/// A sign-in that was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedOut {
    /// Whether there was a refresh token. It is forgotten here; the service has no call to end it.
    pub refresh_token: bool,
}

impl Exchange {
    /// Removes what is stored, and ends its access token at the service. None if there was nothing.
    ///
    /// # Errors
    /// Kind [`SignIn`](crate::ErrorKind::SignIn) when what is stored can't be read or removed. When
    /// the token can't be ended; what is stored has been removed all the same.
    pub async fn sign_out(&self) -> Result<Option<SignedOut>> {
        // Nothing there: no directory is made for a lock, either.
        if self.store.read().await?.is_none() {
            return Ok(None);
        }
        let (locked, stored) = self.lock().await?;
        let Some(stored) = stored else { return Ok(None) };
        blocking(move || locked.remove()).await?;
        if !stored.holds_tokens() {
            return Ok(None);
        }
        let left = stored.life_left(None);
        if let Some(token) = &stored.access_token
            && left.is_none_or(|left| !left.is_zero())
        {
            self.service.revoke(token).await.map_err(|error| {
                let when = left.map_or_else(String::new, |left| {
                    format!("; it ends by itself in {} minutes", left.as_secs().div_ceil(60))
                });
                error.context(format!(
                    "signed out here, but the access token is not ended at the service{when}"
                ))
            })?;
        }
        Ok(Some(SignedOut { refresh_token: stored.refresh_token.is_some() }))
    }
}
