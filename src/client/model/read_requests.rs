//! Large reads: what the service makes of a view or a list, page by page.

use serde::Deserialize;

use super::{ReadRequestId, TaskState};

/// A large read as it stands.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadRequest {
    /// Its id.
    pub request_id: ReadRequestId,
    /// Where it is in its life: the same words as for tasks.
    pub request_state: Option<TaskState>,
    /// How many pages can be fetched; they are numbered from 0. Only in an answer to a look at it.
    pub available_pages: Option<u64>,
    /// Whether it did what it should, once it has ended.
    pub successful: Option<bool>,
}
