//! One upload at a time to a file.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

use crate::client::model::ModelId;

/// A model, and the id of one of its files.
type Place = (ModelId, String);

/// Keeps statements of one session from uploading to the same file at the same time: the service
/// has one content of it for each user, and an import reads whatever is there when it runs.
#[derive(Debug, Default)]
pub struct Uploads(Mutex<HashMap<Place, Arc<tokio::sync::Mutex<()>>>>);

impl Uploads {
    /// Waits until no other statement uploads to this file, or runs an import over what it has
    /// uploaded. To be held until the import has ended.
    pub async fn lock(&self, model: &ModelId, file: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|_, lock| Arc::strong_count(lock) > 1);
            Arc::clone(all.entry((model.clone(), file.to_owned())).or_default())
        };
        lock.lock_owned().await
    }
}
