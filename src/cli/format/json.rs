//! JSON: one array of objects, or one object a line.

use std::io::Write;

use ::arrow::array::RecordBatch;
use ::arrow::datatypes::SchemaRef;
use ::arrow::error::ArrowError;
use ::arrow::json::writer::{JsonFormat, LineDelimited, Writer, WriterBuilder};

use super::{ResultWriter, Sink, distinct, failed, under};
use crate::error::Result;

/// One object a line.
pub(super) type Lines = LineDelimited;

/// One array with an object on each line, which people and line-wise tools can read.
#[derive(Debug, Default)]
pub(super) struct Rows;

impl JsonFormat for Rows {
    fn start_stream<W: Write>(&self, writer: &mut W) -> Result<(), ArrowError> {
        Ok(writer.write_all(b"[")?)
    }

    fn start_row<W: Write>(&self, writer: &mut W, is_first_row: bool) -> Result<(), ArrowError> {
        Ok(writer.write_all(if is_first_row { b"\n" } else { b",\n" })?)
    }

    fn end_stream<W: Write>(&self, writer: &mut W) -> Result<(), ArrowError> {
        Ok(writer.write_all(b"\n]\n")?)
    }
}

pub(super) struct Json<F: JsonFormat> {
    schema: SchemaRef,
    writer: Writer<Sink, F>,
}

impl<F: JsonFormat> Json<F> {
    pub(super) fn begin(schema: &SchemaRef, sink: Sink) -> Self {
        // Objects that lack a key for NULL would make readers guess the columns.
        let writer = WriterBuilder::new().with_explicit_nulls(true).build(sink);
        Self { schema: distinct(schema), writer }
    }
}

impl<F: JsonFormat> ResultWriter for Json<F> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer.write(&under(&self.schema, batch)?).map_err(failed)?;
        self.writer.get_mut().flush().map_err(failed)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.writer.finish().map_err(failed)?;
        self.writer.get_mut().flush().map_err(failed)
    }
}
