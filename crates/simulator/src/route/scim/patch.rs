//! `PATCH /Users/{id}`: single attributes added, replaced and removed.

use serde_json::Value;

use super::super::super::reply::Reply;
use super::super::super::tenant::{Tenant, User};
use super::users::{change, flag};
use super::{Call, ScimError, resource};

const MESSAGE: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What an operation does with an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Add,
    Replace,
    Remove,
}

/// `PATCH /Users/{id}`: all operations, or none.
pub(super) fn patch(call: &Call<'_>, id: &str) -> Result<Reply, ScimError> {
    let syntax = |detail: &str| ScimError::bad("invalidSyntax", detail);
    let body: Value = serde_json::from_slice(call.body)
        .map_err(|_| syntax("The request body is no valid JSON object"))?;
    let schemas = body["schemas"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !schemas.iter().any(|schema| schema == MESSAGE) {
        return Err(syntax("schemas must hold the schema of a PatchOp"));
    }
    let operations = body["Operations"]
        .as_array()
        .filter(|operations| !operations.is_empty())
        .ok_or_else(|| syntax("Operations must be a list with an entry at least"))?;
    change(call, id, |tenant, user| {
        operations.iter().try_for_each(|operation| apply(tenant, user, operation))
    })
}

fn apply(tenant: &Tenant, user: &mut User, operation: &Value) -> Result<(), ScimError> {
    // Some clients capitalize them.
    let verb = match operation["op"].as_str().unwrap_or_default().to_lowercase().as_str() {
        "add" => Verb::Add,
        "replace" => Verb::Replace,
        "remove" => Verb::Remove,
        _ => return Err(ScimError::bad("invalidSyntax", "op must be add, replace or remove")),
    };
    let value = &operation["value"];
    match (operation["path"].as_str(), value.as_object()) {
        (Some(path), _) => set(tenant, user, verb, path, value),
        (None, Some(fields)) if verb != Verb::Remove => {
            fields.iter().try_for_each(|(path, value)| set(tenant, user, verb, path, value))
        }
        _ => Err(ScimError::bad("noTarget", "The operation has no path")),
    }
}

fn set(
    tenant: &Tenant,
    user: &mut User,
    verb: Verb,
    path: &str,
    value: &Value,
) -> Result<(), ScimError> {
    let path = path.trim_start_matches("urn:ietf:params:scim:schemas:core:2.0:User:");
    let (attribute, condition) = match path.split_once('[') {
        Some((attribute, rest)) => (attribute, rest.strip_suffix(']')),
        None => (path, None),
    };
    let remove = verb == Verb::Remove;
    match attribute.to_lowercase().as_str() {
        "entitlements" => entitle(tenant, user, verb, condition, value),
        _ if path.contains('[') => unknown(path),
        "externalid" if remove => {
            user.external_id.clear();
            Ok(())
        }
        "externalid" => text(path, value).map(|text| user.external_id = text),
        "active" | "name" | "name.givenname" | "name.familyname" if remove => {
            Err(ScimError::bad("mutability", &format!("Attribute {path} is required")))
        }
        "active" => flag(value).map(|active| user.active = active),
        "name.givenname" => text(path, value).map(|text| user.first_name = text),
        "name.familyname" => text(path, value).map(|text| user.last_name = text),
        "name" => {
            if !value["givenName"].is_null() {
                user.first_name = text("name.givenName", &value["givenName"])?;
            }
            if !value["familyName"].is_null() {
                user.last_name = text("name.familyName", &value["familyName"])?;
            }
            Ok(())
        }
        "id" | "username" | "displayname" | "name.formatted" | "meta" | "schemas" => {
            Err(ScimError::bad("mutability", &format!("Attribute {path} is read-only")))
        }
        _ => unknown(path),
    }
}

fn unknown(path: &str) -> Result<(), ScimError> {
    Err(ScimError::bad("invalidPath", &format!("Path {path} is not supported")))
}

fn text(name: &str, value: &Value) -> Result<String, ScimError> {
    value
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .ok_or_else(|| ScimError::bad("invalidValue", &format!("Attribute {name} must be a text")))
}

/// Changes the workspaces of a user. A condition chooses among them by type, which all share, or by id.
fn entitle(
    tenant: &Tenant,
    user: &mut User,
    verb: Verb,
    condition: Option<&str>,
    value: &Value,
) -> Result<(), ScimError> {
    let seen = tenant.workspaces.iter().filter(|workspace| user.sees(workspace));
    let mut ids: Vec<String> = seen.map(|workspace| workspace.id.clone()).collect();
    let only = match condition.map(|text| text.split_whitespace().collect::<Vec<_>>()) {
        None => None,
        Some(words) => match words.as_slice() {
            ["type", "eq", r#""WORKSPACE""# | r#""WORKSPACE_IDS""# | r#""WORKSPACE_NAMES""#] => {
                None
            }
            ["value", "eq", id] => Some(id.trim_matches('"').to_owned()),
            _ => return unknown("entitlements[…]"),
        },
    };
    match verb {
        Verb::Remove if value.is_array() => {
            let gone = resource::workspaces(tenant, value)?;
            ids.retain(|id| !gone.contains(id));
        }
        Verb::Remove => ids.retain(|id| only.as_ref().is_some_and(|only| only != id)),
        Verb::Add | Verb::Replace => {
            let given = resource::workspaces(tenant, value)?;
            match only {
                _ if verb == Verb::Add => {}
                Some(only) => ids.retain(|id| *id != only),
                None => ids.clear(),
            }
            ids.extend(given.into_iter().filter(|id| !ids.contains(id)).collect::<Vec<_>>());
        }
    }
    user.workspaces = Some(ids);
    Ok(())
}
