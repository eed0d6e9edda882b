//! Tasks: queued per model, run one at a time, and moved along by the clock whenever one looks.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::file::{FileSource, Index, IndexSlot};
use super::ids;
use super::tenant::Outcome;

/// A task as tests see it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskRecord {
    /// 32 upper-case hex digits.
    pub id: String,
    /// The id of the model it runs on.
    pub model_id: String,
    /// The id of the export that it runs.
    pub parent_id: String,
    /// `NOT_STARTED`, `IN_PROGRESS`, `COMPLETE`, `CANCELLING` or `CANCELLED`, now.
    pub state: String,
    /// The email of the user who started it.
    pub user: String,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
}

/// What a new task needs to know.
#[derive(Debug)]
pub(crate) struct NewTask {
    pub(crate) model_id: String,
    pub(crate) parent_id: String,
    pub(crate) parent_name: String,
    pub(crate) user_id: String,
    pub(crate) user: String,
    pub(crate) queued_ms: i64,
    pub(crate) running_ms: i64,
    pub(crate) outcome: Outcome,
    pub(crate) source: Arc<FileSource>,
    pub(crate) index: IndexSlot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Waiting,
    Running { since: i64 },
    Cancelling { until: i64 },
    Complete,
    Cancelled,
}

#[derive(Debug)]
struct Task {
    id: String,
    number: u64,
    created: i64,
    phase: Phase,
    cancelled_by: Option<String>,
    new: NewTask,
}

/// A file that a completed task made, for the user who started it.
#[derive(Clone, Debug)]
pub(crate) struct StoredFile {
    pub(crate) source: Arc<FileSource>,
    pub(crate) index: Arc<Index>,
}

/// A task that runs on a model at the moment.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    pub(crate) id: String,
    pub(crate) parent_id: String,
    pub(crate) user_id: String,
    pub(crate) since: i64,
    pub(crate) progress: f64,
}

/// The queue of one model.
#[derive(Debug, Default)]
struct Queue {
    tasks: Vec<Task>,
    /// Tasks before this one have ended.
    open: usize,
    free_at: i64,
}

/// Who cancels a task whose outcome is to be cancelled by another user.
pub(crate) const OTHER_USER: &str = "8a00000000000000000000000000beef";

/// How long a running task shows CANCELLING.
const CANCELLING_MS: i64 = 50;

/// Every task, and the files that they made.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    queues: HashMap<String, Queue>,
    files: HashMap<(String, String, String), StoredFile>,
    made: u64,
}

impl Tasks {
    /// Returns how many tasks were started.
    pub(crate) fn started(&self) -> u64 {
        self.made
    }

    /// Queues a task and returns its id.
    pub(crate) fn start(&mut self, new: NewTask, now: i64) -> String {
        self.made += 1;
        let id = ids::task(self.made);
        let queue = self.queues.entry(new.model_id.clone()).or_default();
        queue.tasks.push(Task {
            id: id.clone(),
            number: self.made,
            created: now,
            phase: Phase::Waiting,
            cancelled_by: None,
            new,
        });
        id
    }

    /// Returns the task bodies of one parent, ascending by creation.
    pub(crate) fn list(&mut self, model_id: &str, parent_id: &str, now: i64) -> Vec<Value> {
        self.settle(model_id, now);
        let tasks =
            self.queues.get(model_id).map(|queue| queue.tasks.as_slice()).unwrap_or_default();
        tasks
            .iter()
            .filter(|task| task.new.parent_id == parent_id)
            .map(|task| json!({"taskId": task.id, "taskState": task.state(), "creationTime": task.created}))
            .collect()
    }

    /// Returns the body of one task; it is found under its own model and parent only.
    pub(crate) fn find(
        &mut self,
        model_id: &str,
        parent_id: &str,
        id: &str,
        now: i64,
    ) -> Option<Value> {
        self.settle(model_id, now);
        let tasks = &self.queues.get(model_id)?.tasks;
        let task = tasks.iter().find(|task| task.id == id && task.new.parent_id == parent_id)?;
        Some(task.body(now))
    }

    /// Cancels a task for a user and returns its body; one that has ended stays as it is.
    pub(crate) fn cancel(
        &mut self,
        model_id: &str,
        parent_id: &str,
        id: &str,
        user_id: &str,
        now: i64,
    ) -> Option<Value> {
        self.settle(model_id, now);
        let tasks = &mut self.queues.get_mut(model_id)?.tasks;
        let task =
            tasks.iter_mut().find(|task| task.id == id && task.new.parent_id == parent_id)?;
        match task.phase {
            Phase::Waiting => task.phase = Phase::Cancelled,
            Phase::Running { .. } => {
                task.phase = Phase::Cancelling { until: now.saturating_add(CANCELLING_MS) }
            }
            Phase::Cancelling { .. } | Phase::Complete | Phase::Cancelled => {
                return Some(task.body(now));
            }
        }
        task.cancelled_by = Some(user_id.to_owned());
        Some(task.body(now))
    }

    /// Returns the file that a user's last successful task made.
    pub(crate) fn file(
        &mut self,
        model_id: &str,
        file_id: &str,
        user_id: &str,
        now: i64,
    ) -> Option<StoredFile> {
        self.settle(model_id, now);
        let key = (model_id.to_owned(), file_id.to_owned(), user_id.to_owned());
        self.files.get(&key).cloned()
    }

    /// Tells whether a task runs on a model.
    pub(crate) fn is_busy(&mut self, model_id: &str, now: i64) -> bool {
        self.settle(model_id, now);
        self.queues
            .get(model_id)
            .is_some_and(|queue| queue.tasks.iter().skip(queue.open).any(|task| task.is_on()))
    }

    /// Returns the task that runs on a model.
    pub(crate) fn running(&mut self, model_id: &str, now: i64) -> Option<Running> {
        self.settle(model_id, now);
        let queue = self.queues.get(model_id)?;
        let task = queue.tasks.iter().skip(queue.open).find(|task| task.is_on())?;
        let (since, progress) = match task.phase {
            Phase::Running { since } => (since, task.progress(since, now)),
            _ => (task.created, 0.99),
        };
        Some(Running {
            id: task.id.clone(),
            parent_id: task.new.parent_id.clone(),
            user_id: task.new.user_id.clone(),
            since,
            progress,
        })
    }

    /// Returns every task ever made, in order.
    pub(crate) fn records(&mut self, now: i64) -> Vec<TaskRecord> {
        let models: Vec<String> = self.queues.keys().cloned().collect();
        for model in models {
            self.settle(&model, now);
        }
        let mut tasks: Vec<&Task> = self.queues.values().flat_map(|queue| &queue.tasks).collect();
        tasks.sort_by_key(|task| task.number);
        tasks
            .into_iter()
            .map(|task| TaskRecord {
                id: task.id.clone(),
                model_id: task.new.model_id.clone(),
                parent_id: task.new.parent_id.clone(),
                state: task.state().to_owned(),
                user: task.new.user.clone(),
                created: task.created,
            })
            .collect()
    }

    /// Brings a model's queue up to now. Ends and starts happen at their own times, so a jump of
    /// the clock over several tasks leaves them as if they had been watched.
    fn settle(&mut self, model_id: &str, now: i64) {
        let Some(queue) = self.queues.get_mut(model_id) else { return };
        loop {
            while queue.tasks.get(queue.open).is_some_and(Task::has_ended) {
                queue.open += 1;
            }
            let open = queue.tasks.iter_mut().skip(queue.open);
            let Some(task) = open
                .filter(|task| !task.has_ended())
                .min_by_key(|task| (!task.is_on(), task.number))
            else {
                return;
            };
            if task.is_on() {
                let Some(end) = task.end(now) else { return };
                queue.free_at = end;
                if let Some(file) = task.finish() {
                    let new = &task.new;
                    self.files.insert(
                        (new.model_id.clone(), new.parent_id.clone(), new.user_id.clone()),
                        file,
                    );
                }
            } else {
                let start = task.created.saturating_add(task.new.queued_ms).max(queue.free_at);
                if start > now {
                    return;
                }
                task.phase = Phase::Running { since: start };
            }
        }
    }
}

impl Task {
    fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Complete | Phase::Cancelled)
    }

    fn is_on(&self) -> bool {
        matches!(self.phase, Phase::Running { .. } | Phase::Cancelling { .. })
    }

    /// Returns when a task that is on ended, if that is not after now.
    fn end(&self, now: i64) -> Option<i64> {
        let end = match (self.phase, &self.new.outcome) {
            (Phase::Cancelling { until }, _) => until,
            (Phase::Running { .. }, Outcome::Never) => return None,
            (Phase::Running { since }, outcome) => {
                // The clock may jump over a file whose chunks are still being counted.
                if matches!(outcome, Outcome::Success) && self.new.index.get().is_none() {
                    return None;
                }
                since.saturating_add(self.new.running_ms)
            }
            _ => return None,
        };
        (end <= now).then_some(end)
    }

    /// Ends the task and returns the file that it made.
    fn finish(&mut self) -> Option<StoredFile> {
        if matches!(self.phase, Phase::Cancelling { .. }) {
            self.phase = Phase::Cancelled;
            return None;
        }
        match &self.new.outcome {
            Outcome::CancelledByOther => {
                self.phase = Phase::Cancelled;
                self.cancelled_by = Some(OTHER_USER.to_owned());
                None
            }
            Outcome::Success => {
                self.phase = Phase::Complete;
                let index = Arc::clone(self.new.index.get()?);
                Some(StoredFile { source: Arc::clone(&self.new.source), index })
            }
            Outcome::Failure { .. } | Outcome::Never => {
                self.phase = Phase::Complete;
                None
            }
        }
    }

    fn state(&self) -> &'static str {
        match self.phase {
            Phase::Waiting => "NOT_STARTED",
            Phase::Running { .. } => "IN_PROGRESS",
            Phase::Cancelling { .. } => "CANCELLING",
            Phase::Complete => "COMPLETE",
            Phase::Cancelled => "CANCELLED",
        }
    }

    fn body(&self, now: i64) -> Value {
        let failed = matches!(self.new.outcome, Outcome::Failure { .. });
        let (step, progress) = match self.phase {
            Phase::Waiting => ("Pending.", 0.0),
            Phase::Running { since } => ("Exporting.", self.progress(since, now)),
            Phase::Cancelling { .. } => ("Cancelling.", 0.99),
            Phase::Complete if failed => ("Failed.", 1.0),
            Phase::Complete => ("Complete.", 1.0),
            Phase::Cancelled => ("Cancelled.", 1.0),
        };
        let mut body = json!({
            "type": "taskInformation",
            "taskId": self.id,
            "currentStep": step,
            "progress": progress,
            "taskState": self.state(),
            "creationTime": self.created,
        });
        if let Some(object) = body.as_object_mut() {
            if self.has_ended() {
                object.insert("result".to_owned(), self.result());
            }
            if let Some(who) = &self.cancelled_by {
                object.insert("cancelledBy".to_owned(), who.clone().into());
            }
        }
        body
    }

    fn progress(&self, since: i64, now: i64) -> f64 {
        let passed = now.saturating_sub(since).max(0) as f64;
        let share = passed / (self.new.running_ms.max(1) as f64);
        (share * 100.0).floor().clamp(0.0, 99.0) / 100.0
    }

    fn result(&self) -> Value {
        let detail = |kind: &str, text: &str, values: &[String]| json!({"type": kind, "occurrences": 0, "localMessageText": text, "values": values});
        let cancelled = self.phase == Phase::Cancelled;
        let details = match &self.new.outcome {
            _ if cancelled => vec![detail("msgExportCancelled", "The export was cancelled.", &[])],
            Outcome::Failure { details } => details
                .iter()
                .map(|entry| detail(&entry.kind, &entry.text, &entry.values))
                .collect(),
            _ => vec![detail("exportSucceeded", "The export completed successfully.", &[])],
        };
        json!({
            "successful": !cancelled && !matches!(self.new.outcome, Outcome::Failure { .. }),
            "failureDumpAvailable": false,
            "objectId": self.new.parent_id,
            "objectName": self.new.parent_name,
            "details": details,
        })
    }
}
