//! `/models/{m}/{exports, imports, …}/{id}/tasks`: starting something, watching it, stopping it.
//!
//! A task must not be started twice. So a start is never repeated because its answer was lost:
//! the task list is searched first. And a task that nobody waits for any more is cancelled, since
//! it keeps everybody else out of the model.

mod running;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Method;
use serde::Deserialize;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use url::Url;

pub use running::RunningTask;

use crate::client::model::{Runnable, Task, TaskId};
use crate::client::page::Page;
use crate::client::{Client, error};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Observer, Request};

/// The first pause between looks at a task, unless one is set.
pub(super) const FIRST_POLL: Duration = Duration::from_millis(250);
/// The longest one. Anaplan asks for no more than a look every five seconds.
pub(super) const LAST_POLL: Duration = Duration::from_secs(5);
/// How far `Date` (whole seconds) and a task's creation time may seem apart.
const CLOCK_SLACK: Duration = Duration::from_secs(2);
/// Looks at the task list after a lost answer, and the pause between them.
const LOOKS: usize = 3;
const LOOK_PAUSE: Duration = Duration::from_secs(1);
/// The pause between looks at whether tasks have been dropped.
const SETTLE_POLL: Duration = Duration::from_millis(5);
/// Starts, the first one included, if the service never heard of the ones before.
const STARTS: usize = 3;

/// What a client remembers about tasks.
#[derive(Debug, Default)]
pub(in crate::client) struct Registry {
    /// Tasks that were started here: none of them can be the one whose answer was lost.
    known: Mutex<HashSet<TaskId>>,
    /// Starts and cancellations that go on without anybody waiting for them.
    background: Mutex<Vec<JoinHandle<()>>>,
    /// A clone is held for each task that runs at the service. Whoever drops a query does not see
    /// when its task is dropped: the runtime does that, some time later.
    alive: Arc<()>,
}

impl Registry {
    fn remember(&self, task: &TaskId) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(task.clone());
    }

    fn is_known(&self, task: &TaskId) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(task)
    }

    /// Notes what goes on without anybody waiting for it.
    pub(super) fn watch(&self, handle: JoinHandle<()>) {
        let mut all = self.background.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|handle| !handle.is_finished());
        all.push(handle);
    }

    /// To be held as long as something is to be ended at the service.
    pub(super) fn alive(&self) -> Arc<()> {
        Arc::clone(&self.alive)
    }

    fn take(&self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut self.background.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Client {
    /// Starts what can be run. Messages of the task are in the language of `locale`.
    ///
    /// # Errors
    /// As every call; kind [`Task`](ErrorKind::Task) when the answer was lost and it can't be told
    /// whether the task runs.
    pub async fn run(
        &self,
        what: &Runnable,
        locale: &str,
        observer: Arc<dyn Observer>,
    ) -> Result<RunningTask> {
        let (client, tasks, name) = (self.clone(), self.tasks_of(what), what.to_string());
        let body = serde_json::json!({ "localeName": locale });
        let (sender, receiver) = oneshot::channel();
        // Whoever waits may be dropped while the request is on its way. The start then goes on
        // to its end, nobody takes the task, and so it is cancelled.
        self.0.tasks.watch(tokio::spawn(async move {
            let started = client.start(tasks, name, &body, observer.as_ref()).await;
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
            tracing::warn!("a task may still be running at the service: it could not be cancelled");
        }
    }

    /// A task as it stands.
    ///
    /// # Errors
    /// As every call.
    pub async fn task(
        &self,
        what: &Runnable,
        task: &TaskId,
        observer: &dyn Observer,
    ) -> Result<Task> {
        self.read_task(below(self.tasks_of(what), task), observer).await
    }

    /// Asks the service to stop a task, whoever started it.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](ErrorKind::NotFound) when what is run has no such task.
    pub async fn cancel_task(
        &self,
        what: &Runnable,
        task: &TaskId,
        observer: &dyn Observer,
    ) -> Result<()> {
        let url = below(self.tasks_of(what), task);
        let request = Request::new(Method::DELETE, url).idempotent().urgent();
        let answer = self.send(&request, observer).await?;
        error::check(&request, &answer)
    }

    /// The task list of what can be run.
    fn tasks_of(&self, what: &Runnable) -> Url {
        self.url(&["models", what.model.as_str(), what.kind.segment(), &what.id, "tasks"])
    }

    async fn read_task(&self, url: Url, observer: &dyn Observer) -> Result<Task> {
        #[derive(Deserialize)]
        struct Answer {
            task: Task,
        }
        let answer: Answer = self.read(url, observer).await?;
        Ok(answer.task)
    }

    async fn start(
        &self,
        tasks: Url,
        what: String,
        body: &serde_json::Value,
        observer: &dyn Observer,
    ) -> Result<RunningTask> {
        let request = Request::post(tasks.clone()).json(body);
        let started = Instant::now();
        let running = |id: TaskId, ours: bool| {
            self.0.tasks.remember(&id);
            RunningTask {
                client: self.clone(),
                tasks: tasks.clone(),
                id,
                what: what.clone(),
                started,
                runtime: Handle::current(),
                ended: false,
                ours,
                alive: Arc::clone(&self.0.tasks.alive),
            }
        };
        let mut lost = None;
        for _ in 0..STARTS {
            match self.try_start(&request, observer).await? {
                Start::Done(id) => return Ok(running(id, true)),
                Start::Lost(reason) => {
                    tracing::warn!(%reason, what, "the answer to a start was lost");
                    let unknown = |error: Error| {
                        error.context(format!(
                            "the answer to the start of {what} was lost, and the task list can't \
                             be read: it may be running"
                        ))
                    };
                    let found =
                        self.find_started(&tasks, started, observer).await.map_err(unknown)?;
                    match found.as_slice() {
                        [] => lost = Some(reason),
                        [id] => {
                            // The list doesn't tell whose a task is.
                            tracing::warn!(
                                task = %id, what,
                                "the answer to a start was lost; the task that was started at \
                                 that time is taken for it"
                            );
                            return Ok(running(id.clone(), false));
                        }
                        several => {
                            return Err(Error::new(
                                ErrorKind::Task,
                                format!(
                                    "the answer to the start of {what} was lost, and {} tasks \
                                     were started at that time",
                                    several.len()
                                ),
                            )
                            .with_source(reason)
                            .with_hint("wait until they have ended, then try again"));
                        }
                    }
                }
            }
        }
        let error =
            Error::new(ErrorKind::Service, format!("{what} can't be started: no answer arrived"));
        Err(match lost {
            Some(reason) => error.with_source(reason),
            None => error,
        })
    }

    /// Sends the start once and tells a refusal from a lost answer.
    async fn try_start(&self, request: &Request, observer: &dyn Observer) -> Result<Start> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Started {
            task_id: TaskId,
        }
        // The service wraps it, its documentation doesn't.
        #[derive(Deserialize)]
        struct Wrapped {
            task: Started,
        }
        let answer = match self.send(request, observer).await {
            Ok(answer) => answer,
            Err(error) => {
                return match error.kind() {
                    ErrorKind::Connection | ErrorKind::Timeout | ErrorKind::Service => {
                        Ok(Start::Lost(error))
                    }
                    _ => Err(error),
                };
            }
        };
        if let Err(error) = error::check(request, &answer) {
            let status = answer.status.as_u16();
            return if status >= 500 || status == 408 {
                Ok(Start::Lost(error))
            } else {
                Err(error)
            };
        }
        let parsed = error::parse::<Wrapped>(request, &answer)
            .map(|wrapped| wrapped.task)
            .or_else(|wrong| error::parse::<Started>(request, &answer).map_err(|_| wrong));
        Ok(match parsed {
            Ok(Started { task_id }) => Start::Done(task_id),
            Err(error) => Start::Lost(error),
        })
    }

    /// The tasks that were started since `since` and not by a call whose answer we know.
    async fn find_started(
        &self,
        tasks: &Url,
        since: Instant,
        observer: &dyn Observer,
    ) -> Result<Vec<TaskId>> {
        for look in 0..LOOKS {
            // The start may still be on its way through a gateway.
            if look > 0 {
                tokio::time::sleep(LOOK_PAUSE).await;
            }
            let (all, now) = self.tasks_and_clock(tasks, observer).await?;
            let earliest = now
                .checked_sub(since.elapsed() + CLOCK_SLACK)
                .and_then(|t| t.duration_since(UNIX_EPOCH).ok())
                .unwrap_or_default();
            let new: Vec<TaskId> = all
                .into_iter()
                .filter(|task| {
                    task.creation_time
                        .and_then(|ms| u64::try_from(ms).ok())
                        .is_some_and(|ms| Duration::from_millis(ms) >= earliest)
                        && !self.0.tasks.is_known(&task.task_id)
                })
                .map(|task| task.task_id)
                .collect();
            if !new.is_empty() {
                return Ok(new);
            }
        }
        Ok(Vec::new())
    }

    /// A whole task list, and the service's clock when it answered.
    async fn tasks_and_clock(
        &self,
        tasks: &Url,
        observer: &dyn Observer,
    ) -> Result<(Vec<Task>, SystemTime)> {
        let mut all = Vec::new();
        loop {
            let mut url = tasks.clone();
            url.query_pairs_mut()
                .append_pair("limit", &self.options().page_size.to_string())
                .append_pair("offset", &all.len().to_string());
            let request = Request::get(url);
            let answer = self.send(&request, observer).await?;
            error::check(&request, &answer)?;
            let page: Page<Task> = error::parse(&request, &answer)?;
            let (got, total) = (page.items.len(), page.total());
            all.extend(page.items);
            if got == 0 || total.is_none_or(|total| all.len() as u64 >= total) {
                return Ok((all, answer.date().unwrap_or_else(SystemTime::now)));
            }
        }
    }
}

enum Start {
    Done(TaskId),
    /// Nobody knows whether the service started it.
    Lost(Error),
}

/// The address of a task in a task list.
fn below(mut tasks: Url, task: &TaskId) -> Url {
    if let Ok(mut path) = tasks.path_segments_mut() {
        path.push(task.as_str());
    }
    tasks
}
