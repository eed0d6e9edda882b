//! What must not be cut short by the end of the program.

use std::sync::LazyLock;
use std::time::Duration;

use tokio::sync::watch;

/// How many exchanges of this process have spent something and not stored what came for it yet.
static UNDER_WAY: LazyLock<watch::Sender<usize>> = LazyLock::new(watch::Sender::default);

/// Counts an exchange until it is dropped.
pub(super) struct UnderWay(());

impl UnderWay {
    pub(super) fn begin() -> Self {
        UNDER_WAY.send_modify(|count| *count += 1);
        Self(())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        UNDER_WAY.send_modify(|count| *count -= 1);
    }
}

/// Waits until no exchange is under way in this process, but not longer than this. For programs
/// that end early: what the service answers then would be lost.
pub async fn settle(longest: Duration) {
    let mut count = UNDER_WAY.subscribe();
    let settled = count.wait_for(|count| *count == 0);
    if tokio::time::timeout(longest, settled).await.is_err() {
        tracing::warn!("ending in the middle of a sign-in or refresh; its tokens may be lost");
    }
}
