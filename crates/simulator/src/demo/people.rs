//! The demo's users, each with other rights.

use super::super::tenant::{Role, Tenant, User};

/// Adds the users.
pub(super) fn users(tenant: Tenant) -> Tenant {
    tenant
        .user(User::new("demo@anaplan-sql.example", "demo").name("Dana", "Demo"))
        .user(
            User::new("viewer@anaplan-sql.example", "viewer")
                .name("Vic", "Viewer")
                .standard()
                .only(&["Operations"]),
        )
        .user(
            User::new("auditor@anaplan-sql.example", "auditor")
                .name("Olga", "Auditor")
                .standard()
                .role(Role::TenantAuditor)
                .role(Role::UserAdmin)
                .only(&[]),
        )
        .user(
            User::new("partner@consultants.example", "partner")
                .name("Pat", "Partner")
                .visitor()
                .only(&["Finance"]),
        )
        .user(
            User::new("leaver@anaplan-sql.example", "leaver")
                .name("Lee", "Leaver")
                .standard()
                .only(&["Finance"])
                .inactive(),
        )
}
