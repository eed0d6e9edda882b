//! Parquet files, whose columns are encoded on all cores.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use ::arrow::array::{RecordBatch, new_empty_array};
use ::arrow::datatypes::{FieldRef, SchemaRef};
use ::parquet::arrow::ArrowWriter;
use ::parquet::arrow::arrow_writer::{
    ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;

use super::{ResultWriter, Sink, distinct, failed, under};
use crate::error::Result;

/// A row group is kept in memory until it is complete, so it ends at this many rows or bytes.
const GROUP_ROWS: usize = 1 << 20;
const GROUP_BYTES: usize = 64 << 20;

/// Encoded at a time: so many that threads are worth their beginning, and few enough to hold.
const ROUND_ROWS: usize = 32 << 10;
const ROUND_BYTES: usize = 8 << 20;

pub(super) struct Parquet {
    schema: SchemaRef,
    writer: SerializedFileWriter<Sink>,
    factory: ArrowRowGroupWriterFactory,
    group: Group,
    /// What is encoded next.
    round: Vec<RecordBatch>,
}

/// The row group that is being encoded.
#[derive(Default)]
struct Group {
    columns: Vec<Mutex<Column>>,
    rows: usize,
}

/// A column of a row group.
struct Column {
    field: FieldRef,
    /// Several where its type is nested.
    leaves: Vec<ArrowColumnWriter>,
}

impl Parquet {
    pub(super) fn begin(schema: &SchemaRef, sink: Sink) -> Result<Self> {
        let schema = distinct(schema);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("anaplan-sql ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let (writer, factory) = ArrowWriter::try_new(sink, schema.clone(), Some(properties))
            .and_then(ArrowWriter::into_serialized_writer)
            .map_err(failed)?;
        Ok(Self { schema, writer, factory, group: Group::default(), round: Vec::new() })
    }

    /// Encodes the rows that have come, and ends the row group if it is large enough.
    fn encode(&mut self) -> Result<(), ParquetError> {
        let mut round = std::mem::take(&mut self.round);
        while !round.is_empty() {
            if self.group.columns.is_empty() {
                let number = self.writer.flushed_row_groups().len();
                self.group = Group::new(&self.schema, &self.factory, number)?;
            }
            let rest = split_off(&mut round, GROUP_ROWS - self.group.rows);
            self.group.write(&round)?;
            if self.group.rows >= GROUP_ROWS || self.group.memory() >= GROUP_BYTES {
                self.end_group()?;
            }
            round = rest;
        }
        Ok(())
    }

    fn end_group(&mut self) -> Result<(), ParquetError> {
        if self.group.rows == 0 {
            return Ok(());
        }
        let mut to = self.writer.next_row_group()?;
        for column in std::mem::take(&mut self.group).columns {
            for leaf in column.into_inner().unwrap_or_else(PoisonError::into_inner).leaves {
                leaf.close()?.append_to_row_group(&mut to)?;
            }
        }
        to.close().map(drop)
    }
}

impl Group {
    fn new(
        schema: &SchemaRef,
        factory: &ArrowRowGroupWriterFactory,
        number: usize,
    ) -> Result<Self, ParquetError> {
        let mut leaves = factory.create_column_writers(number)?.into_iter();
        let columns = schema.fields().iter().map(|field| {
            let count = compute_leaves(field, &new_empty_array(field.data_type()))?.len();
            let leaves = leaves.by_ref().take(count).collect();
            Ok(Mutex::new(Column { field: field.clone(), leaves }))
        });
        Ok(Self { columns: columns.collect::<Result<_, ParquetError>>()?, rows: 0 })
    }

    /// Encodes rows: each core takes the next column until there is none.
    fn write(&mut self, batches: &[RecordBatch]) -> Result<(), ParquetError> {
        let (columns, next) = (&self.columns, AtomicUsize::new(0));
        let work = || -> Result<(), ParquetError> {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(column) = columns.get(number) else { return Ok(()) };
                let mut column = column.lock().unwrap_or_else(PoisonError::into_inner);
                for batch in batches {
                    column.write(batch, number)?;
                }
            }
        };
        let cores = thread::available_parallelism().map_or(1, NonZero::get).min(columns.len());
        thread::scope(|scope| {
            let others: Vec<_> = (1..cores).map(|_| scope.spawn(work)).collect();
            let own = work();
            let ended = others.into_iter().map(|other| match other.join() {
                Ok(outcome) => outcome,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            ended.fold(own, Result::and)
        })?;
        self.rows += batches.iter().map(RecordBatch::num_rows).sum::<usize>();
        Ok(())
    }

    fn memory(&mut self) -> usize {
        let columns = self.columns.iter_mut();
        let columns =
            columns.map(|column| column.get_mut().unwrap_or_else(PoisonError::into_inner));
        columns.flat_map(|column| &column.leaves).map(ArrowColumnWriter::memory_size).sum()
    }
}

impl Column {
    fn write(&mut self, batch: &RecordBatch, number: usize) -> Result<(), ParquetError> {
        let found = compute_leaves(&self.field, batch.column(number))?;
        self.leaves.iter_mut().zip(&found).try_for_each(|(leaf, cells)| leaf.write(cells))
    }
}

impl ResultWriter for Parquet {
    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        self.round.push(under(&self.schema, batch)?);
        let rows: usize = self.round.iter().map(RecordBatch::num_rows).sum();
        let bytes = || self.round.iter().map(RecordBatch::get_array_memory_size).sum::<usize>();
        if rows >= ROUND_ROWS || bytes() >= ROUND_BYTES {
            self.encode().map_err(failed)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.encode().and_then(|()| self.end_group()).map_err(failed)?;
        self.writer.finish().map_err(failed)?;
        self.writer.inner_mut().flush().map_err(failed)
    }
}

/// Leaves the first `rows`, and gives those behind them.
fn split_off(batches: &mut Vec<RecordBatch>, rows: usize) -> Vec<RecordBatch> {
    let mut room = rows;
    let whole = batches.iter().take_while(|batch| {
        let fits = batch.num_rows() <= room;
        room -= if fits { batch.num_rows() } else { 0 };
        fits
    });
    let mut rest = batches.split_off(whole.count());
    if let Some(first) = rest.first_mut()
        && room > 0
    {
        batches.push(first.slice(0, room));
        *first = first.slice(room, first.num_rows() - room);
    }
    rest
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::sync::Arc;

    use ::arrow::array::{ArrayRef, BooleanArray, Int64Array, ListArray, StringArray, StructArray};
    use ::arrow::compute::concat_batches;
    use ::arrow::datatypes::{DataType, Field, Int64Type};
    use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;

    /// Rows whose types have one leaf, two, and one behind another level.
    fn rows(from: i64, count: i64) -> RecordBatch {
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(from..from + count));
        let texts: ArrayRef = Arc::new(StringArray::from_iter(
            (from..from + count).map(|n| (n % 7 > 0).then(|| format!("text {}", n % 1000))),
        ));
        let flags: ArrayRef =
            Arc::new(BooleanArray::from_iter((from..from + count).map(|n| Some(n % 3 == 0))));
        let pairs: ArrayRef = Arc::new(StructArray::from(vec![
            (Arc::new(Field::new("n", DataType::Int64, true)), Arc::clone(&numbers)),
            (Arc::new(Field::new("flag", DataType::Boolean, true)), flags),
        ]));
        let lists: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(
            (from..from + count).map(|n| (n % 5 > 0).then(|| (0..n % 4).map(Some))),
        ));
        RecordBatch::try_from_iter([
            ("numbers", numbers),
            ("pairs", pairs),
            ("texts", texts),
            ("lists", lists),
        ])
        .expect("columns of one length")
    }

    #[test]
    fn all_rows_come_back_in_order_from_groups_of_the_right_size() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let count = i64::try_from(2 * GROUP_ROWS).expect("small") + 12_345;
        // No round ends where a group does.
        let batches: Vec<_> =
            (0..count).step_by(30_011).map(|from| rows(from, 30_011.min(count - from))).collect();
        let schema = batches[0].schema();
        let sink = file.reopen().expect("a file");
        let mut writer = Box::new(Parquet::begin(&schema, Box::new(sink)).expect("begin"));
        batches.iter().for_each(|batch| writer.batch(batch).expect("a batch"));
        writer.finish().expect("finish");

        let file = File::open(file.path()).expect("a file");
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
        let groups = reader.metadata().row_groups();
        let sizes: Vec<i64> = groups.iter().map(|group| group.num_rows()).collect();
        assert_eq!(sizes, [1 << 20, 1 << 20, 12_345]);
        let read: Vec<_> = reader.build().expect("a reader").map(|b| b.expect("a batch")).collect();
        assert_eq!(
            concat_batches(&schema, &read).expect("one schema"),
            concat_batches(&schema, &batches).expect("one schema")
        );
    }
}
