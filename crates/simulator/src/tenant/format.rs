//! Formats of line items and list properties.
//!
//! Values are kept as text: numbers in their shortest form, `true` and `false`, days as `2021-01-31`,
//! and the ids of items and periods, so that a renamed item is shown by its new name everywhere.

use super::calendar::Scale;

/// The format of a line item or of a list's property.
#[derive(Clone, Debug, PartialEq)]
pub enum Format {
    /// A number.
    Number(NumberFormat),
    /// Text.
    Text(TextKind),
    /// `true` or `false`.
    Boolean,
    /// A day.
    Date,
    /// An item of the list with this name or id, or of `Users`.
    List(String),
    /// A period of the model's calendar.
    Time(Scale),
    /// No data: a heading.
    None,
}

/// How numbers look to people. Cells read through the API are not formatted by it.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberFormat {
    /// Digits after the point; -1 for all there are.
    pub decimal_places: i8,
    /// Significant digits at least.
    pub minimum_significant_digits: u8,
    /// `NONE`, `CURRENCY`, `PERCENTAGE` or `CUSTOM`.
    pub units_type: String,
    /// The custom unit or the currency's sign.
    pub custom_units: Option<String>,
}

impl Default for NumberFormat {
    fn default() -> Self {
        Self {
            decimal_places: -1,
            minimum_significant_digits: 4,
            units_type: "NONE".to_owned(),
            custom_units: None,
        }
    }
}

/// The kinds of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// Any text.
    General,
    /// An email address.
    Email,
    /// A link.
    Link,
}

impl Format {
    /// A number with all its digits.
    pub fn number() -> Self {
        Self::Number(NumberFormat::default())
    }

    /// Any text.
    pub fn text() -> Self {
        Self::Text(TextKind::General)
    }

    /// An item of a list.
    pub fn list(name: &str) -> Self {
        Self::List(name.to_owned())
    }

    /// The name that `format` of a line item shows.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Number(_) => "NUMBER",
            Self::Text(_) => "TEXT",
            Self::Boolean => "BOOLEAN",
            Self::Date => "DATE",
            Self::List(_) => "LIST",
            Self::Time(_) => "TIME PERIOD",
            Self::None => "NONE",
        }
    }

    /// The name that `formatMetadata.dataType` and an export's `dataTypes` show.
    pub fn data_type(&self) -> &'static str {
        match self {
            Self::List(_) => "ENTITY",
            Self::Time(_) => "TIME_ENTITY",
            other => other.name(),
        }
    }
}

/// Prints a number as cells print it: the shortest text that reads back the same, without exponent.
pub(crate) fn number_text(number: f64) -> String {
    // Zero has one form only.
    if number == 0.0 { "0".to_owned() } else { number.to_string() }
}
