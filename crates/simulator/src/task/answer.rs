//! What the service tells about a task.

use serde_json::{Map, Value, json};

use super::super::tenant::Detail;
use super::life::{Phase, Task};
use super::new::Kind;

/// What came of a step.
#[derive(Debug)]
pub(super) struct StepResult {
    pub(super) object_id: String,
    pub(super) object_name: String,
    pub(super) successful: bool,
    pub(super) has_dump: bool,
    pub(super) details: Vec<Detail>,
    pub(super) start: i64,
    pub(super) end: i64,
}

impl Task {
    /// Returns the body; with details, the steps of a process tell when they began and how long they took.
    pub(super) fn body(&self, with_details: bool, now: i64) -> Value {
        let (step, progress) = match self.phase {
            Phase::Waiting => ("Pending.", 0.0),
            Phase::Running { .. } => (self.doing(), self.progress(now)),
            Phase::Cancelling { .. } => ("Cancelling.", 0.99),
            Phase::Complete if !self.is_successful() => ("Failed.", 1.0),
            Phase::Complete => ("Complete.", 1.0),
            Phase::Cancelled => ("Cancelled.", 1.0),
        };
        let mut body = json!({
            "type": "taskInformation",
            "taskId": self.id,
            "currentStep": step,
            "progress": progress,
            "taskState": self.state(),
            "creationTime": self.created,
        });
        if let Some(object) = body.as_object_mut() {
            if self.has_ended() {
                object.insert("result".to_owned(), self.result(with_details));
            }
            if let Some(who) = &self.cancelled_by {
                object.insert("cancelledBy".to_owned(), who.clone().into());
            }
        }
        body
    }

    fn doing(&self) -> &'static str {
        match self.step().map(|step| step.kind) {
            Some(Kind::Export) => "Exporting.",
            Some(Kind::Import) => "Importing.",
            Some(Kind::Action | Kind::Process) | None => "Processing.",
        }
    }

    /// The share of all steps that is done.
    pub(super) fn progress(&self, now: i64) -> f64 {
        let Some(step) = self.step() else { return 0.99 };
        let passed = now.saturating_sub(self.step_since).max(0) as f64;
        let share = (passed / step.running_ms.max(1) as f64).min(1.0);
        let all = (self.results.len() as f64 + share) / self.new.steps.len().max(1) as f64;
        (all * 100.0).floor().clamp(0.0, 99.0) / 100.0
    }

    fn is_successful(&self) -> bool {
        self.phase == Phase::Complete && self.results.iter().all(|step| step.successful)
    }

    fn result(&self, with_details: bool) -> Value {
        let mut result = json!({
            "successful": self.is_successful(),
            "failureDumpAvailable": self.results.iter().any(|step| step.has_dump),
            "objectId": self.new.parent_id,
            "objectName": self.new.parent_name,
        });
        let Some(object) = result.as_object_mut() else { return result };
        if self.new.kind == Kind::Process {
            let nested = self.results.iter().map(|step| step.nested(with_details));
            let nested: Vec<Value> = nested.collect();
            if !nested.is_empty() {
                object.insert("nestedResults".to_owned(), nested.into());
            }
        } else {
            let details = match self.phase {
                Phase::Cancelled => vec![self.cancelled()],
                _ => self.results.iter().flat_map(StepResult::details).collect(),
            };
            object.insert("details".to_owned(), details.into());
        }
        result
    }

    fn cancelled(&self) -> Value {
        let (kind, text) = match self.new.kind {
            Kind::Export => ("msgExportCancelled", "The export was cancelled."),
            Kind::Import => ("msgImportCancelled", "The import was cancelled."),
            Kind::Action | Kind::Process => ("actionFailed", "The action was cancelled."),
        };
        detail(kind, text, &[])
    }
}

impl StepResult {
    fn details(&self) -> Vec<Value> {
        self.details.iter().map(|it| detail(&it.kind, &it.text, &it.values)).collect()
    }

    fn nested(&self, with_details: bool) -> Value {
        let mut nested = Map::new();
        nested.insert("successful".into(), self.successful.into());
        nested.insert("failureDumpAvailable".into(), self.has_dump.into());
        nested.insert("objectId".into(), self.object_id.clone().into());
        nested.insert("objectName".into(), self.object_name.clone().into());
        nested.insert("details".into(), self.details().into());
        if with_details {
            // Both are texts; nobody has shown what stands in them.
            let start = chrono::DateTime::from_timestamp_millis(self.start).unwrap_or_default();
            let start = start.format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string();
            let took = self.end.saturating_sub(self.start).max(0);
            let (seconds, millis) = (took / 1000, took % 1000);
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            let duration = format!("{hours:02}:{minutes:02}:{:02}.{millis:03}", seconds % 60);
            nested.insert("startTime".into(), start.into());
            nested.insert("duration".into(), duration.into());
        }
        Value::Object(nested)
    }
}

fn detail(kind: &str, text: &str, values: &[String]) -> Value {
    json!({"type": kind, "occurrences": 0, "localMessageText": text, "values": values})
}
