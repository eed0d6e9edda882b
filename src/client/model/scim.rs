//! Users as SCIM has them.

use serde::Deserialize;

use super::{UserId, if_it_fits, or_default};

/// A user, for those who administer users.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScimUser {
    /// The user's id, which is the one that the other services know.
    pub id: UserId,
    /// The id that the company's own directory gave.
    pub external_id: Option<String>,
    /// What the user signs in with.
    pub user_name: Option<String>,
    /// The name in parts.
    #[serde(default, deserialize_with = "or_default")]
    pub name: ScimName,
    /// The name as a whole.
    pub display_name: Option<String>,
    /// Whether the user can sign in.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub active: Option<bool>,
    /// What the user may use: workspaces, in several forms.
    #[serde(default, deserialize_with = "or_default")]
    pub entitlements: Vec<ScimEntitlement>,
    /// When the user was made and changed.
    #[serde(default, deserialize_with = "or_default")]
    pub meta: ScimMeta,
}

/// A user's name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScimName {
    /// The first name.
    pub given_name: Option<String>,
    /// The last name.
    pub family_name: Option<String>,
}

/// Something that a user may use.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScimEntitlement {
    /// A workspace's id, for entries of the type `WORKSPACE`.
    pub value: Option<String>,
    /// Its name.
    pub display: Option<String>,
    /// What the value is.
    pub r#type: Option<String>,
}

/// When a user was made and changed, such as `2025-01-07T08:00:00.000+00:00`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScimMeta {
    /// When the user was made.
    pub created: Option<String>,
    /// When the user was changed last.
    pub last_modified: Option<String>,
}
