//! Counters: what a simulator has done since its start, however short its request log is.

use std::sync::atomic::{AtomicU64, Ordering};

use super::oauth::OAuthCounts;
use super::sign_ins::SignInCounts;

/// What a simulator has done since its start, or since its counters were reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Requests that arrived.
    pub requests: u64,
    /// Requests that are being answered now.
    pub in_flight: u64,
    /// The most requests that were being answered at the same time.
    pub peak_in_flight: u64,
    /// Bytes of bodies that were handed to connections.
    pub bytes_sent: u64,
    /// Tokens that were issued.
    pub tokens_issued: u64,
    /// Tasks that were started.
    pub tasks_started: u64,
    /// How users signed in at the authentication service.
    pub sign_ins: SignInCounts,
    /// What the OAuth service did, misuse of spent tokens among it.
    pub oauth: OAuthCounts,
}

/// The counters of the traffic, shared by all log entries.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    requests: AtomicU64,
    in_flight: AtomicU64,
    peak: AtomicU64,
    sent: AtomicU64,
}

impl Traffic {
    pub(crate) fn begin(&self) {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.peak.fetch_max(now, Ordering::SeqCst);
    }

    pub(crate) fn end(&self) {
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
    }

    pub(crate) fn add_sent(&self, bytes: u64) {
        self.sent.fetch_add(bytes, Ordering::SeqCst);
    }

    /// Starts anew. What is being answered stays counted.
    pub(crate) fn reset(&self) {
        self.requests.store(0, Ordering::SeqCst);
        self.sent.store(0, Ordering::SeqCst);
        self.peak.store(self.in_flight.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    /// Returns the counters; those that others keep are zero.
    pub(crate) fn counters(&self) -> Counters {
        Counters {
            requests: self.requests.load(Ordering::SeqCst),
            in_flight: self.in_flight.load(Ordering::SeqCst),
            peak_in_flight: self.peak.load(Ordering::SeqCst),
            bytes_sent: self.sent.load(Ordering::SeqCst),
            ..Counters::default()
        }
    }
}
