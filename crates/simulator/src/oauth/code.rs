//! Authorization codes: single-use, short-lived, bound to a client and a redirect URI.

use super::super::secret::unguessable_hex;
use super::super::tokens::Tokens;
use super::{Grant, InvalidGrant, OAuth};

/// How long a code lives: long enough to copy it out of a browser's address by hand.
const LIFETIME_MS: i64 = 5 * 60 * 1000;

#[derive(Debug)]
pub(super) struct Code {
    grant: Grant,
    redirect_uri: String,
    expires_at: i64,
    is_spent: bool,
}

impl OAuth {
    /// Gives out a code for a grant.
    pub(crate) fn issue_code(&mut self, grant: Grant, redirect_uri: &str, now: i64) -> String {
        let value = unguessable_hex(3);
        let expires_at = now.saturating_add(LIFETIME_MS);
        let redirect_uri = redirect_uri.to_owned();
        self.codes.insert(value.clone(), Code { grant, redirect_uri, expires_at, is_spent: false });
        self.counts.codes_issued += 1;
        value
    }

    /// Exchanges a code for its grant. A second time, it revokes what the first one gave.
    pub(crate) fn redeem_code(
        &mut self,
        value: &str,
        client_id: &str,
        redirect_uri: &str,
        now: i64,
        tokens: &mut Tokens,
    ) -> Result<Grant, InvalidGrant> {
        let found = self.codes.get_mut(value).filter(|code| code.grant.client_id == client_id);
        let Some(code) = found else {
            return Err(InvalidGrant("Invalid authorization code"));
        };
        if code.is_spent {
            let number = code.grant.number;
            self.counts.codes_reused += 1;
            self.revoke(number, tokens);
            return Err(InvalidGrant("The authorization code was used before"));
        }
        if now >= code.expires_at {
            return Err(InvalidGrant("The authorization code has expired"));
        }
        if code.redirect_uri != redirect_uri {
            return Err(InvalidGrant("redirect_uri is not the one that the code was issued for"));
        }
        code.is_spent = true;
        let grant = code.grant.clone();
        self.counts.codes_redeemed += 1;
        Ok(grant)
    }
}
