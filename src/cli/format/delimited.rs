//! Comma- and tab-separated values, as in RFC 4180 but with line feeds alone.
//!
//! The `csv` crate decides about quotes for itself; here NULL is nothing and an empty text is a
//! pair of quotes, so that both can be told apart.

use std::io::Write;

use ::arrow::array::RecordBatch;
use ::arrow::datatypes::SchemaRef;

use super::cells::Cells;
use super::{ResultWriter, Sink, failed};
use crate::error::Result;

/// Bytes that are worth writing.
const ENOUGH: usize = 64 << 10;

pub(super) struct Delimited {
    sink: Sink,
    delimiter: u8,
    lines: Vec<u8>,
}

impl Delimited {
    pub(super) fn begin(schema: &SchemaRef, sink: Sink, delimiter: u8) -> Result<Self> {
        let mut this = Self { sink, delimiter, lines: Vec::new() };
        for (i, field) in schema.fields().iter().enumerate() {
            this.field(i, Some(field.name()));
        }
        this.lines.push(b'\n');
        this.write()?;
        Ok(this)
    }

    /// Adds a field to the last line.
    fn field(&mut self, column: usize, text: Option<&str>) {
        if column > 0 {
            self.lines.push(self.delimiter);
        }
        let Some(text) = text else { return };
        let bytes = text.as_bytes();
        let special = |b: &u8| matches!(b, b'"' | b'\r' | b'\n') || *b == self.delimiter;
        if !bytes.is_empty() && !bytes.iter().any(special) {
            return self.lines.extend_from_slice(bytes);
        }
        self.lines.push(b'"');
        self.lines.extend_from_slice(text.replace('"', "\"\"").as_bytes());
        self.lines.push(b'"');
    }

    fn write(&mut self) -> Result<()> {
        self.sink.write_all(&self.lines).and_then(|()| self.sink.flush()).map_err(failed)?;
        self.lines.clear();
        Ok(())
    }
}

impl ResultWriter for Delimited {
    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        let cells = Cells::try_new(batch)?;
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            for column in 0..cells.columns() {
                let given = cells.read(column, row, &mut text)?;
                self.field(column, given.then_some(&text));
            }
            self.lines.push(b'\n');
            if self.lines.len() >= ENOUGH {
                self.write()?;
            }
        }
        self.write()
    }

    fn finish(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}
