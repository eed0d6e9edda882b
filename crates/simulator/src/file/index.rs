//! Where the lines of a file lie, so that any chunk of a generated file is served at once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::{panic, thread};

use super::cut::Cut;
use super::encode::FileSource;

/// Each so many lines, the index remembers where a line starts. A chunk that starts in between costs
/// making the lines from there on.
const STRIDE: u64 = 128;

/// How many strides are worth a thread.
const STRIDES_PER_THREAD: u64 = 256;

/// A place in a file: a line, and bytes from its start.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mark {
    pub(crate) line: u64,
    pub(crate) skip: u64,
}

/// The size of a file and where its lines start, for some of them.
#[derive(Debug)]
pub(crate) struct Index {
    /// Of all indexes ever made, no other has it.
    pub(super) number: u64,
    pub(crate) total: u64,
    chunk_size: u64,
    /// Where chunks begin, where they don't all have the chunk size.
    edges: Option<Vec<u64>>,
    /// Of each stride.
    starts: Vec<u64>,
}

impl Index {
    /// Measures a file, on all cores. Gives `None` when `stop` is set on the way.
    pub(crate) fn build(source: &FileSource, cut: &Cut, stop: &AtomicBool) -> Option<Self> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let mut index = Self {
            number: MADE.fetch_add(1, Ordering::Relaxed),
            total: 0,
            chunk_size: (cut.size as u64).max(1),
            edges: None,
            starts: Vec::new(),
        };
        match source.raw() {
            Some(raw) => index.total = raw.len() as u64,
            None => index.measure(source, stop)?,
        }
        index.edges = cut.starts(source, index.total, stop).ok()?;
        Some(index)
    }

    fn measure(&mut self, source: &FileSource, stop: &AtomicBool) -> Option<()> {
        let strides = source.lines().div_ceil(STRIDE);
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
        let threads = cores.min(strides / STRIDES_PER_THREAD).max(1);
        let share = strides.div_ceil(threads).max(1);
        let lengths = thread::scope(|scope| {
            let later: Vec<_> = (1..threads)
                .map(|number| {
                    let first = number.saturating_mul(share);
                    let end = first.saturating_add(share).min(strides);
                    scope.spawn(move || measure(source, first..end, stop))
                })
                .collect();
            let mut lengths = measure(source, 0..share.min(strides), stop)?;
            for part in later {
                lengths.extend(part.join().unwrap_or_else(|cause| panic::resume_unwind(cause))?);
            }
            Some(lengths)
        })?;
        for length in lengths {
            self.starts.push(self.total);
            self.total += length;
        }
        Some(())
    }

    /// Returns how many chunks the file has. A file without bytes still has one, which is empty.
    pub(crate) fn chunks(&self) -> usize {
        match &self.edges {
            Some(edges) => edges.len(),
            None => {
                usize::try_from(self.total.div_ceil(self.chunk_size).max(1)).unwrap_or(usize::MAX)
            }
        }
    }

    /// Returns the start and the length of a chunk.
    pub(crate) fn chunk(&self, number: usize) -> Option<(Mark, u64)> {
        if number >= self.chunks() {
            return None;
        }
        let edge = |number: usize| match &self.edges {
            Some(edges) => edges.get(number).copied().unwrap_or(self.total),
            None => self.chunk_size.saturating_mul(number as u64).min(self.total),
        };
        let (start, end) = (edge(number), edge(number.saturating_add(1)));
        let stride = self.starts.partition_point(|&other| other <= start).saturating_sub(1);
        let mark = Mark {
            line: STRIDE.saturating_mul(stride as u64),
            // A file that isn't made of lines is found by its offset alone.
            skip: start - self.starts.get(stride).copied().unwrap_or(0),
        };
        Some((mark, end.saturating_sub(start)))
    }
}

/// Makes the lines of some strides and returns how many bytes each has.
fn measure(
    source: &FileSource,
    strides: std::ops::Range<u64>,
    stop: &AtomicBool,
) -> Option<Vec<u64>> {
    let (mut scratch, mut buffer) = (Vec::new(), Vec::new());
    let mut lengths = Vec::new();
    for stride in strides {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        let first = stride * STRIDE;
        let mut length = 0;
        for line in first..first.saturating_add(STRIDE).min(source.lines()) {
            buffer.clear();
            source.write_line(line, &mut scratch, &mut buffer);
            length += buffer.len() as u64;
        }
        lengths.push(length);
    }
    Some(lengths)
}

/// An index that is being built, or ready.
pub(crate) type IndexSlot = Arc<OnceLock<Arc<Index>>>;

/// A definition, how it is cut, and its index.
type Indexed = (FileSource, Cut, IndexSlot);

/// The indexes of every export that has run, by model and export id.
#[derive(Debug, Default)]
pub(crate) struct IndexCache {
    slots: Mutex<HashMap<(String, String), Indexed>>,
}

impl IndexCache {
    /// Returns the slot of a definition, and whether the caller has to build the index.
    pub(crate) fn slot(
        &self,
        model: &str,
        export: &str,
        source: &FileSource,
        cut: &Cut,
    ) -> (IndexSlot, bool) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (model.to_owned(), export.to_owned());
        if let Some((known, known_cut, slot)) = slots.get(&key)
            && known.is_same(source)
            && known_cut == cut
        {
            return (Arc::clone(slot), false);
        }
        let slot = IndexSlot::default();
        slots.insert(key, (source.clone(), cut.clone(), Arc::clone(&slot)));
        (slot, true)
    }
}
