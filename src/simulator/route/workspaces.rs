//! `/workspaces`.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::page::{page, search, single, sort_strictly};
use super::super::reply::Reply;
use super::super::tenant::Workspace;
use super::{Call, Refusal};

const SCHEMA: &str = "objects/workspace";

/// `GET /workspaces`
pub(super) fn list(call: &Call<'_>) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let seen = tenant.workspaces.iter().filter(|workspace| call.user.sees(workspace));
    // Sorting by size works without details too, so the entries are made whole and trimmed afterwards.
    let mut workspaces: Vec<Value> = seen.map(|workspace| entry(workspace, true)).collect();
    search(call, &["name", "id"], &mut workspaces);
    sort_strictly(&call.query, &["name", "sizeAllowance"], &mut workspaces)?;
    if !call.query.is_true("tenantDetails") {
        for object in workspaces.iter_mut().filter_map(Value::as_object_mut) {
            object.remove("sizeAllowance");
        }
    }
    Ok(Reply::json(StatusCode::OK, &page(call, SCHEMA, "workspaces", workspaces)?))
}

/// `GET /workspaces/{w}`: found by administrators only, even where others see it listed.
pub(super) fn one(call: &Call<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let workspace = tenant
        .workspaces
        .iter()
        .find(|workspace| workspace.id == id && call.user.sees(workspace) && call.user.admin)
        .ok_or_else(Refusal::not_found)?;
    let entry = entry(workspace, call.query.is_true("tenantDetails"));
    Ok(Reply::json(StatusCode::OK, &single(SCHEMA, "workspace", entry)))
}

fn entry(workspace: &Workspace, details: bool) -> Value {
    // `currentSize` is documented, and was never seen in an answer.
    let mut entry = json!({"id": workspace.id, "name": workspace.name, "active": workspace.active});
    if let (true, Some(object)) = (details, entry.as_object_mut()) {
        object.insert("sizeAllowance".to_owned(), workspace.size_allowance.into());
    }
    entry
}
