//! Columns and cells of metadata tables.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions, StringArray,
};
use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};

use crate::error::{Error, ErrorKind, Result};

/// A column.
#[derive(Debug)]
pub struct ColumnDefinition {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: ColumnKind,
    /// Whether `=` and `IN` on it save requests.
    pub key: bool,
    /// What it holds.
    pub doc: &'static str,
}

/// The types of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Utf8.
    Text,
    /// Int64.
    Integer,
    /// Boolean.
    Boolean,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// NULL.
    Null,
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A truth value.
    Boolean(bool),
}

/// The cells of a row, one for each column.
pub type Row = Vec<Cell>;

impl ColumnDefinition {
    pub(crate) const fn text(name: &'static str, doc: &'static str) -> Self {
        Self { name, kind: ColumnKind::Text, key: false, doc }
    }

    pub(crate) const fn key(name: &'static str, doc: &'static str) -> Self {
        Self { name, kind: ColumnKind::Text, key: true, doc }
    }

    pub(crate) const fn integer(name: &'static str, doc: &'static str) -> Self {
        Self { name, kind: ColumnKind::Integer, key: false, doc }
    }

    pub(crate) const fn boolean(name: &'static str, doc: &'static str) -> Self {
        Self { name, kind: ColumnKind::Boolean, key: false, doc }
    }

    /// The column as Arrow knows it.
    pub fn field(&self) -> Field {
        Field::new(self.name, self.kind.arrow(), true)
    }
}

impl ColumnKind {
    fn arrow(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Integer => DataType::Int64,
            Self::Boolean => DataType::Boolean,
        }
    }

    /// The name in SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Text => "VARCHAR",
            Self::Integer => "BIGINT",
            Self::Boolean => "BOOLEAN",
        }
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Cell {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

/// Turns rows into a batch of the projected columns.
pub(crate) fn batch(
    rows: &[Row],
    columns: &[ColumnDefinition],
    projection: &[usize],
    schema: &SchemaRef,
) -> Result<RecordBatch> {
    let arrays: Vec<ArrayRef> = projection
        .iter()
        .map(|&index| {
            let cells = rows.iter().map(|row| row.get(index).unwrap_or(&Cell::Null));
            match columns[index].kind {
                ColumnKind::Text => Arc::new(
                    cells
                        .map(|cell| if let Cell::Text(v) = cell { Some(v.as_str()) } else { None })
                        .collect::<StringArray>(),
                ) as ArrayRef,
                ColumnKind::Integer => Arc::new(
                    cells
                        .map(|cell| if let Cell::Integer(v) = cell { Some(*v) } else { None })
                        .collect::<Int64Array>(),
                ),
                ColumnKind::Boolean => Arc::new(
                    cells
                        .map(|cell| if let Cell::Boolean(v) = cell { Some(*v) } else { None })
                        .collect::<BooleanArray>(),
                ),
            }
        })
        .collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options)
        .map_err(|e| Error::new(ErrorKind::Internal, "a batch can't be built").with_source(e))
}
