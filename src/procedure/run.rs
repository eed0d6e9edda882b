//! Running exports and actions, and cancelling what runs.

use std::time::SystemTime;

use futures::FutureExt;

use super::call::Call;
use super::definition::{Parameter, ProcedureDefinition, ProcedureScope, Work};
use super::file::{OUTPUT, OUTPUT_FILE, Output};
use super::target::place;
use super::task::{Object, find, list};
use crate::client::model::{ExportId, TaskId, TaskResult, TaskState};
use crate::client::{RunningTask, Runs};
use crate::error::{Error, ErrorKind, Result};
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
    Column::integer(
        "RowsWritten",
        "Rows of OutputFile without its first line, the header; NULL without OutputFile, and if the \
         file is no text.",
    ),
];

pub(super) static RUN_EXPORT: ProcedureDefinition = ProcedureDefinition {
    name: "RunExport",
    doc: "Runs an export, which replaces its file and locks the model meanwhile. OutputFile takes the \
          file; SELECT reads it as a table.",
    scope: ProcedureScope::Model,
    changes: false,
    own: &[
        Parameter::text("Export", "Name or id of the export.").required(),
        LOCALE_OF_MESSAGES,
        OUTPUT,
    ],
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
    changes: false,
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
    // What can be seen to fail fails before the model is locked.
    let output = call.arguments.get(OUTPUT_FILE).map(Output::open).transpose()?;
    let export = find(&call, Runs::Export, "Export").await?;
    let (client, runs) = (&call.connection.client, &call.connection.runs);
    let key = (export.model.clone(), ExportId::from(export.id.as_str()));
    let output = match output {
        Some(output) => Some(output.for_export(&call, &key).await?),
        None => None,
    };
    let began = SystemTime::now();
    let task = start(&call, &export).await?;
    let id = task.id().clone();
    runs.note(client, &key, (&id, began, false)).await;
    let result = wait(&call, &export, task).await?;
    runs.note(client, &key, (&id, began, true)).await;
    let mut row = ended(&id, &export, &result);
    if let Some(output) = output {
        let rows = output.save(&call, &key, (&export.name, &id)).await?;
        row.pop();
        row.push(rows);
    }
    Ok(vec![row])
}

async fn start(call: &Call, what: &Object) -> Result<RunningTask> {
    call.watch().start(what, call.task_options()).await
}

async fn wait(call: &Call, what: &Object, task: RunningTask) -> Result<TaskResult> {
    call.watch().wait(what, task).await
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
