//! `…/actions` and `…/processes`: definitions; and the log of an optimizer.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::page::{page, single, sort_leniently};
use super::super::reply::Reply;
use super::super::tenant::{Action, ActionKind, Model, Process, Role, Step, Tenant};
use super::imports::{listing, source};
use super::models::Access;
use super::{Call, Refusal};

/// `GET …/actions`
pub(super) fn list(call: &Call<'_>, access: Access<'_>) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let mut actions: Vec<Value> = model.actions.iter().map(entry).collect();
    sort_leniently(&call.query, &["name", "id"], &mut actions);
    let schema = format!("models/{}/objects/action", model.id);
    Ok(Reply::json(StatusCode::OK, &page(call, &schema, "actions", actions)?))
}

/// `GET …/actions/{a}`: the entry, with what the action works on.
pub(super) fn one(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let action = find(model, id)?;
    let mut entry = entry(action);
    let list = match &action.kind {
        ActionKind::DeleteBySelection { list, .. } | ActionKind::OrderHierarchy { list } => {
            model.find_list(list)
        }
        _ => None,
    };
    if let (Some(list), Some(object)) = (list, entry.as_object_mut()) {
        object.insert("listId".to_owned(), list.id.clone().into());
    }
    let schema = format!("models/{}/objects/action", model.id);
    Ok(Reply::json(StatusCode::OK, &single(&schema, "action", entry)))
}

/// `GET …/processes`
pub(super) fn processes(call: &Call<'_>, access: Access<'_>) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let entry = |process: &Process| json!({"id": process.id, "name": process.name});
    let mut processes: Vec<Value> = model.processes.iter().map(entry).collect();
    sort_leniently(&call.query, &["name", "id"], &mut processes);
    let schema = format!("models/{}/objects/process", model.id);
    Ok(Reply::json(StatusCode::OK, &page(call, &schema, "processes", processes)?))
}

/// `GET …/processes/{p}`: its steps in order.
pub(super) fn process(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let process = find_process(model, id)?;
    let with_source = call.query.get("showImportDataSource") == Some("true");
    let steps = model.steps(process).into_iter();
    let steps: Vec<Value> = steps.map(|it| step(&tenant, model, it, with_source)).collect();
    let mut metadata = json!({"name": process.name});
    if let (false, Some(object)) = (steps.is_empty(), metadata.as_object_mut()) {
        object.insert("actions".to_owned(), steps.into());
    }
    Ok(Reply::json(StatusCode::OK, &single("objects/process", "processMetadata", metadata)))
}

/// `GET …/optimizeActions/{a}/tasks/{t}/solutionLogs`: for administrators, whatever the ids.
pub(super) fn solution_log(
    call: &Call<'_>,
    access: Access<'_>,
    id: &str,
    task: &str,
) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    if !call.user.has(Role::WorkspaceAdmin) {
        return Err(Refusal::plain(StatusCode::FORBIDDEN));
    }
    let action = find(model, id)?;
    let has_run = matches!(action.kind, ActionKind::Optimizer)
        && call.state.tasks().has_run(&model.id, task, &action.id, call.now);
    if !has_run {
        return Err(Refusal::not_found());
    }
    let log = format!(
        "Optimize {} with 6 rows, 9 columns and 18 nonzeros\n\
         Variable types: 0 continuous, 9 integer (0 binary)\n\
         Presolve time: 0.00s\n\
         Explored 1 node (4 simplex iterations) in 0.00 seconds\n\
         Optimal solution found\n\
         Best objective 2.600000000000e+04, best bound 2.600000000000e+04, gap 0.0000%\n",
        action.name
    );
    Ok(Reply::text(StatusCode::OK, "text/plain", log))
}

/// Finds an action of a model.
pub(super) fn find<'t>(model: &'t Model, id: &str) -> Result<&'t Action, Refusal> {
    model.actions.iter().find(|action| action.id == id).ok_or_else(Refusal::not_found)
}

/// Finds a process of a model.
pub(super) fn find_process<'t>(model: &'t Model, id: &str) -> Result<&'t Process, Refusal> {
    model.processes.iter().find(|process| process.id == id).ok_or_else(Refusal::not_found)
}

fn entry(action: &Action) -> Value {
    json!({"id": action.id, "name": action.name, "actionType": action.kind.name()})
}

fn step(tenant: &Tenant, model: &Model, step: Step<'_>, with_source: bool) -> Value {
    let (mut entry, kind) = match step {
        Step::Action(action) => return entry(action),
        Step::Import(import) => (listing(tenant, model, import), "IMPORT"),
        Step::Export(export) => (export.listing(), "EXPORT"),
    };
    if let Some(object) = entry.as_object_mut() {
        object.insert("actionType".to_owned(), kind.into());
        object.remove("encoding");
        if let (Step::Import(import), true) = (step, with_source) {
            object.insert("importDataSource".to_owned(), source(tenant, model, import));
        }
    }
    entry
}
