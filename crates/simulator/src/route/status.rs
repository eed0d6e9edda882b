//! `…/status`, `…/open`, `…/close` and `…/onlineStatus`: whether a model is in memory, and on the net.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::loaded::Step;
use super::super::reply::Reply;
use super::super::task::Running;
use super::super::tenant::{Role, Tenant};
use super::models::{Access, refuse_archived, refuse_state};
use super::{Call, Refusal};

/// `GET` and `POST …/status`: without the usual envelope, and made afresh each time.
pub(super) fn status(call: &Call<'_>, access: Access<'_>) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.reach(call, &tenant)?;
    refuse_archived(model)?;
    let running = call.state.tasks().running(&model.id, call.now);
    let (step, progress) = match call.state.loaded().step(&model.id, call.now) {
        // A model in maintenance has a status, unlike everything else in it.
        _ if model.is_offline() => ("Closed", -1.0),
        _ if running.is_some() => {
            ("Processing ...", running.as_ref().map_or(0.0, |task| task.progress))
        }
        Step::Closed => ("Closed", -1.0),
        Step::Open => ("Open", -1.0),
        Step::Opening(share) => ("Opening ...", share),
        Step::Closing(share) => ("Closing", share),
    };
    let status = json!({"requestStatus": {
        "peakMemoryUsageEstimate": null,
        "peakMemoryUsageTime": null,
        "progress": progress,
        "currentStep": step,
        "tooltip": running.as_ref().map(|task| tooltip(&tenant, task)),
        "exportTaskType": null,
        "creationTime": call.now,
        "taskId": running.as_ref().map(|task| task.id.clone()),
    }});
    Ok(Reply::json(StatusCode::OK, &status))
}

fn tooltip(tenant: &Tenant, task: &Running) -> String {
    let kind = match task.parent_id.get(..3) {
        Some("112") => "Import",
        Some("116") => "Export",
        Some("118") => "Process",
        _ => "Action",
    };
    let who = tenant.find_user(&task.user_id).map_or_else(String::new, |user| {
        format!(" by {} {} ({})", user.first_name, user.last_name, user.email)
    });
    let at = chrono::DateTime::from_timestamp_millis(task.since).unwrap_or_default();
    format!("{kind} in progress\n\nStarted{who}\n\nStarted at {} (UTC)", at.format("%H:%M"))
}

/// `POST …/open`: whoever may not, doesn't find it.
pub(super) fn open(call: &Call<'_>, access: Access<'_>) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.reach(call, &tenant)?;
    if !call.user.has(Role::WorkspaceAdmin) {
        return Err(Refusal::not_found());
    }
    refuse_state(model)?;
    call.state.loaded().open(&model.id, call.now);
    Ok(Reply::empty(StatusCode::ACCEPTED))
}

/// `POST …/close`
pub(super) fn close(call: &Call<'_>, access: Access<'_>) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.reach(call, &tenant)?;
    require_admin(call)?;
    refuse_state(model)?;
    call.state.loaded().close(&model.id, call.now);
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

/// `PUT` and `POST …/onlineStatus`: takes a model off the net, where it answers 424, and back.
pub(super) fn set_online(call: &Call<'_>, access: Access<'_>) -> Result<Reply, Refusal> {
    let mut tenant = call.state.tenant_mut();
    let model = access.reach(call, &tenant)?;
    require_admin(call)?;
    refuse_archived(model)?;
    let body: Value =
        serde_json::from_slice(&call.body).map_err(|_| Refusal::bad("Malformed JSON request"))?;
    let online = match body["status"].as_str() {
        Some("online") => true,
        Some("offline") => false,
        _ => return Err(Refusal::bad("status must be online or offline")),
    };
    let state = match (model.state.as_str(), online) {
        ("LOCKED", _) => return Err(Refusal::bad("Model is locked")),
        ("PRODUCTION", false) => "PRODUCTION_MAINTENANCE",
        ("PRODUCTION_MAINTENANCE", true) => "PRODUCTION",
        ("MAINTENANCE", true) => "UNLOCKED",
        ("UNLOCKED" | "ACTIVE", false) => "MAINTENANCE",
        (same, _) => same,
    };
    let (id, state) = (model.id.clone(), state.to_owned());
    if let Some(model) = tenant.model_mut(&id) {
        model.state = state;
    }
    if !online {
        call.state.loaded().drop_now(&id);
    }
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

fn require_admin(call: &Call<'_>) -> Result<(), Refusal> {
    if call.user.has(Role::WorkspaceAdmin) {
        return Ok(());
    }
    Err(Refusal::plain(StatusCode::FORBIDDEN))
}
