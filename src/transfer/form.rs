//! What tells records apart in a file's text, and where they end.

use memchr::{memchr, memchr2};

use crate::client::model::{ExportMetadata, File};

/// A byte order mark before text in UTF-8.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// What tells records apart in a file's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextForm {
    /// The character between fields; None if nobody knows.
    pub separator: Option<u8>,
    /// The character around texts that may hold line breaks; None if there is none.
    pub delimiter: Option<u8>,
    /// Whether each character takes two bytes, the lower first (UTF-16LE).
    pub wide: bool,
}

impl Default for TextForm {
    fn default() -> Self {
        Self { separator: Some(b','), delimiter: Some(b'"'), wide: false }
    }
}

impl TextForm {
    /// The form of one of a model's files, as far as the service tells.
    pub fn of(file: &File) -> Self {
        Self::new(file.separator.as_deref(), file.delimiter.as_deref(), file.encoding.as_deref())
    }

    /// The form of the file that an export writes.
    pub fn of_export(metadata: &ExportMetadata) -> Self {
        let ExportMetadata { separator, delimiter, encoding, .. } = metadata;
        Self::new(separator.as_deref(), delimiter.as_deref(), encoding.as_deref())
    }

    fn new(separator: Option<&str>, delimiter: Option<&str>, encoding: Option<&str>) -> Self {
        let byte = |text: &str| match text.as_bytes() {
            [byte] if byte.is_ascii() => Some(*byte),
            _ => None,
        };
        Self {
            separator: separator.map_or(Some(b','), byte),
            delimiter: delimiter.map_or(Some(b'"'), byte),
            wide: encoding.is_some_and(|name| name.to_ascii_uppercase().starts_with("UTF-16")),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Plain,
    Quoted,
    /// A quote inside quotes: the closing one, or the first half of a literal one.
    QuoteSeen,
}

/// Finds the ends of records, as RFC 4180 has them: a line break ends one unless it is quoted, and
/// a quote counts only at a field's start.
#[derive(Debug)]
pub(super) struct RecordEnds {
    form: TextForm,
    state: State,
    /// Whether a field begins with what comes next.
    field_starts: bool,
    /// Whether nothing has come so far.
    file_starts: bool,
}

impl RecordEnds {
    pub(super) fn new(form: TextForm) -> Self {
        Self { form, state: State::Plain, field_starts: true, file_starts: true }
    }

    /// The bytes of a character: what is looked through must be whole characters.
    pub(super) fn width(&self) -> usize {
        if self.form.wide { 2 } else { 1 }
    }

    /// Says that a record begins with what comes next.
    pub(super) fn begin_record(&mut self) {
        (self.state, self.field_starts) = (State::Plain, true);
    }

    /// Looks through bytes up to the first end of a record, and gives the place behind it; or
    /// through all of them.
    pub(super) fn next_end(&mut self, bytes: &[u8]) -> Option<usize> {
        let found = if self.form.wide { self.next_wide(bytes) } else { self.next_narrow(bytes) };
        self.file_starts &= bytes.is_empty();
        found
    }

    fn next_narrow(&mut self, bytes: &[u8]) -> Option<usize> {
        let quote = self.form.delimiter;
        let mut at = match self.file_starts && bytes.starts_with(BOM) {
            true => BOM.len(),
            false => 0,
        };
        while at < bytes.len() {
            let rest = &bytes[at..];
            let skipped = match (self.state, quote) {
                (State::Plain, _) => memchr2(quote.unwrap_or(b'\n'), b'\n', rest),
                (State::Quoted, Some(quote)) => memchr(quote, rest),
                _ => Some(0),
            };
            let skipped = skipped.unwrap_or(rest.len());
            if skipped > 0 && self.state == State::Plain {
                self.field_starts = Some(rest[skipped - 1]) == self.form.separator;
            }
            at += skipped;
            if let Some(byte) = bytes.get(at) {
                at += 1;
                if self.step(Some(*byte)) {
                    return Some(at);
                }
            }
        }
        None
    }

    fn next_wide(&mut self, bytes: &[u8]) -> Option<usize> {
        let unit = |pair: &[u8]| u16::from_le_bytes([pair[0], pair[1]]);
        let mut pairs = bytes.chunks_exact(2).map(unit).enumerate().peekable();
        if self.file_starts {
            pairs.next_if(|(_, unit)| *unit == 0xFEFF);
        }
        pairs
            .find(|(_, unit)| self.step(u8::try_from(*unit).ok()))
            .map(|(number, _)| 2 * (number + 1))
    }

    /// Takes a character, which is None unless it may mean something; tells whether it ends a
    /// record.
    fn step(&mut self, character: Option<u8>) -> bool {
        let is_quote = character.is_some() && character == self.form.delimiter;
        match self.state {
            State::Quoted => {
                if is_quote {
                    self.state = State::QuoteSeen;
                }
                return false;
            }
            State::QuoteSeen if is_quote => {
                self.state = State::Quoted;
                return false;
            }
            State::QuoteSeen => (self.state, self.field_starts) = (State::Plain, false),
            State::Plain => {}
        }
        if character == Some(b'\n') {
            self.field_starts = true;
            return true;
        }
        if is_quote && (self.field_starts || self.form.separator.is_none()) {
            self.state = State::Quoted;
        }
        self.field_starts = character.is_some() && character == self.form.separator;
        false
    }
}

/// Counts the records of a text that comes in pieces, cut anywhere.
#[derive(Debug)]
pub struct RecordCounter {
    ends: RecordEnds,
    /// Half a character.
    half: Option<u8>,
    ended: u64,
    /// Whether something has come since the last end.
    open: bool,
}

impl RecordCounter {
    /// Counts nothing yet.
    pub fn new(form: TextForm) -> Self {
        Self { ends: RecordEnds::new(form), half: None, ended: 0, open: false }
    }

    /// Takes the next piece.
    pub fn push(&mut self, piece: &[u8]) {
        let mut piece = piece;
        if let Some(half) = self.half.take() {
            let Some((&first, rest)) = piece.split_first() else {
                self.half = Some(half);
                return;
            };
            self.look(&[half, first]);
            piece = rest;
        }
        let whole = piece.len() - piece.len() % self.ends.width();
        self.look(&piece[..whole]);
        self.half = piece.get(whole).copied();
    }

    fn look(&mut self, mut bytes: &[u8]) {
        while let Some(end) = self.ends.next_end(bytes) {
            self.ended += 1;
            self.open = false;
            bytes = &bytes[end..];
        }
        self.open |= !bytes.is_empty();
    }

    /// How many records there were; the last one need not have a line break at its end.
    pub fn count(&self) -> u64 {
        self.ended + u64::from(self.open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &[u8], form: TextForm, piece: usize) -> u64 {
        let mut counter = RecordCounter::new(form);
        text.chunks(piece).for_each(|piece| counter.push(piece));
        counter.count()
    }

    #[test]
    fn records_are_counted_however_they_come() {
        let tabs = TextForm { separator: Some(b'\t'), ..TextForm::default() };
        let unknown = TextForm { separator: None, ..TextForm::default() };
        let none = TextForm { delimiter: None, ..TextForm::default() };
        for (text, form, records) in [
            ("", TextForm::default(), 0),
            ("\n", TextForm::default(), 1),
            ("a,b\n1,2\n", TextForm::default(), 2),
            ("a,b\r\n1,2", TextForm::default(), 2),
            ("\"a\nb\",\"c\"\"\n\"\nx\n", TextForm::default(), 2),
            ("\u{feff}\"a\nb\"\n1\n", TextForm::default(), 2),
            // Inches: a quote within a field is a character.
            ("5\" pipe,1\n6\" pipe,2\n", TextForm::default(), 2),
            ("a\t\"b\nc\"\t,\"\nd\n", tabs, 2),
            ("a|\"b\nc\"\nd\n", unknown, 2),
            ("\"a\nb\n", none, 2),
            ("Ö,ü\n→\n", TextForm::default(), 2),
        ] {
            for piece in 1..=text.len().max(1) {
                // A byte order mark that comes in pieces is a character: nobody cuts so early.
                if piece >= 3 || !text.starts_with('\u{feff}') {
                    assert_eq!(count(text.as_bytes(), form, piece), records, "{text:?} by {piece}");
                }
                let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
                let form = TextForm { wide: true, ..form };
                if piece >= 2 || !text.starts_with('\u{feff}') {
                    assert_eq!(count(&wide, form, piece), records, "wide {text:?} by {piece}");
                }
            }
        }
    }

    #[test]
    fn what_the_service_says_gives_the_form() {
        let form = |separator, delimiter, encoding| TextForm::new(separator, delimiter, encoding);
        assert_eq!(form(None, None, None), TextForm::default());
        assert_eq!(
            form(Some("\t"), Some(""), Some("UTF-16LE")),
            TextForm { separator: Some(b'\t'), delimiter: None, wide: true }
        );
        assert_eq!(form(Some("||"), Some("'"), Some("ISO-8859-1")).separator, None);
    }
}
