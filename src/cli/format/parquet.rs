//! Parquet files.

use ::arrow::array::RecordBatch;
use ::arrow::datatypes::SchemaRef;
use ::parquet::arrow::ArrowWriter;
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::file::properties::WriterProperties;

use super::{ResultWriter, Sink, distinct, failed, under};
use crate::error::Result;

/// A row group is kept in memory until it is complete, so it ends at this many rows or bytes.
const GROUP_ROWS: usize = 1 << 20;
const GROUP_BYTES: usize = 64 << 20;

pub(super) struct Parquet {
    schema: SchemaRef,
    writer: ArrowWriter<Sink>,
}

impl Parquet {
    pub(super) fn begin(schema: &SchemaRef, sink: Sink) -> Result<Self> {
        let schema = distinct(schema);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_created_by(concat!("anaplan-sql ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer =
            ArrowWriter::try_new(sink, schema.clone(), Some(properties)).map_err(failed)?;
        Ok(Self { schema, writer })
    }
}

impl ResultWriter for Parquet {
    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer.write(&under(&self.schema, batch)?).map_err(failed)?;
        if self.writer.memory_size() >= GROUP_BYTES {
            self.writer.flush().map_err(failed)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.writer.finish().map_err(failed)?;
        self.writer.inner_mut().flush().map_err(failed)
    }
}
