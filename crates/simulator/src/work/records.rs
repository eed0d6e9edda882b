//! Files that imports read: from bytes in one of three encodings to records.

use std::io::{self, Read};

use encoding_rs::{Decoder, UTF_8, UTF_16LE};

use super::super::tenant::SourceFile;

/// The size of a block that is decoded at once.
const BLOCK: usize = 64 * 1024;

/// A longer record is a file with a delimiter that never closes.
const MAX_RECORD: usize = 16 * 1024 * 1024;

/// The records of a text file.
pub(super) struct Records<R> {
    input: R,
    decoder: Option<Decoder>,
    bytes: Vec<u8>,
    /// What is decoded and not yet split; `at` is where the next record starts.
    text: String,
    at: usize,
    /// How far the search for the end of the record has come, and where in a cell it is.
    seen: usize,
    place: Place,
    is_last: bool,
    separator: String,
    delimiter: Option<char>,
    line: u64,
}

/// Where in a cell a character stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Start,
    Plain,
    Quoted,
    /// Behind a delimiter that closes the cell, or is the first of two.
    Closed,
}

impl<R: Read> Records<R> {
    /// Starts to read a file in the form that its definition tells.
    pub(super) fn new(input: R, file: &SourceFile) -> Self {
        let decoder = match file.encoding.to_ascii_uppercase().as_str() {
            // One byte is one character, so that no decoder is needed.
            "ISO-8859-1" => None,
            "UTF-16LE" => Some(UTF_16LE.new_decoder_with_bom_removal()),
            _ => Some(UTF_8.new_decoder_with_bom_removal()),
        };
        Self {
            input,
            decoder,
            bytes: vec![0; BLOCK],
            text: String::new(),
            at: 0,
            seen: 0,
            place: Place::Start,
            is_last: false,
            separator: file.separator.clone(),
            delimiter: file.delimiter.chars().next(),
            line: 1,
        }
    }

    /// Reads the next record into `cells` and returns the line on which it starts, from 1.
    ///
    /// # Errors
    /// Fails when the input does.
    pub(super) fn next(&mut self, cells: &mut Vec<String>) -> io::Result<Option<u64>> {
        let end = loop {
            match self.end_of_record() {
                Some(end) => break end,
                None if self.is_last => break self.text.len(),
                None if self.text.len() - self.at > MAX_RECORD => {
                    let line = self.line;
                    return Err(io::Error::other(format!("the record on line {line} has no end")));
                }
                None => self.fill()?,
            }
        };
        if self.at >= self.text.len() {
            return Ok(None);
        }
        let record = self.text.get(self.at..end).unwrap_or_default();
        let line = self.line;
        self.line += record.matches('\n').count().max(1) as u64;
        split(record.trim_end_matches(['\r', '\n']), &self.separator, self.delimiter, cells);
        (self.at, self.seen, self.place) = (end, end, Place::Start);
        Ok(Some(line))
    }

    /// Finds where the record that starts at `at` ends, behind its line break.
    fn end_of_record(&mut self) -> Option<usize> {
        while let Some(rest) = self.text.get(self.seen..).filter(|rest| !rest.is_empty()) {
            let letter = rest.chars().next()?;
            let is_delimiter = Some(letter) == self.delimiter;
            let mut length = letter.len_utf8();
            self.place = match self.place {
                Place::Start | Place::Closed if is_delimiter => Place::Quoted,
                Place::Quoted if is_delimiter => Place::Closed,
                Place::Quoted => Place::Quoted,
                Place::Start | Place::Plain | Place::Closed => {
                    if letter == '\n' {
                        return Some(self.seen + length);
                    }
                    // The rest of a separator may come with the next block.
                    if rest.len() < self.separator.len() && !self.is_last {
                        return None;
                    }
                    if !self.separator.is_empty() && rest.starts_with(&self.separator) {
                        length = self.separator.len();
                        Place::Start
                    } else {
                        Place::Plain
                    }
                }
            };
            self.seen += length;
        }
        None
    }

    /// Decodes one more block.
    fn fill(&mut self) -> io::Result<()> {
        self.text.drain(..self.at);
        self.seen -= self.at;
        self.at = 0;
        let length = self.input.read(&mut self.bytes)?;
        self.is_last = length == 0;
        let block = self.bytes.get(..length).unwrap_or_default();
        let Some(decoder) = &mut self.decoder else {
            self.text.extend(block.iter().copied().map(char::from));
            return Ok(());
        };
        let room = decoder.max_utf8_buffer_length(length).unwrap_or(4 * BLOCK);
        self.text.reserve(room);
        // What is no character comes out as the replacement character.
        let _ = decoder.decode_to_string(block, &mut self.text, self.is_last);
        Ok(())
    }
}

/// Splits a record into cells.
fn split(record: &str, separator: &str, delimiter: Option<char>, cells: &mut Vec<String>) {
    cells.clear();
    let mut rest = record;
    loop {
        let mut cell = String::new();
        let quoted =
            delimiter.and_then(|delimiter| Some((delimiter, rest.strip_prefix(delimiter)?)));
        if let Some((delimiter, inside)) = quoted {
            rest = inside;
            loop {
                let Some(end) = rest.find(delimiter) else {
                    cell.push_str(rest);
                    rest = "";
                    break;
                };
                cell.push_str(rest.get(..end).unwrap_or_default());
                rest = rest.get(end + delimiter.len_utf8()..).unwrap_or_default();
                let Some(after) = rest.strip_prefix(delimiter) else { break };
                cell.push(delimiter);
                rest = after;
            }
        }
        let next = if separator.is_empty() { None } else { rest.find(separator) };
        match next {
            Some(end) => {
                cell.push_str(rest.get(..end).unwrap_or_default());
                rest = rest.get(end + separator.len()..).unwrap_or_default();
                cells.push(cell);
            }
            None => {
                cell.push_str(rest);
                cells.push(cell);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], file: &SourceFile) -> Vec<(u64, Vec<String>)> {
        // One byte at a time, so that every record and every character is cut everywhere.
        struct Drip<'a>(&'a [u8]);
        impl Read for Drip<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0.read(&mut buffer[..1])
            }
        }
        let mut records = Records::new(Drip(bytes), file);
        let mut all = Vec::new();
        let mut cells = Vec::new();
        while let Some(line) = records.next(&mut cells).expect("a record") {
            all.push((line, cells.clone()));
        }
        all
    }

    fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (line, cells.iter().map(|&cell| cell.to_owned()).collect())
    }

    #[test]
    fn records_know_their_lines() {
        let file = SourceFile::new("f.csv", &[]);
        let text = "a,\"b\"\"c\"\r\n\"two\nlines\",x\n\n,last";
        let expected = [
            row(1, &["a", "b\"c"]),
            row(2, &["two\nlines", "x"]),
            row(4, &[""]),
            row(5, &["", "last"]),
        ];
        assert_eq!(read(text.as_bytes(), &file), expected);
        assert_eq!(read(b"", &file), []);
        assert_eq!(read(b"\"open,", &file), [row(1, &["open,"])]);
        assert_eq!(read(b"5\" x,y\nz", &file), [row(1, &["5\" x", "y"]), row(2, &["z"])]);
    }

    #[test]
    fn encodings_and_separators_follow_the_definition() {
        let text = "Größe|'a|b'\nx|y\n";
        let file =
            |encoding: &str| SourceFile::new("f", &[]).separator("|", "'").encoding(encoding);
        let expected = [row(1, &["Größe", "a|b"]), row(2, &["x", "y"])];
        assert_eq!(read(text.as_bytes(), &file("UTF-8")), expected);
        assert_eq!(read(format!("\u{feff}{text}").as_bytes(), &file("UTF-8")), expected);
        let latin: Vec<u8> = text.chars().map(|letter| letter as u8).collect();
        assert_eq!(read(&latin, &file("ISO-8859-1")), expected);
        let wide: Vec<u8> =
            format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&wide, &file("UTF-16LE")), expected);
        let long = SourceFile::new("f", &[]).separator("||", "'");
        assert_eq!(read(b"a||'b||c'||d|", &long), [row(1, &["a", "b||c", "d|"])]);
        let none = SourceFile::new("f", &[]).separator("", "");
        assert_eq!(read(b"a,\"b\"\n", &none), [row(1, &["a,\"b\""])]);
    }
}
