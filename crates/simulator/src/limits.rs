//! What the simulated service allows, and how long things take: may change while it runs.

use std::time::Duration;

/// What the simulated service allows, and how long things take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The rate limit of the Integration API; `None` switches it off.
    pub requests_per_minute: Option<u32>,
    /// The largest page of a listing.
    pub page_cap: usize,
    /// The size of a file's chunks in bytes. Files that exist keep theirs.
    pub chunk_size: usize,
    /// How long a token lives that is issued from now on.
    pub token_lifetime: Duration,
    /// How long a model takes to open, and to close.
    pub model_opening: Duration,
    /// How long a task waits before it runs.
    pub task_queued: Duration,
    /// How long a task runs.
    pub task_running: Duration,
    /// How many cells one answer may have.
    pub cells: u64,
    /// How many items of a list or a dimension one answer may have.
    pub items: usize,
    /// How many rows a page of a large read has, at least 1.
    pub read_page_rows: u64,
}

impl Default for Limits {
    /// The service's own limits, and tasks that are quick.
    fn default() -> Self {
        Self {
            requests_per_minute: Some(600),
            page_cap: 5000,
            chunk_size: 10_000_000,
            token_lifetime: Duration::from_secs(35 * 60),
            model_opening: Duration::from_millis(200),
            task_queued: Duration::from_millis(30),
            task_running: Duration::from_millis(120),
            cells: 1_000_000,
            items: 1_000_000,
            read_page_rows: 10_000,
        }
    }
}
