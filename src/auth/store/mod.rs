//! Where OAuth tokens are kept between runs and shared between processes.
//!
//! Either an encrypted file or the memory of this process. Both are read without a lock and changed
//! under one: read again, change, write. The file's form: `docs/reference/oauth-settings-file.md`.

mod armour;
mod cipher;
mod disk;
mod file;
mod intent;
mod keys;
mod machine;
mod memory;
mod problem;
mod refused;
mod stored;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use armour::Protection;
pub use intent::{Intent, Spent};
pub use stored::Stored;
pub(super) use stored::{epoch_millis, fingerprint, moment, now_millis};

use self::file::{LockedFile, SettingsFile};
use self::keys::Keys;
use self::memory::{LockedMemory, SettingsMemory};
use crate::config::{OAuthSettings, SettingsLocation};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// The place where one client's tokens are kept. Clones are cheap.
#[derive(Debug, Clone)]
pub struct SettingsStore(Place);

#[derive(Debug, Clone)]
enum Place {
    File(Arc<SettingsFile>),
    Memory(Arc<SettingsMemory>),
}

/// Where settings are kept, and how they are protected.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Description {
    /// A path, or `memory://NAME`.
    pub location: String,
    /// What protects a file that is written now; None for memory.
    pub protection: Option<Protection>,
}

impl SettingsStore {
    /// The store that these settings name. Nothing is read or made yet.
    pub fn new(settings: &OAuthSettings) -> Self {
        match &settings.settings_location {
            SettingsLocation::File(path) => Self::file(
                path.clone(),
                settings.client_id.clone(),
                settings.settings_password.clone(),
                settings.client_secret.clone(),
            ),
            SettingsLocation::Memory(name) => {
                let memory = SettingsMemory::new(name.clone(), settings.client_id.clone());
                Self(Place::Memory(Arc::new(memory)))
            }
        }
    }

    /// A file that is protected by a password, else by the client's secret, else by a key file
    /// beside it.
    pub fn file(
        path: PathBuf,
        client_id: String,
        password: Option<Secret>,
        client_secret: Option<Secret>,
    ) -> Self {
        let keys = Keys::new(client_id, password, client_secret);
        Self(Place::File(Arc::new(SettingsFile { path, keys })))
    }

    /// A copy that travels, protected by nothing but its password.
    pub fn copy(path: PathBuf, client_id: String, password: Secret) -> Self {
        let keys = Keys::of_copy(client_id, password);
        Self(Place::File(Arc::new(SettingsFile { path, keys })))
    }

    /// Where this is, and how it is protected.
    pub fn describe(&self) -> Description {
        match &self.0 {
            Place::File(file) => Description {
                location: file.path.display().to_string(),
                protection: Some(file.keys.protection()),
            },
            Place::Memory(memory) => {
                Description { location: format!("memory://{}", memory.name), protection: None }
            }
        }
    }

    /// What is stored; None if nothing is.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when it can't be read, is damaged, or isn't for this client
    /// and its secrets.
    pub async fn read(&self) -> Result<Option<Stored>> {
        match &self.0 {
            Place::File(file) => {
                let file = Arc::clone(file);
                blocking(move || file.read()).await
            }
            Place::Memory(memory) => memory.read(),
        }
    }

    /// Writes an entry to a file of its own in one go, in place of whatever is there. For a copy that
    /// nobody else uses: there is no lock. Nothing is done for memory.
    ///
    /// # Errors
    /// Kind [`Io`](ErrorKind::Io) when it can't be written; what was there is there still.
    pub async fn write_copy(&self, stored: &Stored) -> Result<()> {
        let Place::File(file) = &self.0 else { return Ok(()) };
        let (file, stored) = (Arc::clone(file), stored.clone());
        blocking(move || file.write_copy(&stored)).await
    }

    /// Whether a path leads to what is stored, or to a file beside it that it needs.
    pub fn needs(&self, path: &Path) -> bool {
        match &self.0 {
            Place::File(file) => file.needs(path),
            Place::Memory(_) => false,
        }
    }

    /// Waits until nobody else is changing what is stored, in this process or another. Giving up
    /// waiting is safe.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when the lock can't be had: the directory can't be written,
    /// or somebody keeps the lock for minutes.
    pub async fn lock(&self) -> Result<Locked> {
        Ok(Locked(match &self.0 {
            Place::File(file) => LockedPlace::File(Arc::clone(file).lock().await?),
            Place::Memory(memory) => LockedPlace::Memory(Arc::clone(memory).lock().await),
        }))
    }
}

/// A store that nobody else is changing, until this is dropped.
#[derive(Debug)]
pub struct Locked(LockedPlace);

#[derive(Debug)]
enum LockedPlace {
    File(LockedFile),
    Memory(LockedMemory),
}

impl Locked {
    /// What is stored; None if nothing is. Blocks for as long as reading a small file takes.
    ///
    /// # Errors
    /// As [`SettingsStore::read`].
    pub fn read(&self) -> Result<Option<Stored>> {
        match &self.0 {
            LockedPlace::File(file) => file.read(),
            LockedPlace::Memory(memory) => memory.read(),
        }
    }

    /// Tries whether an entry could be written now: that what is there can be read, and that there
    /// is room. Blocks for as long as that takes.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn try_room(&self) -> Result<()> {
        match &self.0 {
            LockedPlace::File(file) => file.try_room(),
            LockedPlace::Memory(memory) => memory.read().map(drop),
        }
    }

    /// Stores this instead of what is there. It is on disk when this returns; on an error the old
    /// entry is still there. Blocks for as long as that takes.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when it can't be written, or if what is there can't be read:
    /// that is never overwritten.
    pub fn write(&mut self, stored: &Stored) -> Result<()> {
        match &mut self.0 {
            LockedPlace::File(file) => file.write(stored),
            LockedPlace::Memory(memory) => memory.write(stored),
        }
    }

    /// As [`write`](Self::write), and keeps room on the disk for the next write, so that what comes
    /// then finds some. For an entry with the note that something is about to be spent.
    ///
    /// # Errors
    /// As [`write`](Self::write), also when there is no room for two.
    pub fn write_ahead(&mut self, stored: &Stored) -> Result<()> {
        match &mut self.0 {
            LockedPlace::File(file) => file.write_ahead(stored),
            LockedPlace::Memory(memory) => memory.write(stored),
        }
    }

    /// Removes what is stored, and leaves the key file: another entry may be under its key.
    ///
    /// # Errors
    /// As [`remove`](Self::remove).
    pub fn remove_entry(self) -> Result<()> {
        match self.0 {
            LockedPlace::File(file) => file.remove_entry(),
            LockedPlace::Memory(memory) => {
                memory.remove();
                Ok(())
            }
        }
    }

    /// Removes what is stored, whatever it is, and the key file if there is one.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) when the file can't be removed.
    pub fn remove(self) -> Result<()> {
        match self.0 {
            LockedPlace::File(file) => file.remove(),
            LockedPlace::Memory(memory) => {
                memory.remove();
                Ok(())
            }
        }
    }
}

/// Does what takes a while on a thread where that harms nobody.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|e| {
        Err(Error::new(ErrorKind::Internal, "working on the OAuth settings ended early")
            .with_source(e))
    })
}
