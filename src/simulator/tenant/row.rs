//! A row of an export as it is written: cell by cell, straight into the file.

use std::fmt;
use std::io::Write as _;

use chrono::{Datelike, NaiveDate};

/// What numbers, flags and dates are made of.
const FIGURES: &[u8] = b"0123456789-.truefalse";

/// The digits of a `u64` at most.
const DIGITS: usize = 20;

/// What stands between cells and around them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct CellForm {
    separator: String,
    delimiter: Option<char>,
    /// The bytes that make a closer look at a cell necessary.
    suspicious: Box<[bool; 256]>,
    /// Whether numbers, flags and dates never need quotes. A separator may be a digit.
    plain_figures: bool,
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
        let plain_figures = !FIGURES.iter().any(|&byte| suspicious[usize::from(byte)]);
        Self { separator: separator.to_owned(), delimiter, suspicious, plain_figures }
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
        cell.contains(['\n', '\r', delimiter])
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
    /// Where each cell ends, when the cells themselves are wanted and no line of a file.
    ends: Option<&'a mut Vec<usize>>,
}

impl<'a> Row<'a> {
    /// Starts a line at the end of `out`.
    pub(crate) fn line(form: &'a CellForm, out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        Self { form, out, start, ends: None }
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
        write(&mut Row { form: &form, out: &mut out, start: 0, ends: Some(&mut ends) });
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
        match u64::try_from(value.unsigned_abs()) {
            Ok(size) => {
                self.sign(value < 0);
                self.digits(size, 1);
            }
            // Writing to a vector can't fail.
            Err(_) => {
                let _ = write!(self.out, "{value}");
            }
        }
        self.figure(start);
    }

    /// Adds hundredths as a number with two decimals: 123456 is `1234.56`.
    pub fn cents(&mut self, value: i64) {
        let start = self.out.len();
        let size = value.unsigned_abs();
        self.sign(value < 0);
        self.digits(size / 100, 1);
        self.out.push(b'.');
        self.digits(size % 100, 2);
        self.figure(start);
    }

    /// Adds `true` or `false`.
    pub fn flag(&mut self, value: bool) {
        let start = self.out.len();
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
        self.figure(start);
    }

    /// Adds a date: `2026-01-31`.
    pub fn date(&mut self, value: NaiveDate) {
        let start = self.out.len();
        match u64::try_from(value.year()) {
            Ok(year) if year < 10_000 => {
                self.digits(year, 4);
                self.out.push(b'-');
                self.digits(u64::from(value.month()), 2);
                self.out.push(b'-');
                self.digits(u64::from(value.day()), 2);
            }
            _ => {
                let _ = write!(self.out, "{value}");
            }
        }
        self.figure(start);
    }

    /// Adds a code: a prefix and a number with zeros before it. `("C", 42, 5)` is `C00042`.
    pub fn code(&mut self, prefix: &str, number: u64, digits: usize) {
        let start = self.out.len();
        self.out.extend_from_slice(prefix.as_bytes());
        self.digits(number, digits);
        self.check(start);
    }

    /// Adds what a value displays, or `format_args!`. The other methods are faster.
    pub fn display(&mut self, value: impl fmt::Display) {
        let start = self.out.len();
        // Writing to a vector can't fail.
        let _ = write!(self.out, "{value}");
        self.check(start);
    }

    fn sign(&mut self, negative: bool) {
        if negative {
            self.out.push(b'-');
        }
    }

    /// Writes at least so many digits, with zeros before them.
    fn digits(&mut self, mut value: u64, least: usize) {
        let mut digits = [b'0'; DIGITS];
        let mut start = DIGITS;
        for place in digits.iter_mut().rev() {
            if value == 0 {
                break;
            }
            // A remainder of ten is a digit.
            *place = b'0' + (value % 10) as u8;
            value /= 10;
            start -= 1;
        }
        let start = start.min(DIGITS - least.min(DIGITS));
        self.out.extend_from_slice(digits.get(start..).unwrap_or_default());
    }

    /// Ends a cell of figures, which began at `start`.
    fn figure(&mut self, start: usize) {
        if self.form.plain_figures {
            self.separate();
        } else {
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

    fn separate(&mut self) {
        match &mut self.ends {
            None => match self.form.separator.as_bytes() {
                &[separator] => self.out.push(separator),
                separator => self.out.extend_from_slice(separator),
            },
            Some(ends) => ends.push(self.out.len()),
        }
    }
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
