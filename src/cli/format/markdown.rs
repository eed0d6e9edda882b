//! Markdown tables, as GitHub reads them.

use std::io::Write;

use ::arrow::array::RecordBatch;
use ::arrow::datatypes::SchemaRef;

use super::cells::{Cells, numeric};
use super::{ResultWriter, Sink, failed};
use crate::error::Result;

pub(super) struct Markdown {
    sink: Sink,
    lines: String,
}

impl Markdown {
    pub(super) fn begin(schema: &SchemaRef, sink: Sink, follows: bool) -> Result<Self> {
        // Without a line between them two tables would be one.
        let mut this = Self { sink, lines: String::from(if follows { "\n" } else { "" }) };
        for field in schema.fields() {
            this.cell(field.name());
        }
        this.lines.push_str("|\n");
        for numeric in numeric(schema) {
            this.lines.push_str(if numeric { "| ---: " } else { "| --- " });
        }
        this.lines.push_str("|\n");
        this.write()?;
        Ok(this)
    }

    fn cell(&mut self, text: &str) {
        self.lines.push_str("| ");
        let mut characters = text.chars().peekable();
        while let Some(c) = characters.next() {
            match c {
                '|' => self.lines.push_str("\\|"),
                '\\' => self.lines.push_str("\\\\"),
                '\r' if characters.peek() == Some(&'\n') => {}
                '\r' | '\n' => self.lines.push_str("<br>"),
                c => self.lines.push(c),
            }
        }
        self.lines.push(' ');
    }

    fn write(&mut self) -> Result<()> {
        let written = self.sink.write_all(self.lines.as_bytes());
        written.and_then(|()| self.sink.flush()).map_err(failed)?;
        self.lines.clear();
        Ok(())
    }
}

impl ResultWriter for Markdown {
    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        let cells = Cells::try_new(batch)?;
        let mut text = String::new();
        for row in 0..batch.num_rows() {
            for column in 0..cells.columns() {
                cells.read(column, row, &mut text)?;
                self.cell(&text);
            }
            self.lines.push_str("|\n");
        }
        self.write()
    }

    fn finish(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}
