//! The types that cells are read as.

use datafusion::arrow::datatypes::DataType as ArrowType;

/// The types of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// Float64.
    Number,
    /// Boolean.
    Boolean,
    /// Date32.
    Date,
    /// Utf8.
    Text,
}

impl CellKind {
    /// The Arrow type.
    pub fn arrow(self) -> ArrowType {
        match self {
            Self::Number => ArrowType::Float64,
            Self::Boolean => ArrowType::Boolean,
            Self::Date => ArrowType::Date32,
            Self::Text => ArrowType::Utf8,
        }
    }

    /// The name in SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Number => "DOUBLE",
            Self::Boolean => "BOOLEAN",
            Self::Date => "DATE",
            Self::Text => "VARCHAR",
        }
    }
}
