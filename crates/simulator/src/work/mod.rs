//! What imports and actions do to a model.
//!
//! The work is done on a copy of the model, on a thread of its own, when the task's time is over. The
//! copy is swapped in at the end, so a task that is cancelled before has changed nothing.

mod action;
mod job;
mod list;
mod module;
mod other;
mod records;
mod rows;
mod tally;
mod view;

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::content::Content;
use super::cube::Frozen;
use super::sheet::{FoundView, Sheet};
use super::state::State;
use super::tenant::{
    ActionKind, Detail, Format, Import, ImportSource, ImportTarget, Model, SourceFile, Tenant, User,
};
pub(crate) use job::Job;
use rows::Rows;

/// After how many rows an import looks whether it should stop.
const STOP_EVERY: u64 = 1024;

/// What a task does to its model.
#[derive(Debug)]
pub(crate) enum Work {
    Import(Box<ImportWork>),
    Action(ActionKind),
}

/// An import as it was when its task was started.
#[derive(Debug)]
pub(crate) struct ImportWork {
    pub(crate) import: Import,
    /// The file's form, and what the user's or the default file holds.
    pub(crate) file: Option<(SourceFile, Option<Content>)>,
    /// Types and names of entities, for its prompts.
    pub(crate) mappings: Vec<(String, String)>,
    pub(crate) chunk_size: usize,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) successful: bool,
    pub(crate) details: Vec<Detail>,
    /// The rows that were rejected.
    pub(crate) dump: Option<Content>,
}

/// A copy of what a task may change.
pub(crate) struct Draft {
    workspace_id: String,
    model: Model,
    users: Vec<User>,
    changes_users: bool,
    /// The model that rows come from, where they don't come from a file.
    source: Option<Arc<Frozen>>,
}

impl Done {
    fn success(kind: &str, text: &str, values: Vec<String>) -> Self {
        let detail = Detail { kind: kind.to_owned(), text: text.to_owned(), values };
        Self { successful: true, details: vec![detail], dump: None }
    }

    fn failure(kind: &str, text: &str) -> Self {
        Self { successful: false, ..Self::success(kind, text, Vec::new()) }
    }
}

impl Draft {
    /// Copies a model, the users, and the model that rows come from.
    fn of(state: &State, tenant: &Tenant, model_id: &str, work: &Work) -> Option<Self> {
        let (workspace, model) = tenant.home_of(model_id)?;
        let source = match work {
            Work::Import(work) => match &work.import.source {
                ImportSource::View { model, .. } => tenant.find_model(model),
                ImportSource::File(_) => None,
            },
            Work::Action(_) => None,
        };
        Some(Self {
            workspace_id: workspace.id.clone(),
            model: model.clone(),
            users: tenant.users.clone(),
            changes_users: false,
            source: source.map(|source| state.frozen(tenant, source)),
        })
    }

    /// Puts the copy in the model's place and keeps what was there.
    fn swap(&mut self, tenant: &mut Tenant) {
        if self.changes_users {
            std::mem::swap(&mut tenant.users, &mut self.users);
            tenant.fill_ids();
        }
        if let Some(model) = tenant.model_mut(&self.model.id.clone()) {
            std::mem::swap(model, &mut self.model);
        }
    }
}

impl Work {
    /// Tells why a deployed model refuses it: its structure may not change.
    pub(crate) fn refused(&self, model: &Model) -> Option<Done> {
        if !model.is_deployed() {
            return None;
        }
        let (kind, list) = match self {
            Self::Action(ActionKind::DeleteBySelection { list, .. }) => {
                ("deleteFromSelectionFailed", Some(list))
            }
            Self::Action(ActionKind::OrderHierarchy { list }) => ("actionFailed", Some(list)),
            Self::Action(_) => return None,
            Self::Import(work) => match &work.import.target {
                ImportTarget::List { list, .. } => ("hierarchyImportFailed", Some(list)),
                ImportTarget::Versions => ("importFailedGeneralError", None),
                ImportTarget::LineItems { .. } => ("moduleImportFailed", None),
                ImportTarget::Users | ImportTarget::Module { .. } => return None,
            },
        };
        let list = list.and_then(|list| model.find_list(list));
        if list.is_some_and(|list| list.production_data) {
            return None;
        }
        let what = list.map_or("its structure", |list| list.name.as_str());
        Some(Done::failure(kind, &format!("The model is deployed: {what} can't change.")))
    }

    /// Does the work on a copy. Where it fails, the copy is worth nothing.
    fn run(&self, draft: &mut Draft, stop: &AtomicBool) -> Done {
        if let Some(refused) = self.refused(&draft.model) {
            return refused;
        }
        let done = match self {
            Self::Action(kind) => Ok(action::run(kind, draft)),
            Self::Import(work) => work.run(draft, stop),
        };
        draft.model.fill_ids();
        done.unwrap_or_else(|error| {
            Done::failure("importFailedGeneralError", &format!("The import failed: {error}."))
        })
    }
}

impl ImportWork {
    fn run(&self, draft: &mut Draft, stop: &AtomicBool) -> io::Result<Done> {
        let missing = self.import.prompts.iter().find(|prompt| self.mapped(prompt).is_none());
        if let Some(prompt) = missing {
            // The service checks nothing but the locale when a task is started, so this is told here.
            let text = format!("No mapping was given for {prompt}.");
            return Ok(Done::failure("importFailedGeneralError", &text));
        }
        let mut rows = match self.rows(draft)? {
            Ok(rows) => rows,
            Err(done) => return Ok(done),
        };
        match &self.import.target {
            ImportTarget::List { list, columns } => {
                list::run(self, draft, (list, columns), &mut rows, stop)
            }
            ImportTarget::Module { module, columns } => {
                module::run(self, draft, (module, columns), &mut rows, stop)
            }
            ImportTarget::Users => other::users(self, draft, &mut rows, stop),
            ImportTarget::Versions => other::versions(self, draft, &mut rows, stop),
            ImportTarget::LineItems { module } => {
                other::line_items(self, draft, module, &mut rows, stop)
            }
        }
    }

    /// Opens the rows, or tells why there are none.
    fn rows(&self, draft: &Draft) -> io::Result<Result<Rows, Done>> {
        let (model, module, view) = match &self.import.source {
            ImportSource::View { model, module, view } => (model, module, view),
            ImportSource::File(_) => {
                return Ok(match &self.file {
                    Some((file, Some(content))) => Ok(Rows::of_file(file, content)?),
                    _ => Err(Done::failure(
                        "uploadedFileNoLongerAvailable",
                        "The uploaded file is no longer available. Upload it again.",
                    )),
                });
            }
        };
        let Some(source) = &draft.source else {
            let text = format!("The model {model} was not found.");
            return Ok(Err(Done::failure("failedToLocateModel", &text)));
        };
        if source.model.state == "ARCHIVED" {
            let text = format!("The model {} is archived.", source.model.name);
            return Ok(Err(Done::failure("sourceModelArchived", &text)));
        }
        let Some(module) = source.model.find_module(module) else {
            let text = format!("The module {module} was not found.");
            return Ok(Err(Done::failure("failedToLocateModule", &text)));
        };
        let sheet = FoundView::by_name(module, view).and_then(|view| Sheet::open(source, view));
        let Some(sheet) = sheet else {
            let text = format!("The saved view {view} was not found.");
            return Ok(Err(Done::failure("failedToLocateSavedView", &text)));
        };
        Ok(Ok(view::rows(&sheet)))
    }

    /// The entity that was given for a prompt.
    fn mapped(&self, prompt: &str) -> Option<&str> {
        let mappings = self.mappings.iter();
        mappings
            .filter(|(kind, _)| kind.eq_ignore_ascii_case(prompt))
            .map(|(_, name)| name.as_str())
            .next()
    }
}

/// Finds the columns of headers, or tells which ones the rows lack.
fn columns<'n>(rows: &Rows, names: impl Iterator<Item = &'n str>) -> Result<Vec<usize>, Done> {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        match rows.column(name) {
            Some(column) => found.push(column),
            None => missing.push(name),
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    let text = format!("The source lacks these columns: {}.", missing.join(", "));
    let mut done = Done::failure("missingFields", &text);
    if let Some(detail) = done.details.first_mut() {
        detail.values = vec!["missingFields".to_owned(), missing.join(", ")];
    }
    Err(done)
}

/// Ends an import whose simulator stops.
fn check(stop: &AtomicBool, line: u64) -> io::Result<()> {
    if line.is_multiple_of(STOP_EVERY) && stop.load(Ordering::Relaxed) {
        return Err(io::Error::other("the server stops"));
    }
    Ok(())
}

/// Writes a number the way that cells are read, whatever the file's decimal separator.
fn with_point<'t>(work: &ImportWork, format: &Format, text: &'t str) -> Cow<'t, str> {
    let separator = work.file.as_ref().map_or(".", |(file, _)| file.decimal_separator.as_str());
    if separator == "." || separator.is_empty() || !matches!(format, Format::Number(_)) {
        return Cow::Borrowed(text);
    }
    // A point is no decimal separator then: the number is none.
    Cow::Owned(text.replace('.', "?").replace(separator, "."))
}
