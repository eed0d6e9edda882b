//! From cells to typed Arrow batches.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, RecordBatch, RecordBatchOptions,
    StringBuilder,
};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;

use super::kind::CellKind;
use super::record::Record;
use crate::error::{Error, ErrorKind, Result};

/// A batch is handed out early when its text grows to this: offsets of a text array end at 2 GiB.
const MAX_TEXT: usize = 64 << 20;

/// The one fault of a cell that ColumnTypes=Text doesn't help against.
const WRONG_ENCODING: &str = "the text is not in the encoding that the metadata names";

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
#[derive(Debug)]
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
    builders: Vec<Builder>,
    rows: usize,
    text: usize,
    batch_size: usize,
}

#[derive(Debug)]
enum Builder {
    Number(Float64Builder),
    Boolean(BooleanBuilder),
    Date(Date32Builder),
    Text(StringBuilder),
}

impl BatchBuilder {
    /// `schema` is the projected one: a field for each target.
    pub(in crate::table) fn new(
        schema: SchemaRef,
        targets: Vec<Target>,
        batch_size: usize,
    ) -> Self {
        let builders = targets.iter().map(|target| Builder::new(target.kind)).collect();
        Self { schema, targets, builders, rows: 0, text: 0, batch_size }
    }

    pub(in crate::table) fn is_full(&self) -> bool {
        self.rows >= self.batch_size || self.text >= MAX_TEXT
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
        for (target, builder) in self.targets.iter().zip(&mut self.builders) {
            self.text += target.push(cell(target), record.line, builder)?;
        }
        self.rows += 1;
        Ok(())
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
        for (number, (target, builder)) in self.targets.iter().zip(&mut self.builders).enumerate() {
            self.text += target.push(cell(number), line, builder)?;
        }
        self.rows += 1;
        Ok(())
    }

    /// The rows so far as a batch.
    pub(in crate::table) fn finish(&mut self) -> Result<RecordBatch> {
        let columns: Vec<ArrayRef> = self.builders.iter_mut().map(Builder::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        self.rows = 0;
        self.text = 0;
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options).map_err(
            |e: ArrowError| {
                Error::new(ErrorKind::Internal, "a batch can't be built").with_source(e)
            },
        )
    }
}

impl Target {
    /// Adds a cell and says how many bytes of text it took.
    fn push(&self, cell: &[u8], line: u64, builder: &mut Builder) -> Result<usize> {
        builder.push(cell).map_err(|wanted| {
            let message = format!("line {line}, column \"{}\": {wanted}", self.name);
            let error = Error::new(ErrorKind::Data, message);
            if wanted == WRONG_ENCODING {
                return error.with_hint("have a model builder export it as UTF-8");
            }
            error
        })
    }
}

impl Builder {
    fn new(kind: CellKind) -> Self {
        match kind {
            CellKind::Number => Self::Number(Float64Builder::new()),
            CellKind::Boolean => Self::Boolean(BooleanBuilder::new()),
            CellKind::Date => Self::Date(Date32Builder::new()),
            CellKind::Text => Self::Text(StringBuilder::new()),
        }
    }

    /// Adds a cell and says how many bytes of text it took, or what should have been there.
    fn push(&mut self, cell: &[u8]) -> Result<usize, &'static str> {
        match self {
            Self::Number(builder) => builder.append_option(number(cell)?),
            Self::Boolean(builder) => builder.append_option(boolean(cell)?),
            Self::Date(builder) => builder.append_option(date(cell)?),
            Self::Text(builder) if cell.is_empty() => builder.append_null(),
            Self::Text(builder) => {
                let text = std::str::from_utf8(cell).map_err(|_| WRONG_ENCODING)?;
                builder.append_value(text);
                return Ok(cell.len());
            }
        }
        Ok(0)
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Number(builder) => Arc::new(builder.finish()),
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
        }
    }
}

/// Cells are unformatted, with a point before the decimals.
fn number(cell: &[u8]) -> Result<Option<f64>, &'static str> {
    let cell = cell.trim_ascii();
    if cell.is_empty() {
        return Ok(None);
    }
    let text = std::str::from_utf8(cell).map_err(|_| "a number was expected")?;
    text.parse().map(Some).map_err(|_| "a number was expected")
}

fn boolean(cell: &[u8]) -> Result<Option<bool>, &'static str> {
    match cell.trim_ascii() {
        b"" => Ok(None),
        // Digits were seen in lists only, but nobody has shown what all tenants print.
        cell if cell == b"1" || cell.eq_ignore_ascii_case(b"true") => Ok(Some(true)),
        cell if cell == b"0" || cell.eq_ignore_ascii_case(b"false") => Ok(Some(false)),
        _ => Err("true or false was expected"),
    }
}

/// Days since 1970, from `2021-01-31`.
fn date(cell: &[u8]) -> Result<Option<i32>, &'static str> {
    const WANTED: &str = "a date such as 2021-01-31 was expected";
    let cell = cell.trim_ascii();
    if cell.is_empty() {
        return Ok(None);
    }
    let text = std::str::from_utf8(cell).map_err(|_| WANTED)?;
    // chrono takes `2021-1-3` too, which is fine, but not the form of the digits only.
    let day = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| WANTED)?;
    let days = day.signed_duration_since(chrono::NaiveDate::default()).num_days();
    i32::try_from(days).map(Some).map_err(|_| WANTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_as_anaplan_writes_them() {
        assert_eq!(number(b"62.25000000000001"), Ok(Some(62.250_000_000_000_01)));
        assert_eq!(number(b" -1e3 "), Ok(Some(-1000.0)));
        assert_eq!(number(b""), Ok(None));
        assert!(number(b"1,5").is_err());
        assert!(number(b"\xff").is_err());
        assert_eq!(boolean(b"true"), Ok(Some(true)));
        assert_eq!(boolean(b"FALSE"), Ok(Some(false)));
        assert_eq!(boolean(b" "), Ok(None));
        assert_eq!(boolean(b"1"), Ok(Some(true)));
        assert_eq!(boolean(b"0"), Ok(Some(false)));
        assert!(boolean(b"2").is_err());
        assert_eq!(date(b"1970-01-02"), Ok(Some(1)));
        assert_eq!(date(b"1969-12-31"), Ok(Some(-1)));
        assert_eq!(date(b"2021-01-31"), Ok(Some(18_658)));
        assert_eq!(date(b""), Ok(None));
        for wrong in ["31/01/2021", "2021-02-30", "Jan 21", "20210131"] {
            assert!(date(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
