//! From the text of a file to batches: records, layout and builders in one.
//!
//! Regular text goes the short way: an index finds the cells of many rows, and columns take them in one go.
//! Whatever is odd about a stretch of text (a blank line, a row of another width, a cell that doesn't fit) sends
//! it the long way, record by record, which knows what it means.

use std::ops::ControlFlow;
use std::sync::Arc;

use anaplan_sql_csv::{Found, Index};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use memchr::memchr;

use super::layout::{Layout, Step};
use super::shape::{ColumnSource, ExportShape};
use crate::error::Result;
use crate::table::csv::{BatchBuilder, CellSource, Record, RecordReader, Target};

/// Read the long way before the short way is tried again.
const STRETCH: usize = 64 << 10;

/// Parses one file or a part of it, piece by piece.
pub(super) struct Parser {
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
    /// Finds the cells of regular text.
    index: Option<Index>,
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
            records: RecordReader::new(shape.separator, shape.quote),
            rows: Rows {
                layout: Layout::new(&shape),
                shape,
                projection,
                schema,
                batch_size,
                builder: None,
                positions: Vec::new(),
                index: None,
                ready: Vec::new(),
                remaining: limit,
            },
        }
    }

    /// A parser for the part of the file that begins in this line, with a record. There is one once the rest
    /// of the file is known to be rows.
    pub(super) fn part(&self, line: u64) -> Option<Self> {
        let Rows { shape, projection, schema, layout, builder, positions, .. } = &self.rows;
        let builder = builder.as_ref().filter(|_| layout.is_settled())?.another();
        Some(Self {
            records: self.records.another(line),
            rows: Rows {
                shape: Arc::clone(shape),
                projection: projection.clone(),
                schema: Arc::clone(schema),
                batch_size: self.rows.batch_size,
                layout: layout.clone(),
                builder: Some(builder),
                positions: positions.clone(),
                index: None,
                ready: Vec::new(),
                remaining: self.rows.remaining,
            },
        })
    }

    /// Takes the next piece of text and gives the batches that it completed.
    pub(super) fn read(&mut self, mut text: &[u8]) -> Result<Vec<RecordBatch>> {
        while !text.is_empty() && !self.is_done() {
            let mut length = text.len().min(STRETCH);
            if !self.records.is_between_records() {
                length = memchr(b'\n', &text[..length]).map_or(length, |place| place + 1);
            } else if let Some(taken) = self.rows.take_regular(&self.records, text)? {
                self.records.skip(&text[..taken]);
                text = &text[taken..];
                continue;
            }
            let flow = self.records.push(&text[..length], &mut |record| self.rows.take(&record))?;
            text = &text[length..];
            if flow.is_break() {
                break;
            }
        }
        if self.is_done() {
            self.rows.flush()?;
        }
        Ok(std::mem::take(&mut self.rows.ready))
    }

    /// Says that the text has ended, and gives the last batches.
    pub(super) fn end(&mut self) -> Result<Vec<RecordBatch>> {
        if !self.is_done() {
            let mut each = |record: Record<'_>| self.rows.take(&record);
            if self.records.finish(&mut each)?.is_continue() {
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
    /// Takes regular rows at the beginning of a text where a record begins, and says how many bytes they had.
    /// None where there are no such rows.
    fn take_regular(&mut self, records: &RecordReader, text: &[u8]) -> Result<Option<usize>> {
        let Some(plain) = self.layout.plain() else { return Ok(None) };
        let Some(builder) = &mut self.builder else { return Ok(None) };
        let index = match &mut self.index {
            Some(index) if index.width() == plain.width => index,
            other => other.insert(Index::new(records.dialect(), plain.width, builder.has_text())),
        };
        let Found::Rows(rows) = index.read(text) else { return Ok(None) };
        if plain.led && rows.any_blank_start() {
            return Ok(None);
        }
        let mut rest = rows;
        while !rest.is_empty() {
            let wanted = self.remaining.unwrap_or(usize::MAX);
            let count = rest.len().min(builder.room()).min(wanted);
            let (some, others) = rest.split_at(count);
            if !builder.extend(&some, plain.page) {
                // What was taken before is not taken again.
                let taken = rows.len() - rest.len();
                return Ok((taken > 0).then(|| rows.split_at(taken).0.text_len()));
            }
            rest = others;
            if let Some(remaining) = &mut self.remaining {
                *remaining -= count;
            }
            if self.remaining == Some(0) {
                break;
            }
            if builder.is_full() {
                self.ready.push(builder.finish()?);
            }
        }
        Ok(Some(rows.text_len()))
    }

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
