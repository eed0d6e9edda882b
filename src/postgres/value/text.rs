//! Values as PostgreSQL writes them.

use std::fmt::Write;

use bytes::{BufMut, BytesMut};
use chrono::{DateTime, Days, NaiveDate};

use super::column::Column;

/// Writes a value that is there.
pub(super) fn write(column: &Column, row: usize, body: &mut BytesMut) {
    // Writing to bytes never fails: they grow.
    let done = match column {
        Column::Bool(array) => body.write_str(if array.value(row) { "t" } else { "f" }),
        Column::Int2(array) => write!(body, "{}", array.value(row)),
        Column::Int4(array) => write!(body, "{}", array.value(row)),
        Column::Int8(array) | Column::Oid(array) => write!(body, "{}", array.value(row)),
        Column::Float4(array) => {
            let value = array.value(row);
            body.write_str(&float(f64::from(value), &format!("{value:e}"), &value.to_string(), 6))
        }
        Column::Float8(array) => {
            let value = array.value(row);
            body.write_str(&float(value, &format!("{value:e}"), &value.to_string(), 15))
        }
        Column::Numeric(array) | Column::Text(array) => body.write_str(array.value(row)),
        Column::Bytea(array) => {
            let bytes = array.value(row);
            body.reserve(2 * bytes.len() + 2);
            body.put_slice(b"\\x");
            bytes.iter().try_for_each(|byte| write!(body, "{byte:02x}"))
        }
        Column::Date(array) => day(array.value(row), body),
        Column::Time(array) => time(array.value(row), body),
        Column::Timestamp(array) => moment(array.value(row), "", body),
        Column::TimestampTz(array) => moment(array.value(row), "+00", body),
        Column::Array { lists, elements, .. } => {
            list(lists.value_offsets(), elements, row, body);
            Ok(())
        }
        Column::Vector { lists, elements, .. } => {
            for (place, element) in range(lists.value_offsets(), row).enumerate() {
                if place > 0 {
                    body.put_u8(b' ');
                }
                write(elements, element, body);
            }
            Ok(())
        }
    };
    debug_assert!(done.is_ok(), "bytes take everything");
}

/// The places of a list's elements.
pub(super) fn range(offsets: &[i32], row: usize) -> std::ops::Range<usize> {
    let place =
        |row: usize| offsets.get(row).and_then(|it| usize::try_from(*it).ok()).unwrap_or_default();
    place(row)..place(row + 1)
}

/// A number with as few digits as tell it from all others: in scientific notation where C's `%g`
/// would choose it.
fn float(value: f64, scientific: &str, plain: &str, digits: i32) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return plain.to_owned() };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..digits).contains(&exponent) {
        return plain.to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("a day");

fn day(days: i32, body: &mut BytesMut) -> std::fmt::Result {
    let by = Days::new(u64::from(days.unsigned_abs()));
    let day = if days < 0 { EPOCH.checked_sub_days(by) } else { EPOCH.checked_add_days(by) };
    match day {
        Some(day) => date(day, body).and_then(|after| body.write_str(after)),
        None => body.write_str(if days < 0 { "-infinity" } else { "infinity" }),
    }
}

/// Writes a date, and gives what stands at the end of years before the first.
fn date(day: NaiveDate, body: &mut BytesMut) -> Result<&'static str, std::fmt::Error> {
    use chrono::Datelike;
    let year = day.year();
    let (shown, after) = if year < 1 { (1 - year, " BC") } else { (year, "") };
    write!(body, "{shown:04}-{:02}-{:02}", day.month(), day.day())?;
    Ok(after)
}

fn time(micros: i64, body: &mut BytesMut) -> std::fmt::Result {
    let (seconds, micros) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    write!(body, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
    if micros == 0 {
        return Ok(());
    }
    let fraction = format!("{micros:06}");
    write!(body, ".{}", fraction.trim_end_matches('0'))
}

fn moment(micros: i64, zone: &str, body: &mut BytesMut) -> std::fmt::Result {
    let Some(moment) = DateTime::from_timestamp_micros(micros) else {
        return body.write_str(if micros < 0 { "-infinity" } else { "infinity" });
    };
    let after = date(moment.date_naive(), body)?;
    body.put_u8(b' ');
    time(micros.rem_euclid(86_400_000_000), body)?;
    body.write_str(zone)?;
    body.write_str(after)
}

fn list(offsets: &[i32], elements: &Column, row: usize, body: &mut BytesMut) {
    body.put_u8(b'{');
    let mut element = BytesMut::new();
    for (place, index) in range(offsets, row).enumerate() {
        if place > 0 {
            body.put_u8(b',');
        }
        element.clear();
        if !elements.text(index, &mut element) {
            body.put_slice(b"NULL");
            continue;
        }
        let is_odd = |byte: &u8| b"{},\"\\ \t\n\r\x0b\x0c".contains(byte);
        let is_null = element.eq_ignore_ascii_case(b"null");
        if !element.is_empty() && !is_null && !element.iter().any(is_odd) {
            body.put_slice(&element);
            continue;
        }
        body.put_u8(b'"');
        for byte in &element {
            if matches!(byte, b'"' | b'\\') {
                body.put_u8(b'\\');
            }
            body.put_u8(*byte);
        }
        body.put_u8(b'"');
    }
    body.put_u8(b'}');
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{
        Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array,
        Float64Array, ListArray, RecordBatch, StringArray, Time64NanosecondArray,
        TimestampMillisecondArray, UInt64Array,
    };
    use datafusion::arrow::datatypes::Int32Type;

    use super::super::columns;
    use super::*;

    fn texts(array: impl Array + 'static) -> Vec<String> {
        let array: ArrayRef = Arc::new(array);
        let batch = RecordBatch::try_from_iter([("x", array)]).expect("a batch");
        let columns = columns(&batch, batch.schema_ref(), |_| false).expect("columns");
        (0..batch.num_rows())
            .map(|row| {
                let mut body = BytesMut::new();
                match columns[0].0.text(row, &mut body) {
                    true => String::from_utf8_lossy(&body).into_owned(),
                    false => "NULL".to_owned(),
                }
            })
            .collect()
    }

    #[test]
    fn numbers_are_postgresqls() {
        let numbers = vec![
            0.0,
            -0.0,
            1.0,
            0.1,
            1e14,
            1e15,
            1.5e300,
            1e-4,
            1e-5,
            -2.5e-10,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ];
        assert_eq!(
            texts(Float64Array::from(numbers)),
            [
                "0",
                "-0",
                "1",
                "0.1",
                "100000000000000",
                "1e+15",
                "1.5e+300",
                "0.0001",
                "1e-05",
                "-2.5e-10",
                "NaN",
                "Infinity",
                "-Infinity"
            ]
        );
        assert_eq!(
            texts(Float32Array::from(vec![0.1, 1e6, 123_456.0])),
            ["0.1", "1e+06", "123456"]
        );
        assert_eq!(texts(UInt64Array::from(vec![u64::MAX])), ["18446744073709551615"]);
        let decimals = Decimal128Array::from(vec![Some(-150), None]);
        let decimals = decimals.with_precision_and_scale(10, 2).expect("a scale");
        assert_eq!(texts(decimals), ["-1.50", "NULL"]);
    }

    #[test]
    fn days_and_moments_are_iso() {
        assert_eq!(
            texts(Date32Array::from(vec![0, 20_000, -719_529])),
            ["1970-01-01", "2024-10-04", "0002-12-31 BC"]
        );
        let moments = TimestampMillisecondArray::from(vec![0, 1_500, -1]);
        assert_eq!(
            texts(moments.clone()),
            ["1970-01-01 00:00:00", "1970-01-01 00:00:01.5", "1969-12-31 23:59:59.999"]
        );
        assert_eq!(
            texts(moments.with_timezone("+02:00"))[0],
            "1970-01-01 00:00:00+00",
            "a moment is shown in UTC"
        );
        assert_eq!(
            texts(Time64NanosecondArray::from(vec![3_661_000_001_000])),
            ["01:01:01.000001"]
        );
    }

    #[test]
    fn bytes_truths_and_lists_are_postgresqls() {
        assert_eq!(texts(BooleanArray::from(vec![true, false])), ["t", "f"]);
        assert_eq!(texts(BinaryArray::from(vec![b"\x00\xff".as_slice()])), ["\\x00ff"]);
        let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([
            Some(vec![Some(1), None]),
            None,
            Some(vec![]),
        ]);
        assert_eq!(texts(lists), ["{1,NULL}", "NULL", "{}"]);
        assert_eq!(texts(StringArray::from(vec!["a\"b", ""])), ["a\"b", ""]);
        let mut builder = datafusion::arrow::array::ListBuilder::new(
            datafusion::arrow::array::StringBuilder::new(),
        );
        for value in ["plain", "", "null", "a\"b\\", "x, y"] {
            builder.values().append_value(value);
        }
        builder.append(true);
        assert_eq!(texts(builder.finish()), [r#"{plain,"","null","a\"b\\","x, y"}"#]);
    }
}
