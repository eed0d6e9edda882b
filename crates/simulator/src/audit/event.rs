//! One audit event, and how JSON and the Common Event Format show it.

use serde_json::{Map, Value, json};

use super::super::random::hash;
use super::kind::Kind;

/// Marks the numbers of events that really happened, so that none is a number of the history too.
pub(super) const LIVE: u64 = 1 << 21;

/// The moment from which ids count, in milliseconds since 1970.
const FIRST_ID_AT: i64 = 1_288_834_974_657;

/// An audit event.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: i64,
    /// In milliseconds since 1970; the service knows whole seconds only.
    pub(crate) at: i64,
    pub(crate) kind: Kind,
    pub(crate) user_id: String,
    /// In lower case even where the object's own API writes its id in capitals.
    pub(crate) object_id: Option<String>,
    pub(crate) success: bool,
    pub(crate) error: Option<String>,
    pub(crate) ip: String,
    pub(crate) agent: String,
    /// An object, or null.
    pub(crate) attributes: Value,
}

impl Event {
    /// Makes a successful event of a user on this machine, without an object.
    pub(crate) fn new(kind: Kind, user_id: &str, at: i64) -> Self {
        Self {
            id: 0,
            at: at.saturating_sub(at.rem_euclid(1000)),
            kind,
            user_id: user_id.to_owned(),
            object_id: None,
            success: true,
            error: None,
            ip: "127.0.0.1".to_owned(),
            agent: "NA".to_owned(),
            attributes: Value::Object(Map::new()),
        }
    }

    /// Names the object.
    pub(crate) fn object(mut self, id: &str) -> Self {
        self.object_id = Some(id.to_lowercase());
        self
    }

    /// Makes the event one of a failure.
    pub(crate) fn failed(mut self, error: &str) -> Self {
        self.success = false;
        self.error = Some(error.to_owned());
        self
    }

    /// Names the program that was used.
    pub(crate) fn agent(mut self, agent: &str) -> Self {
        agent.clone_into(&mut self.agent);
        self
    }

    /// Adds what is special to this kind of event.
    pub(crate) fn attributes(mut self, attributes: Value) -> Self {
        self.attributes = attributes;
        self
    }

    /// Gives the event the id that belongs to its time and a number: too large for a float, as the service's are.
    pub(super) fn numbered(mut self, number: u64) -> Self {
        let low = i64::try_from(number & 0x3F_FFFF).unwrap_or(0);
        self.id = self.at.saturating_sub(FIRST_ID_AT).saturating_mul(1 << 22).saturating_add(low);
        self
    }

    /// Returns when the event was stored: in the same second, or in the next.
    fn stored(&self) -> i64 {
        self.at.saturating_add(if self.id % 3 == 0 { 1000 } else { 0 })
    }

    /// Returns the event as the JSON answer holds it.
    pub(crate) fn json(&self, tenant_id: &str) -> Value {
        let mut event = json!({
            "id": self.id,
            "eventTypeId": self.kind.code,
            "userId": self.user_id,
            "tenantId": tenant_id,
            "message": self.kind.message,
            "success": self.success,
            "ipAddress": self.ip,
            "userAgent": self.agent,
            "hostName": "",
            "eventDate": self.at,
            "eventTimeZone": "UTC",
            "createdDate": self.stored(),
            "createdTimeZone": "UTC",
            "checksum": (hash(&format!("{}{}{}", self.id, self.user_id, self.kind.code)) >> 32).to_string(),
            "additionalAttributes": self.attributes,
        });
        if let Some(fields) = event.as_object_mut() {
            if let Some(object) = &self.object_id {
                fields.insert("objectId".to_owned(), object.clone().into());
                fields.insert("objectTenantId".to_owned(), tenant_id.into());
            }
            if let Some(error) = &self.error {
                fields.insert("errorNumber".to_owned(), error.clone().into());
            }
        }
        event
    }

    /// Returns the event as a line of the Common Event Format, in the service's dialect: without a severity.
    pub(crate) fn cef(&self, tenant_id: &str) -> String {
        let at = chrono::DateTime::from_timestamp_millis(self.at).unwrap_or_default();
        let object = self.object_id.as_ref().map(|id| format!(" objectId={id}"));
        let error = self.error.as_ref().map(|error| format!(" errorNumber={error}"));
        let attributes = (!self.attributes.is_null())
            .then(|| format!(" additionalAttributes={}", self.attributes));
        format!(
            "{}  CEF:0|Anaplan, Inc.||null|{}|{}|id={} userId={} tenantId={tenant_id} eventTimeZone=UTC createdDate={} createdTimeZone=UTC success={}{}{}{} ipAddress={} userAgent={}\n",
            at.format("%Y-%m-%dT%H:%M:%S%.3fZ"),
            self.kind.code,
            self.kind.message,
            self.id,
            self.user_id,
            self.stored(),
            self.success,
            object.unwrap_or_default(),
            error.unwrap_or_default(),
            attributes.unwrap_or_default(),
            self.ip,
            self.agent,
        )
    }
}
