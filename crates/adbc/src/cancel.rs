//! Cancelling what another thread waits for.

use std::sync::Arc;

use adbc_core::CancelHandle;
use adbc_core::error::Result;
use tokio::sync::watch;

/// Counts how often something was cancelled. Whoever works listens from the moment when the work
/// begins, so that what begins later isn't concerned.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cancel(Arc<watch::Sender<u64>>);

impl Cancel {
    /// Listens from now on.
    pub(crate) fn listen(&self) -> Cancelled {
        Cancelled { count: self.0.subscribe(), _sender: Arc::clone(&self.0) }
    }
}

impl CancelHandle for Cancel {
    /// With nothing to cancel, nothing is.
    fn try_cancel(&self) -> Result<()> {
        self.0.send_modify(|count| *count += 1);
        Ok(())
    }
}

/// Hears of the next cancelling.
#[derive(Debug, Clone)]
pub(crate) struct Cancelled {
    count: watch::Receiver<u64>,
    /// Without a sender, `changed` would end.
    _sender: Arc<watch::Sender<u64>>,
}

impl Cancelled {
    /// Waits for it.
    pub(crate) async fn wait(&mut self) {
        // The sender is held: it can't fail.
        let _ = self.count.changed().await;
    }

    /// Whether it has happened.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.count.has_changed().unwrap_or(false)
    }
}
