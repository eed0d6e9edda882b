//! Running exports and actions, and cancelling what runs.

use std::sync::Arc;
use std::time::SystemTime;

use futures::FutureExt;

use super::call::Call;
use super::definition::{Parameter, ProcedureDefinition, ProcedureScope};
use super::target::object;
use crate::client::model::{
    ExportId, LOCALE, Model, ModelId, Runnable, RunnableKind, TaskId, TaskResult, TaskState,
};
use crate::client::{Client, RunningTask};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;
use crate::progress::Phase;
use crate::table::information::{Cell, ColumnDefinition as Column, Row};

const LOCALE_OF_MESSAGES: Parameter = Parameter::text(
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
    run: |call| run_export(call).boxed(),
};

pub(super) static RUN_ACTION: ProcedureDefinition = ProcedureDefinition {
    name: "RunAction",
    doc: "Runs an action that is neither an import nor an export nor a process.",
    scope: ProcedureScope::Model,
    changes: true,
    own: &[Parameter::text("Action", "Name or id of the action.").required(), LOCALE_OF_MESSAGES],
    columns: RUN,
    run: |call| {
        async move {
            let model = call.model().await?;
            let action = runnable(&call, &model, RunnableKind::Action, "Action").await?;
            let task = start(&call, &action).await?;
            let id = task.id().clone();
            let result = wait(&call, &action, task).await?;
            Ok(vec![ended(&id, &action, &result)])
        }
        .boxed()
    },
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
    run: |call| {
        async move {
            let model = call.model().await?;
            let export = runnable(&call, &model, RunnableKind::Export, "Export").await?;
            cancel(&call, &export).await
        }
        .boxed()
    },
};

pub(super) static CANCEL_TASK: ProcedureDefinition = ProcedureDefinition {
    name: "CancelTask",
    doc: "Cancels a run of an import, export, process or other action, whoever started it.",
    scope: ProcedureScope::Model,
    changes: true,
    own: &[Parameter::text("Object", "Name or id of what runs.").required(), TASK_ID],
    columns: CANCELLED,
    run: |call| {
        async move {
            let model = call.model().await?;
            let kinds = [
                RunnableKind::Import,
                RunnableKind::Export,
                RunnableKind::Process,
                RunnableKind::Action,
            ];
            let mut all = Vec::new();
            for kind in kinds {
                all.extend(list(&call, &model.id, kind).await?);
            }
            let object = object("object", call.arguments.required("Object")?, &all, |it| {
                (&it.id, &it.name)
            })?;
            cancel(&call, object).await
        }
        .boxed()
    },
};

async fn run_export(call: Call) -> Result<Vec<Row>> {
    let model = call.model().await?;
    let export = runnable(&call, &model, RunnableKind::Export, "Export").await?;
    let runs = &call.connection.runs;
    let (client, began) = (&call.connection.client, SystemTime::now());
    let key = (model.id.clone(), ExportId::from(export.id.as_str()));
    let task = start(&call, &export).await?;
    let id = task.id().clone();
    runs.note(client, &key, (&id, began, false)).await;
    let result = wait(&call, &export, task).await?;
    runs.note(client, &key, (&id, began, true)).await;
    Ok(vec![ended(&id, &export, &result)])
}

/// What the parameter names among what is of its kind.
async fn runnable(
    call: &Call,
    model: &Model,
    kind: RunnableKind,
    parameter: &str,
) -> Result<Runnable> {
    let all = list(call, &model.id, kind).await?;
    let text = call.arguments.required(parameter)?;
    object(kind.word(), text, &all, |it| (&it.id, &it.name)).cloned()
}

/// Everything of a kind that a model can run.
async fn list(call: &Call, model: &ModelId, kind: RunnableKind) -> Result<Vec<Runnable>> {
    let client: &Client = &call.connection.client;
    let observer = Arc::clone(&call.observer) as Arc<dyn Observer>;
    let pairs: Vec<(String, String)> = match kind {
        RunnableKind::Export => {
            pairs(client.exports(model, observer).await?, |it| (it.id.to_string(), it.name))
        }
        RunnableKind::Import => {
            pairs(client.imports(model, observer).await?, |it| (it.id.to_string(), it.name))
        }
        RunnableKind::Process => {
            pairs(client.processes(model, observer).await?, |it| (it.id.to_string(), it.name))
        }
        RunnableKind::Action => {
            pairs(client.actions(model, observer).await?, |it| (it.id.to_string(), it.name))
        }
    };
    let runnable = |(id, name)| Runnable { model: model.clone(), kind, id, name };
    Ok(pairs.into_iter().map(runnable).collect())
}

fn pairs<T>(all: Vec<T>, pair: impl Fn(T) -> (String, String)) -> Vec<(String, String)> {
    all.into_iter().map(pair).collect()
}

async fn start(call: &Call, what: &Runnable) -> Result<RunningTask> {
    let locale = call.arguments.get("Locale").unwrap_or(LOCALE);
    let started = call.connection.client.run(what, locale, Arc::clone(&call.observer)).await;
    let task = started.map_err(|error| error.context(format!("{what} can't be run")))?;
    tracing::info!(%what, task = %task.id(), "started");
    Ok(task)
}

/// Waits for the end of a task. Dropped before, it is cancelled at the service.
async fn wait(call: &Call, what: &Runnable, task: RunningTask) -> Result<TaskResult> {
    let progress = call.connection.progress.scan(&what.name);
    let seen = move |task: &crate::client::model::Task| {
        progress.set(match task.task_state {
            Some(TaskState::NotStarted) => Phase::Waiting,
            _ => Phase::Running(task.progress),
        });
    };
    task.wait(call.observer.as_ref(), seen).await
}

/// The row of a task that has ended well.
fn ended(task: &TaskId, what: &Runnable, result: &TaskResult) -> Row {
    vec![
        task.as_str().into(),
        what.id.as_str().into(),
        what.name.as_str().into(),
        TaskState::Complete.as_str().into(),
        result.successful.into(),
        result.failure_dump_available.into(),
        Some(result.words()).filter(|words| !words.is_empty()).into(),
        Cell::Null,
    ]
}

async fn cancel(call: &Call, what: &Runnable) -> Result<Vec<Row>> {
    let client = &call.connection.client;
    let id = TaskId::from(call.arguments.required("TaskId")?);
    client.cancel_task(what, &id, call.observer.as_ref()).await.map_err(|error| {
        match error.kind() {
            ErrorKind::NotFound => {
                Error::new(ErrorKind::NotFound, format!("{what} has no task of this id"))
                    .with_source(error)
                    .with_hint("information.tasks lists them")
            }
            _ => error.context(format!("the task of {what} can't be cancelled")),
        }
    })?;
    let task = client.task(what, &id, call.observer.as_ref()).await?;
    let state = task.task_state.as_ref().map(TaskState::as_str);
    Ok(vec![vec![id.as_str().into(), state.into()]])
}
