//! What became of items that were written.

use serde::Deserialize;

use super::or_default;

/// The answer to items that were added, updated or deleted. Those that failed keep no other from
/// being written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ItemsWritten {
    /// How many were written.
    #[serde(alias = "added", alias = "updated", alias = "deleted")]
    pub written: usize,
    /// The items that were not written.
    #[serde(default, deserialize_with = "or_default")]
    pub failures: Vec<ItemFailure>,
}

/// An item that was not written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemFailure {
    /// Its position in the call.
    pub request_index: usize,
    /// A word for the reason, such as `INCORRECT_FORMAT`.
    pub failure_type: Option<String>,
    /// The reason.
    #[serde(alias = "reason", alias = "failureReason")]
    pub failure_message_details: Option<String>,
}
