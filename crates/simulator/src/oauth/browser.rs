//! Browsers that were shown a page: who is signed in, and what proves that a form came from the page.

use std::collections::HashMap;

use super::super::secret::unguessable_hex;

/// How long a browser is remembered.
const LIFETIME_MS: i64 = 60 * 60 * 1000;

/// What is known about a browser.
#[derive(Clone)]
pub(crate) struct Browser {
    /// The value of its cookie.
    pub(crate) cookie: String,
    /// The value that each form of its pages carries, and that no other site knows.
    pub(crate) csrf: String,
    /// Who is signed in.
    pub(crate) user_id: Option<String>,
    expires_at: i64,
}

/// The browsers of the last hour.
#[derive(Default)]
pub(crate) struct Browsers {
    known: HashMap<String, Browser>,
}

impl Browsers {
    /// Meets a browser; with a user who has just signed in, or nobody.
    pub(crate) fn open(&mut self, user_id: Option<String>, now: i64) -> Browser {
        self.known.retain(|_, browser| now < browser.expires_at);
        let browser = Browser {
            cookie: unguessable_hex(4),
            csrf: unguessable_hex(4),
            user_id,
            expires_at: now.saturating_add(LIFETIME_MS),
        };
        self.known.insert(browser.cookie.clone(), browser.clone());
        browser
    }

    /// Finds a browser by its cookie.
    pub(crate) fn find(&self, cookie: &str, now: i64) -> Option<Browser> {
        self.known.get(cookie).filter(|browser| now < browser.expires_at).cloned()
    }

    /// Forgets a browser.
    pub(crate) fn forget(&mut self, cookie: &str) {
        self.known.remove(cookie);
    }
}
