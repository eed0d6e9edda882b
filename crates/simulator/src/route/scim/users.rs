//! `/Users`: listing, reading, creating, replacing.

use http::StatusCode;
use http::header::LOCATION;
use serde_json::{Map, Value, json};

use super::super::super::audit::{Event, kind};
use super::super::super::reply::Reply;
use super::super::super::tenant::{Tenant, User};
use super::filter::Filter;
use super::{Call, ScimError, answer, ok, resource};

/// The users of a page where no number is given, and at most.
const USUAL: usize = 50;
const MOST: usize = 100;

/// `GET /Users`
pub(super) fn list(call: &Call<'_>) -> Result<Reply, ScimError> {
    let filter = call.query.get("filter").map(Filter::parse).transpose()?;
    let start = number(call, "startIndex")?.map_or(1, |start| start.max(1));
    let count = number(call, "count")?.map_or(USUAL, |count| usize::try_from(count).unwrap_or(0));
    if count > MOST {
        return Err(ScimError::bad("invalidValue", "count must not be greater than 100"));
    }
    let tenant = call.state.tenant();
    let found: Vec<&User> = tenant
        .own_users()
        .filter(|user| filter.as_ref().is_none_or(|filter| filter.matches(user)))
        .collect();
    let skip = usize::try_from(start - 1).unwrap_or(usize::MAX);
    let shown: Vec<Value> = found
        .iter()
        .skip(skip)
        .take(count)
        .map(|user| resource::user(&call.state.url, &tenant, user))
        .collect();
    let mut list = Map::new();
    let schema = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
    list.insert("schemas".to_owned(), json!([schema]));
    list.insert("totalResults".to_owned(), found.len().into());
    list.insert("startIndex".to_owned(), start.into());
    list.insert("itemsPerPage".to_owned(), shown.len().into());
    // SCIM allows it to be missing from an empty page.
    if !shown.is_empty() {
        list.insert("Resources".to_owned(), shown.into());
    }
    Ok(ok(&Value::Object(list)))
}

fn number(call: &Call<'_>, key: &str) -> Result<Option<i64>, ScimError> {
    let number = call.query.get(key).map(str::parse).transpose();
    number.map_err(|_| ScimError::bad("invalidValue", &format!("{key} must be a number")))
}

/// `GET /Users/{id}`
pub(super) fn one(call: &Call<'_>, id: &str) -> Result<Reply, ScimError> {
    let tenant = call.state.tenant();
    let user = tenant.own_users().find(|user| user.id == id).ok_or_else(|| absent(id))?;
    Ok(shown(call, &tenant, user, StatusCode::OK))
}

/// `POST /Users`: the new user has no password, and signs in as soon as they have one.
pub(super) fn create(call: &Call<'_>) -> Result<Reply, ScimError> {
    let given = Given::of(call.body)?;
    let mut tenant = call.state.tenant_mut();
    let name = given.user_name.clone();
    if !name.contains('@') {
        return Err(ScimError::bad("invalidValue", "userName must be an email address"));
    }
    if tenant.users.iter().any(|user| user.email.eq_ignore_ascii_case(&name)) {
        let detail = format!("User {name} already exists");
        let conflict = ScimError::new(StatusCode::CONFLICT, &detail);
        return Err(ScimError { kind: Some("uniqueness"), ..conflict });
    }
    let mut user = User::new(&name, "").standard();
    let now = timestamp(call.now);
    (user.created, user.modified) = (now.clone(), now);
    user.last_login = None;
    given.apply(&tenant, &mut user)?;
    tenant.users.push(user);
    tenant.fill_ids();
    let user = tenant.users.last().ok_or_else(|| absent(&name))?;
    let created = Event::new(kind::USER_CREATED, &call.user.id, call.now).object(&user.id);
    call.state.audit.record(created);
    let nobody = User { workspaces: Some(Vec::new()), ..user.clone() };
    record_changes(call, &tenant, &nobody, user);
    Ok(shown(call, &tenant, user, StatusCode::CREATED))
}

/// `PUT /Users/{id}`: what is left out is cleared.
pub(super) fn replace(call: &Call<'_>, id: &str) -> Result<Reply, ScimError> {
    let given = Given::of(call.body)?;
    change(call, id, |tenant, user| {
        if !given.user_name.eq_ignore_ascii_case(&user.email) {
            return Err(ScimError::bad("mutability", "Attribute userName is read-only"));
        }
        if given.id.as_ref().is_some_and(|given| *given != user.id) {
            return Err(ScimError::bad("mutability", "Attribute id is read-only"));
        }
        given.apply(tenant, user)
    })
}

/// Changes a user and records what is different then.
pub(super) fn change(
    call: &Call<'_>,
    id: &str,
    change: impl FnOnce(&Tenant, &mut User) -> Result<(), ScimError>,
) -> Result<Reply, ScimError> {
    let mut tenant = call.state.tenant_mut();
    let place = tenant
        .users
        .iter()
        .position(|user| user.id == id && !user.visitor)
        .ok_or_else(|| absent(id))?;
    let before = tenant.users.get(place).cloned().ok_or_else(|| absent(id))?;
    let mut after = before.clone();
    change(&tenant, &mut after)?;
    after.modified = timestamp(call.now);
    let updated = Event::new(kind::USER_UPDATED, &call.user.id, call.now).object(&after.id);
    call.state.audit.record(updated);
    record_changes(call, &tenant, &before, &after);
    let reply = shown(call, &tenant, &after, StatusCode::OK);
    if let Some(user) = tenant.users.get_mut(place) {
        *user = after;
    }
    Ok(reply)
}

fn record_changes(call: &Call<'_>, tenant: &Tenant, before: &User, after: &User) {
    let event = |kind| Event::new(kind, &call.user.id, call.now).object(&after.id);
    let record = |event| call.state.audit.record(event);
    if before.first_name != after.first_name {
        record(event(kind::FIRST_NAME_CHANGED));
    }
    if before.last_name != after.last_name {
        record(event(kind::LAST_NAME_CHANGED));
    }
    if before.active != after.active {
        record(event(if after.active { kind::USER_ENABLED } else { kind::USER_DISABLED }));
    }
    for workspace in &tenant.workspaces {
        let kind = match (before.sees(workspace), after.sees(workspace)) {
            (false, true) => kind::WORKSPACE_GRANTED,
            (true, false) => kind::WORKSPACE_REVOKED,
            _ => continue,
        };
        let attributes = json!({"workspaceId": workspace.id, "name": workspace.name});
        record(event(kind).attributes(attributes));
    }
}

fn shown(call: &Call<'_>, tenant: &Tenant, user: &User, status: StatusCode) -> Reply {
    let url = &call.state.url;
    answer(status, &resource::user(url, tenant, user))
        .header(LOCATION, resource::location(url, user))
}

fn absent(id: &str) -> ScimError {
    ScimError::new(StatusCode::NOT_FOUND, &format!("Resource {id} not found"))
}

fn timestamp(ms: i64) -> String {
    let moment = chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default();
    moment.format("%Y-%m-%dT%H:%M:%S%.3f+00:00").to_string()
}

/// A user as a client gives it.
struct Given {
    id: Option<String>,
    user_name: String,
    first_name: String,
    last_name: String,
    active: Option<bool>,
    external_id: String,
    entitlements: Option<Value>,
}

impl Given {
    fn of(body: &[u8]) -> Result<Self, ScimError> {
        let syntax = || ScimError::bad("invalidSyntax", "The request body is no valid JSON object");
        let body: Value = serde_json::from_slice(body).map_err(|_| syntax())?;
        if !body.is_object() {
            return Err(syntax());
        }
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let required = |name: &str, value: &Value| {
            text(value).filter(|text| !text.trim().is_empty()).ok_or_else(|| {
                ScimError::bad("invalidValue", &format!("Attribute {name} is required"))
            })
        };
        Ok(Self {
            id: text(&body["id"]),
            user_name: required("userName", &body["userName"])?,
            first_name: required("name.givenName", &body["name"]["givenName"])?,
            last_name: required("name.familyName", &body["name"]["familyName"])?,
            active: match &body["active"] {
                Value::Null => None,
                value => Some(flag(value)?),
            },
            external_id: text(&body["externalId"]).unwrap_or_default(),
            entitlements: body.get("entitlements").filter(|list| !list.is_null()).cloned(),
        })
    }

    fn apply(self, tenant: &Tenant, user: &mut User) -> Result<(), ScimError> {
        let workspaces = match &self.entitlements {
            Some(entitlements) => resource::workspaces(tenant, entitlements)?,
            None => Vec::new(),
        };
        user.first_name = self.first_name;
        user.last_name = self.last_name;
        user.active = self.active.unwrap_or(user.active);
        user.external_id = self.external_id;
        user.workspaces = Some(workspaces);
        Ok(())
    }
}

/// Reads a truth value, also where a client sends it as text.
pub(super) fn flag(value: &Value) -> Result<bool, ScimError> {
    let of_text = || value.as_str().and_then(|text| text.to_lowercase().parse().ok());
    let invalid = || ScimError::bad("invalidValue", "Attribute active must be true or false");
    value.as_bool().or_else(of_text).ok_or_else(invalid)
}
