//! How far long work is, for those who watch.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// What a scan is doing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum Phase {
    /// Nothing yet.
    #[default]
    Idle,
    /// The service is being asked to start the task.
    Starting,
    /// The task waits for the model to be free.
    Waiting,
    /// The task runs; from 0 to 1 where the service tells.
    Running(Option<f64>),
    /// The file is read.
    Reading,
    /// A file is uploaded.
    Sending,
    /// A file is downloaded.
    Receiving,
    /// Models are asked, one after the other: parts are models.
    Models,
}

/// One scan, while it runs.
#[derive(Debug, Default)]
pub struct ScanProgress {
    name: String,
    phase: Mutex<Phase>,
    bytes: AtomicU64,
    rows: AtomicU64,
    chunks: AtomicU64,
    chunks_done: AtomicU64,
}

/// A look at one scan.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ScanState {
    /// The table's name.
    pub name: String,
    /// What it is doing.
    pub phase: Phase,
    /// Bytes received, decompressed.
    pub bytes: u64,
    /// Rows handed on.
    pub rows: u64,
    /// How many parts of the file have come, and how many there are.
    pub chunks: (u64, u64),
}

impl ScanProgress {
    pub(crate) fn set(&self, phase: Phase) {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    pub(crate) fn bytes(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn rows(&self, rows: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    pub(crate) fn chunks(&self, chunks: usize) {
        self.chunks.store(chunks as u64, Ordering::Relaxed);
    }

    pub(crate) fn chunk(&self) {
        self.chunks_done.fetch_add(1, Ordering::Relaxed);
    }

    fn state(&self) -> ScanState {
        ScanState {
            name: self.name.clone(),
            phase: *self.phase.lock().unwrap_or_else(PoisonError::into_inner),
            bytes: self.bytes.load(Ordering::Relaxed),
            rows: self.rows.load(Ordering::Relaxed),
            chunks: (self.chunks_done.load(Ordering::Relaxed), self.chunks.load(Ordering::Relaxed)),
        }
    }
}

/// The scans of a session that run now.
#[derive(Debug, Default)]
pub struct Progress {
    scans: Mutex<(u64, BTreeMap<u64, Weak<ScanProgress>>)>,
}

impl Progress {
    /// Begins to watch a scan; it is forgotten when the scan drops it.
    pub(crate) fn scan(&self, name: &str) -> Arc<ScanProgress> {
        let scan = Arc::new(ScanProgress { name: name.to_owned(), ..ScanProgress::default() });
        let mut scans = self.scans.lock().unwrap_or_else(PoisonError::into_inner);
        let (next, scans) = &mut *scans;
        *next += 1;
        scans.insert(*next, Arc::downgrade(&scan));
        scan
    }

    /// The scans that do something, in the order in which they were planned.
    pub fn states(&self) -> Vec<ScanState> {
        let mut scans = self.scans.lock().unwrap_or_else(PoisonError::into_inner);
        scans.1.retain(|_, scan| scan.strong_count() > 0);
        scans
            .1
            .values()
            .filter_map(Weak::upgrade)
            .map(|scan| scan.state())
            .filter(|state| state.phase != Phase::Idle)
            .collect()
    }
}
