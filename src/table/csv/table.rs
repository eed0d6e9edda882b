//! A header line, then rows: in one text, or in pages that follow each other.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use super::batch::{BatchBuilder, Target};
use super::encoding::{Decoder, Encoding};
use super::record::{Record, RecordReader};
use crate::error::{Error, ErrorKind, Result};

/// Parses a table in UTF-8 with commas and double quotes, piece by piece.
pub(in crate::table) struct TableParser<H> {
    decoder: Decoder,
    records: RecordReader,
    rows: Rows<H>,
}

/// Which rows are wanted: those with one of these texts in a column.
#[derive(Debug)]
pub(in crate::table) struct Only {
    /// The column's name in the header, in whatever case; the first of that name.
    pub(in crate::table) column: &'static str,
    pub(in crate::table) texts: HashSet<String>,
    /// How many rows there are of them, if that is known: none is looked for beyond.
    pub(in crate::table) count: Option<usize>,
}

/// What records become.
struct Rows<H> {
    /// Says from the header where the projected columns come from.
    header: H,
    schema: SchemaRef,
    batch_size: usize,
    /// Set up when the header has come.
    builder: Option<BatchBuilder>,
    /// The fields of the header: a later page may begin with it again.
    names: Vec<Vec<u8>>,
    /// Whether the next record is the first of its page.
    page_start: bool,
    ready: Vec<RecordBatch>,
    /// How many more rows are wanted.
    remaining: Option<usize>,
    /// Which rows, and where their column stands once the header has come.
    only: Option<(Only, Option<usize>)>,
}

impl<H: FnMut(&Record<'_>) -> Result<Vec<Target>>> TableParser<H> {
    /// `schema` is the projected one; `header` gives a target for each of its fields.
    pub(in crate::table) fn new(
        schema: SchemaRef,
        batch_size: usize,
        limit: Option<usize>,
        header: H,
    ) -> Self {
        Self {
            decoder: Decoder::new(Encoding::Utf8),
            records: RecordReader::new(b',', Some(b'"')),
            rows: Rows {
                header,
                schema,
                batch_size,
                builder: None,
                names: Vec::new(),
                page_start: true,
                ready: Vec::new(),
                remaining: limit,
                only: None,
            },
        }
    }

    /// Leaves out rows that aren't wanted.
    pub(in crate::table) fn only(mut self, only: Option<Only>) -> Self {
        self.rows.only = only.map(|only| (only, None));
        self
    }

    /// Takes the next piece and gives the batches that it completed.
    pub(in crate::table) fn push(&mut self, piece: &[u8]) -> Result<Vec<RecordBatch>> {
        if !self.is_done() {
            let text = self.decoder.decode(piece, false);
            let flow = self.records.push(&text, &mut |record| self.rows.take(&record))?;
            if flow.is_break() {
                self.rows.flush()?;
            }
        }
        Ok(std::mem::take(&mut self.rows.ready))
    }

    /// Says that the page has ended, with or without a line break: rows end where pages do.
    pub(in crate::table) fn end_page(&mut self) -> Result<()> {
        if !self.is_done() {
            let text = self.decoder.decode(&[], true);
            let mut each = |record: Record<'_>| self.rows.take(&record);
            if self.records.push(&text, &mut each)?.is_continue() {
                let _ = self.records.finish(&mut each)?;
            }
        }
        self.decoder = Decoder::new(Encoding::Utf8);
        self.records = RecordReader::new(b',', Some(b'"'));
        self.rows.page_start = true;
        Ok(())
    }

    /// Gives the rows that are left, when the last page has ended.
    pub(in crate::table) fn finish(&mut self) -> Result<Vec<RecordBatch>> {
        self.rows.flush()?;
        Ok(std::mem::take(&mut self.rows.ready))
    }

    /// Whether all rows that are wanted have come.
    pub(in crate::table) fn is_done(&self) -> bool {
        self.rows.remaining == Some(0)
    }
}

impl<H: FnMut(&Record<'_>) -> Result<Vec<Target>>> Rows<H> {
    fn take(&mut self, record: &Record<'_>) -> Result<ControlFlow<()>> {
        let first = std::mem::take(&mut self.page_start);
        let Some(builder) = &mut self.builder else {
            let targets = (self.header)(record)?;
            self.names = record.fields().map(<[u8]>::to_vec).collect();
            if let Some((only, place)) = &mut self.only {
                let name = only.column.as_bytes();
                *place = record.fields().position(|field| field.eq_ignore_ascii_case(name));
                let most = only.count.filter(|_| place.is_some());
                self.remaining = [self.remaining, most].into_iter().flatten().min();
            }
            let schema = Arc::clone(&self.schema);
            self.builder = Some(BatchBuilder::new(schema, targets, self.batch_size));
            return Ok(ControlFlow::Continue(()));
        };
        let width = self.names.len();
        // A blank line is the blank cell of a single column, and nothing elsewhere.
        if record.is_blank() && width > 1 {
            return Ok(ControlFlow::Continue(()));
        }
        if record.len() != width {
            return Err(Error::new(
                ErrorKind::Data,
                format!(
                    "line {} has {} cells where the header has {width}",
                    record.line,
                    record.len()
                ),
            )
            .with_hint("the answer is cut short or damaged: run the query again"));
        }
        if first && record.fields().eq(self.names.iter().map(Vec::as_slice)) {
            return Ok(ControlFlow::Continue(()));
        }
        if let Some((only, Some(place))) = &self.only
            && !std::str::from_utf8(record.field(*place))
                .is_ok_and(|text| only.texts.contains(text))
        {
            return Ok(ControlFlow::Continue(()));
        }
        builder.push(record, None)?;
        if let Some(remaining) = &mut self.remaining {
            *remaining = remaining.saturating_sub(1);
            if *remaining == 0 {
                return Ok(ControlFlow::Break(()));
            }
        }
        if builder.is_full() {
            self.flush()?;
        }
        Ok(ControlFlow::Continue(()))
    }

    fn flush(&mut self) -> Result<()> {
        if let Some(builder) = &mut self.builder
            && !builder.is_empty()
        {
            self.ready.push(builder.finish()?);
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
