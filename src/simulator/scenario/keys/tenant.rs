//! `[[users]]`, `[[workspaces]]`.

use super::super::schema::{Kind, Section, key, section};
use super::MANY;

const ROLES: &[&str] = &["tenant_admin", "tenant_auditor", "user_admin", "workspace_admin"];

pub(crate) static USERS: Section = section(
    "[[users]]",
    "Those who may sign in. A scenario without any, and without `base`, has the user \
     `demo@anaplan-sql.example` with the password `demo`.",
    &[
        key("email", Kind::Text, "The name to sign in with.").required(),
        key("password", Kind::Secret, "The password. Without one, nobody signs in by Basic."),
        key("id", Kind::Text, "32 lower-case hex digits.").or("made up"),
        key("first_name", Kind::Text, "The first name.").or("from `email`"),
        key("last_name", Kind::Text, "The last name.").or("from `email`"),
        key("active", Kind::Flag, "Whether the user may sign in.").or("true"),
        key("admin", Kind::Flag, "Whether the user holds every role.")
            .or("true, unless `roles` or `visitor` is there"),
        key("roles", Kind::Words(ROLES), "The roles of a user who doesn't hold them all."),
        key(
            "visitor",
            Kind::Flag,
            "Whether the user is at home in another tenant and only visits workspaces of this one.",
        )
        .or("false"),
        key("external_id", Kind::Text, "The id that a provisioning client gave the user."),
        key("workspaces", Kind::Texts, "Names or ids of the workspaces that the user sees.")
            .or("all"),
        key("last_login", Kind::Text, "When the user last signed in, as the service prints it.")
            .or("some day"),
    ],
)
.example(
    r#"[[users]]
email = "job@example.com"
password = "secret"

[[users]]
email = "guest@example.com"
password = "guest"
roles = ["tenant_auditor"]
workspaces = ["Finance"]

[[workspaces]]
name = "Finance"
"#,
);

pub(crate) static WORKSPACES: Section = section(
    "[[workspaces]]",
    "The workspaces that models live in.",
    &[
        key("name", Kind::Text, "The name.").required(),
        key("id", Kind::Text, "32 lower-case hex digits.").or("made up"),
        key("active", Kind::Flag, "Whether it is active.").or("true"),
        key("size_allowance", Kind::Whole(0, MANY), "The size it may have, in bytes.")
            .or("1073741824"),
    ],
)
.example(
    r#"[[workspaces]]
name = "Finance"

[[workspaces]]
name = "Old Planning"
active = false
"#,
);
