//! How users signed in at the authentication service.

use std::collections::HashSet;

/// How often users signed in at the authentication service, and by what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignInCounts {
    /// Sign-ins with user name and password.
    pub basic: u64,
    /// Sign-ins with a certificate and a payload of random bytes only.
    pub certificate_v1: u64,
    /// Sign-ins with a certificate and a payload that begins with the time.
    pub certificate_v2: u64,
    /// Certificate payloads that came a second time, whether they were let in or not.
    pub payloads_reused: u64,
}

/// The counts, and the certificate payloads that were accepted so far.
#[derive(Debug, Default)]
pub(crate) struct SignIns {
    pub(crate) counts: SignInCounts,
    payloads: HashSet<Vec<u8>>,
}

impl SignIns {
    /// Notes a payload; returns whether it is new.
    pub(crate) fn is_new(&mut self, payload: &[u8]) -> bool {
        let is_new = self.payloads.insert(payload.to_vec());
        if !is_new {
            self.counts.payloads_reused += 1;
        }
        is_new
    }
}
