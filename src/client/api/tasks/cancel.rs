//! Stopping a task, and telling what became of it: it may end before it hears of that, or go on.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::TaskAnswer;
use super::running::{FIRST_POLL, LAST_POLL, RunningTask};
use super::what::Runs;
use crate::client::error;
use crate::client::model::{Task, TaskId, TaskResult, TaskState};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Request, Unobserved};

/// How long a task that was asked to stop is watched until it has.
const STOPPING: Duration = Duration::from_secs(2);

/// Who sees to it that a task doesn't run on unwatched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// Its [`RunningTask`].
    Here,
    /// A cancellation in the background.
    Background,
    /// Nobody: it has ended, or there is nothing left to try.
    Over,
}

/// What became of a task that was asked to stop.
enum Fate {
    /// It stops, or has stopped.
    Stopped(Task),
    /// It had ended before.
    Ended(Task),
    /// The service was going to stop it, but it goes on, as far as can be seen.
    Asked,
    /// The service refuses it, or can't be asked.
    Failed(Error),
}

impl Fate {
    fn of(task: Task) -> Self {
        match task.task_state {
            Some(TaskState::Complete) => Self::Ended(task),
            Some(TaskState::Cancelling | TaskState::Cancelled) => Self::Stopped(task),
            _ => Self::Asked,
        }
    }

    /// What is known of the task, if it has one.
    fn task(&self) -> Option<&Task> {
        match self {
            Self::Stopped(task) | Self::Ended(task) => Some(task),
            Self::Asked | Self::Failed(_) => None,
        }
    }

    fn words(&self, id: &TaskId) -> String {
        match self {
            Self::Stopped(_) => "it has been cancelled".to_owned(),
            Self::Ended(_) => "it has ended".to_owned(),
            Self::Asked => format!("task {id} was asked to stop, and may go on"),
            Self::Failed(_) => format!("task {id} can't be cancelled, and may go on"),
        }
    }
}

impl RunningTask {
    /// Ends a task that takes too long. It may end by itself before it hears of that.
    pub(super) async fn give_up(
        mut self,
        state: Option<&TaskState>,
        seen: &mut (impl FnMut(&Task) + Send),
    ) -> Result<TaskResult> {
        let waited = self.started.elapsed().as_secs_f64();
        let fate = self.cancel().await;
        self.care = Care::Over;
        fate.task().into_iter().for_each(seen);
        if let Fate::Ended(task) = fate {
            return self.result(task);
        }
        let state = match state {
            Some(TaskState::NotStarted) => "it was still waiting for the model to be free",
            _ => "it was still running",
        };
        let kept = fate.task().map_or_else(String::new, |task| self.kept(task));
        let end = fate.words(&self.id);
        let text = format!("{} took longer than {waited:.0} s: {state}; {end}{kept}", self.what);
        let error = Error::new(ErrorKind::Timeout, text).with_hint(match (&fate, self.runs) {
            (Fate::Stopped(_), Runs::Process) => {
                "raise BulkTimeout (seconds; 0 waits for ever), or run it when the model is quiet; \
                 it then begins with its first step"
            }
            (Fate::Stopped(_), _) => {
                "raise BulkTimeout (seconds; 0 waits for ever), or run it when the model is quiet"
            }
            _ => {
                "information.tasks shows how it ends, CALL CancelTask stops it; raise BulkTimeout \
                 (seconds; 0 waits for ever)"
            }
        });
        Err(match fate {
            Fate::Failed(reason) => error.with_source(reason),
            _ => error,
        })
    }

    /// Stops a task that nobody can look at any more, and says what is known of it. The answer to
    /// that may tell how it has ended.
    pub(super) async fn lose_sight(
        mut self,
        error: Error,
        seen: &mut (impl FnMut(&Task) + Send),
    ) -> Result<TaskResult> {
        let cancelling = self.cancel_in_background();
        let fate = match tokio::time::timeout(LAST_POLL, cancelling).await {
            Ok(Ok(fate)) => Some(fate),
            _ => None,
        };
        let task = fate.as_ref().and_then(Fate::task);
        task.into_iter().for_each(seen);
        let kept = task.map_or_else(String::new, |task| self.kept(task));
        let is_stopped = matches!(fate, Some(Fate::Stopped(_)));
        let end = match fate {
            Some(Fate::Ended(task)) => return self.result(task),
            Some(Fate::Stopped(_)) => "it has been cancelled",
            Some(Fate::Asked) => "it was asked to stop, and may go on",
            Some(Fate::Failed(_)) | None => "it can't be cancelled, and may go on",
        };
        let (what, id) = (&self.what, &self.id);
        let text = format!("{what} runs as task {id}, and can't be watched: {end}{kept}");
        Err(error.context(text).with_hint(match (self.runs, is_stopped) {
            (Runs::Process, true) => "if it is run again, it begins with its first step",
            (_, true) => "run it again",
            (Runs::Export, false) => "run it again when that has ended: information.tasks shows it",
            (_, false) => {
                "information.tasks shows how it ended; run it again only if it has done nothing"
            }
        }))
    }

    /// Asks the service to stop the task, and looks what becomes of it.
    async fn cancel(&self) -> Fate {
        let request = Request::new(http::Method::DELETE, self.url()).idempotent().urgent();
        let answer = match self.client.send(&request, &Unobserved).await {
            Ok(answer) => answer,
            Err(error) => return Fate::Failed(error),
        };
        if let Err(refused) = error::check(&request, &answer) {
            // That may be because it has ended, and it may have been stopped all the same.
            return match self.look_at_once().await.map(Fate::of) {
                Ok(fate @ (Fate::Ended(_) | Fate::Stopped(_))) => fate,
                _ => Fate::Failed(refused),
            };
        }
        // Nobody has shown what the answer holds. A task that has ended is left as it is, for one.
        let answer: Result<TaskAnswer> = error::parse(&request, &answer);
        let mut task = answer.ok().map(|answer| answer.task);
        let watched = async {
            let mut pause = self.client.options().polling_interval.unwrap_or(FIRST_POLL);
            while !task.as_ref().is_some_and(|task| self.has_stopped(task)) {
                if task.is_some() {
                    tokio::time::sleep(pause.min(FIRST_POLL)).await;
                    pause = pause * 3 / 2;
                }
                match self.look_at_once().await {
                    Ok(seen) => task = Some(seen),
                    Err(_) => return,
                }
            }
        };
        // What is known by then must do.
        let _ = tokio::time::timeout(STOPPING, watched).await;
        task.map_or(Fate::Asked, Fate::of)
    }

    /// Whether there is nothing more to hear of a task that was asked to stop. What an export does
    /// on its way to the end changes nothing.
    fn has_stopped(&self, task: &Task) -> bool {
        match task.task_state {
            Some(TaskState::Complete | TaskState::Cancelled) => true,
            Some(TaskState::Cancelling) => self.runs.is_harmless(),
            _ => false,
        }
    }

    async fn look_at_once(&self) -> Result<Task> {
        let request = Request::get(self.url()).urgent();
        let answer = self.client.send(&request, &Unobserved).await?;
        error::check(&request, &answer)?;
        let answer: TaskAnswer = error::parse(&request, &answer)?;
        Ok(answer.task)
    }

    /// Stops the task while others go on. Where nobody waits for what becomes of it, the log tells.
    fn cancel_in_background(&mut self) -> oneshot::Receiver<Fate> {
        self.care = Care::Background;
        let task = Self {
            client: self.client.clone(),
            tasks: self.tasks.clone(),
            id: self.id.clone(),
            runs: self.runs,
            what: self.what.clone(),
            started: self.started,
            runtime: self.runtime.clone(),
            care: Care::Over,
            alive: Arc::clone(&self.alive),
        };
        let (sender, receiver) = oneshot::channel();
        self.client.0.tasks.watch(self.runtime.spawn(async move {
            if let Err(fate) = sender.send(task.cancel().await) {
                task.tell(&fate);
            }
        }));
        receiver
    }

    /// Tells what became of a task that somebody has interrupted.
    fn tell(&self, fate: &Fate) {
        let (id, what) = (&self.id, &self.what);
        match fate {
            Fate::Stopped(_) | Fate::Ended(_) if self.runs.is_harmless() => {
                tracing::info!(%id, "{what}: {}", fate.words(id));
            }
            Fate::Stopped(task) => {
                tracing::warn!(%id, "{what} has been cancelled at the service{}", self.kept(task));
            }
            Fate::Ended(task) => {
                let words = task.result.as_ref().map(TaskResult::words).unwrap_or_default();
                let words = if words.is_empty() { words } else { format!(": {words}") };
                tracing::warn!(%id, "{what} had ended before it could be cancelled{words}");
            }
            Fate::Asked => tracing::warn!(%id, "{what} was asked to stop, and may go on"),
            Fate::Failed(error) => {
                tracing::warn!(%error, %id, what, "a task can't be cancelled, and may go on");
            }
        }
    }
}

impl Drop for RunningTask {
    fn drop(&mut self) {
        match self.care {
            Care::Here => drop(self.cancel_in_background()),
            Care::Background => {}
            Care::Over => self.client.0.tasks.end(&self.id),
        }
    }
}
