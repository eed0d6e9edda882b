//! Access tokens, of the authentication service and of OAuth: issued, refreshed, expired, dead.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use super::clock::millis;
use super::ids;
use super::secret::{unguessable, unguessable_hex};

/// What is known about a token, apart from its value.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) user_id: String,
    pub(crate) token_id: String,
    pub(crate) refresh_id: String,
    pub(crate) expires_at: i64,
}

/// Every token that was issued and isn't dead.
pub(crate) struct Tokens {
    alive: HashMap<String, Token>,
    lifetime_ms: i64,
    issued: u64,
}

impl Tokens {
    /// Starts without tokens.
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self { alive: HashMap::new(), lifetime_ms: millis(lifetime), issued: 0 }
    }

    /// Sets how long tokens live that are issued or refreshed from now on.
    pub(crate) fn set_lifetime(&mut self, lifetime: Duration) {
        self.lifetime_ms = millis(lifetime);
    }

    /// Returns how many tokens were issued.
    pub(crate) fn issued(&self) -> u64 {
        self.issued
    }

    /// Issues a token: its value, and what is known about it.
    pub(crate) fn issue(&mut self, user_id: &str, now_ms: i64) -> (String, Token) {
        // By chance, so that a token of one simulator is worth nothing at another.
        let value = format!("simulated.{}", unguessable_hex(6));
        let token = Token {
            user_id: user_id.to_owned(),
            token_id: ids::dashed(unguessable(), unguessable()),
            refresh_id: ids::dashed(unguessable(), unguessable()),
            expires_at: now_ms.saturating_add(self.lifetime_ms),
        };
        self.issued += 1;
        self.alive.insert(value.clone(), token.clone());
        (value, token)
    }

    /// Finds a token that hasn't expired.
    pub(crate) fn find(&self, value: &str, now_ms: i64) -> Option<&Token> {
        self.alive.get(value).filter(|token| now_ms < token.expires_at)
    }

    /// Prolongs a token, keeping its value.
    pub(crate) fn refresh(&mut self, value: &str, now_ms: i64) -> Option<Token> {
        let lifetime = self.lifetime_ms;
        let token = self.alive.get_mut(value).filter(|token| now_ms < token.expires_at)?;
        token.expires_at = now_ms.saturating_add(lifetime);
        Some(token.clone())
    }

    /// Kills one token.
    pub(crate) fn kill(&mut self, value: &str) {
        self.alive.remove(value);
    }

    /// Kills every token.
    pub(crate) fn kill_all(&mut self) {
        self.alive.clear();
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("alive", &self.alive.len()).finish_non_exhaustive()
    }
}
