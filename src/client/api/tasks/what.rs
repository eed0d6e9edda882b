//! What a task runs, and what it is told.

use crate::client::model::{ImportId, ModelId};

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
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Export, Self::Import, Self::Action, Self::Process];

    /// The segment of paths.
    pub(in crate::client) fn segment(self) -> &'static str {
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

    /// Whether it changes nothing but a file, so that a second run does no harm.
    pub(super) fn is_harmless(self) -> bool {
        self == Self::Export
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
    /// What prompts of imports are answered with.
    pub mapping: Vec<Mapping>,
}

/// The answer to a prompt of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// What the prompt asks for, such as `Version`.
    pub entity_type: String,
    /// The answer, such as `Actual`.
    pub entity_name: String,
    /// The import that asks, in a process; None: all that ask for it.
    pub import: Option<ImportId>,
}

impl Default for TaskOptions {
    fn default() -> Self {
        Self { locale: "en_US".to_owned(), mapping: Vec::new() }
    }
}

impl TaskOptions {
    pub(super) fn body(&self) -> serde_json::Value {
        let mut body = serde_json::json!({ "localeName": self.locale });
        if !self.mapping.is_empty() {
            let mapping: Vec<_> = self
                .mapping
                .iter()
                .map(|answer| {
                    let (kind, name) = (&answer.entity_type, &answer.entity_name);
                    let mut entry = serde_json::json!({ "entityType": kind, "entityName": name });
                    if let Some(import) = &answer.import {
                        entry["importId"] = import.as_str().into();
                    }
                    entry
                })
                .collect();
            body["mappingParameters"] = mapping.into();
        }
        body
    }
}
