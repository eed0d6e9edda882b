//! `/models/{m}/{exports|imports|actions|processes}/{id}/tasks`: starting something, watching it,
//! stopping it.
//!
//! A task must not be started twice. So a start is never repeated because its answer was lost:
//! the task list is searched first. And a task that nobody waits for any more is cancelled, since
//! it keeps everybody else out of the model.

mod cancel;
mod patience;
mod registry;
mod running;
mod start;
mod what;

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::oneshot;
use tokio::time::Instant;
use url::Url;

pub(in crate::client) use registry::Registry;
pub use running::RunningTask;
pub(in crate::client) use running::{FIRST_POLL, LAST_POLL};
pub use what::{Mapping, Runnable, Runs, TaskOptions};

use self::start::Starting;
use crate::client::model::{Task, TaskId};
use crate::client::{Client, error};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Observer, Request};

/// The pause between looks at whether tasks have been dropped.
const SETTLE_POLL: Duration = Duration::from_millis(5);

impl Client {
    /// Starts something, exactly once.
    ///
    /// # Errors
    /// As every call; kind [`Task`](ErrorKind::Task) when the answer was lost and it can't be told
    /// whether the task runs.
    pub async fn start_task(
        &self,
        what: Runnable<'_>,
        options: &TaskOptions,
        observer: Arc<dyn Observer>,
    ) -> Result<RunningTask> {
        let tasks = self.tasks_url(what);
        let request = Request::post(tasks.clone()).json(&options.body());
        let client = self.clone();
        let starting = Starting { tasks, request, runs: what.runs, what: what.label() };
        let (sender, receiver) = oneshot::channel();
        // Whoever waits may be dropped while the request is on its way. The start then goes on
        // to its end, nobody takes the task, and so it is cancelled.
        self.0.tasks.watch(tokio::spawn(async move {
            let started = client.start(starting, observer.as_ref()).await;
            drop(sender.send(started));
        }));
        receiver.await.map_err(|_| {
            Error::new(ErrorKind::Cancelled, "the program is ending; nothing is started any more")
        })?
    }

    /// Waits until no task is left running here and cancellations have reached the service, or
    /// the time is up. A program calls it before it ends.
    pub async fn settle(&self, within: Duration) {
        let deadline = Instant::now() + within;
        // A start that ends may leave a cancellation behind: hence the loop.
        let settled = async {
            loop {
                let background = self.0.tasks.take();
                if background.is_empty() {
                    if Arc::strong_count(&self.0.tasks.alive) == 1 {
                        return;
                    }
                    tokio::time::sleep(SETTLE_POLL).await;
                }
                for handle in background {
                    drop(handle.await);
                }
            }
        };
        if tokio::time::timeout_at(deadline, settled).await.is_err() {
            let ids: Vec<String> = self.0.tasks.running().iter().map(ToString::to_string).collect();
            tracing::warn!(
                tasks = ids.join(", "),
                "a task may still be running at the service: it could not be cancelled"
            );
        }
    }

    /// The tasks that the service remembers of something, whoever started them; none where it isn't
    /// there.
    ///
    /// # Errors
    /// As every call.
    pub async fn tasks(
        &self,
        what: Runnable<'_>,
        observer: Arc<dyn Observer>,
    ) -> Result<Vec<Task>> {
        self.list_all(self.tasks_url(what), observer).await
    }

    /// A task as it stands.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](ErrorKind::NotFound) when it isn't one of this object's.
    pub async fn task(
        &self,
        what: Runnable<'_>,
        task: &TaskId,
        observer: &dyn Observer,
    ) -> Result<Task> {
        self.read_task(below(&self.tasks_url(what), task.as_str()), observer).await
    }

    /// Asks the service to stop a task, and hands out the task as it then stands.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](ErrorKind::NotFound) when it isn't one of this object's.
    pub async fn cancel_task(
        &self,
        what: Runnable<'_>,
        task: &TaskId,
        observer: &dyn Observer,
    ) -> Result<Task> {
        let url = below(&self.tasks_url(what), task.as_str());
        let request = Request::new(http::Method::DELETE, url.clone()).idempotent().urgent();
        let answer = self.send(&request, observer).await?;
        error::check(&request, &answer)?;
        // Nobody has shown what the answer to a cancellation holds.
        self.read_task(url, observer).await
    }

    fn tasks_url(&self, what: Runnable<'_>) -> Url {
        self.url(&["models", what.model.as_str(), what.runs.segment(), what.id, "tasks"])
    }

    async fn read_task(&self, url: Url, observer: &dyn Observer) -> Result<Task> {
        let answer: TaskAnswer = self.read(url, observer).await?;
        Ok(answer.task)
    }
}

/// The answer to a look at a task.
#[derive(Deserialize)]
struct TaskAnswer {
    task: Task,
}

fn below(tasks: &Url, id: &str) -> Url {
    let mut url = tasks.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.push(id);
    }
    url
}
