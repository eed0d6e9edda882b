//! How long looks at a task may fail before it is given up.

use std::time::Duration;

use tokio::time::Instant;

use super::running::FIRST_POLL;
use crate::error::{Error, ErrorKind};

/// The time for which looks may fail: a task runs on without being looked at, and stopping one that
/// has run for an hour costs more than waiting for the network.
const LONGEST: Duration = Duration::from_secs(300);
/// The longest pause between looks that fail.
const LAST_PAUSE: Duration = Duration::from_secs(20);

/// Looks that fail one after the other.
#[derive(Debug, Default)]
pub(super) struct Patience {
    since: Option<Instant>,
    failures: u32,
}

impl Patience {
    /// The pause before the next look, if another one is worth it.
    pub(super) fn after(&mut self, error: &Error) -> Option<Duration> {
        // Whoever may not see the task will not see it later, and one that isn't there won't come.
        let passes =
            matches!(error.kind(), ErrorKind::Connection | ErrorKind::Timeout | ErrorKind::Service);
        let since = *self.since.get_or_insert_with(Instant::now);
        if !passes || since.elapsed() >= LONGEST {
            return None;
        }
        let pause = FIRST_POLL * 2_u32.saturating_pow(self.failures);
        self.failures = (self.failures + 1).min(10);
        Some(pause.min(LAST_PAUSE))
    }

    /// Whether people should hear of it now: once, and not of a single look.
    pub(super) fn is_to_be_told(&self) -> bool {
        self.failures == 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn looks_may_fail_for_minutes_with_growing_pauses() {
        let locked = Error::new(ErrorKind::Service, "423");
        let (mut patience, began) = (Patience::default(), Instant::now());
        let mut pauses = Vec::new();
        while let Some(pause) = patience.after(&locked) {
            assert_eq!(patience.is_to_be_told(), pauses.len() == 1);
            tokio::time::advance(pause).await;
            pauses.push(pause);
        }
        assert_eq!(pauses[..2], [FIRST_POLL, FIRST_POLL * 2]);
        assert!(pauses.is_sorted() && pauses.len() < 40, "{pauses:?}");
        assert!((LONGEST..LONGEST + LAST_PAUSE).contains(&began.elapsed()));
    }

    #[test]
    fn what_will_not_pass_is_not_waited_for() {
        for kind in [ErrorKind::Denied, ErrorKind::NotFound, ErrorKind::SignIn] {
            assert_eq!(Patience::default().after(&Error::new(kind, "no")), None, "{kind:?}");
        }
        for kind in [ErrorKind::Connection, ErrorKind::Timeout, ErrorKind::Service] {
            assert!(Patience::default().after(&Error::new(kind, "odd")).is_some(), "{kind:?}");
        }
    }
}
