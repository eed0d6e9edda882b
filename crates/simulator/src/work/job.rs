//! Doing the work of tasks whose time is over.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::super::state::State;
use super::super::task::Due;
use super::{Done, Draft, Work};

/// How long requests wait for work once it has begun. Most is done sooner; long imports stall nobody.
const PATIENCE: Duration = Duration::from_millis(100);

/// How often one looks for work that somebody else does.
const LOOK: Duration = Duration::from_millis(1);

/// How often work is done anew when the tenant has changed meanwhile, before everybody has to wait.
const ATTEMPTS: u32 = 3;

/// The work of one step of a task, handed out to be done.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) model_id: String,
    pub(crate) task_id: String,
    pub(crate) step: usize,
    pub(crate) work: Arc<Work>,
}

impl State {
    /// Does the work that is due on a model, or on all, and waits for it a moment.
    ///
    /// Whatever reads or changes a model comes after this, and sees what its tasks have done.
    pub(crate) async fn catch_up(self: &Arc<Self>, model_id: Option<&str>) {
        loop {
            let now = self.clock.now_ms();
            let due = self.tasks().due(model_id, now);
            match due {
                Due::Nothing => return,
                Due::Taken(since) | Due::Counting(since) if since.elapsed() >= PATIENCE => return,
                Due::Taken(_) | Due::Counting(_) => tokio::time::sleep(LOOK).await,
                Due::Free => {
                    let Some(job) = self.tasks().take(model_id, now) else { continue };
                    let state = Arc::clone(self);
                    let work = tokio::task::spawn_blocking(move || state.run(&job));
                    if tokio::time::timeout(PATIENCE, work).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// Does all work that is due, on this thread, and waits for what other threads do.
    pub(crate) fn work_off(&self) {
        loop {
            let now = self.clock.now_ms();
            let (due, job) = {
                let mut tasks = self.tasks();
                (tasks.due(None, now), tasks.take(None, now))
            };
            match (due, job) {
                (_, Some(job)) => self.run(&job),
                (Due::Nothing, None) => return,
                // A file may be too long to be counted in a lifetime.
                (Due::Counting(since), None) if since.elapsed() >= PATIENCE => return,
                (_, None) => std::thread::sleep(LOOK),
            }
        }
    }

    /// Does the work of a step and ends it.
    fn run(&self, job: &Job) {
        // A function that fills cells comes from outside, and may panic.
        let result = catch_unwind(AssertUnwindSafe(|| self.attempt(job)));
        if result.is_err() {
            let done = Done::failure("internalError", "An internal error occurred.");
            self.tasks().finish(job, done);
        }
    }

    fn attempt(&self, job: &Job) {
        for _ in 0..ATTEMPTS {
            let (draft, seen) = {
                let tenant = self.tenant();
                (Draft::of(self, &tenant, &job.model_id, &job.work), self.changes())
            };
            let Some(mut draft) = draft else { return self.tasks().finish(job, gone()) };
            let done = job.work.run(&mut draft, self.stopping());
            if !done.successful {
                return self.tasks().finish(job, done);
            }
            let mut tenant = self.tenant_mut();
            if self.changes() == seen + 1 {
                let mut tasks = self.tasks();
                // A task that was cancelled meanwhile changes nothing.
                if tasks.is_wanted(job) {
                    draft.swap(&mut tenant);
                    tasks.finish(job, done);
                }
                // The locks go before the draft: freeing a large model takes time.
                return;
            }
        }
        let mut tenant = self.tenant_mut();
        let Some(mut draft) = Draft::of(self, &tenant, &job.model_id, &job.work) else {
            return self.tasks().finish(job, gone());
        };
        let done = job.work.run(&mut draft, self.stopping());
        let mut tasks = self.tasks();
        if done.successful && tasks.is_wanted(job) {
            draft.swap(&mut tenant);
        }
        tasks.finish(job, done);
    }
}

fn gone() -> Done {
    Done::failure("failedToLocateModel", "The model was not found.")
}
