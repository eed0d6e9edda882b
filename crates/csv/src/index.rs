//! Where the cells of regular text stand.

use crate::Dialect;
use crate::mask::{BLOCK, Quotes, mask, whole_block};

/// How much text is indexed at once: it and its index stay in the processor's cache until its cells are taken.
const WINDOW: usize = 64 << 10;

/// Positions that are written at a time, wanted or not: a loop without a branch that can't be foreseen.
const STEP: usize = 8;

/// Finds the cells of regular text. It is kept from piece to piece for its room.
#[derive(Debug)]
pub struct Index {
    dialect: Dialect,
    /// How many cells a row has.
    width: usize,
    /// Whether cells must be valid UTF-8.
    checked: bool,
    /// Where each cell begins, one after the other; the byte before is what ended the one before.
    starts: Vec<u32>,
}

/// What an [`Index`] found.
#[derive(Debug)]
pub enum Found<'a> {
    /// Rows, and perhaps the beginning of another one behind them.
    Rows(Rows<'a>),
    /// Not even one whole row, so far.
    Part,
    /// Text that isn't regular, or a row longer than what is looked at in one go.
    Irregular,
}

/// What a look at all bytes of a window tells.
struct Scanned {
    /// The line ends outside of quotes.
    lines: usize,
    /// The starts that are noted.
    starts: usize,
}

/// Rows that have the same number of cells.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    text: &'a [u8],
    /// For each row, where its cells begin, and then where the next row does.
    starts: &'a [u32],
    width: usize,
    quote: Option<u8>,
}

impl Index {
    /// For rows of so many cells. With `checked`, text that isn't UTF-8 isn't regular.
    pub fn new(dialect: Dialect, width: usize, checked: bool) -> Self {
        Self { dialect, width, checked, starts: Vec::new() }
    }

    /// How many cells a row has.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Finds the first rows of this text, which begins where a row does. Call it again with what is behind
    /// them.
    pub fn read<'a>(&'a mut self, text: &'a [u8]) -> Found<'a> {
        let window = &text[..text.len().min(WINDOW)];
        let whole = window.len() == text.len();
        let scanned = match self.dialect.quote {
            Some(quote) => self.scan::<true>(window, quote),
            None => self.scan::<false>(window, 0),
        };
        let rows = match scanned {
            Some(Scanned { lines: 0, .. }) if whole => return Found::Part,
            Some(Scanned { lines, starts }) if lines > 0 && lines * self.width < starts => lines,
            _ => return Found::Irregular,
        };
        let starts = &self.starts[..=rows * self.width];
        // There are as many line ends as rows: if each row ends with one, none is elsewhere.
        let regular = starts[self.width..]
            .iter()
            .step_by(self.width)
            .all(|&next| window[next as usize - 1] == b'\n');
        let end = starts[rows * self.width] as usize;
        if !regular || (self.checked && std::str::from_utf8(&window[..end]).is_err()) {
            return Found::Irregular;
        }
        let (width, quote) = (self.width, self.dialect.quote);
        Found::Rows(Rows { text: &window[..end], starts, width, quote })
    }

    /// Notes where cells begin. Gives nothing when a quote stands where it is not special.
    #[inline(always)]
    fn scan<const QUOTED: bool>(&mut self, window: &[u8], quote: u8) -> Option<Scanned> {
        let separator = self.dialect.separator;
        // Room for a start behind each byte, for the first one, and for what a step writes in vain.
        let room = window.len() + 1 + BLOCK;
        if self.starts.len() < room {
            self.starts.resize(room, 0);
        }
        let starts = &mut self.starts[..room];
        starts[0] = 0;
        let (mut count, mut lines) = (1, 0);
        let mut quotes = Quotes::new(quote, false, true);
        let mut last = [0; BLOCK];
        for (number, block) in window.chunks(BLOCK).enumerate() {
            let (block, known) = whole_block(block, &mut last);
            let mut ends = mask(block, |byte| byte == b'\n') & known;
            let mut cells = ends | mask(block, |byte| byte == separator) & known;
            if QUOTED {
                let quoted = quotes.quoted(block, known, cells)?;
                cells &= !quoted;
                ends &= !quoted;
            }
            lines += ends.count_ones() as usize;
            let found = cells.count_ones() as usize;
            #[expect(clippy::cast_possible_truncation, reason = "a window is small")]
            let base = (number * BLOCK + 1) as u32;
            let mut to = count;
            count += found;
            while to < count {
                for start in &mut starts[to..to + STEP] {
                    *start = base + cells.trailing_zeros();
                    cells &= cells.wrapping_sub(1);
                }
                to += STEP;
            }
        }
        Some(Scanned { lines, starts: count })
    }
}

impl<'a> Rows<'a> {
    /// How many rows there are, at least 1 where an [`Index`] found them.
    pub fn len(&self) -> usize {
        (self.starts.len() - 1) / self.width
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes they have, with their line ends.
    pub fn text_len(&self) -> usize {
        let place = |start: Option<&u32>| start.map_or(0, |&start| start as usize);
        place(self.starts.last()) - place(self.starts.first())
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// The first `count` rows, and those behind them.
    pub fn split_at(&self, count: usize) -> (Rows<'a>, Rows<'a>) {
        let place = count * self.width;
        let first = Rows { starts: &self.starts[..=place], ..*self };
        (first, Rows { starts: &self.starts[place..], ..*self })
    }

    /// Whether a row's first cell is blank, or may be.
    pub fn any_blank_start(&self) -> bool {
        let quote = self.quote;
        self.cells(0).any(|cell| match cell {
            [] => true,
            [first, second, ..] => Some(*first) == quote && Some(*second) == quote,
            _ => false,
        })
    }

    /// The cells of a column as they stand in the text, quotes included. None where rows don't have it.
    pub(crate) fn cells(&self, column: usize) -> impl ExactSizeIterator<Item = &'a [u8]> + use<'a> {
        let text = self.text;
        self.places(column).map(move |(begin, end)| &text[begin..end])
    }

    /// Where the cells of a column begin and end.
    #[inline(always)]
    pub(crate) fn places(
        &self,
        column: usize,
    ) -> impl ExactSizeIterator<Item = (usize, usize)> + use<'a> {
        let text = self.text;
        let rows = if column < self.width { self.len() } else { 0 };
        let is_last = column + 1 == self.width;
        let begins = self.starts.get(column..).unwrap_or_default().iter().step_by(self.width);
        let ends = self.starts.get(column + 1..).unwrap_or_default().iter().step_by(self.width);
        begins.zip(ends).take(rows).map(move |(&begin, &next)| {
            let (begin, end) = (begin as usize, next as usize - 1);
            // A line may end with CR LF.
            let returned = is_last && end > begin && text[end - 1] == b'\r';
            (begin, end - usize::from(returned))
        })
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.text
    }

    pub(crate) fn quote(&self) -> Option<u8> {
        self.quote
    }
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
