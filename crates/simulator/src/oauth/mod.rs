//! What the OAuth service knows: codes, refresh tokens, devices that wait, browsers that are signed in.

mod browser;
mod code;
mod device;
mod refresh;

pub(crate) use browser::{Browser, Browsers};
pub(crate) use device::Poll;

use std::collections::HashMap;

use self::code::Code;
use self::device::Device;
use self::refresh::RefreshToken;
use super::tokens::Tokens;

/// How often the OAuth service did what tests ask about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OAuthCounts {
    /// Authorization codes that were given out.
    pub codes_issued: u64,
    /// Authorization codes that were exchanged for tokens.
    pub codes_redeemed: u64,
    /// Attempts to exchange a code a second time; each revokes what the first one gave.
    pub codes_reused: u64,
    /// Device codes that were given out.
    pub device_codes_issued: u64,
    /// Answers `slow_down`: polls for a device's tokens that came too early.
    pub slow_downs: u64,
    /// Refreshes that gave an access token.
    pub refreshes: u64,
    /// Refreshes with a token that an earlier refresh had spent.
    pub reuse_violations: u64,
}

/// What a person has allowed a client to do.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) user_id: String,
    /// The scopes, separated by blanks.
    pub(crate) scope: String,
    /// Connects the tokens that come from one permission.
    number: u64,
}

impl Grant {
    /// Tells whether a scope was granted.
    pub(crate) fn has(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|granted| granted == scope)
    }
}

/// A grant that must not be used: `invalid_grant` with this description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidGrant(pub(crate) &'static str);

/// The state of the OAuth service.
#[derive(Default)]
pub(crate) struct OAuth {
    pub(crate) browsers: Browsers,
    pub(crate) counts: OAuthCounts,
    codes: HashMap<String, Code>,
    refresh_tokens: HashMap<String, RefreshToken>,
    devices: HashMap<String, Device>,
    /// The access tokens of each grant, by its number.
    access_tokens: HashMap<u64, Vec<String>>,
    grants: u64,
}

impl OAuth {
    /// Records what a person has allowed.
    pub(crate) fn grant(&mut self, client_id: &str, user_id: &str, scope: &str) -> Grant {
        self.grants += 1;
        Grant {
            client_id: client_id.to_owned(),
            user_id: user_id.to_owned(),
            scope: scope.to_owned(),
            number: self.grants,
        }
    }

    /// Notes an access token, so that it dies when its grant is revoked.
    pub(crate) fn gave(&mut self, grant: &Grant, access_token: &str) {
        self.access_tokens.entry(grant.number).or_default().push(access_token.to_owned());
    }

    /// Kills every token that came from a grant.
    fn revoke(&mut self, number: u64, tokens: &mut Tokens) {
        for access_token in self.access_tokens.remove(&number).unwrap_or_default() {
            tokens.kill(&access_token);
        }
        self.refresh_tokens.retain(|_, token| token.grant.number != number);
    }
}

impl std::fmt::Debug for OAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OAuth").field("counts", &self.counts).finish_non_exhaustive()
    }
}

/// Returns the scopes that are granted of those asked for. `profile` is dropped without a word.
pub(crate) fn granted_scope(asked: &str) -> String {
    let known = ["openid", "email", "offline_access"];
    let mut granted: Vec<&str> = Vec::new();
    for scope in asked.split_ascii_whitespace() {
        if known.contains(&scope) && !granted.contains(&scope) {
            granted.push(scope);
        }
    }
    granted.join(" ")
}
