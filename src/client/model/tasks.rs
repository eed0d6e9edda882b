//! Tasks: the running of an export, import, process or other action.

use std::fmt;

use serde::Deserialize;

use super::{ModelId, TaskId, open_enum};
use crate::client::Listed;

/// The language of a task's messages, unless another is wanted.
pub const LOCALE: &str = "en_US";

/// What can be run as a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runnable {
    /// The model that it is in.
    pub model: ModelId,
    /// What it is.
    pub kind: RunnableKind,
    /// Its id.
    pub id: String,
    /// Its name, for messages.
    pub name: String,
}

impl fmt::Display for Runnable {
    /// `export "Revenue"`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\"", self.kind.word(), self.name)
    }
}

/// What runs as a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunnableKind {
    /// An export.
    Export,
    /// An import.
    Import,
    /// A process.
    Process,
    /// Any other action.
    Action,
}

impl RunnableKind {
    /// What it is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Import => "import",
            Self::Process => "process",
            Self::Action => "action",
        }
    }

    /// The collection that it is in.
    pub(in crate::client) fn segment(self) -> &'static str {
        match self {
            Self::Export => "exports",
            Self::Import => "imports",
            Self::Process => "processes",
            Self::Action => "actions",
        }
    }
}

/// A task as it stands.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// Its id.
    pub task_id: TaskId,
    /// Where it is in its life.
    pub task_state: Option<TaskState>,
    /// When it was started: epoch milliseconds by the service's clock.
    pub creation_time: Option<i64>,
    /// From 0 to 1.
    pub progress: Option<f64>,
    /// What it is doing, in the service's words.
    pub current_step: Option<String>,
    /// Who cancelled it.
    pub cancelled_by: Option<String>,
    /// How it ended; only when it has.
    pub result: Option<TaskResult>,
}

impl Listed for Task {
    const KEY: &'static str = "tasks";
}

open_enum! {
    /// Where a task is in its life.
    TaskState {
        /// Waiting for the model.
        NotStarted = "NOT_STARTED",
        /// Running.
        InProgress = "IN_PROGRESS",
        /// Ended, which does not mean that it succeeded.
        Complete = "COMPLETE",
        /// Being cancelled.
        Cancelling = "CANCELLING",
        /// Cancelled.
        Cancelled = "CANCELLED",
    }
}

/// How a task ended.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TaskResult {
    /// Whether it did what it should.
    pub successful: bool,
    /// Whether there is a list of what was rejected.
    pub failure_dump_available: bool,
    /// What happened, in parts.
    pub details: Option<Vec<TaskDetail>>,
}

/// A part of what a task reports.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TaskDetail {
    /// Its kind, such as `actionFailed`.
    pub r#type: Option<String>,
    /// The same for people.
    pub local_message_text: Option<String>,
}

impl TaskResult {
    /// The details as one line.
    pub fn words(&self) -> String {
        let words: Vec<&str> = self
            .details
            .iter()
            .flatten()
            .filter_map(|detail| detail.local_message_text.as_deref().or(detail.r#type.as_deref()))
            .collect();
        words.join("; ")
    }
}
