//! The client's own limit on requests, so that the service's limit is hardly ever met.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// A token bucket beside a cap on concurrent requests, shared by everything that talks to one
/// tenant.
///
/// Anaplan grants a tenant 600 requests a minute: a bucket of 600 that refills with 10 a second
/// (HTTP 429 beyond). Waiting requests are served in the order in which they came.
#[derive(Debug)]
pub struct Limiter {
    concurrent: Arc<Semaphore>,
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    /// May be below zero: requests that wait have taken their token in advance.
    tokens: f64,
    capacity: f64,
    per_second: f64,
    filled: Instant,
    closed_until: Instant,
}

impl Limiter {
    /// Allows `per_minute` requests a minute and `concurrent` at once.
    pub fn new(per_minute: u32, concurrent: usize) -> Self {
        let capacity = f64::from(per_minute.max(1));
        let now = Instant::now();
        Self {
            concurrent: Arc::new(Semaphore::new(concurrent.max(1))),
            bucket: Mutex::new(Bucket {
                tokens: capacity,
                capacity,
                per_second: capacity / 60.0,
                filled: now,
                closed_until: now,
            }),
        }
    }

    /// Waits until a request may be sent. The permit is held while it runs.
    pub async fn acquire(&self) -> OwnedSemaphorePermit {
        let permit = Arc::clone(&self.concurrent).acquire_owned().await;
        let wait = self.with_bucket(Bucket::take);
        if !wait.is_zero() {
            tracing::debug!(?wait, "waiting for the request limit");
            tokio::time::sleep(wait).await;
        }
        // A 429 may have come while this request waited.
        loop {
            let wait =
                self.with_bucket(|b| b.closed_until.saturating_duration_since(Instant::now()));
            if wait.is_zero() {
                break;
            }
            tokio::time::sleep(wait).await;
        }
        permit.expect("the semaphore is never closed")
    }

    /// Holds back every request for this long: the service said that there were too many.
    pub fn pause(&self, wait: Duration) {
        let until = Instant::now() + wait;
        self.with_bucket(|bucket| bucket.closed_until = bucket.closed_until.max(until));
    }

    fn with_bucket<T>(&self, f: impl FnOnce(&mut Bucket) -> T) -> T {
        f(&mut self.bucket.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Bucket {
    /// Takes a token and says how long to wait until it is really there.
    fn take(&mut self) -> Duration {
        let now = Instant::now();
        let refill = now.saturating_duration_since(self.filled).as_secs_f64() * self.per_second;
        self.filled = now;
        self.tokens = (self.tokens + refill).min(self.capacity) - 1.0;
        Duration::from_secs_f64((-self.tokens / self.per_second).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_bucket_lets_a_burst_through_and_then_its_rate() {
        let limiter = Limiter::new(600, 8);
        let start = Instant::now();
        for _ in 0..600 {
            drop(limiter.acquire().await);
        }
        assert!(start.elapsed() < Duration::from_millis(1), "{:?}", start.elapsed());
        for _ in 0..20 {
            drop(limiter.acquire().await);
        }
        let elapsed = start.elapsed().as_millis();
        assert!((1_990..2_100).contains(&elapsed), "{elapsed} ms for 20 requests over the burst");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_back_everyone() {
        let limiter = Limiter::new(600, 8);
        let start = Instant::now();
        limiter.pause(Duration::from_secs(3));
        drop(tokio::join!(limiter.acquire(), limiter.acquire()));
        assert!(start.elapsed() >= Duration::from_secs(3));
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_run_at_once() {
        let limiter = Limiter::new(600, 2);
        let first = limiter.acquire().await;
        let _second = limiter.acquire().await;
        let third = tokio::time::timeout(Duration::from_secs(1), limiter.acquire());
        assert!(third.await.is_err());
        drop(first);
        drop(limiter.acquire().await);
    }
}
