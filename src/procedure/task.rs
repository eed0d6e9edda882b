//! Tasks of whatever kind: what runs, the start, the wait for the end, and what is said of it.

use std::sync::Arc;

use super::call::Call;
use super::target::place;
use crate::client::model::{ModelId, Task, TaskId, TaskResult, TaskState};
use crate::client::{Runnable, RunningTask, Runs, TaskOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;
use crate::progress::Phase;
use crate::rejected::Rejection;
use crate::table::Connection;

/// Something of a model that can be run.
pub(crate) struct Object {
    pub(crate) runs: Runs,
    pub(crate) model: ModelId,
    pub(crate) id: String,
    pub(crate) name: String,
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

/// Starts a task and waits for its end.
pub(crate) struct Watch<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) observer: Arc<dyn Observer>,
    /// The arguments that say which model it is, for calls that messages propose.
    pub(crate) place: Vec<(&'static str, String)>,
}

impl Call {
    pub(super) fn watch(&self) -> Watch<'_> {
        let given = ["Workspace", "Model"].map(|name| (name, self.arguments.get(name)));
        let place = given.into_iter().filter_map(|(name, it)| Some((name, it?.to_owned())));
        Watch {
            connection: &self.connection,
            observer: Arc::clone(&self.observer),
            place: place.collect(),
        }
    }

    /// What a task is told by the arguments.
    pub(super) fn task_options(&self) -> TaskOptions {
        let mut options = TaskOptions::default();
        if let Some(locale) = self.arguments.get("Locale") {
            locale.clone_into(&mut options.locale);
        }
        options
    }
}

impl Watch<'_> {
    /// Starts something, once.
    pub(crate) async fn start(&self, what: &Object, options: TaskOptions) -> Result<RunningTask> {
        let (client, what) = (&self.connection.client, what.runnable());
        let started = client.start_task(what, &options, Arc::clone(&self.observer)).await;
        let task =
            started.map_err(|error| error.context(format!("{} can't be run", what.label())))?;
        tracing::info!(what = what.label(), task = %task.id(), "started");
        Ok(task)
    }

    /// Waits for the end of a task, and reports the rows that it rejects. Dropped before, it is
    /// cancelled at the service.
    ///
    /// # Errors
    /// Kind [`Task`](ErrorKind::Task) when it has ended without success, with the service's details.
    pub(crate) async fn wait(&self, what: &Object, task: RunningTask) -> Result<TaskResult> {
        let id = task.id().clone();
        let progress = self.connection.progress.scan(&what.name);
        let mut last = None;
        let seen = |task: &Task| {
            last.clone_from(&task.result);
            progress.set(match task.task_state {
                Some(TaskState::NotStarted) => Phase::Waiting,
                _ => Phase::Running(task.progress),
            });
        };
        let result = task.end(self.observer.as_ref(), seen).await;
        if what.runs != Runs::Export {
            // What is known of the items of lists may be true no longer, however it ended.
            self.connection.sheets.clear();
        }
        let result = match result {
            Ok(result) => result,
            Err(error) => {
                // The steps of a process that was cancelled have rejected what they have.
                if let Some(result) = &last {
                    self.report_rejected(what, &id, result);
                }
                return Err(error);
            }
        };
        let look = self.report_rejected(what, &id, &result);
        if result.is_successful() {
            return Ok(result);
        }
        let words = result.words();
        let words = if words.is_empty() { String::new() } else { format!(": {words}") };
        let text = format!("{} did not succeed{words}", what.runnable().label());
        let look = match (look, what.runs) {
            (Some(look), _) => format!("{look} shows what was rejected"),
            (None, Runs::Import) if result.lacks_file() => {
                "give InputFile => '…', which is uploaded before it runs".to_owned()
            }
            (None, _) if result.lacks_file() => {
                "upload the file before: CALL UploadFile(File => '…', InputFile => '…')".to_owned()
            }
            (None, Runs::Import | Runs::Process) => match result.lacks_answer() {
                Some(asked) => answer_it(what, asked),
                None => "a model builder can look it up".to_owned(),
            },
            (None, _) => "a model builder can look it up".to_owned(),
        };
        let before = match result.steps().next() {
            Some(_) => "; what the steps before have done stays done",
            None => "",
        };
        Err(Error::new(ErrorKind::Task, text)
            .with_hint(format!("the task's id is {id}; {look}{before}")))
    }

    /// Reports the rows that an import rejected, or those of a process. Gives the first call that
    /// shows rejected rows, if there is one.
    fn report_rejected(&self, what: &Object, task: &TaskId, result: &TaskResult) -> Option<String> {
        let mut look = None;
        for (object, result) in parts(what, result) {
            let of = match what.runs {
                Runs::Process => format!("import \"{}\" in {}", object.1, what.runnable().label()),
                _ => what.runnable().label(),
            };
            let failed = result.rows().failed;
            let count = u64::try_from(failed.unwrap_or(0)).unwrap_or(0);
            let mut rejection = Rejection::new(count, "row", of.clone());
            if result.failure_dump_available {
                let shown_by = self.look_at_failures(what, object.1, task);
                look.get_or_insert_with(|| shown_by.clone());
                if failed.is_none() {
                    tracing::warn!("{of} has rows to show that it doesn't count: {shown_by}");
                }
                rejection = rejection.shown_by(shown_by);
            }
            self.connection.rejected.add(rejection);
        }
        look
    }

    /// The call that shows the rows which an import has rejected.
    fn look_at_failures(&self, what: &Object, import: &str, task: &TaskId) -> String {
        let process = (what.runs == Runs::Process).then_some(("Process", what.name.as_str()));
        let model = self.place.iter().map(|(name, value)| (*name, value.as_str()));
        let arguments: Vec<String> = process
            .into_iter()
            .chain([("Import", import), ("TaskId", task.as_str())])
            .chain(model)
            .map(|(name, value)| format!("{name} => '{}'", value.replace('\'', "''")))
            .collect();
        format!("CALL GetImportFailures({})", arguments.join(", "))
    }
}

/// The call that answers what an import asks for.
fn answer_it(what: &Object, asked: &str) -> String {
    let (procedure, parameter) = match what.runs {
        Runs::Process => ("RunProcess", "Process"),
        _ => ("RunImport", "Import"),
    };
    let asked = match asked {
        "" => "Type".to_owned(),
        asked if asked.contains([',', ';', ':', '=', '/']) => format!("\"{asked}\""),
        asked => asked.to_owned(),
    };
    let name = what.name.replace('\'', "''");
    let asked = asked.replace('\'', "''");
    format!("answer it: CALL {procedure}({parameter} => '{name}', Mapping => '{asked}:…')")
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
