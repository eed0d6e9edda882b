//! A task while it runs.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::Instant;
use url::Url;

use super::below;
use crate::client::model::{Task, TaskId, TaskResult, TaskState, UserId};
use crate::client::{Client, error};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Observer, Request, Unobserved};

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
    /// For messages: `export "Revenue"`.
    pub(super) what: String,
    pub(super) started: Instant,
    pub(super) runtime: Handle,
    pub(super) ended: bool,
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
    /// not.
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
        let mut last = None;
        loop {
            let task = match deadline {
                None => self.look(observer).await?,
                // A look that is repeated for minutes must not outlast the limit either.
                Some(deadline) => {
                    match tokio::time::timeout_at(deadline, self.look(observer)).await {
                        Ok(task) => task?,
                        Err(_) => return Err(self.give_up(last.as_ref()).await),
                    }
                }
            };
            seen(&task);
            match &task.task_state {
                Some(TaskState::Complete) => {
                    self.ended = true;
                    return task.result.ok_or_else(|| {
                        let what = &self.what;
                        let message = format!("{what} ended, but the service does not say how");
                        Error::new(ErrorKind::Service, message)
                    });
                }
                Some(TaskState::Cancelled) => {
                    self.ended = true;
                    let by = match task.cancelled_by {
                        Some(id) => format!(" by {}", self.who(&id, observer).await),
                        None => String::new(),
                    };
                    return Err(Error::new(
                        ErrorKind::Task,
                        format!("{} was cancelled at the service{by}", self.what),
                    )
                    .with_hint("run it again, or ask who cancelled it"));
                }
                _ => {}
            }
            let mut next = Instant::now() + pause;
            if let Some(deadline) = deadline {
                if Instant::now() >= deadline {
                    return Err(self.give_up(task.task_state.as_ref()).await);
                }
                next = next.min(deadline);
            }
            last = task.task_state;
            tokio::time::sleep_until(next).await;
            if options.polling_interval.is_none() {
                pause = (pause * 3 / 2).min(LAST_POLL);
            }
        }
    }

    /// A user's name, or the id where the signed-in user may not see others.
    async fn who(&self, id: &str, observer: &dyn Observer) -> String {
        let user = self.client.user(&UserId::from(id), observer).await;
        user.ok().and_then(|user| user.full_name()).unwrap_or_else(|| id.to_owned())
    }

    async fn look(&self, observer: &dyn Observer) -> Result<Task> {
        self.client.read_task(self.url(), observer).await
    }

    fn url(&self) -> Url {
        below(&self.tasks, self.id.as_str())
    }

    async fn give_up(mut self, state: Option<&TaskState>) -> Error {
        self.ended = true;
        let waited = self.started.elapsed().as_secs_f64();
        let state = match state {
            Some(TaskState::NotStarted) => "it was still waiting for the model to be free",
            _ => "it was still running",
        };
        let (end, uncancelled) = match self.cancel().await {
            Ok(()) => ("it has been cancelled".to_owned(), None),
            Err(error) => {
                (format!("task {} can't be cancelled, and may go on", self.id), Some(error))
            }
        };
        let text = format!("{} took longer than {waited:.0} s: {state}; {end}", self.what);
        let error = Error::new(ErrorKind::Timeout, text);
        match uncancelled {
            None => error.with_hint(
                "raise BulkTimeout (seconds; 0 waits for ever), or run it when the model is quiet",
            ),
            Some(reason) => error.with_source(reason).with_hint(
                "information.tasks shows how it ends, CALL CancelTask stops it; raise BulkTimeout \
                 (seconds; 0 waits for ever)",
            ),
        }
    }

    /// Asks the service to stop the task. Whatever it answers about a task that has ended
    /// meanwhile is fine.
    async fn cancel(&self) -> Result<()> {
        let request = Request::new(http::Method::DELETE, self.url()).idempotent().urgent();
        let answer = self.client.send(&request, &Unobserved).await?;
        match answer.status.as_u16() {
            400 | 404 | 409 | 410 => Ok(()),
            _ => error::check(&request, &answer),
        }
    }
}

impl Drop for RunningTask {
    fn drop(&mut self) {
        if self.ended {
            self.client.0.tasks.end(&self.id);
            return;
        }
        self.ended = true;
        let task = Self {
            client: self.client.clone(),
            tasks: self.tasks.clone(),
            id: self.id.clone(),
            what: std::mem::take(&mut self.what),
            started: self.started,
            runtime: self.runtime.clone(),
            ended: true,
            alive: Arc::clone(&self.alive),
        };
        let client = self.client.clone();
        client.0.tasks.watch(self.runtime.spawn(async move {
            match task.cancel().await {
                Ok(()) => tracing::info!(id = %task.id, what = task.what, "cancelled"),
                Err(error) => {
                    let id = &task.id;
                    tracing::warn!(%error, %id, what = task.what, "a task can't be cancelled, and may go on");
                }
            }
        }));
    }
}
