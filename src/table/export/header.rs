//! The header of a grid, which tells what its metadata may leave out: the name of every column.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use super::run::ExportKey;
use super::shape::ExportShape;
use crate::table::csv::{CellKind, Decoder, OwnedRecord, Record, RecordReader};

/// The header lines of a grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridHeader {
    /// How many row dimensions there are: the empty fields before the labels.
    pub(super) row_dimensions: usize,
    /// The labels, in a line for each column dimension, outermost first.
    pub(super) lines: Vec<Vec<String>>,
    /// For each column behind the row dimensions, the types that its cells in the first rows aren't
    /// of.
    pub(super) misfits: Vec<Vec<CellKind>>,
}

/// Headers that were read from files, kept as long as a session's metadata.
#[derive(Debug, Default)]
pub struct Headers(Mutex<HashMap<ExportKey, Arc<GridHeader>>>);

impl Headers {
    /// The header of an export's file, if it has been read.
    pub(in crate::table) fn get(&self, key: &ExportKey) -> Option<Arc<GridHeader>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    pub(super) fn keep(&self, key: ExportKey, header: GridHeader) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::new(header));
    }

    /// Forgets a header that no longer holds, unless a newer one has been read already.
    pub(super) fn forget(&self, key: &ExportKey, header: &Arc<GridHeader>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.get(key).is_some_and(|kept| Arc::ptr_eq(kept, header)) {
            all.remove(key);
        }
    }

    pub(in crate::table) fn forget_all(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl GridHeader {
    /// The names of the columns behind the row dimensions: their labels, outermost first, joined
    /// as the items of a page are. None where all labels are blank.
    pub(super) fn names(&self) -> impl Iterator<Item = Option<String>> {
        let count = self.lines.first().map_or(0, Vec::len);
        (0..count).map(|column| {
            let labels = self.lines.iter().filter_map(|line| line.get(column));
            let labels: Vec<&str> =
                labels.map(String::as_str).filter(|label| !label.is_empty()).collect();
            (!labels.is_empty()).then(|| labels.join(" / "))
        })
    }

    /// Looks which types the cells of a row are of.
    fn look(&mut self, row: &Record<'_>) {
        let count = self.lines.first().map_or(0, Vec::len);
        self.misfits.resize(count, Vec::new());
        for (cell, misfits) in row.fields().skip(self.row_dimensions).zip(&mut self.misfits) {
            for kind in [CellKind::Number, CellKind::Boolean, CellKind::Date] {
                if !misfits.contains(&kind) && !kind.fits(cell) {
                    misfits.push(kind);
                }
            }
        }
    }
}

/// How many empty fields a record begins with. Labels are repeated in every row of a grid, so that
/// only header lines begin with any.
pub(super) fn leading_empty(record: &Record<'_>) -> usize {
    record.fields().take_while(|field| field.is_empty()).count()
}

/// The labels of a header line behind its empty fields.
pub(super) fn labels(record: &Record<'_>, row_dimensions: usize) -> Vec<String> {
    let fields = record.fields().skip(row_dimensions);
    fields.map(|field| String::from_utf8_lossy(field).trim().to_owned()).collect()
}

/// Reads the header at the beginning of a grid's file.
pub(super) struct HeaderReader {
    decoder: Decoder,
    records: RecordReader,
    head: Head,
}

/// What has come of the file.
struct Head {
    page_line: bool,
    header: GridHeader,
    /// Whether the header is complete, and no more than it.
    at_rows: bool,
    /// The last record, which is a row, or the line of a page.
    last: Option<OwnedRecord>,
}

impl HeaderReader {
    pub(super) fn new(shape: &ExportShape) -> Self {
        Self {
            decoder: Decoder::new(shape.encoding),
            records: RecordReader::new(shape.separator, shape.quote),
            head: Head {
                page_line: false,
                header: GridHeader { row_dimensions: 0, lines: Vec::new(), misfits: Vec::new() },
                at_rows: false,
                last: None,
            },
        }
    }

    /// Takes the next piece of the file, and says when no more is needed: with the header, the rows
    /// of its piece are looked at. A file that can't be read needs none either: whoever reads its rows
    /// will say what is wrong with it.
    pub(super) fn push(&mut self, piece: &[u8]) -> ControlFlow<()> {
        let text = self.decoder.decode(piece, false);
        let head = &mut self.head;
        let flow = self.records.push(&text, &mut |record| Ok(head.take(&record)));
        if head.at_rows { ControlFlow::Break(()) } else { flow.unwrap_or(ControlFlow::Break(())) }
    }

    /// The header, if there was one. `ended` says that the file has no more pieces.
    pub(super) fn finish(mut self, ended: bool) -> Option<GridHeader> {
        if ended {
            let text = self.decoder.decode(&[], true);
            let head = &mut self.head;
            let mut each = |record: Record<'_>| Ok(head.take(&record));
            let flow = self.records.push(&text, &mut each);
            if flow.is_ok_and(|flow| flow.is_continue()) {
                // Cut short, it has no whole header line more than it had before.
                let _ = self.records.finish(&mut each);
            }
        }
        (!self.head.header.lines.is_empty()).then_some(self.head.header)
    }
}

impl Head {
    /// Looks at the next record, up to the end of the first page.
    fn take(&mut self, record: &Record<'_>) -> ControlFlow<()> {
        if record.is_blank() {
            return ControlFlow::Continue(());
        }
        if self.at_rows {
            return self.row(record);
        }
        let (header, empty) = (&mut self.header, leading_empty(record));
        match header.lines.first() {
            None if empty > 0 && empty < record.len() => {
                header.row_dimensions = empty;
                header.lines.push(labels(record, empty));
                ControlFlow::Continue(())
            }
            None if !self.page_line => {
                self.page_line = true;
                ControlFlow::Continue(())
            }
            Some(first)
                if empty >= header.row_dimensions
                    && record.len() == header.row_dimensions + first.len() =>
            {
                header.lines.push(labels(record, header.row_dimensions));
                ControlFlow::Continue(())
            }
            Some(_) => {
                self.at_rows = true;
                self.row(record)
            }
            None => ControlFlow::Break(()),
        }
    }

    /// Looks at what may be a row: the one before is one, unless this is a header line.
    fn row(&mut self, record: &Record<'_>) -> ControlFlow<()> {
        let width = self.header.row_dimensions + self.header.lines.first().map_or(0, Vec::len);
        if record.len() != width || leading_empty(record) > 0 {
            return ControlFlow::Break(());
        }
        match self.last.replace(record.keep()) {
            Some(row) => self.header.look(&row.as_record()),
            // Behind a header comes a row.
            None => self.header.look(record),
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::model::{Export, ExportMetadata};
    use crate::config::ColumnTypes;

    fn read(file: &str, piece: usize, ended: bool) -> Option<GridHeader> {
        let json = serde_json::json!({ "id": "1", "name": "E", "exportType": "GRID_ALL_PAGES" });
        let export: Export = serde_json::from_value(json).expect("an export");
        let metadata = ExportMetadata::default();
        let shape = ExportShape::try_new(&export, &metadata, ColumnTypes::Metadata, None);
        let mut reader = HeaderReader::new(&shape.expect("a shape"));
        for piece in file.as_bytes().chunks(piece) {
            if reader.push(piece).is_break() {
                return reader.finish(false);
            }
        }
        reader.finish(ended)
    }

    /// Reads the file cut in every way: the names, and how many row dimensions there are.
    #[track_caller]
    fn check(file: &str, row_dimensions: usize, names: &[&str]) {
        for piece in 1..=file.len() {
            let header = read(file, piece, true).expect("a header");
            assert_eq!(header.row_dimensions, row_dimensions, "{file:?}");
            let found: Vec<String> = header.names().map(Option::unwrap_or_default).collect();
            assert_eq!(found, names, "{file:?} in pieces of {piece}");
        }
    }

    #[test]
    fn labels_of_all_lines_are_joined() {
        check(",Jan,Feb\na,1,2\n", 1, &["Jan", "Feb"]);
        check("P,Q\n,,Q1,Q1,Q2\n,,U, V,\na,b,1,2,3\n", 2, &["Q1 / U", "Q1 / V", "Q2"]);
        // A header without rows, without a line break at its end, or before the next page.
        check(",A,A\n,U,V", 1, &["A / U", "A / V"]);
        check("P1\n,A,A\n,U,V\nP2\n,A,A\n,U,V\n", 1, &["A / U", "A / V"]);
        // A blank first label is still one.
        check(",A,B\n,,V\na,1,2\n", 1, &["A", "B / V"]);
    }

    #[test]
    fn the_first_rows_tell_what_columns_are_not() {
        let misfits = |file: &str| {
            let header = read(file, 1000, true).expect("a header");
            let short = |kinds: &Vec<CellKind>| kinds.iter().map(|it| it.sql()).collect::<Vec<_>>();
            header.misfits.iter().map(|it| short(it).join(" ")).collect::<Vec<_>>()
        };
        assert_eq!(
            misfits(",A,A,B,B\n,U,V,U,V\na,7,true,,2026-01-31\nb,,,,\n"),
            ["BOOLEAN DATE", "DOUBLE DATE", "", "DOUBLE BOOLEAN"]
        );
        // The last record may be the line of a page, and is one before a header.
        assert_eq!(misfits(",A,B\na,7,\nb,x,y\n"), ["BOOLEAN DATE", ""]);
        assert_eq!(misfits("p,q,r\n,A,B\na,7,\np,q,r\n,A,B\na,x,y\n"), ["BOOLEAN DATE", ""]);
        assert_eq!(misfits(",A,B\n").len(), 0);
    }

    #[test]
    fn a_file_without_a_header_has_none() {
        for file in ["", "\n", "P", "P,Q\nx,y\n,a,b\n", "\"open", ",,,\n"] {
            assert_eq!(read(file, 3, true), None, "{file:?}");
        }
    }

    #[test]
    fn a_header_is_only_forgotten_if_it_is_still_the_one() {
        let (headers, key) = (Headers::default(), ("m".into(), "e".into()));
        let header = |label: &str| GridHeader {
            row_dimensions: 1,
            lines: vec![vec![label.to_owned()]],
            misfits: Vec::new(),
        };
        headers.keep(ExportKey::clone(&key), header("old"));
        let old = headers.get(&key).expect("kept");
        headers.keep(key.clone(), header("new"));
        headers.forget(&key, &old);
        let new = headers.get(&key).expect("the newer one stays");
        headers.forget(&key, &new);
        assert_eq!(headers.get(&key), None);
    }
}
