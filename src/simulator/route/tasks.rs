//! `…/exports/{e}/tasks`: starting, watching and cancelling.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::page::{page, single, sort_leniently};
use super::super::reply::Reply;
use super::super::task::NewTask;
use super::exports::find;
use super::models::Access;
use super::{Call, Refusal};

/// `GET …/tasks`: 200 without a key for an unknown parent and for the role NO ACCESS.
pub(super) fn list(call: &Call<'_>, access: Access<'_>, parent: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let mut tasks = Vec::new();
    if !access.is_shut_out(call, &tenant) {
        let model = access.enter(call, &tenant)?;
        tasks = call.state.tasks().list(&model.id, parent, call.now);
    }
    sort_leniently(
        &call.query,
        &["creationDate", "creationTime", "taskId", "taskState", "progress"],
        &mut tasks,
    );
    Ok(Reply::json(StatusCode::OK, &page(call, &schema(access), "tasks", tasks)?))
}

/// `POST …/tasks`
pub(super) fn start(call: &Call<'_>, access: Access<'_>, parent: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let export = call.state.resolve(&tenant, model, find(model, parent)?);
    let body: Value =
        serde_json::from_slice(&call.body).map_err(|_| Refusal::bad("Malformed JSON request"))?;
    if body["localeName"].as_str().is_none_or(str::is_empty) {
        return Err(Refusal::bad("localeName must be provided"));
    }
    if model.state == "LOCKED" {
        return Err(Refusal::new(StatusCode::LOCKED, "Model is locked"));
    }
    let (queued_ms, running_ms) = call.state.task_time(&export);
    let (source, index) = call.state.freeze(&model.id, &export);
    let task = NewTask {
        model_id: model.id.clone(),
        parent_id: export.id.clone(),
        parent_name: export.name.clone(),
        user_id: call.user.id.clone(),
        user: call.user.email.clone(),
        queued_ms,
        running_ms,
        outcome: export.outcome.clone(),
        source,
        index,
    };
    let id = call.state.tasks().start(task, call.now);
    Ok(Reply::json(StatusCode::OK, &single(&schema(access), "task", json!({"taskId": id}))))
}

/// `GET …/tasks/{t}`
pub(super) fn one(
    call: &Call<'_>,
    access: Access<'_>,
    parent: &str,
    id: &str,
) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let task =
        call.state.tasks().find(&model.id, parent, id, call.now).ok_or_else(Refusal::not_found)?;
    Ok(Reply::json(StatusCode::OK, &single(&schema(access), "task", task)))
}

/// `DELETE …/tasks/{t}`
pub(super) fn cancel(
    call: &Call<'_>,
    access: Access<'_>,
    parent: &str,
    id: &str,
) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let task = call
        .state
        .tasks()
        .cancel(&model.id, parent, id, &call.user.id, call.now)
        .ok_or_else(Refusal::not_found)?;
    Ok(Reply::json(StatusCode::OK, &single(&schema(access), "task", task)))
}

fn schema(access: Access<'_>) -> String {
    // With the doubled slash of the service's own answers.
    format!("/2/0/models/{}/objects/task", access.model)
}
