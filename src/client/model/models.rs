//! Models.

use serde::Deserialize;

use super::{ModelId, WorkspaceId, open_enum, text_or_number};
use crate::client::Listed;

/// A planning model.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// Its id.
    pub id: ModelId,
    /// Its name, not always unique.
    pub name: String,
    /// Whether it can be worked with.
    pub active_state: Option<ActiveState>,
    /// The workspace it is in.
    pub current_workspace_id: WorkspaceId,
    /// That workspace's name.
    pub current_workspace_name: Option<String>,
    /// Its address in the browser.
    pub model_url: Option<String>,
    /// Bytes of memory; only with `modelDetails`, as are the following.
    pub memory_usage: Option<i64>,
    /// A number that grows with each change.
    #[serde(default, deserialize_with = "text_or_number")]
    pub last_saved_serial_number: Option<String>,
    /// The user who changed it last.
    pub last_modified_by_user_guid: Option<String>,
    /// When it was changed, in the service's own words.
    pub last_modified: Option<String>,
    /// When it was made, likewise.
    pub iso_creation_date: Option<String>,
}

impl Model {
    /// Whether the model is put away: an archived model has no exports to read.
    pub fn is_archived(&self) -> bool {
        self.active_state == Some(ActiveState::Archived)
    }
}

impl Listed for Model {
    const KEY: &'static str = "models";
}

open_enum! {
    /// Whether a model can be worked with.
    ActiveState {
        /// Open to everyone.
        Unlocked = "UNLOCKED",
        /// Closed to all but administrators.
        Locked = "LOCKED",
        /// Put away.
        Archived = "ARCHIVED",
        /// Being worked on by Anaplan.
        Maintenance = "MAINTENANCE",
        /// Deployed: its structure is fixed.
        Production = "PRODUCTION",
        /// Deployed, and being worked on by Anaplan.
        ProductionMaintenance = "PRODUCTION_MAINTENANCE",
        /// In use.
        Active = "ACTIVE",
    }
}
