//! Roles: what a user may do beyond seeing workspaces.

/// A role of a user. An administrator as [`User::new`](super::User::new) makes them holds all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// Tenant administrator: lists a workspace's administrators and visitors, and searches models.
    TenantAdmin,
    /// Administrator of every workspace that the user sees: opens, closes and deletes models.
    WorkspaceAdmin,
}
