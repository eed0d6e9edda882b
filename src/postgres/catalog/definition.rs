//! What a table of the catalog is: data.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int16Array, Int32Array, Int64Array, ListArray,
    RecordBatch, RecordBatchOptions, StringArray, new_null_array,
};
use datafusion::arrow::datatypes::{DataType, Field, Int16Type, Int64Type, Schema};
use datafusion::arrow::error::ArrowError;

use super::snapshot::Snapshot;
use crate::postgres::value::KIND;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    Bool,
    Int2,
    Int4,
    Int8,
    Float,
    Oid,
    Name,
    Char,
    Text,
    Texts,
    Oids,
    Int2s,
    Int2Vector,
    OidVector,
}

/// A cell.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Bool(bool),
    Int(i64),
    Text(String),
    Ints(Vec<i64>),
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

/// The cells of a row that aren't what a column has by itself: nought, false, an empty `"char"`, and
/// else NULL.
pub(super) type Row = Vec<(&'static str, Value)>;

/// A table.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: &'static str,
    pub(super) columns: &'static [(&'static str, As)],
    /// Makes its rows. Without it there are never any.
    pub(super) rows: Option<fn(&Snapshot) -> Vec<Row>>,
}

impl Definition {
    /// A table that never has rows.
    pub(super) const fn empty(name: &'static str, columns: &'static [(&'static str, As)]) -> Self {
        Self { name, columns, rows: None }
    }

    pub(super) fn schema(&self) -> Arc<Schema> {
        let fields = self.columns.iter().map(|(name, kind)| {
            let field = Field::new(*name, kind.arrow(), true);
            match kind.mark() {
                Some(mark) => field.with_metadata([(KIND.to_owned(), mark.to_owned())].into()),
                None => field,
            }
        });
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    /// The table as it is now.
    pub(super) fn batch(&self, snapshot: &Snapshot) -> Result<RecordBatch, ArrowError> {
        let rows = self.rows.map(|rows| rows(snapshot)).unwrap_or_default();
        let columns = self.columns.iter().map(|(name, kind)| {
            let cell = |row: &Row| {
                row.iter().find(|(column, _)| column == name).map(|(_, value)| value.clone())
            };
            kind.array(rows.iter().map(cell).collect())
        });
        debug_assert!(
            rows.iter().flatten().all(|(name, _)| self.columns.iter().any(|it| it.0 == *name)),
            "every cell has a column in {}",
            self.name
        );
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        RecordBatch::try_new_with_options(self.schema(), columns.collect(), &options)
    }
}

impl As {
    fn arrow(self) -> DataType {
        match self {
            Self::Bool => DataType::Boolean,
            Self::Int2 => DataType::Int16,
            Self::Int4 => DataType::Int32,
            Self::Int8 | Self::Oid => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Name | Self::Char | Self::Text => DataType::Utf8,
            Self::Texts => DataType::new_list(DataType::Utf8, true),
            Self::Oids | Self::OidVector => DataType::new_list(DataType::Int64, true),
            Self::Int2s | Self::Int2Vector => DataType::new_list(DataType::Int16, true),
        }
    }

    /// What says that it is more than its Arrow type.
    fn mark(self) -> Option<&'static str> {
        Some(match self {
            Self::Oid => "oid",
            Self::Name => "name",
            Self::Char => "char",
            Self::Int2Vector => "int2vector",
            Self::OidVector => "oidvector",
            Self::Oids => "oids",
            _ => return None,
        })
    }

    fn array(self, cells: Vec<Option<Value>>) -> ArrayRef {
        let number = |cell: Option<Value>| match cell {
            Some(Value::Int(number)) => number,
            _ => 0,
        };
        let text = |cell: Option<Value>| match cell {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        };
        let numbers = |cell: Option<Value>| match cell {
            Some(Value::Ints(numbers)) => Some(numbers.into_iter().map(Some)),
            _ => None,
        };
        let cells = cells.into_iter();
        match self {
            Self::Bool => {
                let cells = cells.map(|cell| matches!(cell, Some(Value::Bool(true))));
                Arc::new(BooleanArray::from(cells.collect::<Vec<_>>()))
            }
            // What is written into the catalog is small.
            Self::Int2 => Arc::new(Int16Array::from_iter_values(
                cells.map(|cell| i16::try_from(number(cell)).unwrap_or_default()),
            )),
            Self::Int4 => Arc::new(Int32Array::from_iter_values(
                cells.map(|cell| i32::try_from(number(cell)).unwrap_or_default()),
            )),
            Self::Int8 | Self::Oid => Arc::new(Int64Array::from_iter_values(cells.map(number))),
            Self::Float => Arc::new(Float64Array::from_iter_values(cells.map(|_| -1.0))),
            Self::Name | Self::Text => Arc::new(cells.map(text).collect::<StringArray>()),
            Self::Char => Arc::new(StringArray::from_iter_values(
                cells.map(|cell| text(cell).unwrap_or_default()),
            )),
            Self::Texts => new_null_array(&self.arrow(), cells.len()),
            Self::Oids | Self::OidVector => {
                Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(cells.map(numbers)))
            }
            Self::Int2s | Self::Int2Vector => {
                let small = |it: Option<i64>| it.and_then(|it| i16::try_from(it).ok());
                let cells = cells.map(|cell| numbers(cell).map(|all| all.map(small)));
                Arc::new(ListArray::from_iter_primitive::<Int16Type, _, _>(cells))
            }
        }
    }
}
