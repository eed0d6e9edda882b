//! Users as SCIM shows them, and workspaces as its entitlements.

use serde_json::{Value, json};

use super::super::super::tenant::{Tenant, User};
use super::ScimError;

/// The most workspaces of one call.
const MAX_WORKSPACES: usize = 50;

/// Returns a user as a resource.
pub(super) fn user(url: &str, tenant: &Tenant, user: &User) -> Value {
    let formatted = format!("{} {}", user.first_name, user.last_name);
    let mut resource = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "meta": {
            "resourceType": "User",
            "created": user.created,
            "lastModified": user.modified,
            "location": location(url, user),
        },
        "id": user.id,
        "externalId": user.external_id,
        "userName": user.email,
        "name": {
            "familyName": user.last_name,
            "givenName": user.first_name,
            "formatted": formatted,
        },
        "displayName": formatted,
        "active": user.active,
        "emails": [{"value": user.email, "type": "work", "primary": true}],
    });
    let entitlements = entitlements(tenant, user);
    if !entitlements.is_empty() {
        resource["entitlements"] = entitlements.into();
    }
    resource
}

/// Returns the address of a user.
pub(super) fn location(url: &str, user: &User) -> String {
    format!("{url}/scim/1/0/v2/Users/{}", user.id)
}

/// The same workspaces three times: one by one, their ids in one text, their names in another.
fn entitlements(tenant: &Tenant, user: &User) -> Vec<Value> {
    let seen: Vec<_> = tenant.workspaces.iter().filter(|workspace| user.sees(workspace)).collect();
    if seen.is_empty() {
        return Vec::new();
    }
    let mut entries: Vec<Value> = seen
        .iter()
        .map(|workspace| {
            json!({"value": workspace.id, "display": workspace.name, "type": "WORKSPACE"})
        })
        .collect();
    // It means nothing, but the first one has it.
    if let Some(first) = entries.first_mut() {
        first["primary"] = true.into();
    }
    let ids: Vec<&str> = seen.iter().map(|workspace| workspace.id.as_str()).collect();
    let names: Vec<String> =
        seen.iter().map(|workspace| format!("\"{}\"", workspace.name)).collect();
    entries.push(json!({"value": ids.join(","), "type": "WORKSPACE_IDS"}));
    entries.push(json!({"value": names.join(","), "type": "WORKSPACE_NAMES"}));
    entries
}

/// Returns the ids of the workspaces that entitlements name, each once.
///
/// # Errors
/// Refuses what is no list of entitlements, unknown workspaces, and more than 50.
pub(super) fn workspaces(tenant: &Tenant, entitlements: &Value) -> Result<Vec<String>, ScimError> {
    let bad = |detail: &str| ScimError::bad("invalidValue", detail);
    let entries = entitlements.as_array().ok_or_else(|| bad("entitlements must be a list"))?;
    let mut ids: Vec<String> = Vec::new();
    for entry in entries {
        let value = entry["value"].as_str();
        let named: Vec<String> = match (entry["type"].as_str().unwrap_or("WORKSPACE"), value) {
            ("WORKSPACE", Some(id)) => vec![id.to_owned()],
            ("WORKSPACE", None) => {
                entry["display"].as_str().map(str::to_owned).into_iter().collect()
            }
            ("WORKSPACE_IDS", Some(list)) => {
                list.split(',').map(|id| id.trim().to_owned()).collect()
            }
            ("WORKSPACE_NAMES", Some(list)) => names(list),
            _ => Vec::new(),
        };
        if named.is_empty() {
            return Err(bad("Entitlement without a workspace, or of an unknown type"));
        }
        for name in named {
            let workspace = tenant
                .find_workspace(&name)
                .ok_or_else(|| bad(&format!("Workspace {name} not found")))?;
            if !ids.contains(&workspace.id) {
                ids.push(workspace.id.clone());
            }
        }
    }
    if ids.len() > MAX_WORKSPACES {
        return Err(bad("No more than 50 workspaces are allowed in one request"));
    }
    Ok(ids)
}

/// Splits a list of names at its commas; a name with commas stands in quotes.
fn names(list: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut quoted = false;
    for letter in list.chars() {
        match (letter, names.last_mut()) {
            ('"', _) => quoted = !quoted,
            (',', _) if !quoted => names.push(String::new()),
            (_, Some(name)) => name.push(letter),
            (_, None) => {}
        }
    }
    names.iter().map(|name| name.trim().to_owned()).collect()
}
