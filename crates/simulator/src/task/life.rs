//! The life of one task: from waiting, step by step, to its end.

use std::sync::Arc;
use std::time::Instant;

use super::super::tenant::{Detail, Outcome};
use super::super::work::{Done, Job};
use super::Due;
use super::answer::StepResult;
use super::file::{Dumps, Files, StoredFile};
use super::new::{Kind, NewStep, NewTask, StepWork};

/// Who cancels a task whose outcome is to be cancelled by another user.
const OTHER_USER: &str = "8a00000000000000000000000000beef";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Waiting,
    Running { since: i64 },
    Cancelling { until: i64 },
    Complete,
    Cancelled,
}

#[derive(Debug)]
pub(super) struct Task {
    pub(super) id: String,
    pub(super) number: u64,
    pub(super) created: i64,
    pub(super) phase: Phase,
    pub(super) cancelled_by: Option<String>,
    pub(super) new: NewTask,
    /// When the step at hand began; the one behind all `results`.
    pub(super) step_since: i64,
    /// When the work of the step at hand was handed out, or missed, in real time; and what came of it.
    pub(super) taken: Option<Instant>,
    pub(super) done: Option<Done>,
    pub(super) results: Vec<StepResult>,
}

impl Task {
    pub(super) fn new(id: String, number: u64, new: NewTask, now: i64) -> Self {
        Self {
            id,
            number,
            created: now,
            phase: Phase::Waiting,
            cancelled_by: None,
            new,
            step_since: now,
            taken: None,
            done: None,
            results: Vec::new(),
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Complete | Phase::Cancelled)
    }

    pub(super) fn is_on(&self) -> bool {
        matches!(self.phase, Phase::Running { .. } | Phase::Cancelling { .. })
    }

    pub(super) fn awaits(&self, job: &Job) -> bool {
        self.id == job.task_id
            && self.results.len() == job.step
            && matches!(self.phase, Phase::Running { .. })
    }

    /// The step at hand.
    pub(super) fn step(&self) -> Option<&NewStep> {
        self.new.steps.get(self.results.len())
    }

    /// Tells whether the time of the step at hand is over, but its work is not done.
    pub(super) fn awaits_work(&self, now: i64) -> bool {
        let Some(step) = self.step() else { return false };
        let is_over = self.step_since.saturating_add(step.running_ms) <= now;
        let is_running = matches!(self.phase, Phase::Running { .. });
        let is_done = match &step.work {
            StepWork::File(_, index) => index.get().is_some(),
            StepWork::Model(_) => self.done.is_some(),
        };
        is_over && is_running && !is_done && matches!(step.outcome, Outcome::Success)
    }

    /// Tells who does the work that is due.
    pub(super) fn due(&mut self) -> Due {
        match (self.step().map(|step| &step.work), self.taken) {
            (Some(StepWork::File(..)), taken) => {
                let since = taken.unwrap_or_else(Instant::now);
                self.taken = Some(since);
                Due::Counting(since)
            }
            (_, Some(since)) => Due::Taken(since),
            (_, None) => Due::Free,
        }
    }

    /// Takes a task that is on as far as it has come, and returns when it ended, if it has.
    ///
    /// A step that fails is the last one. What earlier steps did stays done.
    pub(super) fn go_on(&mut self, now: i64, files: &mut Files, dumps: &mut Dumps) -> Option<i64> {
        if let Phase::Cancelling { until } = self.phase {
            if until > now {
                return None;
            }
            self.phase = Phase::Cancelled;
            return Some(until);
        }
        loop {
            let Some(step) = self.new.steps.get(self.results.len()) else {
                self.phase = Phase::Complete;
                return Some(self.step_since);
            };
            let end = self.step_since.saturating_add(step.running_ms);
            if end > now {
                return None;
            }
            let (successful, dump, details) = match (&step.outcome, &step.work) {
                (Outcome::Never, _) => return None,
                (Outcome::CancelledByOther, _) => {
                    self.phase = Phase::Cancelled;
                    self.cancelled_by = Some(OTHER_USER.to_owned());
                    return Some(end);
                }
                (Outcome::Failure { details }, _) => (false, None, details.clone()),
                (Outcome::Success, StepWork::File(source, index)) => {
                    // The clock may jump over a file whose chunks are still being counted.
                    let file =
                        StoredFile { source: Arc::clone(source), index: Arc::clone(index.get()?) };
                    files.store(&self.new, &step.object_id, file, end);
                    let detail = Detail {
                        kind: "exportSucceeded".to_owned(),
                        text: "The export completed successfully.".to_owned(),
                        values: Vec::new(),
                    };
                    (true, None, vec![detail])
                }
                (Outcome::Success, StepWork::Model(_)) => {
                    let Done { successful, details, dump } = self.done.take()?;
                    (successful, dump, details)
                }
            };
            let has_dump = dump.is_some();
            if step.kind == Kind::Import {
                dumps.store(&self.new, &step.object_id, &self.id, dump, end);
            }
            self.results.push(StepResult {
                object_id: step.object_id.clone(),
                object_name: step.object_name.clone(),
                successful,
                has_dump,
                details,
                start: self.step_since,
                end,
            });
            (self.step_since, self.taken) = (end, None);
            if !successful {
                self.phase = Phase::Complete;
                return Some(end);
            }
        }
    }

    pub(super) fn state(&self) -> &'static str {
        match self.phase {
            Phase::Waiting => "NOT_STARTED",
            Phase::Running { .. } => "IN_PROGRESS",
            Phase::Cancelling { .. } => "CANCELLING",
            Phase::Complete => "COMPLETE",
            Phase::Cancelled => "CANCELLED",
        }
    }
}
