//! What is stored of a sign-in.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::intent::{Intent, Spent};
use super::machine;
use super::refused::Refused;
use crate::auth::oauth::Grant;
use crate::config::OAuthGrantType;
use crate::secret::Secret;

/// How many tokens from outside are remembered: those of some hundred sign-ins.
const MOST_SEEN: usize = 1000;

/// The tokens of a sign-in, and what is known about them.
///
/// All moments are milliseconds since 1970 by the service's clock where that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stored {
    /// The OAuth client that the tokens were granted to.
    pub client_id: String,
    /// The grant for which the client is registered.
    pub grant_type: OAuthGrantType,
    /// The host (and port) of the OAuth service that granted the tokens.
    pub host: String,
    /// The e-mail address of the user who signed in, where the service has named it.
    pub user: Option<String>,
    /// The scopes granted, separated by blanks.
    pub scope: Option<String>,
    /// The token that requests carry. None if only a refresh token was carried over.
    pub access_token: Option<Secret>,
    /// When the access token ends, if that is known.
    pub expires_at: Option<u64>,
    /// When the access token was obtained.
    pub obtained_at: u64,
    /// What buys the next access token.
    pub refresh_token: Option<Secret>,
    /// When the refresh token was obtained.
    pub refresh_obtained_at: u64,
    /// Whether refresh tokens of this client work once only. None before the first refresh.
    pub rotates: Option<bool>,
    /// Grows with every grant: of two copies, the one with the higher number is the newer one.
    pub generation: u64,
    /// A refresh that was begun, and whose end nobody has noted.
    pub pending: Option<Intent>,
    /// The same of a refresh token or code from outside. It stays when that turned out to be spent.
    pub pending_given: Option<Intent>,
    /// How far the service's clock was ahead of that of `machine`, in milliseconds.
    pub(crate) ahead: i64,
    /// The machine that has written this.
    pub(crate) machine: String,
    /// Fingerprints of tokens and codes from outside that have been taken over.
    pub(crate) seen: Vec<String>,
    /// What the service has refused for good.
    pub(crate) refused: Vec<Refused>,
    /// The redirect URI of the last sign-in with a code.
    pub(crate) callback_url: Option<String>,
}

impl Stored {
    /// An entry without tokens, for a client of the service on this host.
    pub fn new(
        client_id: impl Into<String>,
        grant_type: OAuthGrantType,
        host: impl Into<String>,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            grant_type,
            host: host.into(),
            user: None,
            scope: None,
            access_token: None,
            expires_at: None,
            obtained_at: 0,
            refresh_token: None,
            refresh_obtained_at: 0,
            rotates: None,
            generation: 0,
            pending: None,
            pending_given: None,
            ahead: 0,
            machine: machine::name(),
            seen: Vec::new(),
            refused: Vec::new(),
            callback_url: None,
        }
    }

    /// The entry after a sign-in: nothing of the old tokens stays, but the generation goes on.
    pub(crate) fn signed_in(mut self, grant: &Grant, host: String, ahead: Option<i64>) -> Self {
        self.remember_grant(grant);
        self.refresh_token = None;
        self.rotates = None;
        self.user = None;
        self.host = host;
        self.take(grant, ahead)
    }

    /// The entry with tokens that were obtained elsewhere, `issued` then to live for `life`. Nothing
    /// of the old tokens stays: they may be another user's.
    pub(crate) fn carried_over(
        mut self,
        access_token: Option<&Secret>,
        refresh_token: Option<&Secret>,
        issued: Option<u64>,
        life: Option<Duration>,
        host: String,
    ) -> Self {
        [access_token, refresh_token].into_iter().flatten().for_each(|token| self.remember(token));
        self.access_token = access_token.cloned();
        self.obtained_at = issued.unwrap_or_else(now_millis);
        // A life counts from a moment: without that it says nothing.
        self.expires_at =
            issued.zip(life).map(|(issued, life)| issued.saturating_add(millis(life)));
        self.refresh_token = refresh_token.cloned();
        self.refresh_obtained_at = self.obtained_at;
        self.rotates = None;
        self.user = None;
        self.scope = None;
        self.host = host;
        self.machine = machine::name();
        self.ahead = 0;
        self.generation = self.generation.saturating_add(1);
        self.pending = None;
        self.pending_given = None;
        self
    }

    /// The entry after a refresh.
    pub(crate) fn refreshed(&self, grant: &Grant, ahead: Option<i64>) -> Self {
        let new = grant.refresh_token.as_ref();
        let rotates = new.is_some_and(|new| Some(new) != self.refresh_token.as_ref());
        Self { rotates: Some(rotates), ..self.clone() }.take(grant, ahead)
    }

    fn take(mut self, grant: &Grant, ahead: Option<i64>) -> Self {
        self.ahead = ahead.unwrap_or(0);
        let now = now_millis().saturating_add_signed(self.ahead);
        self.access_token = Some(grant.access_token.clone());
        self.obtained_at = now;
        self.expires_at = grant.expires_in.map(|life| now.saturating_add(millis(life)));
        if let Some(refresh_token) = &grant.refresh_token
            && self.refresh_token.as_ref() != Some(refresh_token)
        {
            self.refresh_token = Some(refresh_token.clone());
            self.refresh_obtained_at = now;
        }
        if grant.user.is_some() {
            self.user.clone_from(&grant.user);
        }
        if grant.scope.is_some() {
            self.scope.clone_from(&grant.scope);
        }
        self.machine = machine::name();
        self.generation = self.generation.saturating_add(1);
        self.pending = None;
        self.pending_given = None;
        self
    }

    /// How long the access token is still valid; None if nobody knows. `ahead` is how far the
    /// service's clock is ahead of this machine's, if that is known.
    pub fn life_left(&self, ahead: Option<i64>) -> Option<Duration> {
        let now = now_millis().saturating_add_signed(self.ahead(ahead));
        self.expires_at.map(|end| Duration::from_millis(end.saturating_sub(now)))
    }

    /// The difference of clocks that is known now, else the one that this machine has noted.
    pub(crate) fn ahead(&self, known: Option<i64>) -> i64 {
        known.unwrap_or_else(|| if self.machine == machine::name() { self.ahead } else { 0 })
    }

    /// Whether there is anything to sign in with. An entry may only know what is of no use.
    pub fn holds_tokens(&self) -> bool {
        self.access_token.is_some() || self.refresh_token.is_some()
    }

    /// The note that this is about to be spent, if its end is not known.
    pub(crate) fn note_of(&self, spent: &Spent) -> Option<&Intent> {
        match spent {
            Spent::Stored => self.pending.as_ref().filter(|it| it.generation == self.generation),
            given => self.pending_given.as_ref().filter(|it| it.spent == *given),
        }
    }

    /// The entry with another note about this, or none.
    pub(crate) fn noting(mut self, spent: &Spent, note: Option<Intent>) -> Self {
        match spent {
            Spent::Stored => self.pending = note,
            _ => self.pending_given = note,
        }
        self
    }

    /// Whether a token or code from outside has been taken over before.
    pub(crate) fn has_seen(&self, token: &Secret) -> bool {
        self.access_token.as_ref() == Some(token)
            || self.refresh_token.as_ref() == Some(token)
            || self.seen.contains(&fingerprint(token))
    }

    /// Remembers a token or code from outside.
    pub(crate) fn remember(&mut self, token: &Secret) {
        self.see(fingerprint(token));
    }

    /// Remembers what was granted. Whoever has signed in may have been shown it, and may put it into
    /// a connection string: it must not come back after it has been replaced.
    pub(crate) fn remember_grant(&mut self, grant: &Grant) {
        let tokens = [Some(&grant.access_token), grant.refresh_token.as_ref()];
        tokens.into_iter().flatten().for_each(|token| self.remember(token));
    }

    /// Remembers what another entry does, which this one takes the place of.
    #[cfg(any(test, feature = "cli"))]
    pub(crate) fn inherit(&mut self, before: Self) {
        let own = std::mem::replace(&mut self.seen, before.seen);
        own.into_iter().for_each(|fingerprint| self.see(fingerprint));
        let own = std::mem::replace(&mut self.refused, before.refused);
        own.into_iter().for_each(|refused| self.note_refused(refused));
        // Of two entries, the one with the higher number counts as newer. The note about its refresh
        // token goes along.
        let generation = self.generation.max(before.generation.saturating_add(1));
        let own = self.generation;
        if let Some(note) = self.pending.as_mut().filter(|note| note.generation == own) {
            note.generation = generation;
        }
        self.generation = generation;
    }

    fn see(&mut self, fingerprint: String) {
        if !self.seen.contains(&fingerprint) {
            self.seen.push(fingerprint);
            if self.seen.len() > MOST_SEEN {
                self.seen.remove(0);
            }
        }
    }
}

/// What tells a token without being one.
pub(crate) fn fingerprint(token: &Secret) -> String {
    let hash = digest(&SHA256, token.expose().as_bytes());
    hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Now, by this machine's clock.
pub(crate) fn now_millis() -> u64 {
    epoch_millis(SystemTime::now())
}

pub(crate) fn epoch_millis(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, millis)
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A moment in words for people.
pub(crate) fn moment(at: u64) -> String {
    let time = i64::try_from(at).ok().and_then(DateTime::<Utc>::from_timestamp_millis);
    time.map_or_else(
        || "at an unknown time".into(),
        |t| t.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// The form in which an entry is encrypted. Secrets move in and out without a copy.
#[derive(Serialize, Deserialize)]
struct Wire<T> {
    client_id: String,
    grant_type: String,
    host: String,
    user: Option<String>,
    scope: Option<String>,
    access_token: Option<T>,
    expires_at: Option<u64>,
    obtained_at: u64,
    refresh_token: Option<T>,
    refresh_obtained_at: u64,
    rotates: Option<bool>,
    generation: u64,
    pending: Option<Intent>,
    #[serde(default)]
    pending_given: Option<Intent>,
    ahead: i64,
    machine: String,
    seen: Vec<String>,
    #[serde(default)]
    refused: Vec<Refused>,
    #[serde(default)]
    callback_url: Option<String>,
}

impl Stored {
    /// The entry as JSON.
    pub(super) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let this = self.clone();
        let wire = Wire {
            client_id: this.client_id,
            grant_type: this.grant_type.as_str().to_owned(),
            host: this.host,
            user: this.user,
            scope: this.scope,
            access_token: self.access_token.as_ref().map(Secret::expose),
            expires_at: this.expires_at,
            obtained_at: this.obtained_at,
            refresh_token: self.refresh_token.as_ref().map(Secret::expose),
            refresh_obtained_at: this.refresh_obtained_at,
            rotates: this.rotates,
            generation: this.generation,
            pending: this.pending,
            pending_given: this.pending_given,
            ahead: this.ahead,
            machine: this.machine,
            seen: this.seen,
            refused: this.refused,
            callback_url: this.callback_url,
        };
        // Enough from the start, or growing would leave copies behind.
        let tokens = [&self.access_token, &self.refresh_token].into_iter().flatten();
        let room: usize = tokens.map(|token| 6 * token.expose().len()).sum();
        let callback: usize = self.callback_url.as_ref().map_or(0, |url| 6 * url.len());
        let refused: usize = self.refused.iter().map(Refused::room).sum();
        let room = room + 48 * self.seen.len() + callback + refused;
        let mut bytes = Zeroizing::new(Vec::with_capacity(16_384 + room));
        serde_json::to_writer(&mut *bytes, &wire)
            .expect("text and numbers fit JSON, and memory takes them");
        bytes
    }

    /// Reads an entry from JSON.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let wire: Wire<String> = serde_json::from_slice(bytes).ok()?;
        let grant_types = OAuthGrantType::ALL.iter().copied();
        Some(Self {
            client_id: wire.client_id,
            grant_type: grant_types.into_iter().find(|kind| kind.as_str() == wire.grant_type)?,
            host: wire.host,
            user: wire.user,
            scope: wire.scope,
            access_token: wire.access_token.map(Secret::new),
            expires_at: wire.expires_at,
            obtained_at: wire.obtained_at,
            refresh_token: wire.refresh_token.map(Secret::new),
            refresh_obtained_at: wire.refresh_obtained_at,
            rotates: wire.rotates,
            generation: wire.generation,
            pending: wire.pending,
            pending_given: wire.pending_given,
            ahead: wire.ahead,
            machine: wire.machine,
            seen: wire.seen,
            refused: wire.refused,
            callback_url: wire.callback_url,
        })
    }
}

#[cfg(test)]
#[path = "stored_tests.rs"]
mod tests;
