//! The tree of objects as Arrow.

use std::sync::Arc;

use adbc_core::error::Result;
use adbc_core::schemas::{
    COLUMN_SCHEMA, CONSTRAINT_SCHEMA, GET_OBJECTS_SCHEMA, OBJECTS_DB_SCHEMA_SCHEMA, TABLE_SCHEMA,
};
use anaplan_sql::table::sql_type;
use arrow::array::{
    ArrayRef, Int16Array, Int32Array, ListArray, RecordBatch, StringArray, StructArray,
    new_empty_array, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields};

use super::{CatalogObject, ColumnObject, SchemaObject, TableObject};

/// All objects, nested as [`GET_OBJECTS_SCHEMA`] says.
pub(crate) fn batch(catalogs: &[CatalogObject]) -> Result<RecordBatch> {
    let schemas: Vec<&SchemaObject> =
        catalogs.iter().filter_map(|it| it.schemas.as_ref()).flatten().collect();
    let lengths = catalogs.iter().map(|it| it.schemas.as_ref().map(Vec::len));
    let schemas = list(&OBJECTS_DB_SCHEMA_SCHEMA, lengths, schema_array(&schemas)?)?;
    let names = texts(catalogs.iter().map(|it| it.name.as_str()));
    Ok(RecordBatch::try_new(Arc::clone(&GET_OBJECTS_SCHEMA), vec![names, schemas])?)
}

fn schema_array(schemas: &[&SchemaObject]) -> Result<ArrayRef> {
    let tables: Vec<&TableObject> =
        schemas.iter().filter_map(|it| it.tables.as_ref()).flatten().collect();
    let lengths = schemas.iter().map(|it| it.tables.as_ref().map(Vec::len));
    let tables = list(&TABLE_SCHEMA, lengths, table_array(&tables)?)?;
    let names = texts(schemas.iter().map(|it| it.name.as_str()));
    structs(&OBJECTS_DB_SCHEMA_SCHEMA, schemas.len(), vec![names, tables])
}

fn table_array(tables: &[&TableObject]) -> Result<ArrayRef> {
    let columns: Vec<&ColumnObject> =
        tables.iter().filter_map(|it| it.columns.as_ref()).flatten().collect();
    let lengths = tables.iter().map(|it| it.columns.as_ref().map(Vec::len));
    let columns = list(&COLUMN_SCHEMA, lengths, column_array(&columns)?)?;
    // Anaplan has none that a reader could count on.
    let lengths = tables.iter().map(|it| it.columns.as_ref().map(|_| 0));
    let constraints = list(&CONSTRAINT_SCHEMA, lengths, new_empty_array(&CONSTRAINT_SCHEMA))?;
    let names = texts(tables.iter().map(|it| it.name.as_str()));
    let kinds = texts(tables.iter().map(|it| it.kind));
    structs(&TABLE_SCHEMA, tables.len(), vec![names, kinds, columns, constraints])
}

fn column_array(columns: &[&ColumnObject]) -> Result<ArrayRef> {
    let nullable = |column: &&ColumnObject| column.field.is_nullable();
    let codes: Int16Array = columns.iter().map(|it| xdbc_type(it.field.data_type())).collect();
    let codes: ArrayRef = Arc::new(codes);
    let wanted = fields(&COLUMN_SCHEMA);
    let arrays = wanted.iter().map(|field| -> ArrayRef {
        match field.name().as_str() {
            "column_name" => texts(columns.iter().map(|it| it.field.name().as_str())),
            "ordinal_position" => {
                Arc::new(Int32Array::from_iter_values(columns.iter().map(|it| it.position)))
            }
            "remarks" => Arc::new(columns.iter().map(|it| it.remarks).collect::<StringArray>()),
            "xdbc_type_name" => {
                let names = columns.iter().map(|it| sql_type(it.field.data_type()));
                Arc::new(StringArray::from_iter_values(names))
            }
            "xdbc_data_type" | "xdbc_sql_data_type" => Arc::clone(&codes),
            "xdbc_nullable" => {
                let all = columns.iter().map(|it| i16::from(nullable(it)));
                Arc::new(Int16Array::from_iter_values(all))
            }
            "xdbc_is_nullable" => {
                texts(columns.iter().map(|it| if nullable(it) { "YES" } else { "NO" }))
            }
            _ => new_null_array(field.data_type(), columns.len()),
        }
    });
    structs(&COLUMN_SCHEMA, columns.len(), arrays.collect())
}

/// The number that JDBC and ODBC have for a type.
fn xdbc_type(kind: &DataType) -> Option<i16> {
    Some(match kind {
        DataType::Boolean => -7,
        DataType::Int8 => -6,
        DataType::Int16 => 5,
        DataType::Int32 => 4,
        DataType::Int64 => -5,
        DataType::Float32 => 7,
        DataType::Float64 => 8,
        DataType::Decimal128(..) | DataType::Decimal256(..) => 3,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => 12,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => -3,
        DataType::Date32 | DataType::Date64 => 91,
        DataType::Time32(_) | DataType::Time64(_) => 92,
        DataType::Timestamp(..) => 93,
        _ => return None,
    })
}

fn texts<'a>(all: impl Iterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(all))
}

fn fields(kind: &DataType) -> Fields {
    match kind {
        DataType::Struct(fields) => fields.clone(),
        _ => Fields::empty(),
    }
}

fn structs(kind: &DataType, length: usize, arrays: Vec<ArrayRef>) -> Result<ArrayRef> {
    Ok(Arc::new(StructArray::try_new_with_length(fields(kind), arrays, None, length)?))
}

/// Lists of these lengths; no length is no list.
fn list(
    kind: &DataType,
    lengths: impl Iterator<Item = Option<usize>> + Clone,
    values: ArrayRef,
) -> Result<ArrayRef> {
    let nulls: NullBuffer =
        lengths.clone().map(|length| length.is_some()).collect::<Vec<_>>().into();
    let offsets = OffsetBuffer::from_lengths(lengths.map(Option::unwrap_or_default));
    let field = Arc::new(Field::new_list_field(kind.clone(), true));
    Ok(Arc::new(ListArray::try_new(field, offsets, values, Some(nulls))?))
}
