//! The simulator's clock: it follows the system clock, at its speed or another, or stands still.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// The last moment of the year 9999.
const LAST_MS: u64 = 253_402_300_799_000;

/// The time as the simulated service sees it.
///
/// Clones share one time, so a jump is seen everywhere at once. Token expiry, task progress, the
/// rate limit and the `Date` header follow this clock; delays of faults pass in real time.
#[derive(Clone, Debug)]
pub struct Clock {
    reading: Arc<Mutex<Reading>>,
}

/// What the clock showed at some moment of the system clock, and how fast it goes since.
#[derive(Clone, Copy, Debug)]
struct Reading {
    shown_ms: i64,
    system_ms: i64,
    speed: f64,
}

impl Default for Clock {
    fn default() -> Self {
        let now = system_ms();
        let reading = Reading { shown_ms: now, system_ms: now, speed: 1.0 };
        Self { reading: Arc::new(Mutex::new(reading)) }
    }
}

impl Clock {
    /// Makes a clock that shows the system's time.
    pub fn new() -> Self {
        Self::default()
    }

    /// Jumps ahead by `by`.
    pub fn advance(&self, by: Duration) {
        let mut reading = self.reading();
        reading.shown_ms = reading.shown_ms.saturating_add(millis(by));
    }

    /// Jumps to a time, in milliseconds since 1970.
    pub fn set_ms(&self, ms: i64) {
        let mut reading = self.reading();
        (reading.shown_ms, reading.system_ms) = (ms, system_ms());
    }

    /// Stops the clock: it shows the same time until it is moved.
    pub fn freeze(&self) {
        self.run_at(0.0);
    }

    /// Lets the clock go on, so many times as fast as the system's; 0 stops it, and so does less.
    pub fn run_at(&self, speed: f64) {
        let mut reading = self.reading();
        let system = system_ms();
        *reading = Reading {
            shown_ms: reading.at(system),
            system_ms: system,
            speed: if speed.is_finite() { speed.max(0.0) } else { 0.0 },
        };
    }

    /// Returns how many times as fast as the system's clock it goes; 0 when it stands still.
    pub fn speed(&self) -> f64 {
        self.reading().speed
    }

    /// Returns the time now, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.reading().at(system_ms())
    }

    /// Returns the time now as the system's type.
    pub fn now(&self) -> SystemTime {
        // Dates in headers have four digits for the year.
        let ms = u64::try_from(self.now_ms()).unwrap_or(0).min(LAST_MS);
        SystemTime::UNIX_EPOCH + Duration::from_millis(ms)
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reading {
    fn at(&self, system_ms: i64) -> i64 {
        let passed = system_ms.saturating_sub(self.system_ms);
        // The usual speed stays exact; a cast from a float never overflows.
        let passed = if self.speed == 1.0 { passed } else { (passed as f64 * self.speed) as i64 };
        self.shown_ms.saturating_add(passed)
    }
}

fn system_ms() -> i64 {
    match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => millis(since),
        Err(before) => -millis(before.duration()),
    }
}

/// Returns a duration in whole milliseconds, at most what an `i64` holds.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_still_jumps_and_goes_on() {
        let clock = Clock::new();
        clock.freeze();
        clock.set_ms(1_000);
        assert_eq!(clock.now_ms(), 1_000);
        let other = clock.clone();
        other.advance(Duration::from_secs(2));
        assert_eq!((clock.now_ms(), clock.speed()), (3_000, 0.0));
        clock.run_at(1.0);
        assert!((3_000..60_000).contains(&clock.now_ms()));
        clock.run_at(f64::NAN);
        assert_eq!(clock.speed(), 0.0);
    }

    #[test]
    fn it_goes_faster_than_the_system() {
        let reading = Reading { shown_ms: 500, system_ms: 10_000, speed: 60.0 };
        assert_eq!(reading.at(11_000), 60_500);
        let wild = Reading { speed: f64::MAX, ..reading };
        assert_eq!(wild.at(11_000), i64::MAX);
    }
}
