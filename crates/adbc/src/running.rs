//! What is still running for a connection.

use std::sync::Arc;

use adbc_core::CancelHandle;
use tokio::sync::watch;

use crate::cancel::{Cancel, Cancelled};

/// Counts the results of a connection that are being read, or whose reading is being stopped.
#[derive(Debug, Clone, Default)]
pub(crate) struct Running {
    count: Arc<watch::Sender<usize>>,
    close: Cancel,
}

impl Running {
    /// One more, until what is returned is dropped.
    pub(crate) fn begin(&self) -> Run {
        self.count.send_modify(|count| *count += 1);
        Run { count: Arc::clone(&self.count), closed: self.close.listen() }
    }

    /// Ends what runs, and waits for its end.
    pub(crate) async fn close(&self) {
        // It never fails, nor does the count without its sender, which is here.
        let _ = self.close.try_cancel();
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }
}

/// One that runs.
#[derive(Debug)]
pub(crate) struct Run {
    count: Arc<watch::Sender<usize>>,
    closed: Cancelled,
}

impl Run {
    /// Hears when all are ended.
    pub(crate) fn closed(&self) -> Cancelled {
        self.closed.clone()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.count.send_modify(|count| *count -= 1);
    }
}
