//! Cells as text, for the formats that are text.

use std::fmt::Write;

use ::arrow::array::{Array, RecordBatch};
use ::arrow::buffer::NullBuffer;
use ::arrow::datatypes::{DataType, Schema};
use ::arrow::util::display::{ArrayFormatter, FormatOptions};

use super::failed;
use crate::error::{Error, ErrorKind, Result};

/// Dates and times come out in ISO 8601, which is what Arrow does unless told otherwise.
const OPTIONS: FormatOptions<'static> = FormatOptions::new().with_display_error(false);

/// The cells of a batch.
pub(super) struct Cells<'a> {
    columns: Vec<(ArrayFormatter<'a>, Option<NullBuffer>)>,
}

impl<'a> Cells<'a> {
    /// Prepares a batch.
    pub(super) fn try_new(batch: &'a RecordBatch) -> Result<Self> {
        let columns = batch.columns().iter().map(|column| {
            let formatter = ArrayFormatter::try_new(column.as_ref(), &OPTIONS).map_err(failed)?;
            // Arrays of type Null, and dictionaries with NULL as a value, have no other.
            Ok((formatter, column.logical_nulls()))
        });
        Ok(Self { columns: columns.collect::<Result<_>>()? })
    }

    /// How many columns there are.
    pub(super) fn columns(&self) -> usize {
        self.columns.len()
    }

    /// Puts a cell's text in place of what is there; false for NULL.
    pub(super) fn read(&self, column: usize, row: usize, text: &mut String) -> Result<bool> {
        text.clear();
        let (formatter, nulls) = &self.columns[column];
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return Ok(false);
        }
        write!(text, "{}", formatter.value(row)).map_err(|_| {
            let place = format!("row {} of column {}", row + 1, column + 1);
            Error::new(ErrorKind::Data, format!("{place} holds a value that can't be shown"))
        })?;
        Ok(true)
    }
}

/// The columns that hold numbers, which people like to see aligned at their right.
pub(super) fn numeric(schema: &Schema) -> Vec<bool> {
    let is_numeric = |kind: &DataType| match kind {
        DataType::Dictionary(_, value) => value.is_numeric(),
        other => other.is_numeric(),
    };
    schema.fields().iter().map(|field| is_numeric(field.data_type())).collect()
}
