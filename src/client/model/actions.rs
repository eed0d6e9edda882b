//! Actions that are neither imports nor exports nor processes.

use serde::Deserialize;

use super::ActionId;
use crate::client::Listed;

/// An action.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// Its id.
    pub id: ActionId,
    /// Its name.
    pub name: String,
    /// What it does, such as `DELETE_BY_SELECTION`.
    pub action_type: Option<String>,
}

impl Listed for Action {
    const KEY: &'static str = "actions";
}
