//! Faults: rules that make chosen requests go wrong.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};

use super::path::matches;

/// A rule that makes some requests go wrong.
///
/// Rules are tried in the order they were injected, before routing and authentication; the first
/// one that matches and is due decides. A rule counts every request that matches it.
///
/// ```text
/// Fault::on("GET", "/2/0/models/*/files/*/chunks/*").skip(2).reset()     the third chunk is cut off
/// Fault::on("*", "/2/0/**").forever().status(503).header("Retry-After", "1")
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    method: String,
    pattern: String,
    skip: u64,
    times: Option<u64>,
    seen: u64,
    late: bool,
    action: Action,
}

#[derive(Clone, Debug)]
pub(crate) enum Action {
    Answer { status: StatusCode, headers: Vec<(HeaderName, HeaderValue)>, body: Bytes },
    Delay(Duration),
    Reset,
    LoseAnswer,
    Truncate(u64),
    ExpiredToken,
}

impl Fault {
    /// Makes a rule for a method (`*` for any) and a path pattern, for the next request, answering 500.
    ///
    /// In the pattern `*` stands for one segment and `**` for any tail; the form without the
    /// workspace also matches the form with it.
    pub fn on(method: &str, path_pattern: &str) -> Self {
        Self {
            method: method.to_ascii_uppercase(),
            pattern: path_pattern.to_owned(),
            skip: 0,
            times: Some(1),
            seen: 0,
            late: false,
            action: Action::Answer {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                headers: Vec::new(),
                body: Bytes::new(),
            },
        }
    }

    /// Lets the first `n` matching requests pass.
    #[must_use]
    pub fn skip(mut self, n: u64) -> Self {
        self.skip = n;
        self
    }

    /// Strikes `n` times instead of once.
    #[must_use]
    pub fn times(mut self, n: u64) -> Self {
        self.times = Some(n);
        self
    }

    /// Strikes every time.
    #[must_use]
    pub fn forever(mut self) -> Self {
        self.times = None;
        self
    }

    /// Answers a status with an empty body; the request isn't executed. An impossible code becomes 500.
    #[must_use]
    pub fn status(mut self, code: u16) -> Self {
        let status = StatusCode::from_u16(code)
            .ok()
            .filter(|status| !status.is_informational())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        self.action = Action::Answer { status, headers: Vec::new(), body: Bytes::new() };
        self
    }

    /// Adds a header to the answer of [`Fault::status`]; one that HTTP doesn't allow is left out.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Action::Answer { headers, .. } = &mut self.action
            && let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
        {
            headers.push((name, value));
        }
        self
    }

    /// Sets the body of the answer of [`Fault::status`].
    #[must_use]
    pub fn body(mut self, content_type: &str, bytes: impl Into<Bytes>) -> Self {
        if let Action::Answer { body, .. } = &mut self.action {
            *body = bytes.into();
        }
        self.header("content-type", content_type)
    }

    /// Waits in real time, then serves the request normally.
    #[must_use]
    pub fn delay(mut self, time: Duration) -> Self {
        self.action = Action::Delay(time);
        self
    }

    /// Executes the request before [`Fault::status`] and [`Fault::delay`] strike, as when a gateway
    /// loses patience with a service that goes on.
    #[must_use]
    pub fn late(mut self) -> Self {
        self.late = true;
        self
    }

    /// Drops the connection; the request isn't executed.
    #[must_use]
    pub fn reset(mut self) -> Self {
        self.action = Action::Reset;
        self
    }

    /// Executes the request, then drops the connection before any byte of the answer.
    #[must_use]
    pub fn lose_answer(mut self) -> Self {
        self.action = Action::LoseAnswer;
        self
    }

    /// Executes the request and sends its headers, with the full length, then cuts the connection
    /// after `after_bytes` bytes of the body.
    #[must_use]
    pub fn truncate_body(mut self, after_bytes: u64) -> Self {
        self.action = Action::Truncate(after_bytes);
        self
    }

    /// Answers 200 with JSON that ends in the middle; the request isn't executed.
    #[must_use]
    pub fn bad_json(self) -> Self {
        self.status(200).body("application/json", r#"{"meta":{"schema":"https://api"#)
    }

    /// Answers 200 with an HTML page; the request isn't executed.
    #[must_use]
    pub fn html(self) -> Self {
        let page = "<!DOCTYPE html><html><head><title>Anaplan</title></head><body>Please sign in.</body></html>";
        self.status(200).body("text/html; charset=utf-8", page)
    }

    /// The method and the pattern.
    pub(crate) fn on_text(&self) -> String {
        format!("{} {}", self.method, self.pattern)
    }

    /// How many requests matched so far.
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    /// How many requests it struck so far.
    pub(crate) fn struck(&self) -> u64 {
        let due = self.seen.saturating_sub(self.skip);
        self.times.map_or(due, |times| due.min(times))
    }

    /// How many it will strike yet; nothing for no end.
    pub(crate) fn left(&self) -> Option<u64> {
        self.times.map(|times| times.saturating_sub(self.struck()))
    }

    /// What it does, in the words of scenario files.
    pub(crate) fn deed(&self) -> String {
        let late = if self.late { "late " } else { "" };
        match &self.action {
            Action::Answer { status, .. } => format!("{late}status {}", status.as_u16()),
            Action::Delay(time) => format!("{late}delay {time:?}"),
            Action::Reset => "reset".to_owned(),
            Action::LoseAnswer => "lose_answer".to_owned(),
            Action::Truncate(bytes) => format!("truncate {bytes}"),
            Action::ExpiredToken => "expired_token".to_owned(),
        }
    }

    /// Answers 401, and the token that the request used is dead from now on.
    #[must_use]
    pub fn expired_token(mut self) -> Self {
        self.action = Action::ExpiredToken;
        self
    }
}

/// The rules in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<Fault>,
}

impl Faults {
    /// Adds a rule.
    pub(crate) fn add(&mut self, fault: Fault) {
        self.rules.push(fault);
    }

    /// Removes every rule.
    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// Returns every rule.
    pub(crate) fn all(&self) -> &[Fault] {
        &self.rules
    }

    /// Returns what goes wrong with a request, if anything does, and whether only after it was
    /// executed.
    pub(crate) fn strike(&mut self, method: &str, path: &str) -> Option<(Action, bool)> {
        for rule in &mut self.rules {
            if (rule.method != "*" && rule.method != method) || !matches(&rule.pattern, path) {
                continue;
            }
            rule.seen += 1;
            let due = rule.seen.saturating_sub(rule.skip);
            if due > 0 && rule.times.is_none_or(|times| due <= times) {
                return Some((rule.action.clone(), rule.late));
            }
        }
        None
    }
}
