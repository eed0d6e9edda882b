//! A task while it runs.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::Instant;
use url::Url;

use super::below;
use super::cancel::Care;
use super::patience::Patience;
use super::what::Runs;
use crate::client::Client;
use crate::client::model::{Task, TaskId, TaskResult, TaskState, UserId};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;

/// The first pause between looks at a task, unless one is set.
pub(in crate::client) const FIRST_POLL: Duration = Duration::from_millis(250);
/// The longest one. Anaplan asks for no more than a look every five seconds.
pub(in crate::client) const LAST_POLL: Duration = Duration::from_secs(5);

/// A task at the service that was started here. Dropped before it has ended, it is cancelled there.
#[derive(Debug)]
pub struct RunningTask {
    pub(super) client: Client,
    /// The task list of what it runs.
    pub(super) tasks: Url,
    pub(super) id: TaskId,
    pub(super) runs: Runs,
    /// For messages: `export "Revenue"`.
    pub(super) what: String,
    pub(super) started: Instant,
    pub(super) runtime: Handle,
    pub(super) care: Care,
    pub(super) alive: Arc<()>,
}

impl RunningTask {
    /// The task's id.
    pub fn id(&self) -> &TaskId {
        &self.id
    }

    /// Waits for the end; `seen` hears of every look at the task.
    ///
    /// # Errors
    /// Kind [`Task`](ErrorKind::Task) when it ended without success or was cancelled by somebody
    /// else, with the service's details; [`Timeout`](ErrorKind::Timeout) when the bulk time-out
    /// passed, after cancelling it; else as every call.
    pub async fn wait(self, observer: &dyn Observer, seen: impl FnMut(&Task) + Send) -> Result<()> {
        let (id, what) = (self.id.clone(), self.what.clone());
        let result = self.end(observer, seen).await?;
        if result.is_successful() {
            return Ok(());
        }
        let words = result.words();
        let words = if words.is_empty() { String::new() } else { format!(": {words}") };
        Err(Error::new(ErrorKind::Task, format!("{what} did not succeed{words}"))
            .with_hint(format!("the task's id is {id}; a model builder can look it up")))
    }

    /// Waits for the end as [`wait`](Self::wait) does, and hands out what came of it, success or
    /// not. A task that was cancelled may have a result too: `seen` hears of it.
    ///
    /// # Errors
    /// As [`wait`](Self::wait), but for a task that ended without success.
    pub async fn end(
        mut self,
        observer: &dyn Observer,
        mut seen: impl FnMut(&Task) + Send,
    ) -> Result<TaskResult> {
        let options = self.client.options().clone();
        let mut pause = options.polling_interval.unwrap_or(FIRST_POLL);
        let deadline = options.bulk_timeout.map(|limit| self.started + limit);
        let mut patience = Patience::default();
        let mut last = None;
        loop {
            let looked = match deadline {
                None => self.look(observer).await,
                // A look that is repeated for minutes must not outlast the limit either. But there
                // is a last one when the time is up: the task may have ended since the one before.
                Some(deadline) => {
                    let now = Instant::now();
                    let until = if now < deadline { deadline } else { now + LAST_POLL };
                    match tokio::time::timeout_at(until, self.look(observer)).await {
                        Ok(looked) => looked,
                        Err(_) => return self.give_up(last.as_ref(), &mut seen).await,
                    }
                }
            };
            let is_late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            let until = |next: Instant| deadline.map_or(next, |deadline| next.min(deadline));
            let task = match looked {
                Ok(task) => task,
                // The task goes on, whether anybody can look at it or not.
                Err(error) => match patience.after(&error).filter(|_| !is_late) {
                    Some(pause) => {
                        let what = &self.what;
                        if patience.is_to_be_told() {
                            tracing::warn!(%error, "{what} can't be watched now, but goes on");
                        } else {
                            tracing::info!(%error, what, "a look at a task failed");
                        }
                        tokio::time::sleep_until(until(Instant::now() + pause)).await;
                        continue;
                    }
                    None => return self.lose_sight(error, &mut seen).await,
                },
            };
            patience = Patience::default();
            seen(&task);
            match &task.task_state {
                Some(TaskState::Complete) => {
                    self.care = Care::Over;
                    return self.result(task);
                }
                Some(TaskState::Cancelled) => {
                    self.care = Care::Over;
                    return Err(self.cancelled_by_other(&task, observer).await);
                }
                _ => {}
            }
            if is_late {
                return self.give_up(task.task_state.as_ref(), &mut seen).await;
            }
            last = task.task_state;
            tokio::time::sleep_until(until(Instant::now() + pause)).await;
            if options.polling_interval.is_none() {
                pause = (pause * 3 / 2).min(LAST_POLL);
            }
        }
    }

    /// What came of a task that has ended.
    pub(super) fn result(&self, task: Task) -> Result<TaskResult> {
        task.result.ok_or_else(|| {
            let text = format!("{} ended, but the service does not say how", self.what);
            Error::new(ErrorKind::Service, text)
        })
    }

    async fn cancelled_by_other(&self, task: &Task, observer: &dyn Observer) -> Error {
        let by = match &task.cancelled_by {
            Some(id) => format!(" by {}", self.who(id, observer).await),
            None => String::new(),
        };
        let text = format!("{} was cancelled at the service{by}{}", self.what, self.kept(task));
        Error::new(ErrorKind::Task, text).with_hint(match self.runs {
            Runs::Export => "run it again, or ask who cancelled it",
            Runs::Import | Runs::Action => "ask who cancelled it and why before it is run again",
            Runs::Process => {
                "ask who cancelled it and why before it is run again: that begins with its first \
                 step"
            }
        })
    }

    /// What a process leaves that was stopped. Other tasks take back what they have done.
    pub(super) fn kept(&self, task: &Task) -> String {
        if self.runs != Runs::Process {
            return String::new();
        }
        let words = task.result.as_ref().map(TaskResult::words).unwrap_or_default();
        let words = if words.is_empty() { String::new() } else { format!(" ({words})") };
        format!("; what the steps before have done stays done{words}")
    }

    /// A user's name, or the id where the signed-in user may not see others.
    async fn who(&self, id: &str, observer: &dyn Observer) -> String {
        let user = self.client.user(&UserId::from(id), observer).await;
        user.ok().and_then(|user| user.full_name()).unwrap_or_else(|| id.to_owned())
    }

    async fn look(&self, observer: &dyn Observer) -> Result<Task> {
        self.client.read_task(self.url(), observer).await
    }

    pub(super) fn url(&self) -> Url {
        below(&self.tasks, self.id.as_str())
    }
}
