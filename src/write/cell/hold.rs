//! Holding rows until all of them have come.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, StringArray};
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::SpillManager;
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, SpillMetrics};
use futures::stream::{self, BoxStream, StreamExt};

use super::rows::labels;
use crate::error::{Error, ErrorKind, Result};

/// Rows beyond so many bytes are held in a file, however much memory there is.
const IN_MEMORY: usize = 128 << 20;

/// The bytes that one entry of a set of hashes takes.
const HASH: usize = 16;

/// Reads all rows, has each batch looked at, and then gives them. `dimensions` is how many columns
/// say where a cell stands; with `once`, no two rows may be of the same one.
///
/// # Errors
/// Whatever reading them fails with; kind [`Query`](ErrorKind::Query) when rows are of one cell.
pub(super) async fn hold(
    mut rows: SendableRecordBatchStream,
    context: &TaskContext,
    dimensions: usize,
    once: bool,
    mut look: impl FnMut(&RecordBatch) -> Result<()>,
) -> Result<BoxStream<'static, DataFusionResult<RecordBatch>>> {
    let pool = context.memory_pool();
    let held = MemoryConsumer::new("CellUpdate").with_can_spill(true).register(pool);
    let seen_memory = MemoryConsumer::new("CellUpdate[cells]").register(pool);
    let metrics = SpillMetrics::new(&ExecutionPlanMetricsSet::new(), 0);
    let manager = SpillManager::new(context.runtime_env(), metrics, rows.schema());
    let mut batches = Vec::new();
    let mut file = None;
    let mut seen = Seen::default();
    while let Some(batch) = rows.next().await {
        let batch = batch?;
        if batch.num_rows() == 0 {
            continue;
        }
        look(&batch)?;
        if once {
            seen_memory.try_grow(batch.num_rows() * HASH)?;
            seen.add(&batch, dimensions)?;
        }
        let size = batch.get_array_memory_size();
        let fits = file.is_none() && held.size() + size <= IN_MEMORY && held.try_grow(size).is_ok();
        if fits {
            batches.push(batch);
            continue;
        }
        if file.is_none() {
            file = Some(manager.create_in_progress_file("cells to be written")?);
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

/// The cells that rows have been of, by the hashes of their labels.
#[derive(Default)]
struct Seen {
    hasher: RandomState,
    cells: HashSet<u64>,
}

impl Seen {
    fn add(&mut self, batch: &RecordBatch, dimensions: usize) -> Result<()> {
        let labels: Vec<Arc<StringArray>> = labels(batch, dimensions)?;
        for row in 0..batch.num_rows() {
            let cell: Vec<&str> = labels.iter().map(|labels| labels.value(row)).collect();
            if !self.cells.insert(self.hasher.hash_one(cell)) {
                return Err(Error::new(
                    ErrorKind::Query,
                    "several rows of FROM fit the same cell, so that it isn't clear which of them \
                     counts; nothing was written",
                )
                .with_hint(
                    "join on all dimensions that the rows of FROM differ in, or make one row of \
                     them with GROUP BY",
                ));
            }
        }
        Ok(())
    }
}
