//! Running exports and actions, and cancelling what runs.

use std::sync::Arc;
use std::time::SystemTime;

use futures::FutureExt;

use super::call::Call;
use super::definition::{Parameter, ProcedureDefinition, ProcedureScope, Work};
use super::target::place;
use crate::client::model::{ExportId, ModelId, Task, TaskId, TaskResult, TaskState};
use crate::client::{Runnable, RunningTask, Runs, TaskOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::progress::Phase;
use crate::rejected::Rejection;
use crate::table::information::{Cell, ColumnDefinition as Column, Row};

pub(super) const LOCALE_OF_MESSAGES: Parameter = Parameter::text(
    "Locale",
    "The language of the service's messages, such as de_DE; en_US unless given.",
);

const RUN: &[Column] = &[
    Column::text("TaskId", "The task."),
    Column::text("ObjectId", "What was run."),
    Column::text("ObjectName", "Its name."),
    Column::text("State", "COMPLETE."),
    Column::boolean("Successful", "true: a task without success is an error."),
    Column::boolean("FailureDumpAvailable", "Whether there is a list of what was rejected."),
    Column::text("Details", "What the service says about it."),
    Column::integer("RowsWritten", "Rows of the file that was written; NULL if none was."),
];

pub(super) static RUN_EXPORT: ProcedureDefinition = ProcedureDefinition {
    name: "RunExport",
    doc: "Runs an export, which replaces its file and locks the model meanwhile. Its file is read by \
          SELECT.",
    scope: ProcedureScope::Model,
    changes: false,
    own: &[Parameter::text("Export", "Name or id of the export.").required(), LOCALE_OF_MESSAGES],
    columns: RUN,
    work: Work::Rows(|call| run_export(call).boxed()),
};

pub(super) static RUN_ACTION: ProcedureDefinition = ProcedureDefinition {
    name: "RunAction",
    doc: "Runs an action that is neither an import nor an export nor a process.",
    scope: ProcedureScope::Model,
    changes: true,
    own: &[Parameter::text("Action", "Name or id of the action.").required(), LOCALE_OF_MESSAGES],
    columns: RUN,
    work: Work::Rows(|call| {
        async move {
            let action = find(&call, Runs::Action, "Action").await?;
            let task = start(&call, &action).await?;
            let id = task.id().clone();
            let result = wait(&call, &action, task).await?;
            Ok(vec![ended(&id, &action, &result)])
        }
        .boxed()
    }),
};

const CANCELLED: &[Column] = &[
    Column::text("TaskId", "The task."),
    Column::text("State", "What became of it: CANCELLED, or CANCELLING for a while before that."),
];

const TASK_ID: Parameter = Parameter::text("TaskId", "The task.").required();

pub(super) static CANCEL_EXPORT: ProcedureDefinition = ProcedureDefinition {
    name: "CancelExport",
    doc: "Cancels a run of an export, whoever started it.",
    scope: ProcedureScope::Model,
    changes: true,
    own: &[Parameter::text("Export", "Name or id of the export.").required(), TASK_ID],
    columns: CANCELLED,
    work: Work::Rows(|call| {
        async move {
            let export = find(&call, Runs::Export, "Export").await?;
            cancel(&call, &export).await
        }
        .boxed()
    }),
};

pub(super) static CANCEL_TASK: ProcedureDefinition = ProcedureDefinition {
    name: "CancelTask",
    doc: "Cancels a run of an import, export, process or other action, whoever started it.",
    scope: ProcedureScope::Model,
    changes: true,
    own: &[Parameter::text("Object", "Name or id of what runs.").required(), TASK_ID],
    columns: CANCELLED,
    work: Work::Rows(|call| {
        async move {
            let model = call.model().await?;
            let mut all = Vec::new();
            for runs in [Runs::Import, Runs::Export, Runs::Process, Runs::Action] {
                all.extend(list(&call, &model.id, runs).await?);
            }
            let text = call.arguments.required("Object")?;
            let found = place("object", text, &all, |it| (&it.id, &it.name))?;
            cancel(&call, &all[found]).await
        }
        .boxed()
    }),
};

async fn run_export(call: Call) -> Result<Vec<Row>> {
    let export = find(&call, Runs::Export, "Export").await?;
    let (client, runs) = (&call.connection.client, &call.connection.runs);
    let key = (export.model.clone(), ExportId::from(export.id.as_str()));
    let began = SystemTime::now();
    let task = start(&call, &export).await?;
    let id = task.id().clone();
    runs.note(client, &key, (&id, began, false)).await;
    let result = wait(&call, &export, task).await?;
    runs.note(client, &key, (&id, began, true)).await;
    Ok(vec![ended(&id, &export, &result)])
}

/// Something of a model that can be run.
pub(super) struct Object {
    pub(super) runs: Runs,
    pub(super) model: ModelId,
    pub(super) id: String,
    pub(super) name: String,
}

impl Object {
    pub(super) fn runnable(&self) -> Runnable<'_> {
        let Self { runs, model, id, name } = self;
        Runnable { runs: *runs, model, id, name }
    }
}

/// What the parameter names among what is of its kind.
pub(super) async fn find(call: &Call, runs: Runs, parameter: &str) -> Result<Object> {
    let model = call.model().await?;
    let mut all = list(call, &model.id, runs).await?;
    let text = call.arguments.required(parameter)?;
    let found = place(runs.word(), text, &all, |it| (&it.id, &it.name))?;
    Ok(all.swap_remove(found))
}

/// Everything of a kind that a model can run.
pub(super) async fn list(call: &Call, model: &ModelId, runs: Runs) -> Result<Vec<Object>> {
    let (client, observer) = (&call.connection.client, Arc::clone(&call.observer));
    let object = |id: String, name: String| Object { runs, model: model.clone(), id, name };
    macro_rules! objects {
        ($call:ident) => {
            client
                .$call(model, observer)
                .await?
                .into_iter()
                .map(|it| object(it.id.to_string(), it.name))
                .collect()
        };
    }
    Ok(match runs {
        Runs::Export => objects!(exports),
        Runs::Import => objects!(imports),
        Runs::Action => objects!(actions),
        Runs::Process => objects!(processes),
    })
}

async fn start(call: &Call, what: &Object) -> Result<RunningTask> {
    start_with(call, what, TaskOptions::default()).await
}

/// The same with options of its own.
pub(super) async fn start_with(
    call: &Call,
    what: &Object,
    mut options: TaskOptions,
) -> Result<RunningTask> {
    if let Some(locale) = call.arguments.get("Locale") {
        locale.clone_into(&mut options.locale);
    }
    let (client, what) = (&call.connection.client, what.runnable());
    let started = client.start_task(what, &options, Arc::clone(&call.observer)).await;
    let task = started.map_err(|error| error.context(format!("{} can't be run", what.label())))?;
    tracing::info!(what = what.label(), task = %task.id(), "started");
    Ok(task)
}

/// Waits for the end of a task. Dropped before, it is cancelled at the service.
///
/// # Errors
/// Kind [`Task`](ErrorKind::Task) when it has ended without success, with the service's details.
pub(super) async fn wait(call: &Call, what: &Object, task: RunningTask) -> Result<TaskResult> {
    let id = task.id().clone();
    let progress = call.connection.progress.scan(&what.name);
    let seen = move |task: &Task| {
        progress.set(match task.task_state {
            Some(TaskState::NotStarted) => Phase::Waiting,
            _ => Phase::Running(task.progress),
        });
    };
    let result = task.end(call.observer.as_ref(), seen).await?;
    let look = report_rejected(call, what, &id, &result);
    if result.is_successful() {
        return Ok(result);
    }
    let words = result.words();
    let words = if words.is_empty() { String::new() } else { format!(": {words}") };
    let text = format!("{} did not succeed{words}", what.runnable().label());
    let look = look.map_or_else(
        || "a model builder can look it up".to_owned(),
        |look| format!("{look} shows what was rejected"),
    );
    let before = match result.steps().next() {
        Some(_) => "; what the steps before have done stays done",
        None => "",
    };
    Err(Error::new(ErrorKind::Task, text)
        .with_hint(format!("the task's id is {id}; {look}{before}")))
}

/// Reports the rows that an import rejected, or those of a process. Gives the first call that shows
/// rejected rows, if there is one.
fn report_rejected(
    call: &Call,
    what: &Object,
    task: &TaskId,
    result: &TaskResult,
) -> Option<String> {
    let mut look = None;
    for (object, result) in parts(what, result) {
        let of = match what.runs {
            Runs::Process => format!("import \"{}\" in {}", object.1, what.runnable().label()),
            _ => what.runnable().label(),
        };
        let count = u64::try_from(result.rows().failed.unwrap_or(0)).unwrap_or(0);
        let mut rejection = Rejection::new(count, "row", of);
        if result.failure_dump_available {
            let shown_by = look_at_failures(call, what, object.1, task);
            look.get_or_insert_with(|| shown_by.clone());
            rejection = rejection.shown_by(shown_by);
        }
        call.connection.rejected.add(rejection);
    }
    look
}

/// What a task ran, id and name, with how it ended: itself, or the steps of a process.
pub(super) fn parts<'a>(
    what: &'a Object,
    result: &'a TaskResult,
) -> Vec<((&'a str, &'a str), &'a TaskResult)> {
    match what.runs {
        Runs::Process => {
            let name = |step: &'a TaskResult| {
                let id = step.object_id.as_deref().unwrap_or_default();
                (id, step.object_name.as_deref().unwrap_or(id))
            };
            result.steps().map(|step| (name(step), step)).collect()
        }
        _ => vec![((what.id.as_str(), what.name.as_str()), result)],
    }
}

/// The call that shows the rows which an import has rejected, in the same model as this call.
fn look_at_failures(call: &Call, what: &Object, import: &str, task: &TaskId) -> String {
    let process = (what.runs == Runs::Process).then_some(("Process", what.name.as_str()));
    let model = ["Workspace", "Model"].map(|name| Some((name, call.arguments.get(name)?)));
    let arguments: Vec<String> = process
        .into_iter()
        .chain([("Import", import), ("TaskId", task.as_str())])
        .chain(model.into_iter().flatten())
        .map(|(name, value)| format!("{name} => '{}'", value.replace('\'', "''")))
        .collect();
    format!("CALL GetImportFailures({})", arguments.join(", "))
}

/// The row of a task that has ended well.
fn ended(task: &TaskId, what: &Object, result: &TaskResult) -> Row {
    vec![
        task.as_str().into(),
        what.id.as_str().into(),
        what.name.as_str().into(),
        TaskState::Complete.as_str().into(),
        true.into(),
        result.failure_dump_available.into(),
        Some(result.words()).filter(|words| !words.is_empty()).into(),
        Cell::Null,
    ]
}

async fn cancel(call: &Call, what: &Object) -> Result<Vec<Row>> {
    let id = TaskId::from(call.arguments.required("TaskId")?);
    let label = what.runnable().label();
    let (client, observer) = (&call.connection.client, call.observer.as_ref());
    let task =
        client.cancel_task(what.runnable(), &id, observer).await.map_err(|error| {
            match error.kind() {
                ErrorKind::NotFound => {
                    Error::new(ErrorKind::NotFound, format!("{label} has no task of this id"))
                        .with_source(error)
                }
                _ => error.context(format!("the task of {label} can't be cancelled")),
            }
        })?;
    let state = task.task_state.as_ref().map(TaskState::as_str);
    Ok(vec![vec![id.as_str().into(), state.into()]])
}
