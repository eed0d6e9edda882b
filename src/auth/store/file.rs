//! Settings in an encrypted file.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::armour::{Header, Protection};
use super::keys::{Keys, key_file};
use super::problem::{failed, not_copied};
use super::stored::{Stored, moment, now_millis};
use super::{disk, machine};
use crate::error::{Error, ErrorKind, Result};

/// A refresh under the lock takes a request's time; this is the longest wait for some of them.
const LONGEST_WAIT: Duration = Duration::from_secs(150);

/// The longest pause between two tries for the lock.
const LONGEST_PAUSE: Duration = Duration::from_millis(40);

/// A file, and what opens it.
#[derive(Debug)]
pub(super) struct SettingsFile {
    pub(super) path: PathBuf,
    pub(super) keys: Keys,
}

impl SettingsFile {
    /// What is stored. Needs no lock: a file is replaced as a whole.
    pub(super) fn read(&self) -> Result<Option<Stored>> {
        Ok(self.open()?.map(|(stored, _)| stored))
    }

    fn open(&self) -> Result<Option<(Stored, Header)>> {
        let Some(content) = disk::read_sealed(&self.path)? else { return Ok(None) };
        // Key files stand beside the file itself, not beside a link to it.
        let opened = self.keys.open(&disk::follow(&self.path), &content)?;
        // Not before: a path that is mistyped may lead to a file that others need.
        disk::close(&self.path)?;
        Ok(Some(opened))
    }

    /// Writes an entry in place of whatever is there.
    pub(super) fn write_copy(&self, stored: &Stored) -> Result<()> {
        let target = disk::follow(&self.path);
        let content = self.keys.seal(&target, stored, None)?;
        // A folder that isn't there is a mistake in the path, unlike that of the settings.
        disk::replace(&target, &content).map_err(|error| not_copied(&self.path, error))
    }

    /// Whether a path leads to this file or to one of those beside it.
    pub(super) fn needs(&self, path: &Path) -> bool {
        let (own, path) = (resolved(&self.path), resolved(path));
        let beside =
            [disk::beside(&own, ".lock"), key_file(&own), disk::spare(&own), disk::fresh(&own)];
        own == path || beside.contains(&path)
    }

    /// Waits until no other process has the lock.
    pub(super) async fn lock(self: Arc<Self>) -> Result<LockedFile> {
        let target = disk::follow(&self.path);
        let path = disk::beside(&target, ".lock");
        let lock = disk::create_directory(&target)
            .and_then(|()| disk::open_lock(&path))
            .map_err(|error| failed("locked", &self.path, error))?;
        let started = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if started.elapsed() < LONGEST_WAIT => {}
                Err(TryLockError::WouldBlock) => return Err(busy(&self.path, &lock)),
                Err(TryLockError::Error(error)) => {
                    return Err(failed("locked", &self.path, error).with_hint(
                        "some network file systems have no locks: set OAuthSettingsLocation to a \
                         local directory",
                    ));
                }
            }
            // Polled, for a thread that waits in the kernel can't be called back.
            tokio::time::sleep(pause).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
        note_holder(&lock);
        Ok(LockedFile { file: self, target, lock, reserved: false })
    }
}

/// Writes into the lock file who has the lock, for those who wait too long.
fn note_holder(mut lock: &File) {
    let mut before = String::new();
    let read = lock.rewind().and_then(|()| lock.take(500).read_to_string(&mut before));
    // A file of that name may be somebody else's.
    if read.is_err() || !(before.is_empty() || before.starts_with("process ")) {
        return;
    }
    let note = format!(
        "process {} on {} since {}\n",
        std::process::id(),
        machine::name(),
        moment(now_millis())
    );
    // The lock holds without it.
    let _ =
        lock.rewind().and_then(|()| lock.set_len(0)).and_then(|()| lock.write_all(note.as_bytes()));
}

fn busy(path: &Path, mut lock: &File) -> Error {
    let mut holder = String::new();
    let _ = lock.rewind().and_then(|()| lock.take(500).read_to_string(&mut holder));
    let holder = holder.lines().next().unwrap_or_default();
    let error = Error::new(
        ErrorKind::SignIn,
        format!(
            "the OAuth settings file {} has been locked for more than {} s",
            path.display(),
            LONGEST_WAIT.as_secs()
        ),
    )
    .with_hint("see what that process waits for; its lock goes when it ends");
    if holder.is_empty() { error } else { error.with_source(format!("it is locked by {holder}")) }
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(failed("removed", path, error))
        }
        _ => Ok(()),
    }
}

/// Where a path leads, also to a file that isn't there yet.
fn resolved(path: &Path) -> PathBuf {
    let path = disk::follow(path);
    path.canonicalize().unwrap_or_else(|_| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize();
        match (folder, path.file_name()) {
            (Ok(folder), Some(name)) => folder.join(name),
            _ => path,
        }
    })
}

/// A file that no other process changes.
#[derive(Debug)]
pub(super) struct LockedFile {
    file: Arc<SettingsFile>,
    /// Where the path leads.
    target: PathBuf,
    lock: File,
    /// Whether there is a file with room for the next write.
    reserved: bool,
}

impl LockedFile {
    pub(super) fn read(&self) -> Result<Option<Stored>> {
        self.file.read()
    }

    /// Makes room for an entry beside the file, and gives it back.
    pub(super) fn try_room(&self) -> Result<()> {
        self.read()?;
        self.file.keys.try_key(&self.target)?;
        let tried = disk::reserve(&self.target, &[]);
        disk::release(&self.target);
        tried.map_err(|error| failed("written", &self.file.path, error))
    }

    /// Replaces the file, into the room that was kept if there is some. A file that can't be read is
    /// left alone: whatever is in it may be worth more.
    pub(super) fn write(&mut self, stored: &Stored) -> Result<()> {
        let content = self.content(stored)?;
        let written = if self.reserved {
            self.reserved = false;
            disk::replace_reserved(&self.target, &content)
        } else {
            disk::replace(&self.target, &content)
        };
        written.map_err(|error| failed("written", &self.file.path, error))
    }

    /// Replaces the file, and keeps room for the next write: now, not when there is a new token that
    /// exists nowhere else.
    pub(super) fn write_ahead(&mut self, stored: &Stored) -> Result<()> {
        let content = self.content(stored)?;
        let written = disk::reserve(&self.target, &content).and_then(|()| {
            self.reserved = true;
            disk::replace(&self.target, &content)
        });
        written.map_err(|error| failed("written", &self.file.path, error))
    }

    fn content(&self, stored: &Stored) -> Result<Vec<u8>> {
        let before = self.file.open()?;
        let header = before.as_ref().map(|(_, header)| header);
        self.file.keys.seal(&self.target, stored, header)
    }

    pub(super) fn remove_entry(&self) -> Result<()> {
        remove(&self.target)
    }

    pub(super) fn remove(self) -> Result<()> {
        self.remove_entry()?;
        // Otherwise a file of that name is somebody else's, such as a certificate's private key.
        match self.file.keys.protection() {
            Protection::KeyFile => remove(&key_file(&self.target)),
            Protection::Password | Protection::ClientSecret => Ok(()),
        }
    }
}

impl Drop for LockedFile {
    fn drop(&mut self) {
        if self.reserved {
            disk::release(&self.target);
        }
        // Closing the file would do, unless a child process has inherited it.
        let _ = self.lock.unlock();
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
