//! What a new task needs to know.

use std::sync::Arc;

use super::super::file::{FileSource, IndexSlot};
use super::super::tenant::Outcome;
use super::super::work::Work;

/// What tasks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Import,
    Export,
    Action,
    Process,
}

/// What a new task needs to know.
#[derive(Debug)]
pub(crate) struct NewTask {
    pub(crate) model_id: String,
    pub(crate) kind: Kind,
    pub(crate) parent_id: String,
    pub(crate) parent_name: String,
    pub(crate) user_id: String,
    pub(crate) user: String,
    pub(crate) queued_ms: i64,
    pub(crate) steps: Vec<NewStep>,
}

/// One step of a new task.
#[derive(Debug)]
pub(crate) struct NewStep {
    pub(crate) kind: Kind,
    pub(crate) object_id: String,
    pub(crate) object_name: String,
    pub(crate) running_ms: i64,
    pub(crate) outcome: Outcome,
    pub(crate) work: StepWork,
}

/// What a step does.
#[derive(Debug)]
pub(crate) enum StepWork {
    /// Makes a file, whose chunks are counted in the background.
    File(Arc<FileSource>, IndexSlot),
    /// Changes the model.
    Model(Arc<Work>),
}
