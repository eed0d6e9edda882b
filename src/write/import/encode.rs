//! From Arrow batches to the bytes of the file that an import reads.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Float32Array, Float64Array, RecordBatch, StringArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float32Type, Float64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::error::{Error, ErrorKind, Result};
use crate::table::import::{FileForm, TextEncoding};

/// How a moment is written; what has no time of day is a day.
const MOMENT: &str = "%Y-%m-%d %H:%M:%S";
const MIDNIGHT: &str = " 00:00:00";

/// Writes rows in the form of a file.
#[derive(Debug)]
pub(super) struct Encoder {
    form: Arc<FileForm>,
    /// Rows so far.
    rows: u64,
    text: String,
}

impl Encoder {
    pub(super) fn new(form: Arc<FileForm>) -> Self {
        Self { form, rows: 0, text: String::new() }
    }

    /// What stands before the first row.
    ///
    /// # Errors
    /// As [`batch`](Self::batch).
    pub(super) fn head(&mut self) -> Result<Bytes> {
        let form = Arc::clone(&self.form);
        if let Some(lines) = form.before_header {
            (0..lines).for_each(|_| self.text.push('\n'));
            for (column, name) in form.names.iter().enumerate() {
                self.field(column, name).map_err(|fault| {
                    let text = format!("the name of column {} {fault}", column + 1);
                    Error::new(ErrorKind::Unsupported, text)
                })?;
            }
            self.text.push('\n');
        }
        (0..form.before_rows).for_each(|_| self.text.push('\n'));
        self.bytes().map_err(|_| {
            let text = "the names of the columns can't be written in the file's encoding";
            Error::new(ErrorKind::Unsupported, text)
        })
    }

    /// The lines of a batch, whose columns are those of the file.
    ///
    /// # Errors
    /// Kind [`Data`](ErrorKind::Data), naming row and column, for a cell that the file can't hold.
    /// The cell itself is not shown.
    pub(super) fn batch(&mut self, batch: &RecordBatch) -> Result<Bytes> {
        let columns: Vec<ArrayRef> = batch.columns().iter().map(plain).collect::<Result<_>>()?;
        let options = FormatOptions::new()
            .with_timestamp_format(Some(MOMENT))
            .with_timestamp_tz_format(Some(MOMENT))
            .with_datetime_format(Some(MOMENT));
        let cells: Vec<Cells<'_>> =
            columns.iter().map(|column| Cells::new(column, &options)).collect::<Result<_>>()?;
        let mut cell = String::new();
        for row in 0..batch.num_rows() {
            self.rows += 1;
            let start = self.text.len();
            for (column, cells) in cells.iter().enumerate() {
                let written = match cells {
                    Cells::Text(texts) if texts.is_null(row) => self.field(column, ""),
                    Cells::Text(texts) => self.field(column, texts.value(row)),
                    other => {
                        cell.clear();
                        match other.write(row, &self.form.decimal_separator, &mut cell) {
                            Ok(()) => self.field(column, &cell),
                            Err(fault) => Err(fault),
                        }
                    }
                };
                written.map_err(|fault| self.misfit(column, fault))?;
            }
            // A line of one blank cell would be no line.
            if let (true, Some(delimiter)) = (self.text.len() == start, self.form.delimiter) {
                self.text.extend([delimiter, delimiter]);
            }
            self.text.push('\n');
            if self.form.encoding != TextEncoding::Utf8
                && let Some(c) = self.text[start..].chars().find(|c| !self.has(*c))
            {
                let column = self.column_of(c, batch, row, &cells);
                return Err(self.misfit(column, "has a character that the file's encoding lacks"));
            }
        }
        self.bytes()
    }

    /// Writes a cell, quoted if it needs that, behind those before it.
    fn field(&mut self, column: usize, cell: &str) -> std::result::Result<(), &'static str> {
        let (form, text) = (&self.form, &mut self.text);
        if column > 0 {
            text.push_str(&form.separator);
        }
        let breaks = cell.contains(['\n', '\r']);
        let special = breaks || cell.contains(form.separator.as_str());
        match form.delimiter {
            Some(delimiter) if special || cell.contains(delimiter) => {
                text.push(delimiter);
                for c in cell.chars() {
                    if c == delimiter {
                        text.push(delimiter);
                    }
                    text.push(c);
                }
                text.push(delimiter);
            }
            None if special => {
                return Err("has a line break or a separator, and the file no quotes");
            }
            _ => text.push_str(cell),
        }
        Ok(())
    }

    fn misfit(&self, column: usize, fault: &str) -> Error {
        let name = self.form.names.get(column).map_or("", String::as_str);
        let text = format!("row {}, column \"{name}\": the cell {fault}", self.rows);
        Error::new(ErrorKind::Data, text)
            .with_hint("change it in the SELECT, or have a model builder change the file's form")
    }

    /// Whether the file's encoding has a character.
    fn has(&self, c: char) -> bool {
        match self.form.encoding {
            TextEncoding::Utf8 | TextEncoding::Utf16Le => true,
            TextEncoding::Latin1 => u32::from(c) < 0x100,
            TextEncoding::Other(encoding) => {
                c.is_ascii() || !encoding.encode(c.encode_utf8(&mut [0; 4])).2
            }
        }
    }

    /// The column in whose cell a character stands.
    fn column_of(&self, c: char, batch: &RecordBatch, row: usize, cells: &[Cells<'_>]) -> usize {
        let holds = |column: &usize| match &cells[*column] {
            Cells::Text(texts) => !texts.is_null(row) && texts.value(row).contains(c),
            _ => false,
        };
        (0..batch.num_columns()).find(holds).unwrap_or_default()
    }

    /// Takes the text as bytes.
    fn bytes(&mut self) -> Result<Bytes> {
        let text = std::mem::take(&mut self.text);
        let lacking = || Error::new(ErrorKind::Data, "the file's encoding lacks a character");
        Ok(match self.form.encoding {
            TextEncoding::Utf8 => text.into_bytes().into(),
            TextEncoding::Latin1 => {
                let bytes = text.chars().map(|c| u8::try_from(u32::from(c)).ok());
                bytes.collect::<Option<Vec<u8>>>().ok_or_else(lacking)?.into()
            }
            TextEncoding::Utf16Le => {
                text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>().into()
            }
            TextEncoding::Other(encoding) => {
                let (bytes, _, lacks) = encoding.encode(&text);
                if lacks {
                    return Err(lacking());
                }
                bytes.into_owned().into()
            }
        })
    }
}

/// The cells of a column.
enum Cells<'a> {
    Text(&'a StringArray),
    Number(&'a Float64Array),
    Single(&'a Float32Array),
    /// Numbers whose text has a point before the decimals.
    Decimal(ArrayFormatter<'a>),
    Moment(ArrayFormatter<'a>),
    Other(ArrayFormatter<'a>),
}

impl<'a> Cells<'a> {
    fn new(column: &'a ArrayRef, options: &FormatOptions<'a>) -> Result<Self> {
        let formatter = || {
            ArrayFormatter::try_new(column.as_ref(), options).map_err(|e| {
                Error::new(ErrorKind::Internal, "a column can't be written").with_source(e)
            })
        };
        Ok(match column.data_type() {
            DataType::Utf8 => Self::Text(column.as_string()),
            DataType::Float64 => Self::Number(column.as_primitive::<Float64Type>()),
            DataType::Float32 => Self::Single(column.as_primitive::<Float32Type>()),
            kind if kind.is_decimal() => Self::Decimal(formatter()?),
            DataType::Timestamp(..) | DataType::Date64 => Self::Moment(formatter()?),
            _ => Self::Other(formatter()?),
        })
    }

    /// Writes a cell; nothing for NULL.
    fn write(
        &self,
        row: usize,
        decimal_separator: &str,
        cell: &mut String,
    ) -> std::result::Result<(), &'static str> {
        const NO_NUMBER: &str = "is no number that can be written";
        // Writing into a text can't fail.
        match self {
            Self::Text(_) => {}
            Self::Number(numbers) if numbers.is_null(row) => {}
            Self::Number(numbers) if !numbers.value(row).is_finite() => return Err(NO_NUMBER),
            Self::Number(numbers) => drop(write!(cell, "{}", numbers.value(row))),
            Self::Single(numbers) if numbers.is_null(row) => {}
            Self::Single(numbers) if !numbers.value(row).is_finite() => return Err(NO_NUMBER),
            Self::Single(numbers) => drop(write!(cell, "{}", numbers.value(row))),
            Self::Decimal(texts) | Self::Moment(texts) | Self::Other(texts) => {
                if write!(cell, "{}", texts.value(row)).is_err() {
                    return Err("can't be written as text");
                }
            }
        }
        match self {
            Self::Number(_) | Self::Single(_) | Self::Decimal(_) if decimal_separator != "." => {
                if let Some(point) = cell.find('.') {
                    cell.replace_range(point..=point, decimal_separator);
                }
            }
            Self::Moment(_) if cell.ends_with(MIDNIGHT) => {
                cell.truncate(cell.len() - MIDNIGHT.len());
            }
            _ => {}
        }
        Ok(())
    }
}

/// A column in one of the types that are written.
fn plain(column: &ArrayRef) -> Result<ArrayRef> {
    let kind = match column.data_type() {
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::Float16 => DataType::Float32,
        DataType::Dictionary(_, values) => values.as_ref().clone(),
        DataType::RunEndEncoded(_, values) => values.data_type().clone(),
        _ => return Ok(Arc::clone(column)),
    };
    let column = cast(column, &kind)
        .map_err(|e| Error::new(ErrorKind::Internal, "a column can't be written").with_source(e))?;
    // The values of a dictionary may be of such a type, too.
    plain(&column)
}

#[cfg(test)]
#[path = "encode_tests.rs"]
mod tests;
