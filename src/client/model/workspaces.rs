//! Workspaces.

use serde::Deserialize;

use super::WorkspaceId;
use crate::client::Listed;

/// A workspace: where models live.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name, not always unique.
    pub name: String,
    /// Whether it is in use.
    pub active: Option<bool>,
    /// Bytes granted; only with `tenantDetails`.
    pub size_allowance: Option<i64>,
    /// Bytes used; only with `tenantDetails`, and not always then.
    pub current_size: Option<i64>,
}

impl Listed for Workspace {
    const KEY: &'static str = "workspaces";
}
