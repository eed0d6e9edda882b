//! Columns that grow cell by cell, or by all rows of an index at once.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Date32Array, Float64Array, StringArray};
use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder, NullBuffer, OffsetBuffer};
use arrow_schema::ArrowError;

use crate::cell::{boolean, date, number, short_date, short_number, simply_quoted, unquote};
use crate::index::Rows;

/// The types of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Float64.
    Number,
    /// Boolean.
    Boolean,
    /// Date32.
    Date,
    /// Utf8.
    Text,
}

/// Why a cell doesn't fit its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// What should have been there.
    Expected(&'static str),
    /// It isn't UTF-8.
    Encoding,
}

/// Cells of one column. Blank ones are NULL.
#[derive(Debug)]
pub struct Column {
    cells: Cells,
    /// The rows that are blank, in order.
    blanks: Vec<u32>,
    /// For a cell in quotes.
    unquoted: Vec<u8>,
}

#[derive(Debug)]
enum Cells {
    Number(Vec<f64>),
    Boolean(Vec<bool>),
    Date(Vec<i32>),
    /// The bytes of all cells, and where each ends.
    Text(Vec<u8>, Vec<i32>),
}

impl Column {
    /// An empty column.
    pub fn new(kind: Kind) -> Self {
        let cells = match kind {
            Kind::Number => Cells::Number(Vec::new()),
            Kind::Boolean => Cells::Boolean(Vec::new()),
            Kind::Date => Cells::Date(Vec::new()),
            Kind::Text => Cells::Text(Vec::new(), Vec::new()),
        };
        Self { cells, blanks: Vec::new(), unquoted: Vec::new() }
    }

    /// How many cells it has.
    pub fn len(&self) -> usize {
        match &self.cells {
            Cells::Number(values) => values.len(),
            Cells::Boolean(values) => values.len(),
            Cells::Date(values) => values.len(),
            Cells::Text(_, ends) => ends.len(),
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes of text it holds. They must stay below 2 GiB, which is the caller's business.
    pub fn text_len(&self) -> usize {
        match &self.cells {
            Cells::Text(bytes, _) => bytes.len(),
            _ => 0,
        }
    }

    /// Adds a cell, without its quotes.
    ///
    /// # Errors
    /// When it doesn't fit; then it is not added.
    pub fn push(&mut self, cell: &[u8]) -> Result<(), Misfit> {
        let row = self.len();
        let blank = match &mut self.cells {
            Cells::Number(values) => put(values, number(cell))?,
            Cells::Boolean(values) => put(values, boolean(cell))?,
            Cells::Date(values) => put(values, date(cell))?,
            Cells::Text(bytes, ends) => {
                std::str::from_utf8(cell).map_err(|_| Misfit::Encoding)?;
                bytes.extend_from_slice(cell);
                ends.push(offset(bytes));
                cell.is_empty()
            }
        };
        if blank {
            self.blanks.push(position(row));
        }
        Ok(())
    }

    /// Adds `count` times the same cell.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn repeat(&mut self, cell: &[u8], count: usize) -> Result<(), Misfit> {
        (0..count).try_for_each(|_| self.push(cell))
    }

    /// Adds the cells of a column of these rows; blanks where they don't have it. Text was checked by the
    /// index.
    ///
    /// # Errors
    /// When a cell doesn't fit. Cells before it have been added: [`truncate`](Self::truncate).
    pub fn extend(&mut self, rows: &Rows<'_>, column: usize) -> Result<(), Misfit> {
        if column >= rows.width() {
            return self.repeat(&[], rows.len());
        }
        let quote = rows.quote();
        let Self { cells, blanks, unquoted } = self;
        match cells {
            Cells::Number(values) => {
                fill(values, blanks, (rows, column), (short_number, number), unquoted)
            }
            Cells::Date(values) => {
                fill(values, blanks, (rows, column), (short_date, date), unquoted)
            }
            Cells::Boolean(values) => {
                let short = |cell: &[u8]| match cell {
                    b"true" => Some(true),
                    b"false" => Some(false),
                    _ => None,
                };
                fill(values, blanks, (rows, column), (short, boolean), unquoted)
            }
            Cells::Text(bytes, ends) => {
                let text = rows.bytes();
                ends.reserve(rows.len());
                for (begin, end) in rows.places(column) {
                    let before = bytes.len();
                    if begin == end {
                        blanks.push(position(ends.len()));
                    } else if Some(text[begin]) == quote {
                        let cell = &text[begin..end];
                        match simply_quoted(cell, text[begin]) {
                            Some(inner) => copy(text, (begin + 1, begin + 1 + inner.len()), bytes),
                            None => unquote(cell, text[begin], bytes),
                        }
                        if bytes.len() == before {
                            blanks.push(position(ends.len()));
                        }
                    } else {
                        copy(text, (begin, end), bytes);
                    }
                    ends.push(offset(bytes));
                }
                Ok(())
            }
        }
    }

    /// Takes away the cells behind the first `rows`.
    pub fn truncate(&mut self, rows: usize) {
        match &mut self.cells {
            Cells::Number(values) => values.truncate(rows),
            Cells::Boolean(values) => values.truncate(rows),
            Cells::Date(values) => values.truncate(rows),
            Cells::Text(bytes, ends) => {
                ends.truncate(rows);
                bytes.truncate(ends.last().map_or(0, |&end| usize::try_from(end).unwrap_or(0)));
            }
        }
        self.blanks.truncate(self.blanks.partition_point(|&row| (row as usize) < rows));
    }

    /// The cells as an array. The column is empty then, with room for as many again.
    ///
    /// # Errors
    /// When what the index checked is not so.
    pub fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let length = self.len();
        let nulls = nulls(&self.blanks, length);
        self.blanks.clear();
        Ok(match &mut self.cells {
            Cells::Number(values) => Arc::new(Float64Array::try_new(take(values).into(), nulls)?),
            Cells::Date(values) => Arc::new(Date32Array::try_new(take(values).into(), nulls)?),
            Cells::Boolean(values) => {
                let bits = BooleanBuffer::collect_bool(length, |row| values[row]);
                values.clear();
                Arc::new(BooleanArray::new(bits, nulls))
            }
            Cells::Text(bytes, ends) => {
                let mut offsets = Vec::with_capacity(length + 1);
                offsets.push(0);
                offsets.append(ends);
                let offsets = OffsetBuffer::new(offsets.into());
                Arc::new(StringArray::try_new(offsets, take(bytes).into(), nulls)?)
            }
        })
    }
}

/// Adds the cells of a column by two readers: one for the common form of a cell, one for all others.
#[inline(always)]
fn fill<T: Copy + Default>(
    values: &mut Vec<T>,
    blanks: &mut Vec<u32>,
    (rows, column): (&Rows<'_>, usize),
    (short, long): (impl Fn(&[u8]) -> Option<T>, impl Fn(&[u8]) -> Result<Option<T>, &'static str>),
    unquoted: &mut Vec<u8>,
) -> Result<(), Misfit> {
    values.reserve(rows.len());
    for cell in rows.cells(column) {
        let Some(&first) = cell.first() else {
            blanks.push(position(values.len()));
            values.push(T::default());
            continue;
        };
        let mut text = cell;
        if Some(first) == rows.quote() {
            text = simply_quoted(cell, first).unwrap_or_else(|| {
                unquoted.clear();
                unquote(cell, first, unquoted);
                unquoted.as_slice()
            });
        }
        if let Some(value) = short(text) {
            values.push(value);
            continue;
        }
        if put(values, long(text))? {
            blanks.push(position(values.len() - 1));
        }
    }
    Ok(())
}

/// Adds a stretch of a text. Most are short: copying a few bytes more than that takes no call and no loop.
#[inline(always)]
fn copy(text: &[u8], (begin, end): (usize, usize), bytes: &mut Vec<u8>) {
    const SHORT: usize = 32;
    match text[begin..].first_chunk::<SHORT>() {
        Some(chunk) if end - begin <= SHORT => {
            let length = bytes.len() + end - begin;
            bytes.extend_from_slice(chunk);
            bytes.truncate(length);
        }
        _ => bytes.extend_from_slice(&text[begin..end]),
    }
}

fn put<T: Default>(
    values: &mut Vec<T>,
    cell: Result<Option<T>, &'static str>,
) -> Result<bool, Misfit> {
    let value = cell.map_err(Misfit::Expected)?;
    let blank = value.is_none();
    values.push(value.unwrap_or_default());
    Ok(blank)
}

/// The vector, and in its place room for as much and a little more.
fn take<T>(values: &mut Vec<T>) -> Vec<T> {
    let room = Vec::with_capacity(values.len() + values.len() / 16);
    std::mem::replace(values, room)
}

fn nulls(blanks: &[u32], length: usize) -> Option<NullBuffer> {
    if blanks.is_empty() {
        return None;
    }
    let mut bits = BooleanBufferBuilder::new(length);
    bits.append_n(length, true);
    for &row in blanks {
        bits.set_bit(row as usize, false);
    }
    Some(NullBuffer::new(bits.finish()))
}

#[expect(clippy::cast_possible_truncation, reason = "text stays below 2 GiB")]
#[expect(clippy::cast_possible_wrap, reason = "text stays below 2 GiB")]
fn offset(bytes: &[u8]) -> i32 {
    bytes.len() as i32
}

#[expect(clippy::cast_possible_truncation, reason = "text stays below 2 GiB, and so do rows")]
fn position(row: usize) -> u32 {
    row as u32
}

#[cfg(test)]
#[path = "column_tests.rs"]
mod tests;
