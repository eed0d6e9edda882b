//! What tasks leave behind for the users who started them: files of exports, and dumps of rejected rows.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::content::Content;
use super::super::file::{FileSource, Index};
use super::super::upload::{KEPT_MS, Owner};
use super::new::NewTask;

/// A file that a completed task made.
#[derive(Clone, Debug)]
pub(crate) struct StoredFile {
    pub(crate) source: Arc<FileSource>,
    pub(crate) index: Arc<Index>,
}

/// The files of exports.
#[derive(Debug, Default)]
pub(super) struct Files {
    files: HashMap<Owner, (StoredFile, i64)>,
}

/// The rows that imports rejected, each user's last ones of an import.
#[derive(Debug, Default)]
pub(super) struct Dumps {
    dumps: HashMap<Owner, Dump>,
}

#[derive(Debug)]
struct Dump {
    task_id: String,
    content: Content,
    used: i64,
}

impl Files {
    /// Keeps a file in place of the user's last one.
    pub(super) fn store(&mut self, task: &NewTask, export_id: &str, file: StoredFile, now: i64) {
        self.files.insert(owner(task, export_id), (file, now));
    }

    /// Finds a file that was used within the last 48 hours, and notes its use.
    pub(super) fn find(&mut self, owner: &Owner, now: i64) -> Option<StoredFile> {
        let file = self.look(owner, now)?.clone();
        self.files.insert(owner.clone(), (file.clone(), now));
        Some(file)
    }

    /// Finds a file without using it.
    pub(super) fn look(&self, owner: &Owner, now: i64) -> Option<&StoredFile> {
        let (file, used) = self.files.get(owner)?;
        (now.saturating_sub(*used) < KEPT_MS).then_some(file)
    }

    /// Removes a file.
    pub(super) fn delete(&mut self, owner: &Owner) {
        self.files.remove(owner);
    }
}

impl Dumps {
    /// Keeps the rejected rows of a run in place of those of the user's last one.
    pub(super) fn store(
        &mut self,
        task: &NewTask,
        import_id: &str,
        task_id: &str,
        content: Option<Content>,
        now: i64,
    ) {
        let owner = owner(task, import_id);
        match content {
            Some(content) => {
                self.dumps.insert(owner, Dump { task_id: task_id.to_owned(), content, used: now });
            }
            None => {
                self.dumps.remove(&owner);
            }
        }
    }

    /// Finds the rows that a task rejected, unless they are gone, and notes their use.
    pub(super) fn find(&mut self, owner: &Owner, task_id: &str, now: i64) -> Option<Content> {
        let dump = self.dumps.get_mut(owner)?;
        if now.saturating_sub(dump.used) >= KEPT_MS {
            self.dumps.remove(owner);
            return None;
        }
        if dump.task_id != task_id {
            return None;
        }
        dump.used = now;
        Some(dump.content.clone())
    }
}

fn owner(task: &NewTask, object_id: &str) -> Owner {
    Owner {
        model_id: task.model_id.clone(),
        file_id: object_id.to_owned(),
        user_id: task.user_id.clone(),
    }
}
