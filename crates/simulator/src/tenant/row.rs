//! A row of an export as it is written: cell by cell, straight into the file.

use std::fmt;
use std::io::Write as _;

use chrono::{Datelike, NaiveDate};

/// What numbers, flags and dates are made of.
const FIGURES: &[u8] = b"0123456789-.truefalse";

/// What a spreadsheet takes for the start of a formula.
const FORMULA_STARTS: &[u8] = b"=+-@\t";

const EIGHT_DIGITS: u64 = 100_000_000;

/// The letter `0` in each byte.
const ZEROS: u64 = 0x3030_3030_3030_3030;

/// What stands between year, month and day.
const HYPHENS: u128 = u128::from_le_bytes(*b"\0\0\0\0-\0\0-\0\0\0\0\0\0\0\0");

/// Two decimals, both zero.
const DECIMALS: u128 = u128::from_le_bytes(*b".00\0\0\0\0\0\0\0\0\0\0\0\0\0");

/// What stands between cells and around them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct CellForm {
    separator: String,
    delimiter: Option<char>,
    /// The bytes that make a closer look at a cell necessary.
    suspicious: Box<[bool; 256]>,
    /// The separator, if it is one byte and numbers, flags and dates never need quotes. It may be a digit.
    quick: Option<u8>,
    /// Whether cells that a spreadsheet would take for formulas are quoted too.
    escaped: bool,
}

impl CellForm {
    /// Prepares a form. Without a delimiter, nothing is quoted.
    pub(crate) fn new(separator: &str, delimiter: Option<char>) -> Self {
        let mut suspicious = Box::new([false; 256]);
        if let Some(delimiter) = delimiter {
            let first = delimiter.encode_utf8(&mut [0; 4]).as_bytes().first().copied();
            let starts = [first, separator.as_bytes().first().copied(), Some(b'\n'), Some(b'\r')];
            for byte in starts.into_iter().flatten() {
                suspicious[usize::from(byte)] = true;
            }
        }
        let quick = match separator.as_bytes() {
            &[separator] if !FIGURES.iter().any(|&byte| suspicious[usize::from(byte)]) => {
                Some(separator)
            }
            _ => None,
        };
        Self { separator: separator.to_owned(), delimiter, suspicious, quick, escaped: false }
    }

    /// Quotes cells that a spreadsheet would take for formulas.
    #[must_use]
    pub(crate) fn escaped(mut self) -> Self {
        for &start in FORMULA_STARTS {
            self.suspicious[usize::from(start)] = true;
        }
        // Figures may start with a hyphen.
        Self { escaped: true, quick: None, ..self }
    }

    /// What stands around cells that need it.
    pub(crate) fn delimiter(&self) -> Option<char> {
        self.delimiter
    }

    /// Tells whether a cell needs a closer look. Without leaving early, which is faster for short cells.
    fn suspects(&self, cell: &[u8]) -> bool {
        cell.iter().fold(false, |found, &byte| found | self.suspicious[usize::from(byte)])
    }

    fn needs_quotes(&self, cell: &str, delimiter: char) -> bool {
        let is_formula = |start: &u8| FORMULA_STARTS.contains(start);
        cell.contains(['\n', '\r', delimiter])
            || (self.escaped && cell.as_bytes().first().is_some_and(is_formula))
            || (!self.separator.is_empty() && cell.contains(self.separator.as_str()))
    }
}

impl fmt::Debug for CellForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CellForm")
            .field("separator", &self.separator)
            .field("delimiter", &self.delimiter)
            .finish_non_exhaustive()
    }
}

/// A row that is being written. Every call adds one cell, with quotes around it where they are needed.
#[derive(Debug)]
pub struct Row<'a> {
    form: &'a CellForm,
    out: &'a mut Vec<u8>,
    start: usize,
    /// The separator, when it is a byte that can be written together with a figure.
    quick: Option<u8>,
    /// Where each cell ends, when the cells themselves are wanted and no line of a file.
    ends: Option<&'a mut Vec<usize>>,
}

impl<'a> Row<'a> {
    /// Starts a line at the end of `out`.
    pub(crate) fn line(form: &'a CellForm, out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        Self { form, out, start, quick: form.quick, ends: None }
    }

    /// Ends the line.
    pub(crate) fn end(self, line_ending: &str) {
        if self.out.len() > self.start {
            // The last cell has a separator behind it too.
            self.out.truncate(self.out.len() - self.form.separator.len());
        }
        self.out.extend_from_slice(line_ending.as_bytes());
    }

    /// Returns the cells of a row, as they are without quotes.
    pub(crate) fn cells(write: impl FnOnce(&mut Row<'_>)) -> Vec<String> {
        let (mut out, mut ends) = (Vec::new(), Vec::new());
        let form = CellForm::new("", None);
        write(&mut Row {
            form: &form,
            out: &mut out,
            start: 0,
            quick: None,
            ends: Some(&mut ends),
        });
        let mut start = 0;
        ends.into_iter()
            .map(|end| {
                let cell = out.get(start..end).unwrap_or_default();
                start = end;
                String::from_utf8_lossy(cell).into_owned()
            })
            .collect()
    }

    /// Adds a cell of text.
    pub fn text(&mut self, cell: &str) {
        match self.form.delimiter {
            Some(delimiter)
                if self.form.suspects(cell.as_bytes())
                    && self.form.needs_quotes(cell, delimiter) =>
            {
                quote(cell, delimiter, self.out);
            }
            _ => self.out.extend_from_slice(cell.as_bytes()),
        }
        self.separate();
    }

    /// Adds an empty cell.
    pub fn blank(&mut self) {
        self.separate();
    }

    /// Adds a whole number.
    pub fn number(&mut self, value: impl Into<i128>) {
        let value = value.into();
        let start = self.out.len();
        if value < 0 {
            self.out.push(b'-');
        }
        match u64::try_from(value.unsigned_abs()) {
            Ok(size) => {
                let (text, length) = self.digits(size, 1);
                self.figure(start, text.into(), length);
            }
            Err(_) => {
                // Writing to a vector can't fail.
                let _ = write!(self.out, "{}", value.unsigned_abs());
                self.figure(start, 0, 0);
            }
        }
    }

    /// Adds hundredths as a number with two decimals: 123456 is `1234.56`.
    pub fn cents(&mut self, value: i64) {
        let start = self.out.len();
        let size = value.unsigned_abs();
        if value < 0 {
            self.out.push(b'-');
        }
        let (text, length) = self.digits(size / 100, 1);
        let decimals = (u128::from(eight_digits(size % 100) >> 40) & !0xFF) | DECIMALS;
        self.figure(start, u128::from(text) | (decimals << (8 * length)), length + 3);
    }

    /// Adds `true` or `false`.
    pub fn flag(&mut self, value: bool) {
        let word: &[u8; 8] = if value { b"true\0\0\0\0" } else { b"false\0\0\0" };
        let start = self.out.len();
        self.figure(start, u64::from_le_bytes(*word).into(), 5 - usize::from(value));
    }

    /// Adds a date: `2026-01-31`.
    pub fn date(&mut self, value: NaiveDate) {
        let start = self.out.len();
        match u64::try_from(value.year()) {
            Ok(year) if year < 10_000 => {
                let number = year * 10_000 + u64::from(value.month() * 100 + value.day());
                let digits = u128::from(eight_digits(number) | ZEROS);
                // A hyphen after the fourth digit and one after the sixth.
                let text = (digits & 0xFFFF_FFFF)
                    | ((digits >> 32 & 0xFFFF) << 40)
                    | ((digits >> 48) << 64)
                    | HYPHENS;
                self.figure(start, text, 10);
            }
            _ => {
                // Writing to a vector can't fail.
                let _ = write!(self.out, "{value}");
                self.figure(start, 0, 0);
            }
        }
    }

    /// Adds a code: a prefix and a number with zeros before it. `("C", 42, 5)` is `C00042`.
    pub fn code(&mut self, prefix: &str, number: u64, digits: usize) {
        let start = self.out.len();
        self.out.extend_from_slice(prefix.as_bytes());
        let (text, length) = self.digits(number, digits.max(1));
        if self.form.suspects(prefix.as_bytes()) {
            self.push(text.into(), length, None);
            self.check(start);
        } else {
            self.figure(start, text.into(), length);
        }
    }

    /// Adds what a value displays, or `format_args!`. The other methods are faster.
    pub fn display(&mut self, value: impl fmt::Display) {
        let start = self.out.len();
        // Writing to a vector can't fail.
        let _ = write!(self.out, "{value}");
        self.check(start);
    }

    /// Makes the last eight digits of a number, or fewer if it has no more, and writes those before.
    ///
    /// It has at least so many digits, with zeros before them.
    #[inline]
    fn digits(&mut self, value: u64, least: usize) -> (u64, usize) {
        if value >= EIGHT_DIGITS || least > 8 {
            self.first_digits(value / EIGHT_DIGITS, least.saturating_sub(8));
            return (eight_digits(value % EIGHT_DIGITS) | ZEROS, 8);
        }
        let digits = eight_digits(value);
        // The first digit stands in the lowest byte.
        let zeros = digits.trailing_zeros() / 8;
        let length = least.max(8 - zeros as usize);
        ((digits | ZEROS).unbounded_shr(64 - 8 * length as u32), length)
    }

    /// Writes the digits of a number before its last eight.
    #[cold]
    fn first_digits(&mut self, value: u64, least: usize) {
        let (text, length) = self.digits(value, least);
        self.push(text.into(), length, None);
    }

    /// Writes bytes, the first of which stands lowest, and one more.
    #[inline]
    fn push(&mut self, text: u128, length: usize, more: Option<u8>) {
        let text = text | (u128::from(more.unwrap_or(0)) << (8 * length));
        let length = length + usize::from(more.is_some());
        // Sixteen bytes at once, and then back, is faster than as many bytes as needed.
        self.out.extend_from_slice(&text.to_le_bytes());
        self.out.truncate(self.out.len() - 16 + length);
    }

    /// Ends a cell of figures, which began at `start`, with its last bytes.
    #[inline]
    fn figure(&mut self, start: usize, text: u128, length: usize) {
        if let Some(separator) = self.quick {
            self.push(text, length, Some(separator));
        } else {
            self.push(text, length, None);
            self.check(start);
        }
    }

    /// Ends a cell that began at `start`, and quotes it where that is needed.
    fn check(&mut self, start: usize) {
        if let Some(delimiter) = self.form.delimiter
            && self.form.suspects(self.out.get(start..).unwrap_or_default())
        {
            let cell = self.out.split_off(start);
            // Only whole strings were written, so nothing is ever replaced here.
            let cell = String::from_utf8_lossy(&cell);
            if self.form.needs_quotes(&cell, delimiter) {
                quote(&cell, delimiter, self.out);
            } else {
                self.out.extend_from_slice(cell.as_bytes());
            }
        }
        self.separate();
    }

    #[inline]
    fn separate(&mut self) {
        match (self.quick, &mut self.ends) {
            (Some(separator), _) => self.out.push(separator),
            (None, None) => self.out.extend_from_slice(self.form.separator.as_bytes()),
            (None, Some(ends)) => ends.push(self.out.len()),
        }
    }
}

/// Takes a number below 10⁸ apart: one digit in each byte, the first one in the lowest.
///
/// Halves, quarters and eighths are split off side by side in one register.
fn eight_digits(value: u64) -> u64 {
    let halves = (value / 10_000) | ((value % 10_000) << 32);
    let hundreds = ((halves * 10_486) >> 20) & 0x0000_007F_0000_007F;
    let quarters = hundreds | ((halves - 100 * hundreds) << 16);
    let tens = ((quarters * 103) >> 10) & 0x000F_000F_000F_000F;
    tens | ((quarters - 10 * tens) << 8)
}

fn quote(cell: &str, delimiter: char, out: &mut Vec<u8>) {
    let mut buffer = [0; 4];
    let mark = delimiter.encode_utf8(&mut buffer).as_bytes();
    out.extend_from_slice(mark);
    for (place, part) in cell.split(delimiter).enumerate() {
        if place > 0 {
            out.extend_from_slice(mark);
            out.extend_from_slice(mark);
        }
        out.extend_from_slice(part.as_bytes());
    }
    out.extend_from_slice(mark);
}

#[cfg(test)]
#[path = "row_tests.rs"]
mod tests;
