//! Tokens, where they come from, and when a new one is asked for.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderValue;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::error::{Error, ErrorKind, Result};
use crate::http::Authorize;
use crate::secret::Secret;

/// A token is renewed when it has less than this left, as Anaplan's own client does.
const RENEW_AHEAD: Duration = Duration::from_secs(5 * 60);

/// After a renewal ahead of time failed, the old token is used this long before the next try.
const RENEWAL_PAUSE: Duration = Duration::from_secs(30);

/// A token and how long it lives.
#[derive(Debug, Clone)]
pub struct AccessToken {
    value: Secret,
    expires: Option<Instant>,
}

impl AccessToken {
    /// A token that is taken to live until the service refuses it.
    pub fn new(value: Secret) -> Self {
        Self { value, expires: None }
    }

    /// Says how long from now the token is valid.
    #[must_use]
    pub fn expires_in(mut self, life: Duration) -> Self {
        // A life of centuries is a wrong clock somewhere; such a token just has no known end.
        self.expires = Instant::now().checked_add(life);
        self
    }

    /// The token's text.
    pub fn value(&self) -> &Secret {
        &self.value
    }

    fn lasts(&self, at_least: Duration) -> bool {
        self.expires.is_none_or(|end| end.saturating_duration_since(Instant::now()) > at_least)
    }
}

/// Knows how to get a token. Implement it to sign in in a way of your own.
#[async_trait]
pub trait TokenProvider: Send + Sync + fmt::Debug {
    /// Gets a token.
    ///
    /// `current` is the token in use if it is still valid but nearing its end: a provider may
    /// renew it instead of signing in anew.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when the service refuses the credentials.
    async fn fetch(&self, current: Option<&AccessToken>) -> Result<AccessToken>;

    /// Whether there is a point in asking again after the service refused a token.
    fn renewable(&self) -> bool {
        true
    }
}

/// A token from elsewhere, used as it is.
#[derive(Debug)]
pub struct StaticToken(Secret);

impl StaticToken {
    /// Wraps a token.
    pub fn new(token: Secret) -> Self {
        Self(token)
    }
}

#[async_trait]
impl TokenProvider for StaticToken {
    async fn fetch(&self, _current: Option<&AccessToken>) -> Result<AccessToken> {
        Ok(AccessToken::new(self.0.clone()))
    }

    fn renewable(&self) -> bool {
        false
    }
}

/// Keeps one token for everybody and has it renewed once, however many requests need it.
///
/// The lock is held while a token is being got, so that those who wait use the same result.
#[derive(Debug)]
pub struct TokenCache {
    provider: Arc<dyn TokenProvider>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    token: Option<AccessToken>,
    /// No renewal ahead of time before this moment.
    quiet_until: Option<Instant>,
}

impl TokenCache {
    /// A cache without a token yet.
    pub fn new(provider: Arc<dyn TokenProvider>) -> Self {
        Self { provider, state: Mutex::new(State::default()) }
    }

    /// Forgets the token, and gives it: the next request asks the provider.
    pub(crate) async fn forget(&self) -> Option<Secret> {
        let token = self.state.lock().await.token.take();
        token.map(|token| token.value)
    }

    /// The token to use now.
    ///
    /// # Errors
    /// What the provider answers, unless the old token is still valid.
    pub async fn token(&self) -> Result<AccessToken> {
        let mut state = self.state.lock().await;
        let current = state.token.as_ref().filter(|token| token.lasts(Duration::ZERO));
        let quiet = state.quiet_until.is_some_and(|until| Instant::now() < until);
        if let Some(token) = current
            && (quiet || token.lasts(RENEW_AHEAD))
        {
            return Ok(token.clone());
        }
        match self.provider.fetch(current).await {
            Ok(token) => {
                // Where tokens live shorter than the margin, every request would renew.
                let short = !token.lasts(RENEW_AHEAD);
                *state = State {
                    token: Some(token.clone()),
                    quiet_until: short.then(|| Instant::now() + RENEWAL_PAUSE),
                };
                Ok(token)
            }
            Err(error) => match current.cloned() {
                Some(token) => {
                    tracing::warn!(%error, "the token can't be renewed yet; using the old one");
                    state.quiet_until = Some(Instant::now() + RENEWAL_PAUSE);
                    Ok(token)
                }
                None => Err(error),
            },
        }
    }
}

#[async_trait]
impl Authorize for TokenCache {
    async fn authorization(&self) -> Result<HeaderValue> {
        header(&self.token().await?)
    }

    async fn refused(&self, used: &HeaderValue) -> bool {
        let mut state = self.state.lock().await;
        // Somebody else may have replaced it already.
        if let Some(token) = &state.token
            && header(token).is_ok_and(|current| current == *used)
        {
            state.token = None;
        }
        self.provider.renewable()
    }
}

/// `AnaplanAuthToken <token>`.
pub(super) fn header(token: &AccessToken) -> Result<HeaderValue> {
    let text = zeroize::Zeroizing::new(format!("AnaplanAuthToken {}", token.value.expose()));
    let mut value = HeaderValue::from_str(&text).map_err(|_| {
        // The cause is left out: it might quote the token.
        Error::new(ErrorKind::Config, "the token has characters that no HTTP header can carry")
            .with_hint("a token is a single line of plain characters; was it copied whole?")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[derive(Debug, Default)]
    struct Counting {
        fetched: AtomicUsize,
        renewed: AtomicUsize,
        broken: std::sync::atomic::AtomicBool,
    }

    #[async_trait]
    impl TokenProvider for Counting {
        async fn fetch(&self, current: Option<&AccessToken>) -> Result<AccessToken> {
            tokio::time::sleep(Duration::from_millis(10)).await;
            if self.broken.load(Ordering::SeqCst) {
                return Err(Error::new(ErrorKind::Connection, "down"));
            }
            if current.is_some() {
                self.renewed.fetch_add(1, Ordering::SeqCst);
            }
            let number = self.fetched.fetch_add(1, Ordering::SeqCst);
            Ok(AccessToken::new(Secret::new(format!("t{number}")))
                .expires_in(Duration::from_secs(35 * 60)))
        }
    }

    fn cache() -> (Arc<Counting>, TokenCache) {
        let provider = Arc::new(Counting::default());
        (Arc::clone(&provider), TokenCache::new(provider))
    }

    async fn value(cache: &TokenCache) -> String {
        cache.token().await.expect("a token").value().expose().to_owned()
    }

    #[tokio::test(start_paused = true)]
    async fn many_callers_cost_one_sign_in() {
        let (provider, cache) = cache();
        let all = futures::future::join_all((0..20).map(|_| value(&cache))).await;
        assert!(all.iter().all(|t| t == "t0"), "{all:?}");
        assert_eq!(provider.fetched.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_five_minutes_ahead() {
        let (provider, cache) = cache();
        assert_eq!(value(&cache).await, "t0");
        tokio::time::advance(Duration::from_secs(29 * 60)).await;
        assert_eq!(value(&cache).await, "t0");
        tokio::time::advance(Duration::from_secs(90)).await;
        assert_eq!(value(&cache).await, "t1");
        assert_eq!(provider.renewed.load(Ordering::SeqCst), 1);
        // Past its end it isn't offered for renewal.
        tokio::time::advance(Duration::from_secs(36 * 60)).await;
        assert_eq!(value(&cache).await, "t2");
        assert_eq!(provider.renewed.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_that_fails_leaves_the_valid_token() {
        let (provider, cache) = cache();
        value(&cache).await;
        tokio::time::advance(Duration::from_secs(31 * 60)).await;
        provider.broken.store(true, Ordering::SeqCst);
        assert_eq!(value(&cache).await, "t0");
        tokio::time::advance(Duration::from_secs(5 * 60)).await;
        assert_eq!(cache.token().await.expect_err("expired").kind(), ErrorKind::Connection);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_token_is_dropped_only_if_it_is_the_current_one() {
        let (provider, cache) = cache();
        let first = cache.authorization().await.expect("a token");
        assert!(cache.refused(&first).await);
        let second = cache.authorization().await.expect("a token");
        assert_ne!(first, second);
        // A request that was sent with the first one hears its 401 late.
        assert!(cache.refused(&first).await);
        assert_eq!(cache.authorization().await.expect("a token"), second);
        assert_eq!(provider.fetched.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_token_with_a_line_break_is_an_error_that_hides_it() {
        let error = header(&AccessToken::new(Secret::new("marker\nmarker"))).expect_err("refused");
        assert!(!format!("{error:?}").contains("marker"));
    }
}
