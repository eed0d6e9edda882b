//! Arrow IPC files, also known as Feather.

use std::io::Write;

use ::arrow::array::RecordBatch;
use ::arrow::datatypes::SchemaRef;
use ::arrow::ipc::writer::FileWriter;

use super::{ResultWriter, Sink, distinct, failed, under};
use crate::error::Result;

pub(super) struct Ipc {
    schema: SchemaRef,
    writer: FileWriter<Sink>,
}

impl Ipc {
    pub(super) fn begin(schema: &SchemaRef, sink: Sink) -> Result<Self> {
        let schema = distinct(schema);
        let writer = FileWriter::try_new(sink, &schema).map_err(failed)?;
        Ok(Self { schema, writer })
    }
}

impl ResultWriter for Ipc {
    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer.write(&under(&self.schema, batch)?).map_err(failed)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.writer.finish().map_err(failed)?;
        self.writer.get_mut().flush().map_err(failed)
    }
}
