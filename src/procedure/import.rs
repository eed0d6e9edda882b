//! Running imports and processes.

use std::sync::Arc;

use futures::FutureExt;

use super::call::Call;
use super::definition::{Parameter, ProcedureDefinition, ProcedureScope, Work};
use super::file::{INPUT_FILE, check_input, files, upload_content};
use super::mapping::{Answer, answers};
use super::run::LOCALE_OF_MESSAGES;
use super::target::place;
use super::task::{Object, find, parts};
use crate::client::model::{File, ImportId, ProcessId, TaskId, TaskResult, TaskState};
use crate::client::{Mapping, Runs, TaskOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::table::information::{ColumnDefinition as Column, Row};

const LOADED: &[Column] = &[
    Column::text("TaskId", "The task."),
    Column::text("ObjectId", "What was run."),
    Column::text("ObjectName", "Its name."),
    Column::text("State", "COMPLETE."),
    Column::boolean("Successful", "true: a task without success is an error."),
    Column::boolean(
        "FailureDumpAvailable",
        "Whether there is a list of what was rejected; GetImportFailures reads it.",
    ),
    Column::text("Details", "What the service says about it."),
    Column::integer("RowsSucceeded", "Rows that were loaded; NULL where no rows are counted."),
    Column::integer("RowsFailed", "Rows that were rejected."),
    Column::integer("RowsIgnored", "Rows that changed nothing."),
];

pub(super) static RUN_IMPORT: ProcedureDefinition = ProcedureDefinition {
    name: "RunImport",
    doc: "Runs an import, which locks the model meanwhile. Rejected rows don't fail it: they are \
          counted, and the program ends with exit code 4.",
    scope: ProcedureScope::Model,
    changes: true,
    own: &[
        Parameter::text("Import", "Name or id of the import.").required(),
        Parameter::text(
            INPUT_FILE,
            "A local file to upload as what the import reads, before it runs; - is standard input.",
        ),
        Parameter::text(
            "Mapping",
            "Answers to what the import asks for when it runs, such as Version:Actual, Region:North.",
        ),
        LOCALE_OF_MESSAGES,
    ],
    columns: LOADED,
    work: Work::Rows(|call| run_import(call).boxed()),
};

pub(super) static RUN_PROCESS: ProcedureDefinition = ProcedureDefinition {
    name: "RunProcess",
    doc: "Runs a process, step by step, which locks the model meanwhile. A row for each step. A step \
          that fails ends it; what the steps before have done stays done.",
    scope: ProcedureScope::Model,
    changes: true,
    own: &[
        Parameter::text("Process", "Name or id of the process.").required(),
        Parameter::text(
            "Mapping",
            "Answers to what its imports ask for when they run, such as Version:Actual; \
             Load Sales/Version:Actual for one of them only.",
        ),
        LOCALE_OF_MESSAGES,
    ],
    columns: LOADED,
    work: Work::Rows(|call| run_process(call).boxed()),
};

async fn run_import(call: Call) -> Result<Vec<Row>> {
    let mapping = given(&call)?;
    if mapping.iter().any(|answer| answer.import.is_some()) {
        let text = "Mapping: an answer names an import, which is for processes";
        return Err(Error::new(ErrorKind::Query, text)
            .with_hint("leave it out, or quote the type if there is a slash in it: \"A/B\":Name"));
    }
    let mapping = mapping.into_iter().map(|answer| Mapping {
        entity_type: answer.entity_type,
        entity_name: answer.entity_name,
        import: None,
    });
    let options = TaskOptions { mapping: mapping.collect(), ..call.task_options() };
    let Some(input) = call.arguments.get(INPUT_FILE) else {
        let import = find(&call, Runs::Import, "Import").await?;
        return run(&call, &import, options).await;
    };
    check_input(input)?;
    let (import, file) = with_source(&call).await?;
    // Until the import has ended: the service has one content of the file for each user.
    let _alone = call.connection.uploads.lock(&import.model, file.id.as_str()).await;
    upload_content(&call, &import.model, &file, input).await?;
    run(&call, &import, options).await
}

/// The import that is meant, and the file that it reads.
async fn with_source(call: &Call) -> Result<(Object, File)> {
    let model = call.model().await?.id.clone();
    let (client, observer) = (&call.connection.client, &call.observer);
    let imports = client.imports(&model, Arc::clone(observer)).await?;
    let text = call.arguments.required("Import")?;
    let found = place("import", text, &imports, |it| (it.id.as_str(), it.name.as_str()))?;
    let import = &imports[found];
    let source = import.import_data_source_id.as_deref().unwrap_or_default();
    let files = files(call, &model).await?;
    let Some(file) = files.into_iter().find(|file| file.id.as_str() == source) else {
        let text = format!("import \"{}\" does not read a file", import.name);
        return Err(Error::new(ErrorKind::Query, text).with_hint("run it without InputFile"));
    };
    let (id, name) = (import.id.to_string(), import.name.clone());
    Ok((Object { runs: Runs::Import, model, id, name }, file))
}

/// The answers that are given.
fn given(call: &Call) -> Result<Vec<Answer>> {
    call.arguments.get("Mapping").map_or_else(|| Ok(Vec::new()), answers)
}

async fn run_process(call: Call) -> Result<Vec<Row>> {
    let mapping = given(&call)?;
    let process = find(&call, Runs::Process, "Process").await?;
    let mut steps = None;
    let mut options = call.task_options();
    for answer in mapping {
        let import = match answer.import {
            None => None,
            Some(name) => {
                let steps = match &mut steps {
                    Some(steps) => steps,
                    None => {
                        let (client, id) =
                            (&call.connection.client, ProcessId::from(process.id.as_str()));
                        let all = client.process_steps(&process.model, &id, call.observer.clone());
                        steps.insert(all.await?)
                    }
                };
                let found = place("step", &name, steps, |it| (it.id.as_str(), it.name.as_str()))?;
                Some(ImportId::from(steps[found].id.as_str()))
            }
        };
        let (entity_type, entity_name) = (answer.entity_type, answer.entity_name);
        options.mapping.push(Mapping { entity_type, entity_name, import });
    }
    run(&call, &process, options).await
}

async fn run(call: &Call, what: &Object, options: TaskOptions) -> Result<Vec<Row>> {
    let task = call.watch().start(what, options).await?;
    let id = task.id().clone();
    let result = call.watch().wait(what, task).await?;
    Ok(parts(what, &result).into_iter().map(|(object, result)| row(&id, object, result)).collect())
}

/// The row of an import or a step that has ended well.
fn row(task: &TaskId, (id, name): (&str, &str), result: &TaskResult) -> Row {
    let rows = result.rows();
    vec![
        task.as_str().into(),
        id.into(),
        name.into(),
        TaskState::Complete.as_str().into(),
        result.successful.into(),
        result.failure_dump_available.into(),
        Some(result.words()).filter(|words| !words.is_empty()).into(),
        rows.succeeded.into(),
        rows.failed.into(),
        rows.ignored.into(),
    ]
}
