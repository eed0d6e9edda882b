//! Starting something, exactly once.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::StatusCode;
use serde::Deserialize;
use tokio::runtime::Handle;
use tokio::time::Instant;
use url::Url;

use super::cancel::Care;
use super::running::RunningTask;
use super::what::Runs;
use crate::client::model::{Task, TaskId};
use crate::client::page::Page;
use crate::client::{Client, error};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Observer, Request};

/// How far `Date` (whole seconds) and a task's creation time may seem apart.
const CLOCK_SLACK: Duration = Duration::from_secs(2);
/// Looks at the task list after a lost answer, and the pause between them.
const LOOKS: usize = 3;
const LOOK_PAUSE: Duration = Duration::from_secs(1);
/// Starts, the first one included, if the service never heard of the ones before.
const STARTS: usize = 3;

/// What is to be started.
pub(super) struct Starting {
    /// Where its tasks are listed.
    pub(super) tasks: Url,
    pub(super) request: Request,
    pub(super) runs: Runs,
    /// For messages.
    pub(super) what: String,
}

enum Start {
    Done(TaskId),
    /// Nobody knows whether the service started it.
    Lost(Lost),
}

struct Lost {
    reason: Error,
    /// Whether the request may still wait to be looked at: while a model is busy, the service keeps
    /// requests waiting, longer than anybody waits for the answer.
    may_come: bool,
}

impl Client {
    pub(super) async fn start(
        &self,
        starting: Starting,
        observer: &dyn Observer,
    ) -> Result<RunningTask> {
        let Starting { tasks, request, runs, what } = starting;
        let is_harmless = runs.is_harmless();
        let started = Instant::now();
        let running = |id: TaskId| {
            self.0.tasks.remember(&id);
            RunningTask {
                client: self.clone(),
                tasks: tasks.clone(),
                id,
                runs,
                what: what.clone(),
                started,
                runtime: Handle::current(),
                care: Care::Here,
                alive: Arc::clone(&self.0.tasks.alive),
            }
        };
        let mut lost = None;
        for _ in 0..STARTS {
            match self.try_start(&request, observer).await? {
                Start::Done(id) => return Ok(running(id)),
                Start::Lost(Lost { reason, may_come }) => {
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
                        [] if may_come && !is_harmless => {
                            let text = format!(
                                "the answer to the start of {what} was lost: it is not running \
                                 now, but the service may still start it"
                            );
                            return Err(Error::new(ErrorKind::Task, text)
                                .with_source(reason)
                                .with_hint(
                                    "look at information.tasks before it is run again, or raise \
                                     Timeout if the model is busy for long",
                                ));
                        }
                        [] => lost = Some(reason),
                        found => return Err(started_by_whom(&what, found, reason, is_harmless)),
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
                let may_come = error.kind() == ErrorKind::Timeout;
                return error::lost(error).map(|reason| Start::Lost(Lost { reason, may_come }));
            }
        };
        if let Err(error) = error::check(request, &answer) {
            let may_come = answer.status == StatusCode::GATEWAY_TIMEOUT;
            return error::refused(&answer, error)
                .map(|reason| Start::Lost(Lost { reason, may_come }));
        }
        let parsed = error::parse::<Wrapped>(request, &answer)
            .map(|wrapped| wrapped.task)
            .or_else(|wrong| error::parse::<Started>(request, &answer).map_err(|_| wrong));
        Ok(match parsed {
            Ok(Started { task_id }) => Start::Done(task_id),
            Err(error) => Start::Lost(Lost { reason: error, may_come: false }),
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

/// The list doesn't tell whose a task is. One that is taken for ours might be another user's, and what
/// became of that would be told as what became of ours.
fn started_by_whom(what: &str, found: &[TaskId], reason: Error, is_harmless: bool) -> Error {
    let ids: Vec<&str> = found.iter().map(TaskId::as_str).collect();
    let (tasks, is_it) = match ids.as_slice() {
        [_] => ("task", "was started at that time: it may be this one, or another user's"),
        _ => ("tasks", "were started at that time: one of them may be this one"),
    };
    let ids = ids.join(", ");
    let text = format!("the answer to the start of {what} was lost, and {tasks} {ids} {is_it}");
    Error::new(ErrorKind::Task, text).with_source(reason).with_hint(match is_harmless {
        true => "run it again when that has ended: information.tasks shows it",
        false => {
            "information.tasks shows how it ends, CALL CancelTask stops it; run it again only if it \
             has done nothing"
        }
    })
}
