//! The rows that an import reads: those of a file, or of a view.

use std::io;

use super::super::content::{Content, ContentReader};
use super::super::tenant::SourceFile;
use super::records::Records;

/// Rows under a header. Every row has as many cells as the header.
pub(super) struct Rows {
    pub(super) header: Vec<String>,
    source: Source,
}

enum Source {
    File {
        records: Box<Records<ContentReader>>,
        /// Lines before this one hold no data.
        first: u64,
    },
    View {
        rows: std::vec::IntoIter<Vec<String>>,
        number: u64,
    },
}

impl Rows {
    /// Opens a file and reads its header, if it has one. A file without settings has its header on top.
    pub(super) fn of_file(file: &SourceFile, content: &Content) -> io::Result<Self> {
        let mut records = Box::new(Records::new(content.reader(), file));
        let settled =
            if file.header_row < 0 { (1, 2) } else { (file.header_row, file.first_data_row) };
        let header_row = u64::try_from(settled.0).unwrap_or(0);
        let first = u64::try_from(settled.1).unwrap_or(1);
        let mut header = file.headers.clone();
        if header_row > 0 {
            let mut cells = Vec::new();
            header.clear();
            while let Some(line) = records.next(&mut cells)? {
                if line >= header_row {
                    header = cells.iter().map(|cell| cell.trim().to_owned()).collect();
                    break;
                }
            }
        }
        Ok(Self { header, source: Source::File { records, first } })
    }

    /// Takes the rows of a view.
    pub(super) fn of_view(header: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        Self { header, source: Source::View { rows: rows.into_iter(), number: 0 } }
    }

    /// Reads the next row and returns its line, or in a view its number; both from 1.
    ///
    /// # Errors
    /// Fails when the file can't be read.
    pub(super) fn next(&mut self, cells: &mut Vec<String>) -> io::Result<Option<u64>> {
        match &mut self.source {
            Source::File { records, first } => loop {
                let Some(line) = records.next(cells)? else { return Ok(None) };
                if line >= *first {
                    cells.resize(self.header.len(), String::new());
                    return Ok(Some(line));
                }
            },
            Source::View { rows, number } => {
                let Some(row) = rows.next() else { return Ok(None) };
                *cells = row;
                *number += 1;
                Ok(Some(*number))
            }
        }
    }

    /// Finds the column of a header: exactly, else in another case.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        let exactly = self.header.iter().position(|header| header == name);
        exactly.or_else(|| self.header.iter().position(|header| header.eq_ignore_ascii_case(name)))
    }
}

/// Tells whether a row holds nothing at all.
pub(super) fn is_blank(cells: &[String]) -> bool {
    cells.iter().all(|cell| cell.trim().is_empty())
}
