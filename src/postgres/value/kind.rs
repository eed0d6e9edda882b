//! Types as PostgreSQL numbers and names them.

use std::collections::HashMap;

use datafusion::arrow::datatypes::{DataType, Field};

/// The key of a field's metadata that says what a column of the catalog is in PostgreSQL, where that
/// is more than Arrow's type.
pub(in crate::postgres) const KIND: &str = "postgres.type";

/// What a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::postgres) enum Kind {
    Bool,
    Int2,
    Int4,
    Int8,
    Oid,
    Float4,
    Float8,
    Numeric,
    Text,
    Name,
    Char,
    Bytea,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    /// Of such elements; none of it is an array of arrays.
    Array(&'static TypeRow),
    /// Numbers with blanks between them.
    Vector(&'static TypeRow),
}

/// A type, as `pg_type` has it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::postgres) struct TypeRow {
    pub(in crate::postgres) oid: u32,
    /// Its name in the catalog.
    pub(in crate::postgres) name: &'static str,
    /// Its name in SQL.
    pub(in crate::postgres) sql: &'static str,
    /// In bytes; negative where it differs.
    pub(in crate::postgres) size: i16,
    pub(in crate::postgres) category: &'static str,
    /// The oid of its arrays.
    pub(in crate::postgres) array: u32,
    /// What begins the names of its functions for input and output.
    pub(in crate::postgres) functions: &'static str,
}

const fn row(
    oid: u32,
    (name, sql, functions): (&'static str, &'static str, &'static str),
    size: i16,
    category: &'static str,
    array: u32,
) -> TypeRow {
    TypeRow { oid, name, sql, size, category, array, functions }
}

/// The types that columns here may have, and those that clients ask for when they begin.
pub(in crate::postgres) static TYPES: &[TypeRow] = &[
    row(16, ("bool", "boolean", "bool"), 1, "B", 1000),
    row(17, ("bytea", "bytea", "bytea"), -1, "U", 1001),
    row(18, ("char", "\"char\"", "char"), 1, "Z", 1002),
    row(19, ("name", "name", "name"), 64, "S", 1003),
    row(20, ("int8", "bigint", "int8"), 8, "N", 1016),
    row(21, ("int2", "smallint", "int2"), 2, "N", 1005),
    row(22, ("int2vector", "int2vector", "int2vector"), -1, "A", 1006),
    row(23, ("int4", "integer", "int4"), 4, "N", 1007),
    row(24, ("regproc", "regproc", "regproc"), 4, "N", 1008),
    row(25, ("text", "text", "text"), -1, "S", 1009),
    row(26, ("oid", "oid", "oid"), 4, "N", 1028),
    row(30, ("oidvector", "oidvector", "oidvector"), -1, "A", 1013),
    row(114, ("json", "json", "json_"), -1, "U", 199),
    row(700, ("float4", "real", "float4"), 4, "N", 1021),
    row(701, ("float8", "double precision", "float8"), 8, "N", 1022),
    row(705, ("unknown", "unknown", "unknown"), -2, "X", 0),
    row(1042, ("bpchar", "character", "bpchar"), -1, "S", 1014),
    row(1043, ("varchar", "character varying", "varchar"), -1, "S", 1015),
    row(1082, ("date", "date", "date_"), 4, "D", 1182),
    row(1083, ("time", "time without time zone", "time_"), 8, "D", 1183),
    row(1114, ("timestamp", "timestamp without time zone", "timestamp_"), 8, "D", 1115),
    row(1184, ("timestamptz", "timestamp with time zone", "timestamptz_"), 8, "D", 1185),
    row(1186, ("interval", "interval", "interval_"), 16, "T", 1187),
    row(1266, ("timetz", "time with time zone", "timetz_"), 12, "D", 1270),
    row(1700, ("numeric", "numeric", "numeric_"), -1, "N", 1231),
    row(2205, ("regclass", "regclass", "regclass"), 4, "N", 2210),
    row(2206, ("regtype", "regtype", "regtype"), 4, "N", 2211),
    row(2249, ("record", "record", "record_"), -1, "P", 2287),
    row(2278, ("void", "void", "void_"), 4, "P", 0),
    row(2950, ("uuid", "uuid", "uuid_"), 16, "U", 2951),
    row(3802, ("jsonb", "jsonb", "jsonb_"), -1, "U", 3807),
    row(4089, ("regnamespace", "regnamespace", "regnamespace"), 4, "N", 4090),
];

static OTHER: TypeRow = row(25, ("text", "text", "text"), -1, "S", 1009);

/// The type of this oid.
fn with_oid(oid: u32) -> &'static TypeRow {
    TYPES.iter().find(|row| row.oid == oid).unwrap_or(&OTHER)
}

/// The type of this name, in the catalog or in SQL.
pub(in crate::postgres) fn type_named(name: &str) -> Option<&'static TypeRow> {
    let name = name.strip_prefix("pg_catalog.").unwrap_or(name);
    TYPES.iter().find(|row| {
        row.name.eq_ignore_ascii_case(name.trim_matches('"')) || row.sql.eq_ignore_ascii_case(name)
    })
}

impl Kind {
    /// What a field of a result is.
    pub(in crate::postgres) fn of(field: &Field) -> Self {
        Self::marked(field.metadata(), field.data_type())
            .unwrap_or_else(|| Self::plain(field.data_type()))
    }

    fn marked(metadata: &HashMap<String, String>, kind: &DataType) -> Option<Self> {
        // What has been computed of it may have another type, and still the mark.
        match (metadata.get(KIND)?.as_str(), kind) {
            ("oid", DataType::Int64) => Some(Self::Oid),
            ("name", DataType::Utf8 | DataType::Utf8View) => Some(Self::Name),
            ("char", DataType::Utf8 | DataType::Utf8View) => Some(Self::Char),
            ("int2vector", DataType::List(_)) => Some(Self::Vector(with_oid(22))),
            ("oidvector", DataType::List(_)) => Some(Self::Vector(with_oid(30))),
            ("oids", DataType::List(_)) => Some(Self::Array(with_oid(26))),
            _ => None,
        }
    }

    /// What an Arrow type is. What PostgreSQL hasn't is a text.
    pub(in crate::postgres) fn plain(kind: &DataType) -> Self {
        match kind {
            DataType::Boolean => Self::Bool,
            DataType::Int8 | DataType::Int16 | DataType::UInt8 => Self::Int2,
            DataType::Int32 | DataType::UInt16 => Self::Int4,
            DataType::Int64 | DataType::UInt32 => Self::Int8,
            DataType::Float16 | DataType::Float32 => Self::Float4,
            DataType::Float64 => Self::Float8,
            DataType::UInt64
            | DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..) => Self::Numeric,
            DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_) => Self::Bytea,
            DataType::Date32 | DataType::Date64 => Self::Date,
            DataType::Time32(_) | DataType::Time64(_) => Self::Time,
            DataType::Timestamp(_, None) => Self::Timestamp,
            DataType::Timestamp(_, Some(_)) => Self::TimestampTz,
            DataType::Dictionary(_, value) => Self::plain(value),
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                match Self::plain(item.data_type()) {
                    Self::Array(_) | Self::Vector(_) => Self::Text,
                    element => Self::Array(with_oid(element.oid())),
                }
            }
            _ => Self::Text,
        }
    }

    /// The number that clients know it by.
    pub(in crate::postgres) fn oid(self) -> u32 {
        match self {
            Self::Bool => 16,
            Self::Bytea => 17,
            Self::Char => 18,
            Self::Name => 19,
            Self::Int8 => 20,
            Self::Int2 => 21,
            Self::Int4 => 23,
            Self::Text => 25,
            Self::Oid => 26,
            Self::Float4 => 700,
            Self::Float8 => 701,
            Self::Date => 1082,
            Self::Time => 1083,
            Self::Timestamp => 1114,
            Self::TimestampTz => 1184,
            Self::Numeric => 1700,
            Self::Array(element) => element.array,
            Self::Vector(vector) => vector.oid,
        }
    }

    /// How many bytes its values have, if that is the same for all.
    pub(in crate::postgres) fn size(self) -> i16 {
        match self {
            Self::Array(_) => -1,
            kind => with_oid(kind.oid()).size,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_a_type_of_the_catalog() {
        for kind in [
            Kind::Bool,
            Kind::Bytea,
            Kind::Char,
            Kind::Name,
            Kind::Int8,
            Kind::Int2,
            Kind::Int4,
            Kind::Oid,
            Kind::Float4,
            Kind::Float8,
            Kind::Date,
            Kind::Time,
            Kind::Timestamp,
            Kind::TimestampTz,
            Kind::Numeric,
        ] {
            assert_eq!(with_oid(kind.oid()).oid, kind.oid(), "{kind:?}");
        }
        assert_eq!(type_named("double precision").map(|it| it.oid), Some(701));
        assert_eq!(type_named("pg_catalog.int4").map(|it| it.oid), Some(23));
    }
}
