//! Records from pieces of text that are cut anywhere.
//!
//! RFC 4180, read as leniently as spreadsheets do: a quote is special only at a field's start,
//! and what follows its closing quote belongs to the field. The `csv` crate isn't used for
//! reading, because three things that matter here are lost in it: a blank line is a row of a
//! single-column export, a file that ends inside quotes is broken, and errors need the line at
//! which a record began.

use std::ops::ControlFlow;

use anaplan_sql_csv::Dialect;
use memchr::{memchr, memchr_iter, memchr3};

use crate::error::{Error, ErrorKind, Result};

/// A record longer than this is a sign of a wrong quote character.
const MAX_RECORD: usize = 64 << 20;

/// Makes sure that a record that hasn't ended, and begins in this line, isn't too long.
pub(in crate::table) fn check_length(length: usize, line: u64) -> Result<()> {
    if length <= MAX_RECORD {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Data, format!("the record that begins in line {line} does not end"))
        .with_hint("is the text delimiter of the file the one that its metadata names?"))
}

/// The fields of one line, or of several where quotes hold line breaks.
#[derive(Debug, Clone, Copy)]
pub(in crate::table) struct Record<'a> {
    text: &'a [u8],
    /// Where each field ends in `text`.
    ends: &'a [usize],
    /// The line of the file at which it begins, from 1.
    pub(in crate::table) line: u64,
}

impl<'a> Record<'a> {
    pub(in crate::table) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A field's text, unquoted; empty beyond the last one.
    pub(in crate::table) fn field(&self, index: usize) -> &'a [u8] {
        let Some(&end) = self.ends.get(index) else { return &[] };
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..end]
    }

    pub(in crate::table) fn fields(&self) -> impl Iterator<Item = &'a [u8]> + use<'a, '_> {
        (0..self.len()).map(|index| self.field(index))
    }

    /// Whether the line is empty.
    pub(in crate::table) fn is_blank(&self) -> bool {
        self.ends == [0]
    }

    pub(in crate::table) fn keep(&self) -> OwnedRecord {
        OwnedRecord { text: self.text.to_vec(), ends: self.ends.to_vec(), line: self.line }
    }
}

/// A record that outlives the piece it came from.
#[derive(Debug, Clone)]
pub(in crate::table) struct OwnedRecord {
    text: Vec<u8>,
    ends: Vec<usize>,
    line: u64,
}

impl OwnedRecord {
    pub(in crate::table) fn as_record(&self) -> Record<'_> {
        Record { text: &self.text, ends: &self.ends, line: self.line }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    RecordStart,
    FieldStart,
    Plain,
    Quoted,
    /// A quote inside quotes: the closing one, or the first half of a literal one.
    QuoteSeen,
    /// A carriage return outside quotes: half of a line end, or a character.
    ReturnSeen,
}

/// Splits text into records.
#[derive(Debug)]
pub(in crate::table) struct RecordReader {
    separator: u8,
    quote: Option<u8>,
    state: State,
    text: Vec<u8>,
    ends: Vec<usize>,
    line: u64,
    /// Where the current record began.
    began: u64,
}

type Flow = ControlFlow<()>;

impl RecordReader {
    pub(in crate::table) fn new(separator: u8, quote: Option<u8>) -> Self {
        Self {
            separator,
            quote,
            state: State::RecordStart,
            text: Vec::new(),
            ends: Vec::new(),
            line: 1,
            began: 1,
        }
    }

    /// A reader for what begins with this line, where a record begins.
    pub(in crate::table) fn another(&self, line: u64) -> Self {
        Self { line, ..Self::new(self.separator, self.quote) }
    }

    /// How its fields are told apart.
    pub(in crate::table) fn dialect(&self) -> Dialect {
        Dialect { separator: self.separator, quote: self.quote }
    }

    /// Whether the next byte begins a record.
    pub(in crate::table) fn is_between_records(&self) -> bool {
        self.state == State::RecordStart
    }

    /// Counts the lines of whole records that somebody else has read.
    pub(in crate::table) fn skip(&mut self, text: &[u8]) {
        self.line += memchr_iter(b'\n', text).count() as u64;
    }

    /// Takes the next piece and hands out the records that end in it.
    pub(in crate::table) fn push(
        &mut self,
        mut input: &[u8],
        each: &mut impl FnMut(Record<'_>) -> Result<Flow>,
    ) -> Result<Flow> {
        while let Some(&byte) = input.first() {
            match self.state {
                State::RecordStart | State::FieldStart => {
                    if self.state == State::RecordStart {
                        self.began = self.line;
                    }
                    if self.quote == Some(byte) {
                        self.state = State::Quoted;
                        input = &input[1..];
                    } else {
                        self.state = State::Plain;
                    }
                }
                State::Plain => {
                    let stop = memchr3(self.separator, b'\n', b'\r', input);
                    let (run, rest) = input.split_at(stop.unwrap_or(input.len()));
                    self.text.extend_from_slice(run);
                    input = rest;
                    if let Some(&byte) = input.first() {
                        input = &input[1..];
                        if self.special(byte, each)?.is_break() {
                            return Ok(Flow::Break(()));
                        }
                    }
                }
                State::Quoted => {
                    let quote = self.quote.unwrap_or(b'"');
                    let stop = memchr(quote, input);
                    let (run, rest) = input.split_at(stop.unwrap_or(input.len()));
                    self.line += memchr_iter(b'\n', run).count() as u64;
                    self.text.extend_from_slice(run);
                    input = rest;
                    if !input.is_empty() {
                        self.state = State::QuoteSeen;
                        input = &input[1..];
                    }
                }
                State::QuoteSeen => {
                    if self.quote == Some(byte) {
                        self.text.push(byte);
                        self.state = State::Quoted;
                        input = &input[1..];
                    } else {
                        self.state = State::Plain;
                    }
                }
                State::ReturnSeen => {
                    self.state = State::Plain;
                    if byte != b'\n' {
                        self.text.push(b'\r');
                    }
                }
            }
            check_length(self.text.len(), self.began)?;
        }
        Ok(Flow::Continue(()))
    }

    /// Takes a character that ends a run of plain text.
    fn special(
        &mut self,
        byte: u8,
        each: &mut impl FnMut(Record<'_>) -> Result<Flow>,
    ) -> Result<Flow> {
        match byte {
            b'\n' => {
                self.line += 1;
                self.end_record(each)
            }
            b'\r' => {
                self.state = State::ReturnSeen;
                Ok(Flow::Continue(()))
            }
            _ => {
                self.ends.push(self.text.len());
                self.state = State::FieldStart;
                Ok(Flow::Continue(()))
            }
        }
    }

    fn end_record(&mut self, each: &mut impl FnMut(Record<'_>) -> Result<Flow>) -> Result<Flow> {
        self.ends.push(self.text.len());
        let flow = each(Record { text: &self.text, ends: &self.ends, line: self.began });
        self.text.clear();
        self.ends.clear();
        self.state = State::RecordStart;
        flow
    }

    /// Hands out the last record if no line break ended it.
    ///
    /// # Errors
    /// When the file ends inside quotes.
    pub(in crate::table) fn finish(
        &mut self,
        each: &mut impl FnMut(Record<'_>) -> Result<Flow>,
    ) -> Result<Flow> {
        match self.state {
            State::RecordStart => Ok(Flow::Continue(())),
            State::Quoted => Err(Error::new(
                ErrorKind::Data,
                format!("the file ends inside the quoted text that begins in line {}", self.began),
            )
            .with_hint("the file is cut short: run the query again")),
            _ => self.end_record(each),
        }
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
