//! Columns and cells of metadata tables.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate};
use datafusion::arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch,
    RecordBatchOptions, StringArray, TimestampMillisecondArray,
};
use datafusion::arrow::datatypes::{DataType, Date32Type, Field, SchemaRef, TimeUnit};

use crate::error::{Error, ErrorKind, Result};

/// A column.
#[derive(Debug)]
pub struct ColumnDefinition {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: ColumnKind,
    /// Whether filters on it save requests: `=` and `IN`, or bounds if it is a moment.
    pub key: bool,
    /// What it holds.
    pub doc: &'static str,
}

/// What tables about the insides of models begin with.
pub(super) const WORKSPACE_ID: ColumnDefinition =
    ColumnDefinition::key("workspace_id", "The id of the model's workspace.");
/// Likewise.
pub(super) const MODEL_ID: ColumnDefinition =
    ColumnDefinition::key("model_id", "The id of the model.");
/// Likewise.
pub(super) const MODEL_NAME: ColumnDefinition =
    ColumnDefinition::key("model_name", "The model's name.");

/// The types of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Utf8.
    Text,
    /// Int64.
    Integer,
    /// Float64.
    Float,
    /// Boolean.
    Boolean,
    /// Binary.
    Bytes,
    /// Date32.
    Date,
    /// Timestamp in milliseconds, in UTC.
    Moment,
}

/// The time zone of moments.
const UTC: &str = "UTC";

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// NULL.
    Null,
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Any number.
    Float(f64),
    /// A truth value.
    Boolean(bool),
    /// Bytes as they are.
    Bytes(Bytes),
    /// A day.
    Date(NaiveDate),
    /// Milliseconds since 1970.
    Moment(i64),
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

    /// A moment whose bounds travel to the service.
    pub(super) const fn bounded(name: &'static str, doc: &'static str) -> Self {
        Self { name, kind: ColumnKind::Moment, key: true, doc }
    }

    pub(super) const fn moment(name: &'static str, doc: &'static str) -> Self {
        Self { name, kind: ColumnKind::Moment, key: false, doc }
    }

    pub(super) const fn date(name: &'static str, doc: &'static str) -> Self {
        Self { name, kind: ColumnKind::Date, key: false, doc }
    }

    pub(super) const fn float(name: &'static str, doc: &'static str) -> Self {
        Self { name, kind: ColumnKind::Float, key: false, doc }
    }

    pub(crate) const fn integer(name: &'static str, doc: &'static str) -> Self {
        Self { name, kind: ColumnKind::Integer, key: false, doc }
    }

    pub(crate) const fn boolean(name: &'static str, doc: &'static str) -> Self {
        Self { name, kind: ColumnKind::Boolean, key: false, doc }
    }

    pub(crate) const fn bytes(name: &'static str, doc: &'static str) -> Self {
        Self { name, kind: ColumnKind::Bytes, key: false, doc }
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
            Self::Float => DataType::Float64,
            Self::Boolean => DataType::Boolean,
            Self::Bytes => DataType::Binary,
            Self::Date => DataType::Date32,
            Self::Moment => DataType::Timestamp(TimeUnit::Millisecond, Some(UTC.into())),
        }
    }

    /// The name in SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Text => "VARCHAR",
            Self::Integer => "BIGINT",
            Self::Float => "DOUBLE",
            Self::Boolean => "BOOLEAN",
            Self::Bytes => "BYTEA",
            Self::Date => "DATE",
            Self::Moment => "TIMESTAMP WITH TIME ZONE",
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

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<Bytes> for Cell {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<bool> for Cell {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

impl Cell {
    /// A text of which the service says "" where there is none.
    pub(super) fn filled(text: Option<&str>) -> Self {
        text.filter(|text| !text.is_empty()).into()
    }

    /// A day as the service writes it: `2020-05-31`. What is none is NULL.
    pub(super) fn date(text: Option<&str>) -> Self {
        text.and_then(|text| text.parse().ok()).map_or(Self::Null, Self::Date)
    }

    /// Milliseconds since 1970.
    pub(super) fn moment(ms: Option<i64>) -> Self {
        ms.map_or(Self::Null, Self::Moment)
    }

    /// A moment as the service writes it: `2018-12-04T18:18:48.000+0000`, or with a colon in the
    /// zone, or with Z. What is none is NULL.
    pub(super) fn moment_of(text: Option<&str>) -> Self {
        let parse = |text: &str| {
            DateTime::parse_from_rfc3339(text)
                .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
                .ok()
        };
        Self::moment(text.and_then(parse).map(|moment| moment.timestamp_millis()))
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
            array(columns[index].kind, cells)
        })
        .collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options)
        .map_err(|e| Error::new(ErrorKind::Internal, "a batch can't be built").with_source(e))
}

fn array<'c>(kind: ColumnKind, cells: impl Iterator<Item = &'c Cell>) -> ArrayRef {
    /// An array of the cells of one kind; what is of another is NULL.
    macro_rules! array {
        ($array:ty, $variant:ident) => {
            cells
                .map(|cell| if let Cell::$variant(v) = cell { Some(*v) } else { None })
                .collect::<$array>()
        };
    }
    match kind {
        ColumnKind::Text => Arc::new(
            cells
                .map(|cell| if let Cell::Text(v) = cell { Some(v.as_str()) } else { None })
                .collect::<StringArray>(),
        ),
        ColumnKind::Integer => Arc::new(array!(Int64Array, Integer)),
        ColumnKind::Float => Arc::new(array!(Float64Array, Float)),
        ColumnKind::Boolean => Arc::new(array!(BooleanArray, Boolean)),
        ColumnKind::Bytes => Arc::new(
            cells
                .map(|cell| if let Cell::Bytes(v) = cell { Some(v.as_ref()) } else { None })
                .collect::<BinaryArray>(),
        ),
        ColumnKind::Date => Arc::new(
            cells
                .map(|cell| match cell {
                    Cell::Date(v) => Some(Date32Type::from_naive_date(*v)),
                    _ => None,
                })
                .collect::<Date32Array>(),
        ),
        ColumnKind::Moment => {
            Arc::new(array!(TimestampMillisecondArray, Moment).with_timezone(UTC))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_every_form_that_the_service_has() {
        let expected = Cell::Moment(1_543_947_528_000);
        for text in [
            "2018-12-04T18:18:48.000+0000",
            "2018-12-04T18:18:48+00:00",
            "2018-12-04T18:18:48.000000000Z",
            "2018-12-04T20:18:48.000+0200",
        ] {
            assert_eq!(Cell::moment_of(Some(text)), expected, "{text}");
        }
        for text in [None, Some(""), Some("yesterday"), Some("2018-12-04")] {
            assert_eq!(Cell::moment_of(text), Cell::Null);
        }
    }

    #[test]
    fn days_that_are_none_are_null() {
        assert_eq!(
            Cell::date(Some("2399-12-31")),
            Cell::Date(NaiveDate::from_ymd_opt(2399, 12, 31).expect("a day"))
        );
        assert_eq!(Cell::date(Some("")), Cell::Null);
        assert_eq!(Cell::filled(Some("")), Cell::Null);
    }
}
