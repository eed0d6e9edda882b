//! Tasks: the running of an export, import, process or other action.

use serde::Deserialize;

use super::{TaskId, open_enum};
use crate::client::Listed;

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

/// A word of the detail of an import that lacks an answer. Nobody has shown all of its words.
const MAPPING: &str = "mapping";

/// The detail of an import whose file has not been uploaded, or is gone since.
const FILE_GONE: &str = "uploadedFileNoLongerAvailable";

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

/// How a task ended, or a step of a process.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TaskResult {
    /// Whether it did what it should. A process may say so though a step of it did not.
    pub successful: bool,
    /// Whether the rows that were rejected can be read.
    pub failure_dump_available: bool,
    /// The id of what ran.
    pub object_id: Option<String>,
    /// The name of what ran.
    pub object_name: Option<String>,
    /// What happened, in parts.
    pub details: Option<Vec<TaskDetail>>,
    /// The steps of a process, in their order.
    pub nested_results: Option<Vec<TaskResult>>,
}

/// A part of what a task reports.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TaskDetail {
    /// Its kind, such as `actionFailed`.
    pub r#type: Option<String>,
    /// The same for people.
    pub local_message_text: Option<String>,
    /// Names and values in turn: `failedCount`, `0`, …
    pub values: Option<Vec<Option<String>>>,
}

/// What became of the rows of an import; None where the service does not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows that were loaded, those with warnings among them.
    pub succeeded: Option<i64>,
    /// Rows that were rejected.
    pub failed: Option<i64>,
    /// Rows that changed nothing.
    pub ignored: Option<i64>,
}

impl TaskResult {
    /// Whether it and all steps of it did what they should.
    pub fn is_successful(&self) -> bool {
        self.successful && self.steps().all(Self::is_successful)
    }

    /// The steps of a process, in their order.
    pub fn steps(&self) -> impl Iterator<Item = &Self> {
        self.nested_results.iter().flatten()
    }

    /// The details as one line; those of a process's steps behind their names.
    pub fn words(&self) -> String {
        let own = self.details.iter().flatten().filter_map(|detail| {
            detail.local_message_text.clone().or_else(|| detail.r#type.clone())
        });
        let nested = self.steps().filter_map(|step| {
            let words = step.words();
            let name = step.object_name.as_deref().unwrap_or("a step");
            match (words.is_empty(), step.successful) {
                (false, _) => Some(format!("{name}: {words}")),
                (true, false) => Some(format!("{name}: failed")),
                (true, true) => None,
            }
        });
        own.chain(nested).collect::<Vec<_>>().join("; ")
    }

    /// What became of the rows, summed up over the details.
    pub fn rows(&self) -> RowCounts {
        let sum = |names: &[&str]| {
            let details = self.details.iter().flatten();
            details.filter_map(|detail| detail.sum(names)).reduce(|sum, more| sum + more)
        };
        RowCounts {
            succeeded: sum(&["successRowCount", "warningsRowCount"]),
            failed: sum(&["failedCount"]),
            ignored: sum(&["ignoredCount"]),
        }
    }

    /// Whether it, or a step of it, missed a file that somebody had to upload.
    pub fn lacks_file(&self) -> bool {
        let is_it = |detail: &TaskDetail| detail.r#type.as_deref() == Some(FILE_GONE);
        self.details.iter().flatten().any(is_it) || self.steps().any(Self::lacks_file)
    }

    /// What it, or a step of it, asks for and was not told, such as `Version`; empty where the
    /// service doesn't say what.
    pub fn lacks_answer(&self) -> Option<&str> {
        let texts = self.details.iter().flatten().filter_map(|it| it.local_message_text.as_deref());
        let mut asking = texts.filter(|text| text.to_ascii_lowercase().contains(MAPPING));
        let own = asking.next().map(|text| {
            let what = text.rsplit_once(" for ").map_or("", |(_, what)| what);
            what.trim().trim_end_matches('.').trim_matches('"')
        });
        own.or_else(|| self.steps().find_map(Self::lacks_answer))
    }

    /// The rows that were rejected, those of a process's steps among them.
    pub fn rejected(&self) -> i64 {
        self.rows().failed.unwrap_or(0) + self.steps().map(Self::rejected).sum::<i64>()
    }
}

impl TaskDetail {
    fn sum(&self, names: &[&str]) -> Option<i64> {
        let values = self.values.as_deref().unwrap_or_default();
        values
            .chunks_exact(2)
            .filter(|pair| pair[0].as_deref().is_some_and(|name| names.contains(&name)))
            .filter_map(|pair| pair[1].as_deref()?.trim().parse::<i64>().ok())
            .reduce(|sum, more| sum.saturating_add(more))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(json: &str) -> TaskResult {
        serde_json::from_str(json).expect("a result")
    }

    #[test]
    fn rows_are_counted_over_all_details() {
        let result = result(
            r#"{"successful":true,"failureDumpAvailable":true,"objectName":"Load","details":[
                {"type":"hierarchyRowsProcessedWithFailures","occurrences":0,
                 "localMessageText":"Emp: 90 rows","values":["hierarchyName","Emp",
                 "successRowCount","90","warningsRowCount","2","failedCount","1","ignoredCount","5"]},
                {"type":"lineItemRowsProcessed","localMessageText":"x",
                 "values":["successRowCount","7","failedCount","",null]}]}"#,
        );
        let rows = RowCounts { succeeded: Some(99), failed: Some(1), ignored: Some(5) };
        assert_eq!(result.rows(), rows);
        assert_eq!((result.rejected(), result.words().as_str()), (1, "Emp: 90 rows; x"));
    }

    #[test]
    fn what_was_not_answered_is_known_by_its_words() {
        let said = |text: &str| {
            result(&format!(
                r#"{{"nestedResults":[{{"successful":true}},{{"details":[{{"localMessageText":"{text}"}}]}}]}}"#
            ))
        };
        let (named, unnamed, other) =
            (said("No mapping was given for Version."), said("Mapping is missing"), said("Full."));
        assert_eq!(named.lacks_answer(), Some("Version"));
        assert_eq!(unnamed.lacks_answer(), Some(""));
        assert_eq!(other.lacks_answer(), None);
    }

    #[test]
    fn a_process_is_as_good_as_its_steps() {
        let result = result(
            r#"{"successful":true,"nestedResults":[{"successful":true,"objectName":"A"},
                {"successful":false,"objectName":"B","details":[{"type":"actionFailed"}]},
                {"successful":false}]}"#,
        );
        assert!(!result.is_successful());
        assert_eq!(result.words(), "B: actionFailed; a step: failed");
        assert_eq!(result.rows(), RowCounts::default());
    }
}
