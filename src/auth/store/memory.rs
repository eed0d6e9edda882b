//! Settings in memory of this process, shared under a name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;

use super::stored::Stored;
use crate::error::{Error, ErrorKind, Result};

static PLACES: Mutex<Option<HashMap<String, Arc<Place>>>> = Mutex::new(None);

/// What is stored under one name.
#[derive(Debug, Default)]
struct Place {
    lock: Arc<tokio::sync::Mutex<()>>,
    content: Mutex<Option<Stored>>,
}

/// A name, for one client.
#[derive(Debug)]
pub(super) struct SettingsMemory {
    pub(super) name: String,
    client_id: String,
    place: Arc<Place>,
}

impl SettingsMemory {
    pub(super) fn new(name: String, client_id: String) -> Self {
        let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
        let place = Arc::clone(places.get_or_insert_default().entry(name.clone()).or_default());
        Self { name, client_id, place }
    }

    fn content(&self) -> MutexGuard<'_, Option<Stored>> {
        self.place.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn read(&self) -> Result<Option<Stored>> {
        match &*self.content() {
            Some(stored) if stored.client_id != self.client_id => Err(Error::new(
                ErrorKind::SignIn,
                format!(
                    "the OAuth settings memory://{} belong to another OAuthClientId",
                    self.name
                ),
            )
            .with_hint("give each client a name of its own in OAuthSettingsLocation")),
            stored => Ok(stored.clone()),
        }
    }

    pub(super) async fn lock(self: Arc<Self>) -> LockedMemory {
        let guard = Arc::clone(&self.place.lock).lock_owned().await;
        LockedMemory { memory: self, _guard: guard }
    }
}

/// A name under which nobody else changes anything.
#[derive(Debug)]
pub(super) struct LockedMemory {
    memory: Arc<SettingsMemory>,
    _guard: OwnedMutexGuard<()>,
}

impl LockedMemory {
    pub(super) fn read(&self) -> Result<Option<Stored>> {
        self.memory.read()
    }

    pub(super) fn write(&self, stored: &Stored) -> Result<()> {
        self.read()?;
        *self.memory.content() = Some(stored.clone());
        Ok(())
    }

    pub(super) fn remove(self) {
        *self.memory.content() = None;
    }
}
