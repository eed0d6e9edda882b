//! What users have uploaded: private to each, chunk by chunk, and gone 48 hours after its last use.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::content::{Content, Piece, Store};

/// How long private content is kept after its last use.
pub(crate) const KEPT_MS: i64 = 48 * 60 * 60 * 1000;

/// The most chunks that a file may have.
pub(crate) const MAX_CHUNKS: u64 = 1000;

/// A file of a model, and the user whose content it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Owner {
    pub(crate) model_id: String,
    pub(crate) file_id: String,
    pub(crate) user_id: String,
}

/// Why a chunk or the end of an upload is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// No count of chunks was announced.
    NotAnnounced,
    /// The number lies beyond the announced count.
    BeyondCount,
    /// Chunks are missing.
    Incomplete,
}

/// What users have uploaded.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    uploads: HashMap<Owner, Upload>,
}

#[derive(Debug)]
struct Upload {
    /// The count that was announced; -1 for one that is not known yet.
    announced: i64,
    /// The count that listings show, which outlives the content.
    listed: i64,
    content: Option<Stored>,
    used: i64,
}

#[derive(Debug)]
struct Stored {
    store: Arc<Store>,
    chunks: BTreeMap<u64, Piece>,
    /// Whether `complete` was called, which an announced count makes unnecessary.
    completed: bool,
}

impl Uploads {
    /// Announces an upload: earlier content is gone.
    pub(crate) fn announce(&mut self, owner: Owner, count: i64, now: i64) {
        let upload =
            Upload { announced: count, listed: count, content: Some(Stored::new()), used: now };
        self.uploads.insert(owner, upload);
    }

    /// Finds the store to which a chunk may be written.
    ///
    /// # Errors
    /// Refuses a chunk that was not announced.
    pub(crate) fn store(
        &mut self,
        owner: &Owner,
        number: u64,
        now: i64,
    ) -> Result<Arc<Store>, Problem> {
        let upload = self.live(owner, now).ok_or(Problem::NotAnnounced)?;
        let count = u64::try_from(upload.announced).unwrap_or(MAX_CHUNKS);
        if number >= count {
            return Err(Problem::BeyondCount);
        }
        let content = upload.content.as_ref().ok_or(Problem::NotAnnounced)?;
        Ok(Arc::clone(&content.store))
    }

    /// Enters a chunk that was written to its store. One that was replaced meanwhile is left alone.
    pub(crate) fn enter(&mut self, owner: &Owner, number: u64, store: &Arc<Store>, piece: Piece) {
        let content = self.uploads.get_mut(owner).and_then(|upload| upload.content.as_mut());
        if let Some(content) = content.filter(|content| Arc::ptr_eq(&content.store, store)) {
            content.chunks.insert(number, piece);
            content.completed = false;
        }
    }

    /// Puts a whole file, which was written to a store, in place.
    pub(crate) fn put(&mut self, owner: Owner, store: Store, piece: Piece, now: i64) {
        let chunks = BTreeMap::from([(0, piece)]);
        let stored = Stored { store: Arc::new(store), chunks, completed: false };
        let upload = Upload { announced: 1, listed: 1, content: Some(stored), used: now };
        self.uploads.insert(owner, upload);
    }

    /// Ends an upload.
    ///
    /// # Errors
    /// Refuses one with chunks missing, or none that runs.
    pub(crate) fn complete(&mut self, owner: &Owner, now: i64) -> Result<(), Problem> {
        let upload = self.live(owner, now).ok_or(Problem::NotAnnounced)?;
        let content = upload.content.as_mut().ok_or(Problem::NotAnnounced)?;
        let count = content.chunks.len() as u64;
        let last = content.chunks.keys().next_back().map_or(0, |last| last + 1);
        let is_whole = u64::try_from(upload.announced).map_or(last, |announced| announced) == count;
        if last != count || !is_whole {
            return Err(Problem::Incomplete);
        }
        content.completed = true;
        upload.listed = i64::try_from(count).unwrap_or(i64::MAX);
        Ok(())
    }

    /// Removes a user's content. Listings go on to show its count.
    pub(crate) fn delete(&mut self, owner: &Owner) {
        if let Some(upload) = self.uploads.get_mut(owner) {
            upload.content = None;
        }
    }

    /// Returns the count that listings show, if the user has ever uploaded the file.
    pub(crate) fn listed(&self, owner: &Owner) -> Option<i64> {
        self.uploads.get(owner).map(|upload| upload.listed)
    }

    /// Returns a user's content, if it is whole, and notes its use.
    pub(crate) fn content(&mut self, owner: &Owner, now: i64) -> Option<Content> {
        let upload = self.live(owner, now)?;
        let announced = upload.announced;
        let content = upload.content.as_ref()?;
        let count = content.chunks.len() as u64;
        let is_whole = match u64::try_from(announced) {
            Ok(announced) => announced == count,
            Err(_) => content.completed,
        };
        is_whole.then(|| content.chunks_so_far())
    }

    /// Returns the numbers of the chunks that a user has uploaded, and what they hold.
    pub(crate) fn chunks(&mut self, owner: &Owner, now: i64) -> Option<(Vec<u64>, Content)> {
        let content = self.live(owner, now)?.content.as_ref()?;
        Some((content.chunks.keys().copied().collect(), content.chunks_so_far()))
    }

    /// Finds an upload whose content has not expired, and notes its use.
    fn live(&mut self, owner: &Owner, now: i64) -> Option<&mut Upload> {
        let upload = self.uploads.get_mut(owner)?;
        if now.saturating_sub(upload.used) >= KEPT_MS {
            upload.content = None;
            return None;
        }
        upload.used = now;
        Some(upload)
    }
}

impl Stored {
    fn new() -> Self {
        Self { store: Arc::new(Store::new()), chunks: BTreeMap::new(), completed: false }
    }

    fn chunks_so_far(&self) -> Content {
        Content::stored(Arc::clone(&self.store), self.chunks.values().copied().collect())
    }
}
