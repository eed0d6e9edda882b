//! Whole records out of pieces that are cut anywhere.

use std::ops::Range;

use memchr::{memchr, memrchr};

use crate::Dialect;
use crate::mask::{BLOCK, Quotes, mask, whole_block};

/// After so many looks at quotes that stand near each other, text is looked at block by block.
const MANY: usize = 256;
const NEAR: usize = 32;

/// Cuts pieces of text where records end, so that each part can be read by itself.
///
/// It looks from quote to quote: text without quotes costs next to nothing.
#[derive(Debug)]
pub struct Cutter {
    dialect: Dialect,
    state: State,
    /// The beginning of a record that hasn't ended.
    tail: Vec<u8>,
}

/// What a piece has brought.
#[derive(Debug, PartialEq, Eq)]
pub struct Cut {
    /// A record that began in a piece before and ended in this one; empty if there is none.
    pub edge: Vec<u8>,
    /// The records behind it that are whole, by their place in the piece.
    pub body: Range<usize>,
}

/// Between two bytes, how the next one is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A cell begins.
    Start,
    /// In a cell, outside of quotes.
    Plain,
    /// Inside quotes.
    Quoted,
    /// After a quote inside quotes: the closing one, or the first half of a literal one.
    QuoteSeen,
}

impl Cutter {
    /// A cutter at the beginning of a text.
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, state: State::Start, tail: Vec::new() }
    }

    /// Takes the next piece.
    pub fn push(&mut self, piece: &[u8]) -> Cut {
        let Some((first, last)) = self.scan(piece) else {
            self.tail.extend_from_slice(piece);
            return Cut { edge: Vec::new(), body: 0..0 };
        };
        let mut edge = std::mem::take(&mut self.tail);
        let begin = if edge.is_empty() { 0 } else { first + 1 };
        edge.extend_from_slice(&piece[..begin]);
        self.tail.extend_from_slice(&piece[last + 1..]);
        Cut { edge, body: begin..last + 1 }
    }

    /// How long the record is so far that hasn't ended.
    pub fn tail_len(&self) -> usize {
        self.tail.len()
    }

    /// The record that hasn't ended.
    pub fn finish(self) -> Vec<u8> {
        self.tail
    }

    /// The first and the last line end outside of quotes.
    fn scan(&mut self, text: &[u8]) -> Option<(usize, usize)> {
        let Dialect { separator, quote } = self.dialect;
        let Some(quote) = quote else {
            return Some((memchr(b'\n', text)?, memrchr(b'\n', text)?));
        };
        let (begun, mut ends) = (self.state, None);
        let (mut place, mut stops) = (0, 0);
        while let Some(&byte) = text.get(place) {
            // Many quotes are faster seen many at a time, if all are special.
            stops += 1;
            if stops == MANY && place < MANY * NEAR && self.scan_blocks(begun, text, &mut ends) {
                return ends;
            }
            match self.state {
                State::Start | State::QuoteSeen if byte == quote => {
                    self.state = State::Quoted;
                    place += 1;
                }
                State::Start | State::QuoteSeen => self.state = State::Plain,
                State::Quoted => match memchr(quote, &text[place..]) {
                    Some(length) => {
                        self.state = State::QuoteSeen;
                        place += length + 1;
                    }
                    None => place = text.len(),
                },
                State::Plain => {
                    let length = memchr(quote, &text[place..]).unwrap_or(text.len() - place);
                    // A quote here is none: it stands in the middle of a cell.
                    if length == 0 {
                        place += 1;
                        continue;
                    }
                    let run = &text[place..place + length];
                    if let Some(last) = memrchr(b'\n', run) {
                        note(&mut ends, place + memchr(b'\n', run).unwrap_or(last), place + last);
                    }
                    if run.last().is_some_and(|&last| last == separator || last == b'\n') {
                        self.state = State::Start;
                    }
                    place += length;
                }
            }
        }
        ends
    }

    /// The same from the beginning, block by block. False when a quote stands where it is not special; then
    /// nothing has changed.
    fn scan_blocks(
        &mut self,
        begun: State,
        text: &[u8],
        ends: &mut Option<(usize, usize)>,
    ) -> bool {
        let Dialect { separator, quote: Some(quote) } = self.dialect else { return false };
        let mut quotes = begun.resume(quote);
        let mut found = None;
        let mut last = [0; BLOCK];
        for (number, block) in text.chunks(BLOCK).enumerate() {
            let (block, known) = whole_block(block, &mut last);
            let lines = mask(block, |byte| byte == b'\n') & known;
            let cells = lines | mask(block, |byte| byte == separator) & known;
            let Some(quoted) = quotes.quoted(block, known, cells) else { return false };
            let lines = lines & !quoted;
            if lines != 0 {
                let (first, last) = (lines.trailing_zeros(), 63 - lines.leading_zeros());
                note(&mut found, number * BLOCK + first as usize, number * BLOCK + last as usize);
            }
        }
        self.state = match text.last() {
            _ if quotes.is_inside() => State::Quoted,
            Some(&last) if last == quote => State::QuoteSeen,
            Some(&last) if last == separator || last == b'\n' => State::Start,
            _ => State::Plain,
        };
        *ends = found;
        true
    }
}

impl State {
    /// Where block by block goes on.
    fn resume(self, quote: u8) -> Quotes {
        let may_open = matches!(self, Self::Start | Self::QuoteSeen);
        Quotes::new(quote, self == Self::Quoted, may_open)
    }
}

/// Notes the first and the last of line ends that lie behind those that are noted.
fn note(ends: &mut Option<(usize, usize)>, first: usize, last: usize) {
    *ends = Some((ends.map_or(first, |(first, _)| first), last));
}

#[cfg(test)]
#[path = "cutter_tests.rs"]
mod tests;
