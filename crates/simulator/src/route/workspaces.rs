//! `/workspaces`: listings, their people, and deleting models.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::page::{envelope, page, search, single, sort_strictly};
use super::super::reply::Reply;
use super::super::tenant::{Role, Tenant, User, Workspace};
use super::{Call, Refusal};

const SCHEMA: &str = "objects/workspace";

/// `GET /workspaces`
pub(super) fn list(call: &Call<'_>) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let seen = tenant.workspaces.iter().filter(|workspace| call.user.sees(workspace));
    // Sorting by size works without details too, so the entries are made whole and trimmed afterwards.
    let mut workspaces: Vec<Value> = seen.map(|workspace| entry(call, workspace, true)).collect();
    search(call, Role::WorkspaceAdmin, &["name", "id"], &mut workspaces);
    sort_strictly(&call.query, &["name", "sizeAllowance"], &mut workspaces)?;
    if !call.query.is_true("tenantDetails") {
        for object in workspaces.iter_mut().filter_map(Value::as_object_mut) {
            object.remove("sizeAllowance");
            object.remove("currentSize");
        }
    }
    Ok(Reply::json(StatusCode::OK, &page(call, SCHEMA, "workspaces", workspaces)?))
}

/// `GET /workspaces/{w}`: found by administrators only, even where others see it listed.
pub(super) fn one(call: &Call<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let workspace = find(call, &tenant, id)?;
    if !call.user.has(Role::WorkspaceAdmin) {
        return Err(Refusal::not_found());
    }
    let entry = entry(call, workspace, call.query.is_true("tenantDetails"));
    Ok(Reply::json(StatusCode::OK, &single(SCHEMA, "workspace", entry)))
}

/// `GET /workspaces/{w}/admins`
pub(super) fn admins(call: &Call<'_>, id: &str) -> Result<Reply, Refusal> {
    let is_admin = |user: &User| !user.visitor && user.has(Role::WorkspaceAdmin);
    people(call, id, "admin", is_admin)
}

/// `GET /workspaces/{w}/visitors`
pub(super) fn visitors(call: &Call<'_>, id: &str) -> Result<Reply, Refusal> {
    people(call, id, "visitor", |user| user.visitor)
}

/// Lists the users of a kind in a workspace. Whoever isn't tenant administrator gets a 500, not a 403.
fn people(
    call: &Call<'_>,
    id: &str,
    kind: &str,
    is_kind: impl Fn(&User) -> bool,
) -> Result<Reply, Refusal> {
    if !call.user.has(Role::TenantAdmin) {
        return Err(Refusal::plain(StatusCode::INTERNAL_SERVER_ERROR));
    }
    let tenant = call.state.tenant();
    let mut workspaces = tenant.workspaces.iter();
    let workspace =
        workspaces.find(|workspace| workspace.id == id).ok_or_else(Refusal::not_found)?;
    let others = |user: &User| -> Vec<&str> {
        let others = tenant.workspaces.iter().filter(|other| other.id != workspace.id);
        others.filter(|other| user.sees(other)).map(|other| other.name.as_str()).collect()
    };
    let people = tenant.users.iter().filter(|user| is_kind(user) && user.sees(workspace));
    let people = people
        .map(|user| {
            json!({
                "firstName": user.first_name,
                "lastName": user.last_name,
                "email": user.email,
                "active": user.active,
                "otherWorkspaces": others(user),
            })
        })
        .collect();
    let answer = page(call, &format!("objects/{kind}"), &format!("{kind}s"), people)?;
    Ok(Reply::json(StatusCode::OK, &answer))
}

/// `POST /workspaces/{w}/bulkDeleteModels`: 200 however many of them can't be deleted.
pub(super) fn bulk_delete(call: &Call<'_>, id: &str) -> Result<Reply, Refusal> {
    let models = models_to_delete(&call.body)?;
    let mut tenant = call.state.tenant_mut();
    let is_admin = call.user.has(Role::WorkspaceAdmin);
    let workspace = tenant
        .workspaces
        .iter_mut()
        .find(|workspace| workspace.id == id && call.user.sees(workspace))
        .ok_or_else(Refusal::not_found)?;
    let mut failures = Vec::new();
    let mut deleted = 0_u64;
    for model_id in models {
        let place = workspace.models.iter().position(|model| model.id == model_id);
        let message = match place.filter(|_| is_admin) {
            // Missing rights look the same.
            None => "Model ID does not exist.",
            Some(_) if call.state.is_in_use(&model_id, call.now) => {
                "Model is open. Please close the model before trying again."
            }
            Some(place) => {
                workspace.models.remove(place);
                deleted += 1;
                continue;
            }
        };
        failures.push(json!({"modelId": model_id, "message": message}));
    }
    let mut answer = envelope("objects/bulkDeleteModels");
    if let Some(object) = answer.as_object_mut() {
        object.insert("modelsDeleted".to_owned(), deleted.into());
        if !failures.is_empty() {
            object.insert("bulkDeleteModelsFailures".to_owned(), failures.into());
        }
    }
    Ok(Reply::json(StatusCode::OK, &answer))
}

fn models_to_delete(body: &[u8]) -> Result<Vec<String>, Refusal> {
    const FIELD: &str = "modelIdsToDelete";
    let body: Value =
        serde_json::from_slice(body).map_err(|_| Refusal::bad("Malformed JSON request"))?;
    let fields = body.as_object().ok_or_else(|| Refusal::bad("Malformed JSON request"))?;
    if let Some(unknown) = fields.keys().find(|key| *key != FIELD) {
        return Err(Refusal::bad(&format!(
            "Identified an unrecognized '{unknown}'. Amend the content so it only contains applicable fields."
        )));
    }
    let ids = body[FIELD].as_array().filter(|ids| !ids.is_empty()).ok_or_else(|| {
        Refusal::bad(&format!("Expected mandatory field '{FIELD}' to be present and not empty."))
    })?;
    let text = |id: &Value| id.as_str().map(str::to_owned);
    ids.iter()
        .map(text)
        .collect::<Option<_>>()
        .ok_or_else(|| Refusal::bad("Malformed JSON request"))
}

fn find<'t>(call: &Call<'_>, tenant: &'t Tenant, id: &str) -> Result<&'t Workspace, Refusal> {
    tenant
        .workspaces
        .iter()
        .find(|workspace| workspace.id == id && call.user.sees(workspace))
        .ok_or_else(Refusal::not_found)
}

fn entry(call: &Call<'_>, workspace: &Workspace, details: bool) -> Value {
    let mut entry = json!({"id": workspace.id, "name": workspace.name, "active": workspace.active});
    if let (true, Some(object)) = (details, entry.as_object_mut()) {
        object.insert("sizeAllowance".to_owned(), workspace.size_allowance.into());
        // Some have seen the current size, and some never: administrators do here. It may exceed the allowance.
        if call.user.has(Role::WorkspaceAdmin) {
            let used: u64 = workspace.models.iter().map(|model| model.memory_usage).sum();
            object.insert("currentSize".to_owned(), used.into());
        }
    }
    entry
}
