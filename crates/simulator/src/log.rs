//! The request log.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderMap;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};

use super::counters::Traffic;
use super::path::matches;

/// One request as the log keeps it. It holds no token and no password.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RequestRecord {
    /// The method.
    pub method: String,
    /// The path as it was sent.
    pub path: String,
    /// The query string as it was sent.
    pub query: Option<String>,
    /// The status; 0 when the connection was cut, or while there is no answer yet.
    pub status: u16,
    /// When it arrived, in milliseconds since 1970 on the simulator's clock.
    pub at: i64,
    /// Bytes of the answer's body handed to the connection so far.
    pub body_bytes_sent: u64,
    /// The first word of the `Authorization` header, if it is one of the known schemes, else `?`.
    pub authorization_scheme: Option<String>,
    /// The `Accept` header.
    pub accept: Option<String>,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
    /// Whether the exchange is over: answered in full, cut, or given up by the client.
    pub finished: bool,
}

/// A log entry that the answer still writes to.
#[derive(Debug)]
pub(crate) struct Entry {
    record: RequestRecord,
    traffic: Arc<Traffic>,
    status: AtomicU16,
    sent: AtomicU64,
    finished: AtomicBool,
}

impl Entry {
    pub(crate) fn set_status(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    pub(crate) fn add_sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::SeqCst);
        self.traffic.add_sent(bytes as u64);
    }

    pub(crate) fn finish(&self) {
        // More than one place may find out that the exchange is over.
        if !self.finished.swap(true, Ordering::SeqCst) {
            self.traffic.end();
        }
    }

    fn snapshot(&self) -> RequestRecord {
        RequestRecord {
            status: self.status.load(Ordering::SeqCst),
            body_bytes_sent: self.sent.load(Ordering::SeqCst),
            finished: self.finished.load(Ordering::SeqCst),
            ..self.record.clone()
        }
    }
}

/// Keeps the latest requests, in order of arrival.
#[derive(Debug)]
pub(crate) struct RequestLog {
    entries: Mutex<VecDeque<Arc<Entry>>>,
    keep: usize,
    pub(crate) traffic: Arc<Traffic>,
}

impl RequestLog {
    pub(crate) fn new(keep: usize) -> Self {
        Self { entries: Mutex::default(), keep, traffic: Arc::default() }
    }

    /// Enters a request that has just arrived.
    pub(crate) fn arrive(&self, parts: &http::request::Parts, at: i64) -> Arc<Entry> {
        let text = |name| text(&parts.headers, name);
        self.traffic.begin();
        let entry = Arc::new(Entry {
            record: RequestRecord {
                method: parts.method.to_string(),
                path: parts.uri.path().to_owned(),
                query: parts.uri.query().map(str::to_owned),
                status: 0,
                at,
                body_bytes_sent: 0,
                authorization_scheme: parts.headers.get(AUTHORIZATION).map(scheme),
                accept: text(ACCEPT),
                content_type: text(CONTENT_TYPE),
                user_agent: text(USER_AGENT),
                finished: false,
            },
            traffic: Arc::clone(&self.traffic),
            status: AtomicU16::new(0),
            sent: AtomicU64::new(0),
            finished: AtomicBool::new(false),
        });
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push_back(Arc::clone(&entry));
        while entries.len() > self.keep {
            entries.pop_front();
        }
        entry
    }

    pub(crate) fn all(&self) -> Vec<RequestRecord> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().map(|entry| entry.snapshot()).collect()
    }

    pub(crate) fn count(&self, method: &str, pattern: &str) -> usize {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries
            .iter()
            .filter(|entry| method == "*" || entry.record.method.eq_ignore_ascii_case(method))
            .filter(|entry| matches(pattern, &entry.record.path))
            .count()
    }

    pub(crate) fn clear(&self) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn text(headers: &HeaderMap, name: http::HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Names the scheme, and nothing else: a header without a scheme may be a bare token.
fn scheme(value: &http::HeaderValue) -> String {
    let word = value.to_str().unwrap_or_default().split(' ').next().unwrap_or_default();
    let known = ["AnaplanAuthToken", "AnaplanApiKey", "Basic", "Bearer", "CACertificate"];
    known.into_iter().find(|known| known.eq_ignore_ascii_case(word)).unwrap_or("?").to_owned()
}
