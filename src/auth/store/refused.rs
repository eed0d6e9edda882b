//! What the service has refused for good, and why, so that nobody sends it again to hear the same.

use serde::{Deserialize, Serialize};

use super::machine;
use super::stored::{Stored, fingerprint, now_millis};
use crate::auth::oauth::Refusal;
use crate::secret::Secret;

/// How many refusals are remembered. What falls out is sent, and refused, once more.
const MOST: usize = 100;

/// A refusal of a token or code that will never be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refused {
    /// The fingerprint of what was refused.
    token: String,
    /// The host of the service that has refused it. That of another region may know it.
    host: String,
    refusal: Refusal,
}

impl Refused {
    /// The most that it takes when it is written.
    pub(super) fn room(&self) -> usize {
        6 * (self.host.len() + self.refusal.room()) + 200
    }
}

impl Stored {
    /// Why the service at this host has refused a token or code for good, if it has.
    pub(crate) fn refusal(&self, token: &Secret, host: &str) -> Option<&Refusal> {
        let token = fingerprint(token);
        let mut known = self.refused.iter();
        known.find(|it| it.token == token && it.host == host).map(|it| &it.refusal)
    }

    /// Remembers why the service at this host has refused a token or code for good. `ahead` is how
    /// far its clock is ahead of this machine's.
    pub(crate) fn refuse(
        &mut self,
        token: &Secret,
        host: String,
        refusal: Refusal,
        ahead: Option<i64>,
    ) {
        if let Some(ahead) = ahead {
            self.ahead = ahead;
            self.machine = machine::name();
        }
        let at = now_millis().saturating_add_signed(ahead.unwrap_or(0));
        let token = fingerprint(token);
        self.note_refused(Refused { token, host, refusal: refusal.of_then(at) });
    }

    pub(super) fn note_refused(&mut self, new: Refused) {
        self.refused.retain(|it| it.token != new.token || it.host != new.host);
        self.refused.push(new);
        if self.refused.len() > MOST {
            self.refused.remove(0);
        }
    }
}
