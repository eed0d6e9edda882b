//! Tasks: queued per model, run one at a time, and moved along by the clock whenever one looks.
//!
//! A task goes through steps; only processes have several. When the time of a step is over, its work is
//! due: [`Tasks::take`] hands it out, and the step ends when [`Tasks::finish`] tells what came of it.

mod answer;
mod file;
mod life;
mod new;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

pub(crate) use self::file::StoredFile;
use self::file::{Dumps, Files};
use self::life::{Phase, Task};
pub(crate) use self::new::{Kind, NewStep, NewTask, StepWork};
use super::content::Content;
use super::ids;
use super::upload::Owner;
use super::work::{Done, Job};

/// A task as tests see it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskRecord {
    /// 32 upper-case hex digits.
    pub id: String,
    /// The id of the model it runs on.
    pub model_id: String,
    /// The id of the import, export, action or process that it runs.
    pub parent_id: String,
    /// `NOT_STARTED`, `IN_PROGRESS`, `COMPLETE`, `CANCELLING` or `CANCELLED`, now.
    pub state: String,
    /// The email of the user who started it.
    pub user: String,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
}

/// The queue of one model.
#[derive(Debug, Default)]
struct Queue {
    tasks: Vec<Task>,
    /// Tasks before this one have ended.
    open: usize,
    free_at: i64,
}

/// How long a running task shows CANCELLING.
const CANCELLING_MS: i64 = 50;

/// A task that runs on a model at the moment.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    pub(crate) id: String,
    pub(crate) parent_id: String,
    pub(crate) user_id: String,
    pub(crate) since: i64,
    pub(crate) progress: f64,
}

/// Whether work is due; what comes later is more urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    Nothing,
    /// The chunks of a file are being counted, and were missed then, in real time.
    Counting(Instant),
    /// Somebody is at it, since then in real time.
    Taken(Instant),
    /// It can be taken.
    Free,
}

/// Every task, the files that they made, and the rows that they rejected.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    queues: HashMap<String, Queue>,
    files: Files,
    dumps: Dumps,
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
        queue.tasks.push(Task::new(id.clone(), self.made, new, now));
        id
    }

    /// Returns the task bodies of one parent, ascending by creation.
    pub(crate) fn list(
        &mut self,
        model_id: &str,
        (kind, parent_id): (Kind, &str),
        now: i64,
    ) -> Vec<Value> {
        self.settle(model_id, now);
        let tasks =
            self.queues.get(model_id).map(|queue| queue.tasks.as_slice()).unwrap_or_default();
        tasks
            .iter()
            .filter(|task| task.new.kind == kind && task.new.parent_id == parent_id)
            .map(|task| json!({"taskId": task.id, "taskState": task.state(), "creationTime": task.created}))
            .collect()
    }

    /// Returns the body of one task; it is found under its own model and parent only.
    pub(crate) fn find(
        &mut self,
        model_id: &str,
        parent: (Kind, &str),
        id: &str,
        with_details: bool,
        now: i64,
    ) -> Option<Value> {
        self.settle(model_id, now);
        Some(self.task(model_id, parent, id)?.body(with_details, now))
    }

    /// Cancels a task for a user and returns its body; one that has ended stays as it is.
    pub(crate) fn cancel(
        &mut self,
        model_id: &str,
        parent: (Kind, &str),
        id: &str,
        user_id: &str,
        now: i64,
    ) -> Option<Value> {
        self.settle(model_id, now);
        let task = self.task(model_id, parent, id)?;
        match task.phase {
            Phase::Waiting => task.phase = Phase::Cancelled,
            Phase::Running { .. } => {
                task.phase = Phase::Cancelling { until: now.saturating_add(CANCELLING_MS) }
            }
            Phase::Cancelling { .. } | Phase::Complete | Phase::Cancelled => {
                return Some(task.body(false, now));
            }
        }
        task.cancelled_by = Some(user_id.to_owned());
        Some(task.body(false, now))
    }

    /// Tells whether a task, of whatever parent, has ended and done something on its way.
    pub(crate) fn has_run(&mut self, model_id: &str, id: &str, object_id: &str, now: i64) -> bool {
        self.settle(model_id, now);
        let tasks = self.queues.get(model_id).map(|queue| queue.tasks.iter());
        let task = tasks.into_iter().flatten().find(|task| task.id == id && task.has_ended());
        let mut results = task.into_iter().flat_map(|task| &task.results);
        results.any(|step| step.object_id == object_id && step.successful)
    }

    /// Returns the file that a user's last successful task made, and notes its use.
    pub(crate) fn file(&mut self, owner: &Owner, now: i64) -> Option<StoredFile> {
        self.settle(&owner.model_id, now);
        self.files.find(owner, now)
    }

    /// Returns how many chunks such a file has.
    pub(crate) fn chunks(&mut self, owner: &Owner, now: i64) -> usize {
        self.settle(&owner.model_id, now);
        self.files.look(owner, now).map_or(0, |file| file.index.chunks())
    }

    /// Removes such a file.
    pub(crate) fn delete_file(&mut self, owner: &Owner) {
        self.files.delete(owner);
    }

    /// Returns the rows that a user's task rejected.
    pub(crate) fn dump(&mut self, owner: &Owner, task_id: &str, now: i64) -> Option<Content> {
        self.settle(&owner.model_id, now);
        self.dumps.find(owner, task_id, now)
    }

    /// Tells whether a task has ended, and whether one of its steps rejected rows.
    pub(crate) fn rejected(
        &mut self,
        owner: &Owner,
        (kind, parent_id): (Kind, &str),
        id: &str,
    ) -> Option<bool> {
        let task = self.task(&owner.model_id, (kind, parent_id), id)?;
        let steps = task.results.iter().filter(|step| step.object_id == owner.file_id);
        task.has_ended().then(|| steps.fold(false, |any, step| any | step.has_dump))
    }

    /// Tells whether a task runs on a model, which others have to wait for.
    ///
    /// Who waits calls [`State::catch_up`](super::state::State::catch_up) each time before asking again:
    /// looking alone does no work.
    pub(crate) fn is_busy(&mut self, model_id: &str, now: i64) -> bool {
        self.settle(model_id, now);
        self.queues.get(model_id).is_some_and(|queue| queue.running().is_some())
    }

    /// Returns the task that runs on a model.
    pub(crate) fn running(&mut self, model_id: &str, now: i64) -> Option<Running> {
        self.settle(model_id, now);
        let task = self.queues.get(model_id)?.running()?;
        let (since, progress) = match task.phase {
            Phase::Running { since } => (since, task.progress(now)),
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
        for model in self.models(None) {
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

    /// Tells whether work is due on a model, or on any.
    pub(crate) fn due(&mut self, model_id: Option<&str>, now: i64) -> Due {
        let mut due = Due::Nothing;
        for model in self.models(model_id) {
            due = due.max(self.due_on(&model, now).map_or(Due::Nothing, Task::due));
        }
        due
    }

    /// Hands out work that is due on a model, or on any, unless somebody is at it.
    pub(crate) fn take(&mut self, model_id: Option<&str>, now: i64) -> Option<Job> {
        self.models(model_id).iter().find_map(|model| {
            let task = self.due_on(model, now).filter(|task| task.taken.is_none())?;
            let StepWork::Model(work) = &task.step()?.work else { return None };
            let work = Arc::clone(work);
            task.taken = Some(Instant::now());
            let (task_id, step) = (task.id.clone(), task.results.len());
            Some(Job { model_id: model.clone(), task_id, step, work })
        })
    }

    /// Tells whether the work of a job still counts, and its task was not cancelled.
    pub(crate) fn is_wanted(&self, job: &Job) -> bool {
        let tasks = self.queues.get(&job.model_id).map(|queue| queue.tasks.iter());
        tasks.into_iter().flatten().any(|task| task.awaits(job))
    }

    /// Tells what came of a job.
    pub(crate) fn finish(&mut self, job: &Job, done: Done) {
        let queue = self.queues.get_mut(&job.model_id);
        let mut tasks = queue.into_iter().flat_map(|queue| &mut queue.tasks);
        if let Some(task) = tasks.find(|task| task.awaits(job)) {
            task.done = Some(done);
        }
    }

    fn models(&self, model_id: Option<&str>) -> Vec<String> {
        match model_id {
            Some(id) => vec![id.to_owned()],
            None => self.queues.keys().cloned().collect(),
        }
    }

    fn task(&mut self, model_id: &str, parent: (Kind, &str), id: &str) -> Option<&mut Task> {
        let tasks = &mut self.queues.get_mut(model_id)?.tasks;
        tasks
            .iter_mut()
            .find(|task| task.id == id && (task.new.kind, task.new.parent_id.as_str()) == parent)
    }

    /// The task that waits for work to be done, which is the one that runs.
    fn due_on(&mut self, model_id: &str, now: i64) -> Option<&mut Task> {
        self.settle(model_id, now);
        let queue = self.queues.get_mut(model_id)?;
        let open = queue.open;
        let task = queue.tasks.iter_mut().skip(open).find(|task| task.is_on())?;
        task.awaits_work(now).then_some(task)
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
                match task.go_on(now, &mut self.files, &mut self.dumps) {
                    Some(end) => queue.free_at = end,
                    None => return,
                }
            } else {
                let start = task.created.saturating_add(task.new.queued_ms).max(queue.free_at);
                if start > now {
                    return;
                }
                task.phase = Phase::Running { since: start };
                task.step_since = start;
            }
        }
    }
}

impl Queue {
    fn running(&self) -> Option<&Task> {
        self.tasks.iter().skip(self.open).find(|task| task.is_on())
    }
}
