//! Turns an export into the lines of its file, in the encoding that its metadata tells.

use std::fmt;
use std::sync::Arc;

use super::super::tenant::{Data, Export, Grid, positions};

/// The character encodings of export files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Latin1,
    Utf16Le,
}

impl Encoding {
    fn named(name: &str) -> Self {
        match name.to_ascii_uppercase().as_str() {
            "ISO-8859-1" => Self::Latin1,
            "UTF-16LE" => Self::Utf16Le,
            _ => Self::Utf8,
        }
    }
}

/// Buffers that are kept from line to line.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    cells: Vec<String>,
    text: Vec<u8>,
}

/// Everything that decides the bytes of a file, frozen when its task starts.
#[derive(Clone)]
pub(crate) struct FileSource {
    data: Arc<Data>,
    header: Vec<String>,
    all_pages: bool,
    separator: String,
    delimiter: Option<char>,
    encoding: Encoding,
    bom: bool,
    line_ending: String,
}

impl FileSource {
    /// Freezes an export's definition.
    pub(crate) fn of(export: &Export) -> Self {
        let names = || export.columns.iter().map(|column| column.name.clone()).collect();
        Self {
            data: Arc::clone(&export.data),
            header: export.file_header.clone().unwrap_or_else(names),
            all_pages: export.is_all_pages(),
            separator: export.separator.clone(),
            delimiter: export.delimiter.chars().next(),
            encoding: Encoding::named(&export.encoding),
            bom: export.bom,
            line_ending: export.line_ending.clone(),
        }
    }

    /// Tells whether both make the same file. Data is compared by identity, which is enough for a cache.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.data, &other.data)
            && self.header == other.header
            && self.all_pages == other.all_pages
            && self.separator == other.separator
            && self.delimiter == other.delimiter
            && self.encoding == other.encoding
            && self.bom == other.bom
            && self.line_ending == other.line_ending
    }

    /// Returns the file's bytes when it isn't made of lines.
    pub(crate) fn raw(&self) -> Option<&[u8]> {
        match &*self.data {
            Data::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Returns how many lines the file has, header and page lines included.
    pub(crate) fn lines(&self) -> u64 {
        match &*self.data {
            Data::Rows(rows) => (rows.len() as u64).saturating_add(1),
            Data::Generated { rows, .. } => rows.saturating_add(1),
            Data::Bytes(_) => 0,
            Data::Grid(grid) => {
                let (pages, rows, _) = grid.size();
                let block = rows.saturating_add(self.lines_above(grid));
                if self.all_pages { block.saturating_mul(pages) } else { block }
            }
        }
    }

    /// Appends one line, with its ending, to `out`. The first line carries the byte order mark.
    pub(crate) fn write_line(&self, line: u64, scratch: &mut Scratch, out: &mut Vec<u8>) {
        if line == 0 && self.bom {
            match self.encoding {
                Encoding::Utf8 => out.extend_from_slice(b"\xEF\xBB\xBF"),
                Encoding::Utf16Le => out.extend_from_slice(b"\xFF\xFE"),
                Encoding::Latin1 => {}
            }
        }
        let Scratch { cells, text } = scratch;
        if self.encoding == Encoding::Utf8 {
            self.write_text(line, cells, out);
            return;
        }
        text.clear();
        self.write_text(line, cells, text);
        // Only whole strings were written, so nothing is ever replaced here.
        let text = String::from_utf8_lossy(text);
        if self.encoding == Encoding::Utf16Le {
            out.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        } else {
            // What Latin-1 has no byte for comes out as a question mark, as the service does it.
            out.extend(text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')));
        }
    }

    /// Writes one line in UTF-8.
    fn write_text(&self, line: u64, cells: &mut Vec<String>, out: &mut Vec<u8>) {
        let data_line = line.checked_sub(1);
        match (&*self.data, data_line) {
            (Data::Bytes(_), _) => {}
            (Data::Rows(_) | Data::Generated { .. }, None) => self.write_cells(&self.header, out),
            (Data::Rows(rows), Some(number)) => {
                let row = usize::try_from(number).ok().and_then(|number| rows.get(number));
                self.write_cells(row.map_or(&[], Vec::as_slice), out);
            }
            (Data::Generated { row, .. }, Some(number)) => {
                cells.clear();
                row(number, cells);
                self.write_cells(cells, out);
            }
            (Data::Grid(grid), _) => {
                cells.clear();
                let above = self.lines_above(grid);
                let block = grid.size().1.saturating_add(above).max(1);
                let page = if self.all_pages {
                    positions(&grid.pages, line / block)
                } else {
                    grid.current()
                };
                let inside = line % block;
                let page_lines = u64::from(!grid.pages.is_empty());
                if inside < page_lines {
                    grid.page_row(&page, cells);
                } else if inside < above {
                    grid.header_row(usize::try_from(inside - page_lines).unwrap_or(0), cells);
                } else {
                    grid.data_row(&page, inside - above, cells);
                }
                self.write_cells(cells, out);
            }
        }
    }

    fn lines_above(&self, grid: &Grid) -> u64 {
        u64::from(!grid.pages.is_empty()).saturating_add(grid.columns.len() as u64)
    }

    fn write_cells(&self, cells: &[String], out: &mut Vec<u8>) {
        for (place, cell) in cells.iter().enumerate() {
            if place > 0 {
                out.extend_from_slice(self.separator.as_bytes());
            }
            match self.delimiter {
                Some(delimiter) if self.needs_quotes(cell, delimiter) => {
                    quote(cell, delimiter, out)
                }
                _ => out.extend_from_slice(cell.as_bytes()),
            }
        }
        out.extend_from_slice(self.line_ending.as_bytes());
    }

    fn needs_quotes(&self, cell: &str, delimiter: char) -> bool {
        match (self.separator.as_bytes(), u8::try_from(delimiter)) {
            // The usual case: one pass over the bytes, without leaving early so that it vectorises.
            (&[separator], Ok(delimiter)) if delimiter.is_ascii() && separator.is_ascii() => {
                cell.bytes().fold(false, |found, byte| {
                    found
                        | (byte == separator)
                        | (byte == delimiter)
                        | (byte == b'\n')
                        | (byte == b'\r')
                })
            }
            _ => {
                cell.contains(['\n', '\r', delimiter])
                    || (!self.separator.is_empty() && cell.contains(self.separator.as_str()))
            }
        }
    }
}

impl fmt::Debug for FileSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileSource").field("data", &self.data).finish_non_exhaustive()
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
