//! Processes: actions in a row.

use serde::Deserialize;

use super::{ProcessId, if_it_fits, or_default};
use crate::client::Listed;

/// A process.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Process {
    /// Its id.
    pub id: ProcessId,
    /// Its name.
    pub name: String,
}

impl Listed for Process {
    const KEY: &'static str = "processes";
}

/// A step of a process. The kind of object that its id belongs to shows in the type.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessStep {
    /// The id of the action, import or export.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `IMPORT`, `EXPORT`, or the type of an action.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub action_type: Option<String>,
    /// What an import writes.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub import_type: Option<String>,
    /// Where an import reads from.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub import_data_source_id: Option<String>,
    /// How an export's file is laid out.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub export_type: Option<String>,
}

/// What a process is made of.
#[derive(Debug, Default, Deserialize)]
pub(in crate::client) struct ProcessMetadata {
    #[serde(default, deserialize_with = "or_default")]
    pub(in crate::client) actions: Vec<ProcessStep>,
}
