//! The simulator's clock: the system clock plus an offset that tests move.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

/// The last moment of the year 9999.
const LAST_MS: u64 = 253_402_300_799_000;

/// The time as the simulated service sees it.
///
/// Clones share one offset, so a jump is seen everywhere at once. Token expiry, task progress, the
/// rate limit and the `Date` header follow this clock; delays of faults pass in real time.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_ms: Arc<AtomicI64>,
}

impl Clock {
    /// Makes a clock that shows the system's time.
    pub fn new() -> Self {
        Self::default()
    }

    /// Jumps ahead by `by`.
    pub fn advance(&self, by: Duration) {
        self.offset_ms.fetch_add(millis(by), Ordering::SeqCst);
    }

    /// Returns the time now, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        let system = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => millis(since),
            Err(before) => -millis(before.duration()),
        };
        system.saturating_add(self.offset_ms.load(Ordering::SeqCst))
    }

    /// Returns the time now as the system's type.
    pub fn now(&self) -> SystemTime {
        // Dates in headers have four digits for the year.
        let ms = u64::try_from(self.now_ms()).unwrap_or(0).min(LAST_MS);
        SystemTime::UNIX_EPOCH + Duration::from_millis(ms)
    }
}

/// Returns a duration in whole milliseconds, at most what an `i64` holds.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}
