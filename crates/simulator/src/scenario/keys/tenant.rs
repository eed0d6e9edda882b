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
        key(
            "certificates",
            Kind::Texts,
            "Paths of certificates that the user may sign in with: PEM or DER, with an RSA key, not \
             self-signed.",
        ),
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

pub(crate) static OAUTH_CLIENTS: Section = section(
    "[[oauth_clients]]",
    "The programs that are registered to sign users in. One with a secret is for the authorization \
     code grant, one without for the device grant.",
    &[
        key("id", Kind::Text, "32 lower-case hex digits.").required(),
        key("name", Kind::Text, "What the consent page calls it.").or("made of the id"),
        key("secret", Kind::Secret, "What it shows to prove that it is the client."),
        key(
            "redirect_uris",
            Kind::Texts,
            "Where browsers may be sent, each compared as it is written.",
        ),
        key(
            "rotatable",
            Kind::Flag,
            "Whether a refresh spends the refresh token and gives a new one.",
        )
        .or("true"),
        key("refresh_lifetime", Kind::Duration, "How long refresh tokens live that are spent.")
            .or("`43000s`"),
        key(
            "repeats_refresh_token",
            Kind::Flag,
            "Whether the answer to a refresh repeats the refresh token where it stays the same.",
        )
        .or("true"),
    ],
)
.example(
    r#"[[oauth_clients]]
id = "5f6d0a1c2b3e4f5a6b7c8d9e0f1a2b3c"
name = "Planner"
secret = "client-secret"
redirect_uris = ["http://localhost:8721/callback"]

[[oauth_clients]]
id = "77ab0a1c2b3e4f5a6b7c8d9e0f1a2b3c"
name = "Nightly job"
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
