//! The rate limit: a token bucket that refills on the clock.

use super::limits::Limits;

/// A bucket that holds one minute's requests and refills evenly.
#[derive(Debug)]
pub(crate) struct Bucket {
    per_minute: f64,
    level: f64,
    at_ms: i64,
}

impl Bucket {
    /// Makes a full bucket.
    pub(crate) fn new(per_minute: u32, now_ms: i64) -> Self {
        let per_minute = f64::from(per_minute.max(1));
        Self { per_minute, level: per_minute, at_ms: now_ms }
    }

    /// Makes the bucket of these limits, if there is one.
    pub(crate) fn of(limits: &Limits, now_ms: i64) -> Option<Self> {
        limits.requests_per_minute.map(|limit| Self::new(limit, now_ms))
    }

    /// Takes one request out.
    ///
    /// # Errors
    /// Returns the whole seconds until there is one again, when the bucket is empty.
    pub(crate) fn take(&mut self, now_ms: i64) -> Result<(), u64> {
        let passed = now_ms.saturating_sub(self.at_ms).max(0);
        self.at_ms = now_ms;
        let per_ms = self.per_minute / 60_000.0;
        let refill = passed as f64 * per_ms;
        self.level = (self.level + refill).min(self.per_minute);
        if self.level >= 1.0 {
            self.level -= 1.0;
            return Ok(());
        }
        let seconds = ((1.0 - self.level) / per_ms / 1000.0).ceil();
        // At most 60 seconds, so the cast loses nothing.
        Err((seconds as u64).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_bucket_refills_ten_a_second() {
        let mut bucket = Bucket::new(600, 0);
        for _ in 0..600 {
            assert_eq!(bucket.take(0), Ok(()));
        }
        assert_eq!(bucket.take(0), Err(1));
        assert_eq!(bucket.take(100), Ok(()));
        assert_eq!(bucket.take(100), Err(1));
        assert_eq!(Bucket::new(600, 0).take(-5), Ok(()));
    }
}
