//! Audit events.

use serde::Deserialize;

use super::{if_it_fits, text_or_number};
use crate::client::Listed;

/// Something that somebody did in the tenant.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AuditEvent {
    /// Its id: too large for a floating-point number.
    #[serde(deserialize_with = "text_or_number")]
    pub id: Option<String>,
    /// Its kind, such as `USR-8`.
    pub event_type_id: Option<String>,
    /// Who did it: a user's id, or `INTERNAL_` and a number.
    pub user_id: Option<String>,
    /// The tenant.
    pub tenant_id: Option<String>,
    /// What it was done to.
    pub object_id: Option<String>,
    /// The kind of that.
    #[serde(deserialize_with = "text_or_number")]
    pub object_type_id: Option<String>,
    /// The tenant of that.
    pub object_tenant_id: Option<String>,
    /// The event for people.
    pub message: Option<String>,
    /// Whether it was done.
    #[serde(deserialize_with = "if_it_fits")]
    pub success: Option<bool>,
    /// What went wrong, if something did.
    #[serde(deserialize_with = "text_or_number")]
    pub error_number: Option<String>,
    /// Where from.
    pub ip_address: Option<String>,
    /// With which program.
    pub user_agent: Option<String>,
    /// The server that recorded it.
    pub host_name: Option<String>,
    /// That server's version.
    pub service_version: Option<String>,
    /// The session it was done in.
    #[serde(deserialize_with = "text_or_number")]
    pub session_id: Option<String>,
    /// When it was done: epoch milliseconds.
    pub event_date: Option<i64>,
    /// The time zone of that.
    pub event_time_zone: Option<String>,
    /// When it was stored: epoch milliseconds.
    pub created_date: Option<i64>,
    /// The time zone of that.
    pub created_time_zone: Option<String>,
    /// A number over its content.
    #[serde(deserialize_with = "text_or_number")]
    pub checksum: Option<String>,
    /// What only events of this kind have.
    pub additional_attributes: Option<serde_json::Value>,
}

impl Listed for AuditEvent {
    const KEY: &'static str = "response";
}
