//! What cells mean: the common forms fast, all others by the standard library and chrono.

use memchr::memchr;

/// The powers of ten that a float holds exactly, as far as a short number needs them.
const POWERS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// A look at each byte of such a cell takes less than a call to find one.
const SHORT: usize = 32;

/// The largest whole number below which floats hold all others.
const EXACT: u64 = 1 << 53;

/// A number of at most 15 digits. Both the digits and the power of ten are exact, so that their
/// quotient is the float nearest to the number, as the standard library's parser gives it.
#[inline]
pub(crate) fn short_number(cell: &[u8]) -> Option<f64> {
    let (negative, digits) = match cell {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.len() > POWERS.len() {
        return None;
    }
    let mut value = 0_u64;
    let mut rest = digits.iter();
    let mut decimals = None;
    for &byte in rest.by_ref() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            if byte != b'.' {
                return None;
            }
            decimals = Some(rest.len());
            break;
        }
        value = value * 10 + u64::from(digit);
    }
    for &byte in rest {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    // Nothing before the point or behind it is for the other parser to judge.
    let whole = digits.len() - decimals.map_or(0, |decimals| decimals + 1);
    if whole == 0 || decimals == Some(0) || value > EXACT {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "it was just checked")]
    let value = value as f64 / POWERS[decimals.unwrap_or(0)];
    Some(if negative { -value } else { value })
}

/// Cells are unformatted, with a point before the decimals.
pub(crate) fn number(cell: &[u8]) -> Result<Option<f64>, &'static str> {
    const WANTED: &str = "a number was expected";
    let cell = cell.trim_ascii();
    if cell.is_empty() {
        return Ok(None);
    }
    let text = std::str::from_utf8(cell).map_err(|_| WANTED)?;
    text.parse().map(Some).map_err(|_| WANTED)
}

pub(crate) fn boolean(cell: &[u8]) -> Result<Option<bool>, &'static str> {
    match cell.trim_ascii() {
        b"" => Ok(None),
        // Digits were seen in lists only, but nobody has shown what all tenants print.
        cell if cell == b"1" || cell.eq_ignore_ascii_case(b"true") => Ok(Some(true)),
        cell if cell == b"0" || cell.eq_ignore_ascii_case(b"false") => Ok(Some(false)),
        _ => Err("true or false was expected"),
    }
}

/// Days since 1970, from ten characters such as `2021-01-31`.
#[inline]
pub(crate) fn short_date(cell: &[u8]) -> Option<i32> {
    const DAYS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let &[a, b, c, d, b'-', e, f, b'-', g, h] = cell else { return None };
    let digits = [a, b, c, d, e, f, g, h].map(|byte| byte.wrapping_sub(b'0'));
    if digits.iter().any(|&digit| digit > 9) {
        return None;
    }
    let [a, b, c, d, e, f, g, h] = digits.map(u32::from);
    let (year, month, day) = (a * 1000 + b * 100 + c * 10 + d, e * 10 + f, g * 10 + h);
    let leaps = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let most = DAYS.get(month.checked_sub(1)? as usize)? + u32::from(leaps && month == 2);
    if day == 0 || day > most {
        return None;
    }
    // Years that begin in March end with the leap day; 719,468 days after the first of them is 1970.
    let (year, month) =
        if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    i32::try_from(days).ok().map(|days| days - 719_468)
}

/// Days since 1970, from `2021-01-31`.
pub(crate) fn date(cell: &[u8]) -> Result<Option<i32>, &'static str> {
    const WANTED: &str = "a date such as 2021-01-31 was expected";
    let cell = cell.trim_ascii();
    if cell.is_empty() {
        return Ok(None);
    }
    let text = std::str::from_utf8(cell).map_err(|_| WANTED)?;
    // chrono takes `2021-1-3` too, which is fine, but not the form of the digits only.
    let day = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| WANTED)?;
    let days = day.signed_duration_since(chrono::NaiveDate::default()).num_days();
    i32::try_from(days).map(Some).map_err(|_| WANTED)
}

/// The text of a short cell in quotes that holds none.
#[inline]
pub(crate) fn simply_quoted(cell: &[u8], quote: u8) -> Option<&[u8]> {
    match cell {
        [first, inner @ .., last] if *first == quote && *last == quote => {
            (inner.len() <= SHORT && !inner.contains(&quote)).then_some(inner)
        }
        _ => None,
    }
}

/// Adds the text of a cell that begins with a quote.
pub(crate) fn unquote(cell: &[u8], quote: u8, text: &mut Vec<u8>) {
    let mut rest = cell.get(1..).unwrap_or_default();
    while let Some(place) = memchr(quote, rest) {
        text.extend_from_slice(&rest[..place]);
        rest = &rest[place + 1..];
        if rest.first() != Some(&quote) {
            break;
        }
        text.push(quote);
        rest = &rest[1..];
    }
    text.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cells_are_read_as_anaplan_writes_them() {
        assert_eq!(number(b"62.25000000000001"), Ok(Some(62.250_000_000_000_01)));
        assert_eq!(number(b" -1e3 "), Ok(Some(-1000.0)));
        assert_eq!(number(b""), Ok(None));
        assert!(number(b"1,5").is_err());
        assert!(number(b"\xff").is_err());
        assert_eq!(boolean(b"true"), Ok(Some(true)));
        assert_eq!(boolean(b"FALSE"), Ok(Some(false)));
        assert_eq!(boolean(b" "), Ok(None));
        assert_eq!(boolean(b"1"), Ok(Some(true)));
        assert_eq!(boolean(b"0"), Ok(Some(false)));
        assert!(boolean(b"2").is_err());
        assert_eq!(date(b"1970-01-02"), Ok(Some(1)));
        assert_eq!(date(b"1969-12-31"), Ok(Some(-1)));
        assert_eq!(date(b"2021-01-31"), Ok(Some(18_658)));
        assert_eq!(date(b""), Ok(None));
        for wrong in ["31/01/2021", "2021-02-30", "Jan 21", "20210131"] {
            assert!(date(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn short_forms_leave_what_is_odd_to_the_others() {
        assert_eq!(short_number(b"-0").map(f64::to_bits), Some((-0.0_f64).to_bits()));
        assert_eq!(short_number(b"0.1"), Some(0.1));
        assert_eq!(short_number(b"9007199254740993"), None);
        for odd in ["", "-", ".", "1.", ".5", "-.5", "1.2.3", "1e3", "+1", " 1", "1 ", "1,5", "inf"]
        {
            assert_eq!(short_number(odd.as_bytes()), None, "{odd:?}");
        }
        for odd in
            ["", "2021-1-3", "2021-02-29", "2021-00-10", "2021-13-10", "2021-01-00", "0000-01-01"]
        {
            assert_eq!(short_date(odd.as_bytes()), None, "{odd:?}");
        }
    }

    #[test]
    fn every_day_is_the_same_in_both_forms() {
        let first = chrono::NaiveDate::from_ymd_opt(1, 1, 1).expect("a day");
        for day in first.iter_days().step_by(17).take_while(|day| day.to_string().len() == 10) {
            let text = day.to_string();
            assert_eq!(Ok(short_date(text.as_bytes())), date(text.as_bytes()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn short_numbers_are_those_of_the_standard_library(text in r"-?[0-9]{0,9}\.?[0-9]{0,9}") {
            if let Some(value) = short_number(text.as_bytes()) {
                let expected: f64 = text.parse().expect("a number");
                prop_assert_eq!(value.to_bits(), expected.to_bits());
            }
        }

        #[test]
        fn short_dates_are_those_of_chrono(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}") {
            if let Some(days) = short_date(text.as_bytes()) {
                prop_assert_eq!(date(text.as_bytes()), Ok(Some(days)));
            }
        }
    }
}
