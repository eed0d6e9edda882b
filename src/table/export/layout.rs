//! Which records of a file are header, page line and row.

use std::sync::Arc;

use super::header::{GridHeader, labels, leading_empty};
use super::shape::{ColumnSource, ExportShape, LayoutKind};
use crate::error::{Error, ErrorKind, Result};
use crate::table::csv::{CellSource, OwnedRecord, Record};

/// Follows the records of a file and hands out its rows.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    kind: LayoutKind,
    /// The shape's file columns.
    expected: Vec<ColumnSource>,
    exact: bool,
    /// The header that a file of a grid had before.
    learned: Option<Arc<GridHeader>>,
    /// How many lines of the header have come.
    header_lines: usize,
    phase: Phase,
    /// How many fields the header has, and so each row.
    width: usize,
    /// How many row dimensions a grid has: the empty fields before its first header line's labels.
    /// Types in the metadata don't tell, since cells of a grid may be list items too.
    row_dimensions: Option<usize>,
    page: Option<String>,
    /// In a file of several pages: the fields of a page line, and a record that may be one.
    page_width: usize,
    pending: Option<OwnedRecord>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    /// Nothing has come yet.
    Start,
    /// A page line has come.
    Page,
    /// In the header lines of a grid; the innermost is the last one.
    Header,
    Rows,
}

/// What can be said of the records to come that are rows, and nothing else.
pub(super) struct Plain<'a> {
    /// How many fields they have.
    pub(super) width: usize,
    /// Whether a blank first field would make it something else.
    pub(super) led: bool,
    /// Their page.
    pub(super) page: Option<&'a str>,
}

/// What became of a record.
pub(super) enum Step<'a> {
    /// It was no row.
    Nothing,
    /// It completed the header: here is where each of the shape's file columns stands.
    Header(Vec<CellSource>),
    /// It is a row of this page.
    Row(Option<&'a str>),
    /// The record before it was a row after all, and it must be given again.
    Earlier(OwnedRecord, Option<&'a str>),
}

impl Layout {
    pub(super) fn new(shape: &ExportShape) -> Self {
        Self {
            kind: shape.layout,
            expected: shape.file_columns().map(|column| column.source.clone()).collect(),
            exact: shape.exact,
            learned: shape.header.clone(),
            header_lines: 0,
            phase: Phase::Start,
            width: 0,
            row_dimensions: None,
            page: None,
            page_width: 0,
            pending: None,
        }
    }

    /// Looks at the next record.
    pub(super) fn take(&mut self, record: &Record<'_>) -> Result<Step<'_>> {
        match self.kind {
            LayoutKind::Tabular => self.tabular(record),
            LayoutKind::Grid { pages } => self.grid(record, pages),
        }
    }

    /// How to tell rows without a look at each of them, when only rows are expected.
    pub(super) fn plain(&self) -> Option<Plain<'_>> {
        let only_rows = self.phase == Phase::Rows
            && self.pending.is_none()
            // Where both are as wide, only the record behind it tells a row from a page line.
            && !(self.kind == LayoutKind::Grid { pages: true } && self.page_width == self.width);
        only_rows.then(|| Plain {
            width: self.width,
            led: self.kind != LayoutKind::Tabular,
            page: self.page.as_deref(),
        })
    }

    /// Whether nothing but rows can come, so that each part of the file can be read by itself.
    pub(super) fn is_settled(&self) -> bool {
        self.phase == Phase::Rows && self.kind != LayoutKind::Grid { pages: true }
    }

    /// The last record of the file if it was held back.
    pub(super) fn finish(&mut self) -> Result<Option<(OwnedRecord, Option<&str>)>> {
        let Some(record) = self.pending.take() else { return Ok(None) };
        self.check_width(&record.as_record())?;
        Ok(Some((record, self.page.as_deref())))
    }

    fn tabular(&mut self, record: &Record<'_>) -> Result<Step<'_>> {
        // A blank line is the blank cell of a single column, and nothing elsewhere.
        if record.is_blank() && (self.phase == Phase::Start || self.width > 1) {
            return Ok(Step::Nothing);
        }
        if self.phase == Phase::Start {
            self.phase = Phase::Rows;
            self.width = record.len();
            return Ok(Step::Header(self.match_header(record, 0)?));
        }
        self.check_width(record)?;
        Ok(Step::Row(None))
    }

    fn grid(&mut self, record: &Record<'_>, pages: bool) -> Result<Step<'_>> {
        if record.is_blank() {
            return Ok(Step::Nothing);
        }
        let empty = leading_empty(record);
        let row_dimensions = self.row_dimensions.unwrap_or(empty.max(1));
        let is_header = empty >= row_dimensions && record.len() > row_dimensions;
        if !is_header && matches!(self.phase, Phase::Start | Phase::Page) {
            // Tolerate a header that names the row dimensions instead of leaving them empty.
            if self.exact
                && let Ok(positions) = self.match_header(record, 0)
            {
                self.phase = Phase::Header;
                self.width = record.len();
                self.row_dimensions = Some(row_dimensions);
                return Ok(Step::Header(positions));
            }
            if self.phase == Phase::Page {
                return Err(Error::new(
                    ErrorKind::Data,
                    format!("line {} should be the header of a grid, but is not", record.line),
                )
                .with_hint("a tabular layout is safer: have a model builder add such an export"));
            }
            self.start_page(record);
            return Ok(Step::Nothing);
        }
        if is_header {
            if self.phase == Phase::Rows {
                match self.pending.take() {
                    Some(line) => self.start_page(&line.as_record()),
                    None if pages => {}
                    None => return Err(self.unexpected_header(record)),
                }
            }
            return self.header_line(record, row_dimensions);
        }
        if self.phase == Phase::Header {
            self.phase = Phase::Rows;
            if self.learned.as_ref().is_some_and(|known| known.lines.len() > self.header_lines) {
                return Err(another_header(record.line));
            }
        }
        if let Some(earlier) = self.pending.take() {
            self.check_width(&earlier.as_record())?;
            return Ok(Step::Earlier(earlier, self.page.as_deref()));
        }
        if pages && record.len() == self.page_width && self.page_width > 0 {
            // Only the next record tells: after a page line comes a header line.
            self.pending = Some(record.keep());
            return Ok(Step::Nothing);
        }
        self.check_width(record)?;
        Ok(Step::Row(self.page.as_deref()))
    }

    fn start_page(&mut self, record: &Record<'_>) {
        let labels: Vec<_> = record.fields().map(String::from_utf8_lossy).collect();
        self.page = Some(labels.join(" / "));
        self.page_width = record.len();
        self.phase = Phase::Page;
    }

    fn header_line(&mut self, record: &Record<'_>, row_dimensions: usize) -> Result<Step<'_>> {
        let stacked = self.phase == Phase::Header;
        self.header_lines = if stacked { self.header_lines + 1 } else { 1 };
        self.phase = Phase::Header;
        self.width = record.len();
        self.row_dimensions = Some(row_dimensions);
        if let Some(known) = &self.learned {
            let line = known.lines.get(self.header_lines - 1);
            if row_dimensions != known.row_dimensions
                || line.is_none_or(|line| *line != labels(record, row_dimensions))
            {
                return Err(another_header(record.line));
            }
            return Ok(Step::Header(positions(self.expected.len(), record.len())));
        }
        if stacked || !self.exact {
            // Labels of several levels are not told apart by the metadata; only count them.
            self.check_count(record)?;
            return Ok(Step::Header(positions(self.expected.len(), record.len())));
        }
        Ok(Step::Header(self.match_header(record, row_dimensions)?))
    }

    /// Compares a header line with the metadata, from the column `from` on.
    fn match_header(&self, record: &Record<'_>, from: usize) -> Result<Vec<CellSource>> {
        let header: Vec<String> =
            record.fields().map(|field| String::from_utf8_lossy(field).trim().to_owned()).collect();
        self.check_count(record)?;
        let same = |position: usize, source: &ColumnSource| match source {
            ColumnSource::Named(name) => header.get(position).is_some_and(|h| h == name.trim()),
            ColumnSource::Counted | ColumnSource::Page => true,
        };
        if self.expected.iter().enumerate().skip(from).all(|(i, source)| same(i, source)) {
            return Ok(positions(self.expected.len(), header.len()));
        }
        // The same columns in another order are found by their names.
        if from == 0
            && let Some(found) = self.by_name(&header)
        {
            return Ok(found);
        }
        let wanted: Vec<&str> = self
            .expected
            .iter()
            .filter_map(|source| match source {
                ColumnSource::Named(name) => Some(name.trim()),
                _ => None,
            })
            .collect();
        let difference = |these: &[&str], those: &[&str]| {
            let names: Vec<String> =
                these.iter().filter(|n| !those.contains(n)).map(|n| format!("\"{n}\"")).collect();
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        };
        let got: Vec<&str> = header.iter().map(String::as_str).skip(from).collect();
        Err(Error::new(
            ErrorKind::Data,
            format!(
                "the header of the file is not the one that the metadata announces; missing: {}; \
                 new: {}",
                difference(&wanted[from.min(wanted.len())..], &got),
                difference(&got, &wanted),
            ),
        )
        .with_hint("the export was changed in the meantime: connect again to read its new form"))
    }

    /// Positions by name, if the names are the same and all different.
    fn by_name(&self, header: &[String]) -> Option<Vec<CellSource>> {
        if header.len() != self.expected.len() {
            return None;
        }
        let position = |wanted: &str| {
            let mut found = header.iter().enumerate().filter(|(_, h)| *h == wanted);
            match (found.next(), found.next()) {
                (Some((position, _)), None) => Some(CellSource::Field(position)),
                _ => None,
            }
        };
        self.expected
            .iter()
            .map(|source| match source {
                ColumnSource::Named(name) => position(name.trim()),
                _ => None,
            })
            .collect()
    }

    /// Columns that the metadata only counts may be missing, others not; none may be new.
    fn check_count(&self, record: &Record<'_>) -> Result<()> {
        let named = self
            .expected
            .iter()
            .rposition(|source| matches!(source, ColumnSource::Named(_)))
            .map_or(0, |last| last + 1);
        let least = if self.exact { self.expected.len() } else { named };
        if record.len() >= least && record.len() <= self.expected.len() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Data,
            format!(
                "the header of the file has {} columns where the metadata announces {}",
                record.len(),
                self.expected.len()
            ),
        )
        .with_hint("the export was changed in the meantime: connect again to read its new form"))
    }

    fn check_width(&self, record: &Record<'_>) -> Result<()> {
        if record.len() == self.width {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Data,
            format!(
                "line {} has {} cells where the header has {}",
                record.line,
                record.len(),
                self.width
            ),
        )
        .with_hint("are the export's separator and text delimiter those of its metadata?"))
    }

    fn unexpected_header(&self, record: &Record<'_>) -> Error {
        Error::new(
            ErrorKind::Data,
            format!("line {} is a second header in a file of one page", record.line),
        )
    }
}

/// A run may give other columns than the file that they were learned from.
fn another_header(line: u64) -> Error {
    Error::new(
        ErrorKind::Data,
        format!("line {line}: the header of the file is not the one that its columns came from"),
    )
    .with_hint(
        "the export's columns have changed in the meantime: run the statement again; a view or a \
         prepared statement must be made anew",
    )
}

fn positions(columns: usize, fields: usize) -> Vec<CellSource> {
    (0..columns)
        .map(|i| if i < fields { CellSource::Field(i) } else { CellSource::Missing })
        .collect()
}
