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
            let looked = match deadline {
                None => self.look(observer).await,
                // A look that is repeated for minutes must not outlast the limit either.
                Some(deadline) => {
                    match tokio::time::timeout_at(deadline, self.look(observer)).await {
                        Ok(looked) => looked,
                        Err(_) => return self.give_up(last.as_ref()).await,
                    }
                }
            };
            let task = match looked {
                Ok(task) => task,
                Err(error) => return Err(self.lose_sight(error).await),
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
                    return self.give_up(task.task_state.as_ref()).await;
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

    /// Ends a task that takes too long. It may end by itself before it hears of that.
    async fn give_up(mut self, state: Option<&TaskState>) -> Result<TaskResult> {
        let waited = self.started.elapsed().as_secs_f64();
        let cancelled = self.cancel().await;
        self.ended = true;
        if matches!(cancelled, Ok(false))
            && let Ok(Ok(task)) = tokio::time::timeout(LAST_POLL, self.look(&Unobserved)).await
            && task.task_state == Some(TaskState::Complete)
            && let Some(result) = task.result
        {
            return Ok(result);
        }
        let state = match state {
            Some(TaskState::NotStarted) => "it was still waiting for the model to be free",
            _ => "it was still running",
        };
        let is_cancelled = matches!(cancelled, Ok(true));
        let end = match &cancelled {
            Ok(true) => "it has been cancelled".to_owned(),
            Ok(false) => format!("the service has not cancelled task {}", self.id),
            Err(_) => format!("task {} can't be cancelled, and may go on", self.id),
        };
        let text = format!("{} took longer than {waited:.0} s: {state}; {end}", self.what);
        let mut error = Error::new(ErrorKind::Timeout, text);
        if let Err(reason) = cancelled {
            error = error.with_source(reason);
        }
        Err(error.with_hint(if is_cancelled {
            "raise BulkTimeout (seconds; 0 waits for ever), or run it when the model is quiet"
        } else {
            "information.tasks shows how it ends, CALL CancelTask stops it; raise BulkTimeout \
             (seconds; 0 waits for ever)"
        }))
    }

    /// Says of a task that nobody can look at any more what is known of it: it runs, or has run.
    async fn lose_sight(mut self, error: Error) -> Error {
        let cancelled = tokio::time::timeout(LAST_POLL, self.cancel()).await;
        self.ended = true;
        let end = match cancelled {
            Ok(Ok(true)) => "it was asked to stop, but may have ended before",
            Ok(Ok(false)) => "the service doesn't cancel it: it may have ended",
            _ => "it can't be cancelled, and may go on",
        };
        let text = format!("{} runs as task {}, and can't be watched: {end}", self.what, self.id);
        error.context(text).with_hint(
            "information.tasks shows how it ended; run it again only if it has done nothing",
        )
    }

    /// Asks the service to stop the task, and tells whether it is going to: it is not where the task
    /// has ended meanwhile.
    async fn cancel(&self) -> Result<bool> {
        let request = Request::new(http::Method::DELETE, self.url()).idempotent().urgent();
        let answer = self.client.send(&request, &Unobserved).await?;
        match answer.status.as_u16() {
            400 | 404 | 409 | 410 => Ok(false),
            _ => error::check(&request, &answer).map(|()| true),
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
                Ok(true) => tracing::info!(id = %task.id, what = task.what, "cancelled"),
                Ok(false) => tracing::info!(id = %task.id, what = task.what, "it has ended"),
                Err(error) => {
                    let id = &task.id;
                    tracing::warn!(%error, %id, what = task.what, "a task can't be cancelled, and may go on");
                }
            }
        }));
    }
}
