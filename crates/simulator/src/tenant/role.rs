//! Roles: what a user may do beyond seeing workspaces.

/// A role of a user. An administrator as [`User::new`](super::User::new) makes them holds all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// Tenant administrator: lists a workspace's administrators and visitors, and searches models.
    TenantAdmin,
    /// Tenant auditor: reads the audit events.
    TenantAuditor,
    /// User administrator: reads and changes users by SCIM.
    UserAdmin,
    /// Administrator of every workspace that the user sees: opens, closes and deletes models.
    WorkspaceAdmin,
}

impl Role {
    /// Returns the name that the service uses for the role in its events.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::TenantAdmin => "Tenant Admin",
            Self::TenantAuditor => "Tenant Auditor",
            Self::UserAdmin => "User Admin",
            Self::WorkspaceAdmin => "Workspace Administrator",
        }
    }
}
