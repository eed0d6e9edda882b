//! From cells to typed Arrow batches.

use std::sync::Arc;

use anaplan_sql_csv::{Column, Kind, Misfit, Rows};
use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;

use super::kind::CellKind;
use super::record::Record;
use crate::error::{Error, ErrorKind, Result};

/// A batch is handed out early when its text grows to this: offsets of a text array end at 2 GiB.
const MAX_TEXT: usize = 64 << 20;

/// Where the cells of a projected column come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::table) enum CellSource {
    /// The field at this position of each line.
    Field(usize),
    /// The line above the page.
    Page,
    /// The file doesn't have the column.
    Missing,
}

/// A column to build.
#[derive(Debug, Clone)]
pub(in crate::table) struct Target {
    pub(in crate::table) name: String,
    pub(in crate::table) kind: CellKind,
    pub(in crate::table) source: CellSource,
}

/// Collects the projected cells of rows until a batch is full.
#[derive(Debug)]
pub(in crate::table) struct BatchBuilder {
    schema: SchemaRef,
    targets: Vec<Target>,
    columns: Vec<Column>,
    rows: usize,
    batch_size: usize,
}

impl BatchBuilder {
    /// `schema` is the projected one: a field for each target.
    pub(in crate::table) fn new(
        schema: SchemaRef,
        targets: Vec<Target>,
        batch_size: usize,
    ) -> Self {
        let columns = targets.iter().map(|target| Column::new(kind(target.kind))).collect();
        Self { schema, targets, columns, rows: 0, batch_size }
    }

    /// Another one for the same columns, empty.
    pub(in crate::table) fn another(&self) -> Self {
        Self::new(Arc::clone(&self.schema), self.targets.clone(), self.batch_size)
    }

    pub(in crate::table) fn is_full(&self) -> bool {
        self.room() == 0 || self.columns.iter().map(Column::text_len).sum::<usize>() >= MAX_TEXT
    }

    /// How many rows the batch may still take.
    pub(in crate::table) fn room(&self) -> usize {
        self.batch_size.saturating_sub(self.rows)
    }

    /// Whether a column takes any text as it is, so that somebody has to see that it is text.
    pub(in crate::table) fn has_text(&self) -> bool {
        self.targets.iter().any(|target| target.kind == CellKind::Text)
    }

    pub(in crate::table) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Adds a row. Blank cells become NULL.
    ///
    /// # Errors
    /// Kind [`Data`](ErrorKind::Data), naming line and column, for a cell that doesn't fit. The
    /// cell itself is not quoted: errors end up in logs, where planning figures don't belong.
    pub(in crate::table) fn push(&mut self, record: &Record<'_>, page: Option<&str>) -> Result<()> {
        let cell = |target: &Target| match target.source {
            CellSource::Field(position) => record.field(position),
            CellSource::Page => page.unwrap_or_default().as_bytes(),
            CellSource::Missing => &[],
        };
        for (target, column) in self.targets.iter().zip(&mut self.columns) {
            target.push(cell(target), record.line, column)?;
        }
        self.rows += 1;
        Ok(())
    }

    /// Adds rows that an index has found, unless a cell doesn't fit: then none is added, and
    /// [`push`](Self::push) says why.
    pub(in crate::table) fn extend(&mut self, rows: &Rows<'_>, page: Option<&str>) -> bool {
        let mut columns = self.targets.iter().zip(&mut self.columns);
        let fits = columns.all(|(target, column)| {
            let done = match target.source {
                CellSource::Field(position) => column.extend(rows, position),
                CellSource::Page => column.repeat(page.unwrap_or_default().as_bytes(), rows.len()),
                CellSource::Missing => column.repeat(&[], rows.len()),
            };
            done.is_ok()
        });
        if fits {
            self.rows += rows.len();
        } else {
            self.columns.iter_mut().for_each(|column| column.truncate(self.rows));
        }
        fits
    }

    /// Adds a row whose cells come from several places: `cell` gives that of a target.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub(in crate::table) fn push_cells<'a>(
        &mut self,
        line: u64,
        cell: impl Fn(usize) -> &'a [u8],
    ) -> Result<()> {
        for (number, (target, column)) in self.targets.iter().zip(&mut self.columns).enumerate() {
            target.push(cell(number), line, column)?;
        }
        self.rows += 1;
        Ok(())
    }

    /// The rows so far as a batch.
    pub(in crate::table) fn finish(&mut self) -> Result<RecordBatch> {
        let broken = |e: ArrowError| {
            Error::new(ErrorKind::Internal, "a batch can't be built").with_source(e)
        };
        let columns = self.columns.iter_mut().map(Column::finish).collect::<Result<_, _>>();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        self.rows = 0;
        let schema = Arc::clone(&self.schema);
        RecordBatch::try_new_with_options(schema, columns.map_err(broken)?, &options)
            .map_err(broken)
    }
}

impl Target {
    fn push(&self, cell: &[u8], line: u64, column: &mut Column) -> Result<()> {
        column.push(cell).map_err(|misfit| {
            let wanted = match misfit {
                Misfit::Expected(wanted) => wanted,
                Misfit::Encoding => "the text is not in the encoding that the metadata names",
            };
            let message = format!("line {line}, column \"{}\": {wanted}", self.name);
            let error = Error::new(ErrorKind::Data, message);
            if misfit == Misfit::Encoding {
                // The one fault of a cell that ColumnTypes=Text doesn't help against.
                return error.with_hint("have a model builder export it as UTF-8");
            }
            error
        })
    }
}

impl CellKind {
    /// Whether a cell can be read as one of this type.
    pub(in crate::table) fn fits(self, cell: &[u8]) -> bool {
        Column::new(kind(self)).push(cell).is_ok()
    }
}

fn kind(kind: CellKind) -> Kind {
    match kind {
        CellKind::Number => Kind::Number,
        CellKind::Boolean => Kind::Boolean,
        CellKind::Date => Kind::Date,
        CellKind::Text => Kind::Text,
    }
}
