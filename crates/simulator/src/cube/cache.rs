//! What a cube remembers.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::super::tenant::Dim;
use super::Dimension;
use super::formula::Formula;

/// How many numbers are remembered at most, over all line items: 64 MB.
const ROOM: u64 = 8 * 1024 * 1024;

/// Stands for a number that nobody has worked out yet, and for a blank. Both are no number.
const UNKNOWN: u64 = u64::MAX;
const BLANK: u64 = u64::MAX - 1;

/// Dimensions, formulas and numbers of one state of a model.
#[derive(Debug)]
pub(super) struct Cache {
    dimensions: Mutex<HashMap<String, Arc<Dimension>>>,
    formulas: Mutex<HashMap<String, Option<Arc<Formula>>>>,
    items: Mutex<HashMap<String, Arc<ItemCache>>>,
    room: AtomicU64,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            dimensions: Mutex::default(),
            formulas: Mutex::default(),
            items: Mutex::default(),
            room: AtomicU64::new(ROOM),
        }
    }
}

/// The dimensions of a line item, and its numbers as far as they are known.
#[derive(Debug)]
pub(super) struct ItemCache {
    pub(super) dimensions: Arc<[Arc<Dimension>]>,
    /// None where the line item has too many cells.
    numbers: OnceLock<Option<Vec<AtomicU64>>>,
}

impl Cache {
    pub(super) fn dimension(&self, dim: &Dim) -> Option<Arc<Dimension>> {
        lock(&self.dimensions).get(&name(dim)).cloned()
    }

    pub(super) fn keep_dimension(&self, dim: &Dim, made: Arc<Dimension>) -> Arc<Dimension> {
        // Whoever came first wins, so that one dimension is one value.
        Arc::clone(lock(&self.dimensions).entry(name(dim)).or_insert(made))
    }

    pub(super) fn formula(&self, text: &str) -> Option<Arc<Formula>> {
        if let Some(known) = lock(&self.formulas).get(text) {
            return known.clone();
        }
        let made = Formula::parse(text).map(Arc::new);
        lock(&self.formulas).insert(text.to_owned(), made.clone());
        made
    }

    /// Returns what is known of a line item, which may be its dimensions only.
    pub(super) fn item(
        &self,
        id: &str,
        dimensions: impl FnOnce() -> Arc<[Arc<Dimension>]>,
    ) -> Arc<ItemCache> {
        if let Some(known) = lock(&self.items).get(id) {
            return Arc::clone(known);
        }
        let made = Arc::new(ItemCache { dimensions: dimensions(), numbers: OnceLock::new() });
        Arc::clone(lock(&self.items).entry(id.to_owned()).or_insert(made))
    }

    /// Takes room for the numbers of a line item, if there is enough left.
    fn take(&self, cells: u64) -> bool {
        let left = |room: u64| room.checked_sub(cells);
        self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).is_ok()
    }
}

impl ItemCache {
    /// Returns the slot of a cell's number.
    pub(super) fn slot<'s>(&'s self, cache: &Cache, at: &[usize]) -> Option<Slot<'s>> {
        let numbers = self.numbers.get_or_init(|| {
            let cells = self.dimensions.iter().try_fold(1_u64, |cells, dimension| {
                cells.checked_mul(dimension.members.len() as u64)
            })?;
            let length = usize::try_from(cells).ok()?;
            cache.take(cells).then(|| (0..length).map(|_| AtomicU64::new(UNKNOWN)).collect())
        });
        let mut place = 0;
        for (dimension, at) in self.dimensions.iter().zip(at) {
            place = place * dimension.members.len() + at;
        }
        numbers.as_ref()?.get(place).map(Slot)
    }
}

/// The place of one number.
#[derive(Clone, Copy)]
pub(super) struct Slot<'s>(&'s AtomicU64);

impl Slot<'_> {
    /// Returns the number, if it is known; it may be known to be blank.
    pub(super) fn known(self) -> Option<Option<f64>> {
        match self.0.load(Ordering::Relaxed) {
            UNKNOWN => None,
            BLANK => Some(None),
            bits => Some(Some(f64::from_bits(bits))),
        }
    }

    pub(super) fn keep(self, number: Option<f64>) {
        self.0.store(number.map_or(BLANK, f64::to_bits), Ordering::Relaxed);
    }
}

fn name(dim: &Dim) -> String {
    format!("{dim:?}")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
