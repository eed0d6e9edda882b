//! Values of parameters, as literals.

use std::fmt::Write;

use bytes::{Buf, Bytes};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta};

use super::kind::TYPES;
use crate::postgres::problem::{Outcome, Problem};

/// A value as SQL writes it. A call takes simple literals only.
///
/// # Errors
/// When it is none of its type.
pub(in crate::postgres) fn literal(
    value: Option<&Bytes>,
    oid: u32,
    is_binary: bool,
    in_call: bool,
) -> Outcome<String> {
    let Some(value) = value else { return Ok(placeholder(oid, in_call)) };
    let bad = || {
        let name = TYPES.iter().find(|row| row.oid == oid).map_or("its type", |row| row.sql);
        Problem::new("22P02", format!("the value of a parameter is no {name}"))
    };
    if let Some(element) = TYPES.iter().find(|row| row.array == oid && oid != 0) {
        let items = match is_binary {
            true => binary_items(value.clone()),
            false => std::str::from_utf8(value).ok().and_then(text_items),
        };
        let items = items.ok_or_else(bad)?;
        let literals = items.iter().map(|it| literal(it.as_ref(), element.oid, is_binary, in_call));
        let literals = literals.collect::<Outcome<Vec<_>>>()?;
        return Ok(format!("make_array({})", literals.join(", ")));
    }
    let text = match is_binary {
        true => from_binary(value.clone(), oid),
        false => std::str::from_utf8(value).ok().map(str::to_owned),
    };
    written(&text.ok_or_else(bad)?, oid, in_call).ok_or_else(bad)
}

/// NULL of a type, in the place of a value that isn't known.
pub(in crate::postgres) fn placeholder(oid: u32, in_call: bool) -> String {
    let kind = match oid {
        _ if in_call => return "NULL".to_owned(),
        16 => "BOOLEAN",
        17 => "BYTEA",
        20 | 26 => "BIGINT",
        21 => "SMALLINT",
        23 => "INT",
        700 => "REAL",
        701 | 1700 => "DOUBLE",
        1082 => "DATE",
        1083 => "TIME",
        1114 | 1184 => "TIMESTAMP",
        _ if TYPES.iter().any(|row| row.array == oid && oid != 0) => return "NULL".to_owned(),
        _ => "VARCHAR",
    };
    format!("CAST(NULL AS {kind})")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn written(text: &str, oid: u32, in_call: bool) -> Option<String> {
    // After another minus, one would begin a comment.
    let number = |text: String| match (text.starts_with('-'), in_call) {
        (false, _) => text,
        (true, true) => format!(" {text}"),
        (true, false) => format!("({text})"),
    };
    let trimmed = text.trim();
    Some(match oid {
        16 => match trimmed.to_ascii_lowercase().as_str() {
            "t" | "true" | "y" | "yes" | "on" | "1" => "TRUE".to_owned(),
            "f" | "false" | "n" | "no" | "off" | "0" => "FALSE".to_owned(),
            _ => return None,
        },
        20 | 21 | 23 | 26 => match trimmed.parse::<i64>().ok()? {
            // Without its sign it is too large.
            i64::MIN => format!("CAST({} AS BIGINT)", quoted(trimmed)),
            value => number(value.to_string()),
        },
        700 | 701 => {
            let value: f64 = trimmed.parse().ok()?;
            match value.is_finite() {
                true => number(format!("{value:?}")),
                false => format!("CAST({} AS DOUBLE)", quoted(&value.to_string())),
            }
        }
        1700 => {
            let is_number = trimmed.bytes().any(|it| it.is_ascii_digit())
                && trimmed.bytes().all(|it| it.is_ascii_digit() || b"+-.eE".contains(&it));
            let value: f64 = trimmed.parse().ok()?;
            match is_number && value.is_finite() {
                true => number(trimmed.trim_start_matches('+').to_owned()),
                false => format!("CAST({} AS DOUBLE)", quoted(&value.to_string())),
            }
        }
        17 => match text.strip_prefix("\\x") {
            Some(digits) if digits.bytes().all(|it| it.is_ascii_hexdigit()) => {
                format!("X'{digits}'")
            }
            _ => return None,
        },
        _ if in_call => quoted(text),
        // Java sends a zone along.
        1082 => format!("DATE {}", quoted(trimmed.split(' ').next().unwrap_or_default())),
        1114 | 1184 => format!("TIMESTAMP {}", quoted(trimmed)),
        1083 => format!("CAST({} AS TIME)", quoted(trimmed)),
        _ => quoted(text),
    })
}

/// A binary value as text.
fn from_binary(mut value: Bytes, oid: u32) -> Option<String> {
    let length = value.len();
    let fits = |size: usize| (length == size).then_some(());
    Some(match oid {
        16 => fits(1).map(|()| if value.get_u8() == 0 { "f" } else { "t" }.to_owned())?,
        21 => fits(2).map(|()| value.get_i16().to_string())?,
        23 => fits(4).map(|()| value.get_i32().to_string())?,
        26 | 24 | 2205 | 2206 => fits(4).map(|()| value.get_u32().to_string())?,
        20 => fits(8).map(|()| value.get_i64().to_string())?,
        700 => fits(4).map(|()| value.get_f32().to_string())?,
        701 => fits(8).map(|()| format!("{:?}", value.get_f64()))?,
        1700 => numeric(value)?,
        17 => {
            let mut text = "\\x".to_owned();
            for byte in value {
                // Writing to a text never fails.
                let _ = write!(text, "{byte:02x}");
            }
            text
        }
        1082 => {
            fits(4)?;
            let days = value.get_i32();
            let by = Days::new(u64::from(days.unsigned_abs()));
            let start = NaiveDate::from_ymd_opt(2000, 1, 1)?;
            match days < 0 {
                true => start.checked_sub_days(by)?,
                false => start.checked_add_days(by)?,
            }
            .to_string()
        }
        1083 => {
            fits(8)?;
            let micros = value.get_i64();
            let (seconds, micros) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
            let seconds = u32::try_from(seconds).ok()?;
            let nanos = u32::try_from(micros * 1000).ok()?;
            NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos)?.to_string()
        }
        1114 | 1184 => {
            fits(8)?;
            let start = DateTime::from_timestamp(946_684_800, 0)?;
            let moment = start.checked_add_signed(TimeDelta::microseconds(value.get_i64()))?;
            moment.format("%Y-%m-%d %H:%M:%S%.6f").to_string()
        }
        2950 => {
            fits(16)?;
            let digits = value.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]]
                .join("-")
        }
        3802 => {
            // Behind the number of its version.
            if length == 0 {
                return None;
            }
            value.advance(1);
            String::from_utf8(value.to_vec()).ok()?
        }
        0 | 18 | 19 | 25 | 114 | 705 | 1042 | 1043 => String::from_utf8(value.to_vec()).ok()?,
        _ => return None,
    })
}

/// A number from its digits of base 10,000.
fn numeric(mut value: Bytes) -> Option<String> {
    if value.len() < 8 {
        return None;
    }
    let (count, weight) = (value.get_u16(), value.get_i16());
    let (sign, shown) = (value.get_u16(), usize::from(value.get_u16()));
    if value.len() != 2 * usize::from(count) {
        return None;
    }
    let groups: Vec<u16> = (0..count).map(|_| value.get_u16()).collect();
    let group = |place: i32| {
        let place = usize::try_from(place).ok()?;
        groups.get(place).copied()
    };
    let mut text = match sign {
        0 => String::new(),
        0x4000 => "-".to_owned(),
        0xC000 => return Some("NaN".to_owned()),
        0xD000 => return Some("Infinity".to_owned()),
        0xF000 => return Some("-Infinity".to_owned()),
        _ => return None,
    };
    let weight = i32::from(weight);
    let whole: String =
        (0..=weight).map(|place| format!("{:04}", group(place).unwrap_or(0))).collect();
    let whole = whole.trim_start_matches('0');
    text.push_str(if whole.is_empty() { "0" } else { whole });
    if shown > 0 {
        let groups = i32::try_from(shown.div_ceil(4)).ok()?;
        let fraction =
            (1..=groups).map(|place| format!("{:04}", group(weight + place).unwrap_or(0)));
        text.push('.');
        text.push_str(fraction.collect::<String>().get(..shown)?);
    }
    Some(text)
}

/// The elements of an array of one dimension.
fn binary_items(mut value: Bytes) -> Option<Vec<Option<Bytes>>> {
    if value.len() < 12 {
        return None;
    }
    let dimensions = value.get_i32();
    value.advance(8);
    if dimensions == 0 {
        return Some(Vec::new());
    }
    if dimensions != 1 || value.len() < 8 {
        return None;
    }
    let count = value.get_u32();
    value.advance(4);
    let mut item = || {
        let length = (value.len() >= 4).then(|| value.get_u32())?;
        if length == u32::MAX {
            return Some(None);
        }
        let length = usize::try_from(length).ok()?;
        (value.len() >= length).then(|| Some(value.split_to(length)))
    };
    (0..count).map(|_| item()).collect()
}

/// The elements of `{a,NULL,"b c"}`.
fn text_items(text: &str) -> Option<Vec<Option<Bytes>>> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut items = Vec::new();
    if inner.trim().is_empty() {
        return Some(items);
    }
    let mut characters = inner.chars();
    loop {
        let (mut item, mut is_quoted, mut is_inside) = (String::new(), false, false);
        let more = loop {
            match characters.next() {
                None if is_inside => return None,
                None => break false,
                Some('\\') => item.push(characters.next()?),
                Some('"') => (is_quoted, is_inside) = (true, !is_inside),
                Some(',') if !is_inside => break true,
                Some('{' | '}') if !is_inside => return None,
                Some(character) => item.push(character),
            }
        };
        let is_null = !is_quoted && item.trim().eq_ignore_ascii_case("null");
        let item = if is_quoted { item } else { item.trim().to_owned() };
        items.push((!is_null).then(|| Bytes::from(item)));
        if !more {
            return Some(items);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str, oid: u32) -> String {
        match literal(Some(&Bytes::copy_from_slice(value.as_bytes())), oid, false, false) {
            Ok(literal) => literal,
            Err(problem) => problem.sqlstate.to_owned(),
        }
    }

    fn binary(value: &'static [u8], oid: u32) -> String {
        match literal(Some(&Bytes::from_static(value)), oid, true, false) {
            Ok(literal) => literal,
            Err(problem) => problem.sqlstate.to_owned(),
        }
    }

    #[test]
    fn texts_become_literals_of_their_type() {
        assert_eq!(text("it's", 25), "'it''s'");
        assert_eq!(text("5", 20), "5");
        assert_eq!(text("-5", 23), "(-5)");
        assert_eq!(text("1.50", 1700), "1.50");
        assert_eq!(text("1; DROP", 1700), "22P02");
        assert_eq!(text("5x", 23), "22P02");
        assert_eq!(text("on", 16), "TRUE");
        assert_eq!(text("2026-01-31", 1082), "DATE '2026-01-31'");
        assert_eq!(text("\\x00ff", 17), "X'00ff'");
        assert_eq!(
            text("{a,NULL,\"b, \\\"c\"}", 1009),
            "make_array('a', CAST(NULL AS VARCHAR), 'b, \"c')"
        );
        assert_eq!(text("{1,2}", 1016), "make_array(1, 2)");
        assert_eq!(text("{}", 1009), "make_array()");
        assert_eq!(text("{a", 1009), "22P02");
    }

    #[test]
    fn bytes_become_literals_of_their_type() {
        assert_eq!(binary(&[0, 0, 0, 5], 23), "5");
        assert_eq!(binary(&[0, 5], 23), "22P02");
        assert_eq!(binary(&[0, 0, 0, 1], 1082), "DATE '2000-01-02'");
        assert_eq!(binary(&[0; 8], 1114), "TIMESTAMP '2000-01-01 00:00:00.000000'");
        // 12345.678
        let number = &[0, 3, 0, 1, 0, 0, 0, 3, 0, 1, 9, 41, 26, 124];
        assert_eq!(binary(number, 1700), "12345.678");
        assert_eq!(binary(&[0, 1, 0xff, 0xff, 0x40, 0, 0, 4, 0, 1], 1700), "(-0.0001)");
        assert_eq!(
            binary(b"\0\0\0\x01\0\0\0\0\0\0\0\x17\0\0\0\x01\0\0\0\x01\0\0\0\x04\0\0\0\x07", 1007),
            "make_array(7)"
        );
        for oid in [16, 17, 20, 700, 1083, 1114, 1700, 1007, 2950, 3802, 9999] {
            drop(binary(b"", oid));
            drop(binary(b"\xff\xff\xff", oid));
        }
    }

    #[test]
    fn a_call_gets_simple_literals() {
        let value = Bytes::from_static(b"-5");
        assert_eq!(literal(Some(&value), 23, false, true).ok().as_deref(), Some(" -5"));
        assert_eq!(literal(None, 23, false, true).ok().as_deref(), Some("NULL"));
        let day = Bytes::from_static(b"2026-01-31");
        assert_eq!(literal(Some(&day), 1082, false, true).ok().as_deref(), Some("'2026-01-31'"));
    }
}
