//! What part of the tenant a metadata table covers.

use std::sync::Arc;

use super::KeyFilters;
use crate::client::model::{Model, WorkspaceId};
use crate::error::Result;
use crate::http::Observer;
use crate::names::Directory;
use crate::table::Connection;

/// The tenant, or one workspace of it.
#[derive(Clone)]
pub struct Scope {
    /// The way to the service.
    pub connection: Connection,
    /// The names of workspaces and models.
    pub directory: Arc<Directory>,
    /// The workspace, if it is only one.
    pub workspace: Option<WorkspaceId>,
    /// Counts the requests.
    pub observer: Arc<dyn Observer>,
}

impl std::fmt::Debug for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scope").field("workspace", &self.workspace).finish_non_exhaustive()
    }
}

impl Scope {
    /// Whether this workspace is covered.
    pub(super) fn covers(&self, workspace: &WorkspaceId) -> bool {
        self.workspace.as_ref().is_none_or(|only| only == workspace)
    }

    /// The models that are covered, of those that the connection is narrowed to, archived ones
    /// left out: nothing can be read from them.
    pub(super) async fn models(&self, filters: &KeyFilters) -> Result<Vec<Arc<Model>>> {
        let names = self.directory.names().await?;
        Ok(names
            .models()
            .filter(|model| {
                !model.is_archived()
                    && self.covers(&model.current_workspace_id)
                    && filters.allows("model_id", model.id.as_str())
                    && filters.allows("model_name", &model.name)
                    && filters.allows("workspace_id", model.current_workspace_id.as_str())
            })
            .cloned()
            .collect())
    }
}
