//! When the same request may be sent again, and after how long.

use std::time::{Duration, SystemTime};

use backon::BackoffBuilder;
use http::{HeaderMap, StatusCode, header};

use super::TransportErrorKind;

/// The wait after a 429 that names none (Anaplan's buckets refill ten requests a second).
const UNNAMED_WAIT: Duration = Duration::from_secs(10);

/// How often and how long one request is tried again.
#[derive(Debug, Clone)]
pub struct RetryPolicy {
    /// Repetitions after the first attempt.
    pub max_retries: usize,
    /// The first pause; each further one is twice as long, plus up to its own length at random.
    pub min_delay: Duration,
    /// The longest pause that is chosen here. A `Retry-After` may be longer.
    pub max_delay: Duration,
    /// The time from the first attempt after which no other one starts.
    pub budget: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_retries: 5,
            min_delay: Duration::from_millis(250),
            max_delay: Duration::from_secs(20),
            budget: Duration::from_secs(180),
        }
    }
}

impl RetryPolicy {
    /// The pauses between attempts, jittered so that many clients don't come back at once.
    pub(super) fn delays(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        backon::ExponentialBuilder::default()
            .with_min_delay(self.min_delay)
            .with_max_delay(self.max_delay)
            .with_factor(2.0)
            .with_jitter()
            .with_max_times(self.max_retries)
            .build()
    }
}

/// What came of one attempt.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// An answer with this status and these headers.
    Answer(StatusCode, &'a HeaderMap),
    /// No answer, or half of one.
    Failure(TransportErrorKind),
}

/// What to do after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Hand the outcome to the caller.
    Final,
    /// Send it again after the policy's pause, or after this one if it is longer.
    Retry(Option<Duration>),
    /// As `Retry`; moreover nothing at all may be sent to this service before the time is over.
    RetryThrottled(Duration),
}

/// Decides whether a request may be sent again.
///
/// `repeatable` requests are those that do no more when they run twice. Others are repeated only
/// after an answer which says that the service did not even look at them (429).
pub fn classify(repeatable: bool, outcome: Outcome<'_>, now: SystemTime) -> Verdict {
    match outcome {
        Outcome::Answer(StatusCode::TOO_MANY_REQUESTS, headers) => {
            Verdict::RetryThrottled(retry_after(headers, now).unwrap_or(UNNAMED_WAIT))
        }
        Outcome::Answer(status, headers) if repeatable && is_passing(status) => {
            Verdict::Retry(retry_after(headers, now))
        }
        Outcome::Failure(
            TransportErrorKind::Connect
            | TransportErrorKind::Timeout
            | TransportErrorKind::Interrupted,
        ) if repeatable => Verdict::Retry(None),
        Outcome::Answer(..) | Outcome::Failure(_) => Verdict::Final,
    }
}

/// Whether the same request may well succeed a moment later. 423, 424 and 425 are states of an
/// Anaplan model that last for longer than anybody wants to wait.
fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 500 | 502 | 503 | 504)
}

/// The longest `Retry-After` that is taken at its word; more is a mistake somewhere.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads `Retry-After` (RFC 9110, 10.2.3): seconds, or a date.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(LONGEST_WAIT));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    // The date is by the service's clock; so is `Date`, if it is there.
    let now = headers
        .get(header::DATE)
        .and_then(|v| httpdate::parse_http_date(v.to_str().ok()?).ok())
        .unwrap_or(now);
    Some(date.duration_since(now).unwrap_or_default().min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().expect("a header value")))
            .collect()
    }

    #[test]
    fn every_outcome_has_its_verdict() {
        use TransportErrorKind::{Connect, Interrupted, Invalid, Timeout};
        let none = HeaderMap::new();
        let now = SystemTime::now();
        let again = Verdict::Retry(None);
        for (status, safe, unsafe_) in [
            (200, Verdict::Final, Verdict::Final),
            (400, Verdict::Final, Verdict::Final),
            (401, Verdict::Final, Verdict::Final),
            (404, Verdict::Final, Verdict::Final),
            (408, again, Verdict::Final),
            (409, Verdict::Final, Verdict::Final),
            (423, Verdict::Final, Verdict::Final),
            (424, Verdict::Final, Verdict::Final),
            (425, Verdict::Final, Verdict::Final),
            (429, Verdict::RetryThrottled(UNNAMED_WAIT), Verdict::RetryThrottled(UNNAMED_WAIT)),
            (500, again, Verdict::Final),
            (501, Verdict::Final, Verdict::Final),
            (502, again, Verdict::Final),
            (503, again, Verdict::Final),
            (504, again, Verdict::Final),
        ] {
            let answer = Outcome::Answer(StatusCode::from_u16(status).expect("a status"), &none);
            assert_eq!(classify(true, answer, now), safe, "{status}, repeatable");
            assert_eq!(classify(false, answer, now), unsafe_, "{status}, not repeatable");
        }
        for kind in [Connect, Timeout, Interrupted] {
            assert_eq!(classify(true, Outcome::Failure(kind), now), again, "{kind:?}");
            assert_eq!(classify(false, Outcome::Failure(kind), now), Verdict::Final, "{kind:?}");
        }
        assert_eq!(classify(true, Outcome::Failure(Invalid), now), Verdict::Final);
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let now = SystemTime::now();
        let wait = |pairs: &[(header::HeaderName, &str)]| {
            classify(true, Outcome::Answer(StatusCode::SERVICE_UNAVAILABLE, &headers(pairs)), now)
        };
        assert_eq!(
            wait(&[(header::RETRY_AFTER, " 7 ")]),
            Verdict::Retry(Some(Duration::from_secs(7)))
        );
        assert_eq!(
            wait(&[
                (header::RETRY_AFTER, "Fri, 31 Dec 1999 23:59:59 GMT"),
                (header::DATE, "Fri, 31 Dec 1999 23:59:29 GMT"),
            ]),
            Verdict::Retry(Some(Duration::from_secs(30)))
        );
        // More seconds than there are, a date in the past, and nonsense.
        assert_eq!(
            wait(&[(header::RETRY_AFTER, "18446744073709551615")]),
            Verdict::Retry(Some(LONGEST_WAIT))
        );
        assert_eq!(
            wait(&[(header::RETRY_AFTER, "Fri, 31 Dec 1999 23:59:59 GMT")]),
            Verdict::Retry(Some(Duration::ZERO))
        );
        assert_eq!(wait(&[(header::RETRY_AFTER, "soon")]), Verdict::Retry(None));
    }

    #[test]
    fn pauses_grow_with_jitter_and_end() {
        let policy = RetryPolicy {
            max_retries: 4,
            min_delay: Duration::from_millis(100),
            max_delay: Duration::from_millis(300),
            ..RetryPolicy::default()
        };
        let delays: Vec<_> = policy.delays().collect();
        assert_eq!(delays.len(), 4);
        for (delay, base) in delays.iter().zip([100, 200, 300, 300]) {
            let base = Duration::from_millis(base);
            assert!(*delay >= base && *delay <= 2 * base, "{delays:?}");
        }
    }
}
