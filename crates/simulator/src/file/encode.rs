//! Turns an export into the lines of its file, in the encoding that its metadata tells.

use std::fmt;
use std::sync::Arc;

use super::super::tenant::{CellForm, Data, Export, Grid, Row, positions};

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

/// Everything that decides the bytes of a file, frozen when its task starts.
#[derive(Clone)]
pub(crate) struct FileSource {
    data: Arc<Data>,
    header: Vec<String>,
    all_pages: bool,
    form: CellForm,
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
            form: CellForm::new(&export.separator, export.delimiter.chars().next()),
            encoding: Encoding::named(&export.encoding),
            bom: export.bom,
            line_ending: export.line_ending.clone(),
        }
    }

    /// Quotes cells that a spreadsheet would take for formulas.
    #[must_use]
    pub(crate) fn escaped(mut self) -> Self {
        self.form = self.form.escaped();
        self
    }

    /// Tells whether both make the same file. Data is compared by identity, which is enough for a cache.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.data, &other.data)
            && self.header == other.header
            && self.all_pages == other.all_pages
            && self.form == other.form
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

    /// Tells whether the file is in UTF-8.
    pub(crate) fn is_utf8(&self) -> bool {
        self.encoding == Encoding::Utf8
    }

    /// Tells whether characters take two bytes each.
    pub(crate) fn is_wide(&self) -> bool {
        self.encoding == Encoding::Utf16Le
    }

    /// Returns the byte around cells that need it, if it is one byte.
    pub(crate) fn quote(&self) -> Option<u8> {
        self.form.delimiter().filter(char::is_ascii).and_then(|quote| u8::try_from(quote).ok())
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
    ///
    /// `scratch` is a buffer that is kept from line to line.
    pub(crate) fn write_line(&self, line: u64, scratch: &mut Vec<u8>, out: &mut Vec<u8>) {
        if line == 0 && self.bom {
            match self.encoding {
                Encoding::Utf8 => out.extend_from_slice(b"\xEF\xBB\xBF"),
                Encoding::Utf16Le => out.extend_from_slice(b"\xFF\xFE"),
                Encoding::Latin1 => {}
            }
        }
        if self.encoding == Encoding::Utf8 {
            self.write_text(line, out);
        } else {
            scratch.clear();
            self.write_text(line, scratch);
            transcode(scratch, self.encoding, out);
        }
    }

    /// Writes one line in UTF-8.
    fn write_text(&self, line: u64, out: &mut Vec<u8>) {
        let mut cells = Row::line(&self.form, out);
        match (&*self.data, line.checked_sub(1)) {
            (Data::Bytes(_), _) => return,
            (Data::Rows(_) | Data::Generated { .. }, None) => {
                self.header.iter().for_each(|cell| cells.text(cell));
            }
            (Data::Rows(rows), Some(number)) => {
                let row = usize::try_from(number).ok().and_then(|number| rows.get(number));
                row.into_iter().flatten().for_each(|cell| cells.text(cell));
            }
            (Data::Generated { row, .. }, Some(number)) => row(number, &mut cells),
            (Data::Grid(grid), _) => {
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
                    grid.page_row(&page, &mut cells);
                } else if inside < above {
                    let dimension = usize::try_from(inside - page_lines).unwrap_or(0);
                    grid.header_row(dimension, &mut cells);
                } else {
                    grid.data_row(&page, inside - above, &mut cells);
                }
            }
        }
        cells.end(&self.line_ending);
    }

    fn lines_above(&self, grid: &Grid) -> u64 {
        u64::from(!grid.pages.is_empty()).saturating_add(grid.columns.len() as u64)
    }
}

impl fmt::Debug for FileSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileSource").field("data", &self.data).finish_non_exhaustive()
    }
}

/// Writes UTF-8 in another encoding. Most lines are ASCII, where no letter needs a closer look.
fn transcode(text: &[u8], encoding: Encoding, out: &mut Vec<u8>) {
    // Only whole strings were written, so nothing is ever replaced here.
    let letters = || String::from_utf8_lossy(text);
    match encoding {
        Encoding::Latin1 if !text.is_ascii() => {
            // What Latin-1 has no byte for comes out as a question mark, as the service does it.
            let bytes = |letter: char| u8::try_from(u32::from(letter)).unwrap_or(b'?');
            out.extend(letters().chars().map(bytes));
        }
        Encoding::Utf16Le if !text.is_ascii() => {
            out.extend(letters().encode_utf16().flat_map(u16::to_le_bytes));
        }
        Encoding::Utf16Le => {
            let start = out.len();
            out.resize(start + 2 * text.len(), 0);
            let units = out.get_mut(start..).unwrap_or_default().as_chunks_mut::<2>().0;
            units.iter_mut().zip(text).for_each(|(unit, &byte)| *unit = [byte, 0]);
        }
        Encoding::Latin1 | Encoding::Utf8 => out.extend_from_slice(text),
    }
}
