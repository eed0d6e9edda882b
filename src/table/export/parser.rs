//! From the bytes of a file to batches: decoder, records, layout and builders in one.

use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use super::layout::{Layout, Step};
use super::shape::{ColumnSource, ExportShape};
use crate::error::Result;
use crate::table::csv::{BatchBuilder, CellSource, Decoder, Record, RecordReader, Target};

/// Parses one file, piece by piece.
pub(super) struct Parser {
    decoder: Decoder,
    records: RecordReader,
    rows: Rows,
}

/// What rows become.
struct Rows {
    shape: Arc<ExportShape>,
    /// The columns wanted, by their place in the shape.
    projection: Vec<usize>,
    schema: SchemaRef,
    batch_size: usize,
    layout: Layout,
    /// Set up when the header has come, for columns at these places.
    builder: Option<BatchBuilder>,
    positions: Vec<CellSource>,
    ready: Vec<RecordBatch>,
    /// How many more rows are wanted.
    remaining: Option<usize>,
}

impl Parser {
    /// `schema` is the projected one.
    pub(super) fn new(
        shape: Arc<ExportShape>,
        projection: Vec<usize>,
        schema: SchemaRef,
        batch_size: usize,
        limit: Option<usize>,
    ) -> Self {
        Self {
            decoder: Decoder::new(shape.encoding),
            records: RecordReader::new(shape.separator, shape.quote),
            rows: Rows {
                layout: Layout::new(&shape),
                shape,
                projection,
                schema,
                batch_size,
                builder: None,
                positions: Vec::new(),
                ready: Vec::new(),
                remaining: limit,
            },
        }
    }

    /// Takes the next piece and gives the batches that it completed.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<Vec<RecordBatch>> {
        if !self.is_done() {
            let text = self.decoder.decode(piece, false);
            let flow = self.records.push(&text, &mut |record| self.rows.take(&record))?;
            if flow.is_break() {
                self.rows.flush()?;
            }
        }
        Ok(std::mem::take(&mut self.rows.ready))
    }

    /// Says that the file has ended, and gives the last batches.
    pub(super) fn finish(&mut self) -> Result<Vec<RecordBatch>> {
        if !self.is_done() {
            let text = self.decoder.decode(&[], true);
            let mut each = |record: Record<'_>| self.rows.take(&record);
            if self.records.push(&text, &mut each)?.is_continue()
                && self.records.finish(&mut each)?.is_continue()
            {
                self.rows.finish()?;
            }
            self.rows.flush()?;
        }
        Ok(std::mem::take(&mut self.rows.ready))
    }

    /// Whether all rows that are wanted have come.
    pub(super) fn is_done(&self) -> bool {
        self.rows.remaining == Some(0)
    }

    /// Whether anything but nothing has come: an export writes at least its header.
    pub(super) fn saw_header(&self) -> bool {
        self.rows.builder.is_some()
    }
}

impl Rows {
    fn take(&mut self, record: &Record<'_>) -> Result<ControlFlow<()>> {
        loop {
            let (row, page, again) = match self.layout.take(record)? {
                Step::Nothing => return Ok(ControlFlow::Continue(())),
                Step::Header(positions) => {
                    self.start(positions)?;
                    return Ok(ControlFlow::Continue(()));
                }
                Step::Row(page) => (None, page, false),
                Step::Earlier(earlier, page) => (Some(earlier), page, true),
            };
            if let Some(builder) = &mut self.builder {
                let row = row.as_ref().map_or(*record, |earlier| earlier.as_record());
                builder.push(&row, page)?;
            }
            if self.count()?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            if !again {
                return Ok(ControlFlow::Continue(()));
            }
        }
    }

    /// Counts a row that was added.
    fn count(&mut self) -> Result<ControlFlow<()>> {
        if let Some(remaining) = &mut self.remaining {
            *remaining = remaining.saturating_sub(1);
            if *remaining == 0 {
                return Ok(ControlFlow::Break(()));
            }
        }
        if self.builder.as_ref().is_some_and(BatchBuilder::is_full) {
            self.flush()?;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Begins a page, now that it is known where its columns stand.
    fn start(&mut self, found: Vec<CellSource>) -> Result<()> {
        if self.builder.is_some() && self.positions == found {
            return Ok(());
        }
        self.flush()?;
        self.positions = found;
        let mut positions = self.positions.iter().copied();
        let sources: Vec<CellSource> = self
            .shape
            .columns
            .iter()
            .map(|column| match column.source {
                ColumnSource::Page => CellSource::Page,
                _ => positions.next().unwrap_or(CellSource::Missing),
            })
            .collect();
        let targets = self
            .projection
            .iter()
            .map(|&index| {
                let column = &self.shape.columns[index];
                Target { name: column.name.clone(), kind: column.kind, source: sources[index] }
            })
            .collect();
        self.builder = Some(BatchBuilder::new(Arc::clone(&self.schema), targets, self.batch_size));
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        if let Some(builder) = &mut self.builder
            && !builder.is_empty()
        {
            self.ready.push(builder.finish()?);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        if let Some((last, page)) = self.layout.finish()?
            && let Some(builder) = &mut self.builder
        {
            builder.push(&last.as_record(), page)?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "parser_tests.rs"]
mod tests;
