//! `…/tasks` of imports, exports, actions and processes: starting, watching and cancelling.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};

use super::super::page::{page, single, sort_leniently};
use super::super::reply::Reply;
use super::super::task::{Kind, NewStep, NewTask, StepWork};
use super::super::tenant::{Action, Export, Import, Model, Step, Tenant};
use super::super::work::{ImportWork, Work};
use super::files::source_content;
use super::models::Access;
use super::{Call, Refusal, actions, exports, imports};

/// `GET …/tasks`: 200 without a key for an unknown parent and for the role NO ACCESS.
pub(super) fn list(
    call: &Call<'_>,
    access: Access<'_>,
    parent: (Kind, &str),
) -> Result<Reply, Refusal> {
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
pub(super) fn start(
    call: &Call<'_>,
    access: Access<'_>,
    (kind, parent): (Kind, &str),
) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let (parent_id, parent_name, steps) = match kind {
        Kind::Export => one(exports::find(model, parent)?, |it| (&it.id, &it.name), Step::Export),
        Kind::Import => one(imports::find(model, parent)?, |it| (&it.id, &it.name), Step::Import),
        Kind::Action => one(actions::find(model, parent)?, |it| (&it.id, &it.name), Step::Action),
        Kind::Process => {
            let process = actions::find_process(model, parent)?;
            (process.id.clone(), process.name.clone(), model.steps(process))
        }
    };
    let body: Value =
        serde_json::from_slice(&call.body).map_err(|_| Refusal::bad("Malformed JSON request"))?;
    if body["localeName"].as_str().is_none_or(str::is_empty) {
        return Err(Refusal::bad("localeName must be provided"));
    }
    let mappings = mappings(&body)?;
    if model.state == "LOCKED" {
        return Err(Refusal::new(StatusCode::LOCKED, "Model is locked"));
    }
    let queued_ms = match steps.as_slice() {
        [Step::Export(export)] if kind == Kind::Export => call.state.task_time(export).0,
        _ => call.state.usual_time().0,
    };
    let steps: Vec<NewStep> =
        steps.into_iter().map(|step| new_step(call, &tenant, model, step, &mappings)).collect();
    // A process starts all the same, and its step fails.
    if let (true, [step]) = (kind != Kind::Process, steps.as_slice())
        && let StepWork::Model(work) = &step.work
        && work.refused(model).is_some()
    {
        return Err(Refusal::new(StatusCode::TOO_EARLY, "Model is deployed"));
    }
    let task = NewTask {
        model_id: model.id.clone(),
        kind,
        parent_id,
        parent_name,
        user_id: call.user.id.clone(),
        user: call.user.email.clone(),
        queued_ms,
        steps,
    };
    let id = call.state.tasks().start(task, call.now);
    Ok(Reply::json(StatusCode::OK, &single(&schema(access), "task", json!({"taskId": id}))))
}

/// `GET …/tasks/{t}`
pub(super) fn one_task(
    call: &Call<'_>,
    access: Access<'_>,
    parent: (Kind, &str),
    id: &str,
) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let details = call.query.is_true("includeProcessDetails");
    let task = call.state.tasks().find(&model.id, parent, id, details, call.now);
    let task = task.ok_or_else(Refusal::not_found)?;
    Ok(Reply::json(StatusCode::OK, &single(&schema(access), "task", task)))
}

/// `DELETE …/tasks/{t}`
pub(super) fn cancel(
    call: &Call<'_>,
    access: Access<'_>,
    parent: (Kind, &str),
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

/// The id, the name and the only step of what is no process.
fn one<'t, T>(
    object: &'t T,
    names: impl Fn(&T) -> (&String, &String),
    step: impl Fn(&'t T) -> Step<'t>,
) -> (String, String, Vec<Step<'t>>) {
    let (id, name) = names(object);
    (id.clone(), name.clone(), vec![step(object)])
}

/// An answer to an import's prompt: the entity's type and name, and the import that it is for.
struct Mapping {
    entity_type: String,
    entity_name: String,
    import_id: Option<String>,
}

/// Reads `mappingParameters`; `connectorParameters`, which old clients send, are not looked at.
fn mappings(body: &Value) -> Result<Vec<Mapping>, Refusal> {
    let refuse = || Refusal::bad("mappingParameters must be a list of entityType and entityName");
    let given = match &body["mappingParameters"] {
        Value::Null => return Ok(Vec::new()),
        given => given.as_array().ok_or_else(refuse)?,
    };
    given
        .iter()
        .map(|entry| {
            let text = |key: &str| entry[key].as_str().map(str::to_owned);
            Ok(Mapping {
                entity_type: text("entityType").ok_or_else(refuse)?,
                entity_name: text("entityName").ok_or_else(refuse)?,
                import_id: text("importId"),
            })
        })
        .collect()
}

/// Freezes a step: later changes to its definition or to the user's file don't reach it.
fn new_step(
    call: &Call<'_>,
    tenant: &Tenant,
    model: &Model,
    step: Step<'_>,
    mappings: &[Mapping],
) -> NewStep {
    let running_ms = call.state.usual_time().1;
    match step {
        Step::Export(export) => {
            let export = call.state.resolve(tenant, model, export);
            let Export { id, name, outcome, .. } = &*export;
            let (source, index) = call.state.freeze(&model.id, &export);
            NewStep {
                kind: Kind::Export,
                object_id: id.clone(),
                object_name: name.clone(),
                running_ms: call.state.task_time(&export).1,
                outcome: outcome.clone(),
                work: StepWork::File(source, index),
            }
        }
        Step::Import(import) => {
            let Import { id, name, outcome, .. } = import;
            let file = import.file(model);
            let own = mappings.iter().filter(|it| it.import_id.as_ref().is_none_or(|it| it == id));
            let work = ImportWork {
                import: import.clone(),
                file: file.map(|file| (file.clone(), source_content(call, model, file))),
                mappings: own.map(|it| (it.entity_type.clone(), it.entity_name.clone())).collect(),
                chunk_size: call.state.limits().chunk_size,
            };
            NewStep {
                kind: Kind::Import,
                object_id: id.clone(),
                object_name: name.clone(),
                running_ms,
                outcome: outcome.clone(),
                work: StepWork::Model(Arc::new(Work::Import(Box::new(work)))),
            }
        }
        Step::Action(action) => {
            let Action { id, name, outcome, kind } = action;
            NewStep {
                kind: Kind::Action,
                object_id: id.clone(),
                object_name: name.clone(),
                running_ms,
                outcome: outcome.clone(),
                work: StepWork::Model(Arc::new(Work::Action(kind.clone()))),
            }
        }
    }
}

fn schema(access: Access<'_>) -> String {
    // With the doubled slash of the service's own answers.
    format!("/2/0/models/{}/objects/task", access.model)
}
