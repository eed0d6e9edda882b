//! Holding rows until all of them have come.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};

use datafusion::arrow::array::RecordBatch;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::SpillManager;
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, SpillMetrics};
use futures::stream::{self, BoxStream, StreamExt};

use crate::error::Result;

/// Rows beyond so many bytes are held in a file, however much memory there is.
const IN_MEMORY: usize = 128 << 20;

/// The bytes that an entry of a table of hashes takes.
const ENTRY: usize = 24;

/// Reads all rows, has each batch looked at, and then gives them. `name` is for messages about memory.
///
/// # Errors
/// Whatever reading them fails with, or looking at them.
pub(super) async fn hold(
    mut rows: SendableRecordBatchStream,
    context: &TaskContext,
    name: &'static str,
    mut look: impl FnMut(&RecordBatch) -> Result<()>,
) -> Result<BoxStream<'static, DataFusionResult<RecordBatch>>> {
    let pool = context.memory_pool();
    let held = MemoryConsumer::new(name).with_can_spill(true).register(pool);
    let metrics = SpillMetrics::new(&ExecutionPlanMetricsSet::new(), 0);
    let manager = SpillManager::new(context.runtime_env(), metrics, rows.schema());
    let mut batches = Vec::new();
    let mut file = None;
    while let Some(batch) = rows.next().await {
        let batch = batch?;
        if batch.num_rows() == 0 {
            continue;
        }
        look(&batch)?;
        let size = batch.get_array_memory_size();
        let fits = file.is_none() && held.size() + size <= IN_MEMORY && held.try_grow(size).is_ok();
        if fits {
            batches.push(batch);
            continue;
        }
        if file.is_none() {
            file = Some(manager.create_in_progress_file("rows to be written")?);
        }
        if let Some(file) = &mut file {
            file.append_batch(&batch)?;
        }
    }
    let rest = match file {
        Some(mut file) => file.finish()?,
        None => None,
    };
    let rest = rest.map(|file| manager.read_spill_as_stream(file, None)).transpose()?;
    // Given back batch by batch, what they take is freed with the last one.
    let first = stream::iter(batches).map(move |batch| {
        let _ = &held;
        Ok(batch)
    });
    Ok(match rest {
        Some(rest) => first.chain(rest).boxed(),
        None => first.boxed(),
    })
}

/// What rows have been of, by hashes, to find those that are of the same thing.
pub(super) struct Seen {
    hasher: RandomState,
    rows: HashMap<u64, u64>,
    memory: MemoryReservation,
}

impl Seen {
    /// Nothing yet. `name` is for messages about memory.
    pub(super) fn new(context: &TaskContext, name: &'static str) -> Self {
        let memory = MemoryConsumer::new(name).register(context.memory_pool());
        Self { hasher: RandomState::new(), rows: HashMap::new(), memory }
    }

    /// Takes what a row is of, and gives the row that was of the same before, if there was one.
    ///
    /// # Errors
    /// Kind [`Query`](crate::ErrorKind::Query) when there is no memory left.
    pub(super) fn add(&mut self, key: impl Hash, row: u64) -> Result<Option<u64>> {
        if let Some(first) = self.rows.insert(self.hasher.hash_one(key), row) {
            return Ok(Some(first));
        }
        self.memory.try_grow(ENTRY)?;
        Ok(None)
    }
}
