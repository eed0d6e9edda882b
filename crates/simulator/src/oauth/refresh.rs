//! Refresh tokens, of rotatable clients and of others.

use super::super::clock::millis;
use super::super::secret::unguessable_hex;
use super::super::tenant::OAuthClient;
use super::{Grant, InvalidGrant, OAuth};

#[derive(Debug)]
pub(super) struct RefreshToken {
    pub(super) grant: Grant,
    /// `None` for ever.
    expires_at: Option<i64>,
    is_spent: bool,
}

impl OAuth {
    /// Gives out a refresh token, if the grant allows access without the person.
    pub(crate) fn issue_refresh_token(
        &mut self,
        grant: &Grant,
        client: &OAuthClient,
        now: i64,
    ) -> Option<String> {
        if !grant.has("offline_access") {
            return None;
        }
        let value = unguessable_hex(4);
        let expires_at =
            client.rotatable.then(|| now.saturating_add(millis(client.refresh_lifetime)));
        let token = RefreshToken { grant: grant.clone(), expires_at, is_spent: false };
        self.refresh_tokens.insert(value.clone(), token);
        Some(value)
    }

    /// Uses a refresh token: its grant, and the refresh token that the answer carries.
    ///
    /// The token of a rotatable client is spent by that.
    pub(crate) fn refresh(
        &mut self,
        value: &str,
        client: &OAuthClient,
        now: i64,
    ) -> Result<(Grant, Option<String>), InvalidGrant> {
        let found =
            self.refresh_tokens.get_mut(value).filter(|token| token.grant.client_id == client.id);
        let Some(token) = found else {
            return Err(InvalidGrant("Unknown or invalid refresh token."));
        };
        if token.is_spent {
            self.counts.reuse_violations += 1;
            return Err(InvalidGrant("The refresh token was used before."));
        }
        if token.expires_at.is_some_and(|at| now >= at) {
            return Err(InvalidGrant("The refresh token has expired."));
        }
        token.is_spent = client.rotatable;
        let grant = token.grant.clone();
        self.counts.refreshes += 1;
        let next = if client.rotatable {
            self.issue_refresh_token(&grant, client, now)
        } else {
            client.repeats_refresh_token.then(|| value.to_owned())
        };
        Ok((grant, next))
    }
}
