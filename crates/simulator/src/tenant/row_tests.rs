//! Cells as text, in files of every form.

use chrono::NaiveDate;

use super::super::super::random::{Random, cents};
use super::{CellForm, Row};

/// Writes a line.
fn line(separator: &str, delimiter: Option<char>, write: impl Fn(&mut Row<'_>)) -> String {
    let form = CellForm::new(separator, delimiter);
    let mut out = b"before".to_vec();
    let mut row = Row::line(&form, &mut out);
    write(&mut row);
    row.end("\n");
    let text = String::from_utf8(out).expect("UTF-8");
    text.strip_prefix("before").and_then(|text| text.strip_suffix('\n')).expect("both").to_owned()
}

/// Writes one cell, alone and between others, and returns its text.
fn cell(write: impl Fn(&mut Row<'_>)) -> String {
    let cells = Row::cells(|row| {
        write(row);
        row.blank();
        write(row);
    });
    let [first, blank, last] = cells.as_slice() else { panic!("three cells: {cells:?}") };
    assert_eq!((first, blank.as_str()), (last, ""));
    assert_eq!(line(",", Some('"'), &write), *first);
    first.clone()
}

#[test]
fn whole_numbers() {
    let mut values = vec![0, 7, 99_999_999, 100_000_000, 100_000_001, 9_999_999_999_999_999];
    values.extend([u64::MAX.into(), i64::MIN.into(), i128::MAX, i128::MIN, 10_i128.pow(19)]);
    values.extend((0..38).flat_map(|digits| [10_i128.pow(digits), 10_i128.pow(digits) - 1]));
    let mut random = Random::new(1);
    values.extend((0..5000_u32).map(|turn| i128::from(random.next() >> (turn % 64))));
    for value in values {
        assert_eq!(cell(|row| row.number(value)), value.to_string());
        let negative = value.checked_neg().unwrap_or(-1);
        assert_eq!(cell(|row| row.number(negative)), negative.to_string());
    }
}

#[test]
fn hundredths() {
    let mut random = Random::new(2);
    let more = (0..5000_u32).map(|turn| (random.next() >> (turn % 64)).cast_signed());
    let edges = [0, 5, 99, 100, 9_999_999_999, 10_000_000_000, i64::MAX, i64::MIN, -1, -100];
    for value in edges.into_iter().chain(more) {
        assert_eq!(cell(|row| row.cents(value)), cents(value));
    }
}

#[test]
fn dates_and_flags() {
    let days =
        [(1, 1, 1), (999, 12, 31), (2024, 2, 29), (9999, 12, 31), (10_000, 1, 1), (-5, 3, 4)];
    for (year, month, day) in days {
        let date = NaiveDate::from_ymd_opt(year, month, day).expect("a date");
        assert_eq!(cell(|row| row.date(date)), date.to_string());
    }
    assert_eq!(cell(|row| row.flag(true)), "true");
    assert_eq!(cell(|row| row.flag(false)), "false");
}

#[test]
fn codes() {
    for (number, digits) in [(0, 0), (0, 1), (42, 5), (42, 1), (7, 8), (7, 9), (12_345_678_901, 20)]
    {
        assert_eq!(cell(|row| row.code("Ä", number, digits)), format!("Ä{number:0digits$}"));
    }
    assert_eq!(line(",", Some('"'), |row| row.code("a,", 1, 2)), "\"a,01\"");
}

#[test]
fn a_separator_may_be_part_of_a_figure() {
    let day = NaiveDate::from_ymd_opt(2026, 1, 31).expect("a date");
    let write = |row: &mut Row<'_>| {
        row.number(-105);
        row.cents(-105);
        row.flag(true);
        row.date(day);
        row.code("c", 10, 3);
        row.display(format_args!("{:.1}", 0.5));
        row.text("");
        row.text("x-y");
        row.blank();
    };
    let plain = line("|", Some('"'), write);
    assert_eq!(plain, "-105|-1.05|true|2026-01-31|c010|0.5||x-y|");
    assert_eq!(line("0", Some('\''), write), "'-105'0'-1.05'0true0'2026-01-31'0'c010'0'0.5'00x-y0");
    assert_eq!(line("-", None, write), plain.replace('|', "-"));
    assert_eq!(line("-|", Some('"'), write), plain.replace('|', "-|"), "none holds both");
    assert_eq!(line(" – ", Some('1'), |row| row.number(2112)), "12111121");
    assert_eq!(line("", Some('"'), write), plain.replace('|', ""));
}

#[test]
fn a_row_may_have_no_cell() {
    assert_eq!(line(",", Some('"'), |_| ()), "");
    assert_eq!(line(",", Some('"'), |row| row.blank()), "");
    assert!(Row::cells(|_| ()).is_empty());
    assert_eq!(Row::cells(|row| row.blank()), [""]);
}
