//! Where each chunk starts, so that any chunk of a generated file is served at once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::encode::{FileSource, Scratch};

/// After how many lines the walk looks whether it should stop.
const STOP_EVERY: u64 = 4096;

/// A place in a file: a line, and bytes into it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mark {
    pub(crate) line: u64,
    pub(crate) skip: u64,
}

/// The size of a file and the start of each of its chunks.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) total: u64,
    chunk_size: u64,
    marks: Vec<Mark>,
}

impl Index {
    /// Walks through a file once. Gives `None` when `stop` is set on the way.
    pub(crate) fn build(source: &FileSource, chunk_size: usize, stop: &AtomicBool) -> Option<Self> {
        let chunk_size = (chunk_size as u64).max(1);
        let mut index = Self { total: 0, chunk_size, marks: vec![Mark::default()] };
        if let Some(raw) = source.raw() {
            index.total = raw.len() as u64;
            // A file that isn't made of lines is found by its offset alone.
            let starts = (chunk_size..index.total)
                .step_by(usize::try_from(chunk_size).unwrap_or(usize::MAX));
            index.marks.extend(starts.map(|skip| Mark { line: 0, skip }));
            return Some(index);
        }
        let mut scratch = Scratch::default();
        let mut buffer = Vec::new();
        let mut edge = chunk_size;
        for line in 0..source.lines() {
            if line % STOP_EVERY == 0 && stop.load(Ordering::Relaxed) {
                return None;
            }
            buffer.clear();
            source.write_line(line, &mut scratch, &mut buffer);
            let start = index.total;
            index.total += buffer.len() as u64;
            while edge < index.total {
                index.marks.push(Mark { line, skip: edge - start });
                edge += chunk_size;
            }
        }
        Some(index)
    }

    /// Returns how many chunks the file has. A file without bytes still has one, which is empty.
    pub(crate) fn chunks(&self) -> usize {
        self.marks.len()
    }

    /// Returns the start and the length of a chunk.
    pub(crate) fn chunk(&self, number: usize) -> Option<(Mark, u64)> {
        let mark = *self.marks.get(number)?;
        let start = self.chunk_size.saturating_mul(number as u64);
        Some((mark, self.chunk_size.min(self.total.saturating_sub(start))))
    }
}

/// An index that is being built, or ready.
pub(crate) type IndexSlot = Arc<OnceLock<Arc<Index>>>;

/// The indexes of every export that has run, by model and export id.
#[derive(Debug, Default)]
pub(crate) struct IndexCache {
    slots: Mutex<HashMap<(String, String), (FileSource, IndexSlot)>>,
}

impl IndexCache {
    /// Returns the slot of a definition, and whether the caller has to build the index.
    pub(crate) fn slot(&self, model: &str, export: &str, source: &FileSource) -> (IndexSlot, bool) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (model.to_owned(), export.to_owned());
        if let Some((known, slot)) = slots.get(&key)
            && known.is_same(source)
        {
            return (Arc::clone(slot), false);
        }
        let slot = IndexSlot::default();
        slots.insert(key, (source.clone(), Arc::clone(&slot)));
        (slot, true)
    }
}
