//! Values as bytes, in the order of the network.

use bytes::{BufMut, BytesMut};

use super::column::Column;
use super::text::range;

/// From 1970 to 2000, where PostgreSQL begins to count.
const DAYS: i32 = 10_957;
const MICROSECONDS: i64 = DAYS as i64 * 86_400_000_000;

/// Writes a value that is there.
pub(super) fn write(column: &Column, row: usize, body: &mut BytesMut) {
    match column {
        Column::Bool(array) => body.put_u8(u8::from(array.value(row))),
        Column::Int2(array) => body.put_i16(array.value(row)),
        Column::Int4(array) => body.put_i32(array.value(row)),
        Column::Int8(array) => body.put_i64(array.value(row)),
        Column::Oid(array) => body.put_u32(u32::try_from(array.value(row)).unwrap_or_default()),
        Column::Float4(array) => body.put_f32(array.value(row)),
        Column::Float8(array) => body.put_f64(array.value(row)),
        Column::Numeric(array) => numeric(array.value(row), body),
        Column::Text(array) => body.put_slice(array.value(row).as_bytes()),
        Column::Bytea(array) => body.put_slice(array.value(row)),
        Column::Date(array) => body.put_i32(array.value(row).saturating_sub(DAYS)),
        Column::Time(array) => body.put_i64(array.value(row)),
        Column::Timestamp(array) | Column::TimestampTz(array) => {
            body.put_i64(array.value(row).saturating_sub(MICROSECONDS));
        }
        Column::Array { lists, elements, element } => {
            list(lists.value_offsets(), elements, (element.oid, 1), row, body);
        }
        // They count from nought.
        Column::Vector { lists, elements, element } => {
            list(lists.value_offsets(), elements, (*element, 0), row, body);
        }
    }
}

fn list(
    offsets: &[i32],
    elements: &Column,
    (oid, first): (u32, i32),
    row: usize,
    body: &mut BytesMut,
) {
    let places = range(offsets, row);
    let has_nulls = places.clone().any(|place| elements.is_null(place));
    body.put_i32(i32::from(!places.is_empty()));
    body.put_i32(i32::from(has_nulls));
    body.put_u32(oid);
    if places.is_empty() {
        return;
    }
    body.put_i32(i32::try_from(places.len()).unwrap_or(i32::MAX));
    body.put_i32(first);
    for place in places {
        let start = body.len();
        body.put_i32(-1);
        if elements.binary(place, body) {
            let length = i32::try_from(body.len() - start - 4).unwrap_or(i32::MAX);
            body[start..start + 4].copy_from_slice(&length.to_be_bytes());
        }
    }
}

/// A number in digits of base 10,000: how many there are, the weight of the first, the sign, how many
/// decimals are shown, and the digits.
fn numeric(text: &str, body: &mut BytesMut) {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (0x4000, digits),
        None => (0, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    let shown = fraction.len();
    // To whole groups of four on both sides of the point.
    let whole = format!("{}{whole}", "0".repeat((4 - whole.len() % 4) % 4));
    let fraction = format!("{fraction}{}", "0".repeat((4 - shown % 4) % 4));
    let groups: Vec<i16> = whole
        .as_bytes()
        .chunks(4)
        .chain(fraction.as_bytes().chunks(4))
        .map(|group| group.iter().fold(0, |value, digit| value * 10 + i16::from(digit - b'0')))
        .collect();
    let leading = groups.iter().take_while(|group| **group == 0).count();
    let trailing = groups[leading..].iter().rev().take_while(|group| **group == 0).count();
    let kept = &groups[leading..groups.len() - trailing];
    let weight = i16::try_from(whole.len() / 4).unwrap_or_default()
        - 1
        - i16::try_from(leading).unwrap_or_default();
    body.put_u16(u16::try_from(kept.len()).unwrap_or_default());
    body.put_i16(if kept.is_empty() { 0 } else { weight });
    body.put_u16(if kept.is_empty() { 0 } else { sign });
    body.put_u16(u16::try_from(shown).unwrap_or_default());
    kept.iter().for_each(|group| body.put_i16(*group));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<i16> {
        let mut body = BytesMut::new();
        numeric(text, &mut body);
        body.chunks(2).map(|pair| i16::from_be_bytes([pair[0], pair[1]])).collect()
    }

    #[test]
    fn numbers_are_groups_of_four_digits() {
        // Count, weight, sign, decimals, digits.
        assert_eq!(parts("0"), [0, 0, 0, 0]);
        assert_eq!(parts("0.00"), [0, 0, 0, 2]);
        assert_eq!(parts("1"), [1, 0, 0, 0, 1]);
        assert_eq!(parts("-12345.678"), [3, 1, 0x4000, 3, 1, 2345, 6780]);
        assert_eq!(parts("0.0001"), [1, -1, 0, 4, 1]);
        assert_eq!(parts("0.00001"), [1, -2, 0, 5, 1000]);
        assert_eq!(parts("10000"), [1, 1, 0, 0, 1]);
        assert_eq!(parts("18446744073709551615"), [5, 4, 0, 0, 1844, 6744, 737, 955, 1615]);
    }
}
