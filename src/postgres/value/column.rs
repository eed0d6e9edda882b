//! A column of a batch, ready to be written row by row.

use std::sync::Arc;

use bytes::BytesMut;
use datafusion::arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Float32Array, Float64Array,
    Int16Array, Int32Array, Int64Array, ListArray, RecordBatch, StringArray,
    Time64MicrosecondArray, TimestampMicrosecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Schema, TimeUnit};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use super::kind::{Kind, TypeRow};
use super::{binary, text};
use crate::error::{Error, Result};

/// A column in the type that its values are written from.
#[derive(Debug)]
pub(in crate::postgres) enum Column {
    Bool(BooleanArray),
    Int2(Int16Array),
    Int4(Int32Array),
    Int8(Int64Array),
    Oid(Int64Array),
    Float4(Float32Array),
    Float8(Float64Array),
    /// As digits.
    Numeric(StringArray),
    Text(StringArray),
    Bytea(BinaryArray),
    Date(Date32Array),
    Time(Time64MicrosecondArray),
    Timestamp(TimestampMicrosecondArray),
    TimestampTz(TimestampMicrosecondArray),
    Array {
        lists: ListArray,
        elements: Box<Column>,
        element: &'static TypeRow,
    },
    Vector {
        lists: ListArray,
        elements: Box<Column>,
        element: u32,
    },
}

/// The columns of a batch, in the types of this schema, each with whether it is to be binary.
///
/// # Errors
/// When a value has no place in PostgreSQL's type: a year after 294,276, say.
pub(in crate::postgres) fn columns(
    batch: &RecordBatch,
    schema: &Schema,
    is_binary: impl Fn(usize) -> bool,
) -> Result<Vec<(Column, bool)>> {
    let columns = batch.columns().iter().zip(schema.fields()).enumerate();
    let columns = columns.map(|(index, (array, field))| {
        let column = Column::new(array, Kind::of(field))?;
        Ok((column, is_binary(index)))
    });
    columns.collect::<Result<_, ArrowError>>().map_err(|error| Error::from(&error))
}

/// Casts, and takes the result for what it is.
fn of<T: Array + Clone + 'static>(array: &ArrayRef, kind: &DataType) -> Result<T, ArrowError> {
    let cast = if array.data_type() == kind { Arc::clone(array) } else { cast(array, kind)? };
    cast.as_any().downcast_ref::<T>().cloned().ok_or_else(|| {
        ArrowError::CastError(format!("{} can't be read as {kind}", array.data_type()))
    })
}

/// What Arrow shows of each value.
fn shown(array: &ArrayRef) -> Result<StringArray, ArrowError> {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(array.as_ref(), &options)?;
    (0..array.len())
        .map(|row| match array.is_null(row) {
            true => Ok(None),
            false => formatter.value(row).try_to_string().map(Some),
        })
        .collect()
}

impl Column {
    fn new(array: &ArrayRef, kind: Kind) -> Result<Self, ArrowError> {
        let moment = DataType::Timestamp(TimeUnit::Microsecond, None);
        Ok(match kind {
            Kind::Bool => Self::Bool(of(array, &DataType::Boolean)?),
            Kind::Int2 => Self::Int2(of(array, &DataType::Int16)?),
            Kind::Int4 => Self::Int4(of(array, &DataType::Int32)?),
            Kind::Int8 => Self::Int8(of(array, &DataType::Int64)?),
            Kind::Oid => Self::Oid(of(array, &DataType::Int64)?),
            Kind::Float4 => Self::Float4(of(array, &DataType::Float32)?),
            Kind::Float8 => Self::Float8(of(array, &DataType::Float64)?),
            Kind::Numeric => Self::Numeric(shown(array)?),
            Kind::Text | Kind::Name | Kind::Char => match array.data_type() {
                DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => {
                    Self::Text(of(array, &DataType::Utf8)?)
                }
                DataType::Dictionary(..) => Self::Text(of(array, &DataType::Utf8)?),
                _ => Self::Text(shown(array)?),
            },
            Kind::Bytea => Self::Bytea(of(array, &DataType::Binary)?),
            Kind::Date => Self::Date(of(array, &DataType::Date32)?),
            Kind::Time => Self::Time(of(array, &DataType::Time64(TimeUnit::Microsecond))?),
            Kind::Timestamp => Self::Timestamp(of(array, &moment)?),
            Kind::TimestampTz => {
                // In UTC, whatever the zone that Arrow shows it in.
                let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
                let utc = cast(array, &utc)?;
                let utc: TimestampMicrosecondArray = of(&utc, utc.data_type())?;
                Self::TimestampTz(utc.with_timezone_opt::<Arc<str>>(None))
            }
            Kind::Array(element) => {
                let (lists, values) = lists(array)?;
                let kind = match element.oid {
                    26 => Kind::Oid,
                    _ => Kind::plain(values.data_type()),
                };
                let elements = Box::new(Self::new(&values, kind)?);
                Self::Array { lists, elements, element }
            }
            Kind::Vector(vector) => {
                let (lists, values) = lists(array)?;
                let (kind, element) = match vector.oid {
                    30 => (Kind::Oid, 26),
                    _ => (Kind::Int2, 21),
                };
                let elements = Box::new(Self::new(&values, kind)?);
                Self::Vector { lists, elements, element }
            }
        })
    }

    /// Whether a value is NULL.
    pub(super) fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Bool(array) => array.is_null(row),
            Self::Int2(array) => array.is_null(row),
            Self::Int4(array) => array.is_null(row),
            Self::Int8(array) | Self::Oid(array) => array.is_null(row),
            Self::Float4(array) => array.is_null(row),
            Self::Float8(array) => array.is_null(row),
            Self::Numeric(array) | Self::Text(array) => array.is_null(row),
            Self::Bytea(array) => array.is_null(row),
            Self::Date(array) => array.is_null(row),
            Self::Time(array) => array.is_null(row),
            Self::Timestamp(array) | Self::TimestampTz(array) => array.is_null(row),
            Self::Array { lists, .. } | Self::Vector { lists, .. } => lists.is_null(row),
        }
    }

    /// Writes a value as text, if it isn't NULL.
    pub(in crate::postgres) fn text(&self, row: usize, body: &mut BytesMut) -> bool {
        let is_there = !self.is_null(row);
        if is_there {
            text::write(self, row, body);
        }
        is_there
    }

    /// Writes a value as its binary form, if it isn't NULL.
    pub(in crate::postgres) fn binary(&self, row: usize, body: &mut BytesMut) -> bool {
        let is_there = !self.is_null(row);
        if is_there {
            binary::write(self, row, body);
        }
        is_there
    }
}

/// Lists and all of their elements.
fn lists(array: &ArrayRef) -> Result<(ListArray, ArrayRef), ArrowError> {
    let item = match array.data_type() {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => item,
        other => return Err(ArrowError::CastError(format!("{other} is no list"))),
    };
    let lists: ListArray = of(array, &DataType::List(Arc::clone(item)))?;
    let values = Arc::clone(lists.values());
    Ok((lists, values))
}
