//! `/models/{m}/{exports|imports|actions|processes}/{id}/tasks`: starting something, watching it,
//! stopping it.
//!
//! A task must not be started twice. So a start is never repeated because its answer was lost:
//! the task list is searched first. And a task that nobody waits for any more is cancelled, since
//! it keeps everybody else out of the model.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use url::Url;

use crate::client::model::{ModelId, Task, TaskId, TaskResult, TaskState};
use crate::client::page::Page;
use crate::client::{Client, error};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Observer, Request, Unobserved};

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

/// A task at the service. Dropped before it has ended, it is cancelled there, if it is certain
/// that it was started here.
#[derive(Debug)]
pub struct RunningTask {
    client: Client,
    /// The task list of what it runs.
    tasks: Url,
    id: TaskId,
    /// For messages: `export "Revenue"`.
    what: String,
    started: Instant,
    runtime: Handle,
    ended: bool,
    /// Whether it is certain that this client started it. Only then may it be cancelled.
    ours: bool,
    alive: Arc<()>,
}

/// What kind of thing a task runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Runs {
    /// An export.
    Export,
    /// An import.
    Import,
    /// An action that is none of the others.
    Action,
    /// A process: imports, exports and actions one after the other.
    Process,
}

impl Runs {
    /// The segment of paths.
    fn segment(self) -> &'static str {
        match self {
            Self::Export => "exports",
            Self::Import => "imports",
            Self::Action => "actions",
            Self::Process => "processes",
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Import => "import",
            Self::Action => "action",
            Self::Process => "process",
        }
    }
}

/// Something that a task runs.
#[derive(Debug, Clone, Copy)]
pub struct Runnable<'a> {
    /// What kind of thing it is.
    pub runs: Runs,
    /// The model that it is in.
    pub model: &'a ModelId,
    /// Its id.
    pub id: &'a str,
    /// What it is called, for messages.
    pub name: &'a str,
}

impl Runnable<'_> {
    /// For messages: `export "Revenue"`.
    pub fn label(&self) -> String {
        format!("{} \"{}\"", self.runs.word(), self.name)
    }
}

/// What a task is told.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TaskOptions {
    /// The locale in which texts are written, such as `en_US`.
    pub locale: String,
    /// What prompts of imports are answered with: a type of entity, and the entity's name.
    pub mapping: Vec<(String, String)>,
}

impl Default for TaskOptions {
    fn default() -> Self {
        Self { locale: "en_US".to_owned(), mapping: Vec::new() }
    }
}

impl TaskOptions {
    fn body(&self) -> serde_json::Value {
        let mut body = serde_json::json!({ "localeName": self.locale });
        if !self.mapping.is_empty() {
            let mapping: Vec<_> = self
                .mapping
                .iter()
                .map(|(kind, name)| serde_json::json!({ "entityType": kind, "entityName": name }))
                .collect();
            body["mappingParameters"] = mapping.into();
        }
        body
    }
}

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
        let (client, what) = (self.clone(), what.label());
        let (sender, receiver) = oneshot::channel();
        // Whoever waits may be dropped while the request is on its way. The start then goes on
        // to its end, nobody takes the task, and so it is cancelled.
        self.0.tasks.watch(tokio::spawn(async move {
            let started = client.start(tasks, request, what, observer.as_ref()).await;
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
        request: Request,
        what: String,
        observer: &dyn Observer,
    ) -> Result<RunningTask> {
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
                    let by = task.cancelled_by.map_or_else(String::new, |who| format!(" by {who}"));
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
        let cancelled = if self.ours {
            match self.cancel().await {
                Ok(()) => "it has been cancelled".to_owned(),
                Err(error) => format!("cancelling it failed: {error}"),
            }
        } else {
            "it may be another user's, so it is left alone".to_owned()
        };
        Error::new(
            ErrorKind::Timeout,
            format!("{} took longer than {waited:.0} s: {state}; {cancelled}", self.what),
        )
        .with_hint(
            "raise BulkTimeout (seconds; 0 waits for ever), or run it when the model is quiet",
        )
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
        if self.ended || !self.ours {
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
            ours: true,
            alive: Arc::clone(&self.alive),
        };
        let client = self.client.clone();
        client.0.tasks.watch(self.runtime.spawn(async move {
            match task.cancel().await {
                Ok(()) => tracing::info!(id = %task.id, what = task.what, "cancelled"),
                Err(error) => tracing::warn!(%error, what = task.what, "cancelling failed"),
            }
        }));
    }
}

fn below(tasks: &Url, id: &str) -> Url {
    let mut url = tasks.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.push(id);
    }
    url
}
