//! Values as literals.

use std::fmt::Write;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::common::ScalarValue;

use crate::error::{Error, ErrorKind, Result};

/// A value as SQL writes it. A call takes simple literals only, so that a negative number has no
/// parentheses there.
///
/// # Errors
/// When its type has no literal.
pub(super) fn literal(
    values: &ArrayRef,
    row: usize,
    backslashes: bool,
    in_call: bool,
) -> Result<String> {
    let value = ScalarValue::try_from_array(values, row)?;
    let value = match value {
        ScalarValue::Dictionary(_, inner) => *inner,
        value => value,
    };
    if value.is_null() {
        return Ok("NULL".to_owned());
    }
    let number = |text: String| match (text.starts_with('-'), in_call) {
        (false, _) => text,
        // After another minus, it would begin a comment.
        (true, true) => format!(" {text}"),
        (true, false) => format!("({text})"),
    };
    Ok(match &value {
        ScalarValue::Boolean(Some(true)) => "TRUE".to_owned(),
        ScalarValue::Boolean(Some(false)) => "FALSE".to_owned(),
        ScalarValue::Int8(Some(it)) => number(it.to_string()),
        ScalarValue::Int16(Some(it)) => number(it.to_string()),
        ScalarValue::Int32(Some(it)) => number(it.to_string()),
        // Without its sign it is too large.
        ScalarValue::Int64(Some(i64::MIN)) => cast(&i64::MIN.to_string(), "Int64", false),
        ScalarValue::Int64(Some(it)) => number(it.to_string()),
        ScalarValue::UInt8(Some(it)) => it.to_string(),
        ScalarValue::UInt16(Some(it)) => it.to_string(),
        ScalarValue::UInt32(Some(it)) => it.to_string(),
        ScalarValue::UInt64(Some(it)) => it.to_string(),
        ScalarValue::Float32(Some(it)) => float(f64::from(*it), number),
        ScalarValue::Float64(Some(it)) => float(*it, number),
        ScalarValue::Utf8(Some(it))
        | ScalarValue::LargeUtf8(Some(it))
        | ScalarValue::Utf8View(Some(it)) => text(it, backslashes),
        ScalarValue::Date32(Some(_)) => {
            format!("DATE {}", text(&shown(values, row)?, false))
        }
        ScalarValue::Binary(Some(it))
        | ScalarValue::LargeBinary(Some(it))
        | ScalarValue::BinaryView(Some(it)) => bytes(it),
        ScalarValue::Date64(_)
        | ScalarValue::Decimal32(..)
        | ScalarValue::Decimal64(..)
        | ScalarValue::Decimal128(..)
        | ScalarValue::Decimal256(..)
        | ScalarValue::Time32Second(_)
        | ScalarValue::Time32Millisecond(_)
        | ScalarValue::Time64Microsecond(_)
        | ScalarValue::Time64Nanosecond(_)
        | ScalarValue::TimestampSecond(..)
        | ScalarValue::TimestampMillisecond(..)
        | ScalarValue::TimestampMicrosecond(..)
        | ScalarValue::TimestampNanosecond(..) => {
            let shown = shown(values, row)?;
            cast(&shown, &value.data_type().to_string(), backslashes)
        }
        other => {
            let text = format!("a parameter can't be of type {}", other.data_type());
            return Err(Error::new(ErrorKind::Unsupported, text));
        }
    })
}

fn shown(values: &ArrayRef, row: usize) -> Result<String> {
    array_value_to_string(values, row).map_err(|error| Error::from(&error))
}

fn float(value: f64, number: impl Fn(String) -> String) -> String {
    if value.is_finite() {
        // With a point or an exponent, so that it stays what it is.
        return number(format!("{value:?}"));
    }
    cast(&value.to_string(), "Float64", false)
}

fn text(value: &str, backslashes: bool) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('\'');
    for character in value.chars() {
        if character == '\'' || (character == '\\' && backslashes) {
            quoted.push(character);
        }
        quoted.push(character);
    }
    quoted.push('\'');
    quoted
}

fn bytes(value: &[u8]) -> String {
    let mut literal = String::with_capacity(2 * value.len() + 3);
    literal.push_str("X'");
    for byte in value {
        // Writing to a text never fails.
        let _ = write!(literal, "{byte:02x}");
    }
    literal.push('\'');
    literal
}

fn cast(value: &str, kind: &str, backslashes: bool) -> String {
    format!("arrow_cast({}, {})", text(value, backslashes), text(kind, backslashes))
}
