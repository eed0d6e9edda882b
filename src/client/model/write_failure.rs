//! What the service says of an item, or a cell, that it didn't write.

use serde::Deserialize;

/// An item or a cell that was not written, though others of its call were.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WriteFailure {
    /// Its position in the call.
    pub request_index: usize,
    /// A word for the reason, such as `INCORRECT_FORMAT` or `cellIsCalculated`.
    pub failure_type: Option<String>,
    /// The reason.
    #[serde(alias = "reason", alias = "failureReason")]
    pub failure_message_details: Option<String>,
}

impl WriteFailure {
    /// The reason in one line, as far as the service tells.
    pub fn words(&self) -> String {
        let said = self.failure_message_details.as_deref().unwrap_or_default();
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        match self.failure_type.as_deref().map(str::trim).unwrap_or_default() {
            _ if !said.is_empty() => said,
            "" => "the service doesn't say why".to_owned(),
            word => word.to_owned(),
        }
    }
}
