//! The rows that imports rejected.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use futures::FutureExt;

use super::call::Call;
use super::definition::{Parameter, ProcedureDefinition, ProcedureScope, Work};
use super::target::place;
use super::task::{Object, list};
use crate::client::Runs;
use crate::client::model::TaskId;
use crate::error::{Error, ErrorKind, Result};
use crate::names::quoted;
use crate::table::failures::{FailuresOf, FailuresTable};
use crate::table::information::ColumnDefinition as Column;

/// The procedure, and the table function `import_failures`.
pub(super) static GET_IMPORT_FAILURES: ProcedureDefinition = ProcedureDefinition {
    name: "GetImportFailures",
    doc: "The rows that an import rejected, or loaded with a warning, when a task ran it, with the \
          reasons. Anaplan keeps them for 48 hours, for the user who ran the import, until the same \
          user runs it again.",
    scope: ProcedureScope::Model,
    changes: false,
    own: &[
        Parameter::text(
            "Import",
            "Name or id of the import; with Process, of the step that is meant.",
        )
        .alternative(),
        Parameter::text("Process", "Name or id of the process that ran the import.").alternative(),
        Parameter::text("TaskId", "The task.").required(),
    ],
    columns: &[
        Column::text("_Status_", "E for a row that was rejected, W for one with a warning."),
        Column::text("(columns of the source)", "The cells of the row, under their own names."),
        Column::integer("_Line_", "The line of the source."),
        Column::text("_Error_1_", "Why; `_Error_2_` and so on where there are more reasons."),
    ],
    work: Work::Table(|call| {
        async move {
            let of = find(&call).await?;
            let table = match of.runs {
                // None of its imports has rejected rows.
                Runs::Process if of.step.is_none() => FailuresTable::empty(call.connection, of)?,
                _ => FailuresTable::open(call.connection, of, call.observer).await?,
            };
            Ok(Arc::new(table) as Arc<dyn TableProvider>)
        }
        .boxed()
    }),
};

/// Which rows a call means.
async fn find(call: &Call) -> Result<FailuresOf> {
    let model = call.model().await?.id.clone();
    let task = TaskId::from(call.arguments.required("TaskId")?);
    let (import, process) = (call.arguments.get("Import"), call.arguments.get("Process"));
    let object = |object: Object, step| FailuresOf {
        model: model.clone(),
        runs: object.runs,
        id: object.id,
        name: object.name,
        step,
        task: task.clone(),
    };
    let Some(process) = process else {
        let import = import.unwrap_or_default();
        let mut imports = list(call, &model, Runs::Import).await?;
        let missing = match place("import", import, &imports, named) {
            Ok(found) => return Ok(object(imports.swap_remove(found), None)),
            Err(error) => error,
        };
        // It may be a process: in most only one import has rejected rows.
        let mut processes = list(call, &model, Runs::Process).await?;
        let Ok(found) = place("process", import, &processes, named) else {
            return Err(missing);
        };
        let process = processes.swap_remove(found);
        let step = step(call, &process, &task, None).await?;
        return Ok(object(process, step));
    };
    let mut processes = list(call, &model, Runs::Process).await?;
    let found = place("process", process, &processes, named)?;
    let process = processes.swap_remove(found);
    let step = step(call, &process, &task, import).await?;
    Ok(object(process, step))
}

fn named(it: &Object) -> (&str, &str) {
    (&it.id, &it.name)
}

/// The import in a process: the one that is named, else the only one with rejected rows.
async fn step(
    call: &Call,
    process: &Object,
    task: &TaskId,
    import: Option<&str>,
) -> Result<Option<(String, String)>> {
    let client = &call.connection.client;
    let label = process.runnable().label();
    let task = client.task(process.runnable(), task, call.observer.as_ref()).await;
    let task = task.map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            Error::new(ErrorKind::NotFound, format!("{label} has no task of this id"))
                .with_source(error)
                .with_hint("information.tasks, with model_id and object_id, lists its tasks")
        }
        _ => error.context(format!("the task of {label} can't be read")),
    })?;
    let Some(result) = task.result else {
        let text = format!("the task of {label} has not ended yet");
        return Err(Error::new(ErrorKind::NotFound, text).with_hint("try again when it has"));
    };
    let steps: Vec<(String, String, bool)> = result
        .steps()
        .filter_map(|step| {
            let id = step.object_id.clone()?;
            let name = step.object_name.clone().unwrap_or_else(|| id.clone());
            Some((id, name, step.failure_dump_available))
        })
        .collect();
    if let Some(import) = import {
        let found = place("step that was run", import, &steps, |(id, name, _)| (id, name))?;
        let (id, name, _) = &steps[found];
        return Ok(Some((id.clone(), name.clone())));
    }
    let with_rows: Vec<_> = steps.into_iter().filter(|(_, _, has_rows)| *has_rows).collect();
    match with_rows.as_slice() {
        [(id, name, _)] => Ok(Some((id.clone(), name.clone()))),
        [] => Ok(None),
        several => {
            let names = several.iter().map(|(_, name, _)| name.as_str());
            let text = format!("several imports of {label} have rejected rows");
            Err(Error::new(ErrorKind::Query, text)
                .with_hint(format!("name one of them by Import: {}", quoted(names))))
        }
    }
}
