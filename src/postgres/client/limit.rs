//! What may end a statement before its time.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::postgres::problem::Problem;

/// How far the server is on its way to its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::postgres) enum Stop {
    /// It serves.
    #[default]
    Not,
    /// Statements that run come to their end; nobody begins one.
    Drain,
    /// It ends now.
    Now,
}

/// Waits until the server is so far on its way to its end.
pub(in crate::postgres) async fn stopped(stop: &mut watch::Receiver<Stop>, far: Stop) {
    // Without a sender the server is gone, and its runtime will be.
    let _ = stop.wait_for(|stop| *stop >= far).await;
}

/// The end of a server.
pub(super) fn shutdown() -> Problem {
    Problem::new("57P01", "terminating connection due to administrator command")
}

/// What a statement listens to from its beginning on.
#[derive(Debug)]
pub(super) struct Limit {
    pub(super) cancel: watch::Receiver<u64>,
    pub(super) stop: watch::Receiver<Stop>,
    deadline: Option<Instant>,
}

impl Limit {
    pub(super) fn new(
        cancel: &watch::Sender<u64>,
        stop: &watch::Receiver<Stop>,
        timeout: Option<Duration>,
    ) -> Self {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        Self { cancel: cancel.subscribe(), stop: stop.clone(), deadline }
    }

    /// Waits until the statement must end, and says why.
    pub(super) async fn passed(&mut self) -> Problem {
        let deadline = self.deadline;
        let late = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let cancel = &mut self.cancel;
        let cancelled = async {
            // As long as the client is here, its sender is.
            if cancel.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = cancelled => Problem::new("57014", "canceling statement due to user request"),
            () = stopped(&mut self.stop, Stop::Now) => shutdown(),
            () = late => Problem::new("57014", "canceling statement due to statement timeout"),
        }
    }
}
