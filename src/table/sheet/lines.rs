//! From the CSV of a view to lines: labels of the dimensions that lead them, and cells.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::client::model::ViewDetail;
use crate::error::{Error, ErrorKind, Result};
use crate::table::csv::{Decoder, Encoding, OwnedRecord, Record, RecordReader};

type Flow = ControlFlow<()>;

/// How a CSV text shows a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::table) enum Form {
    /// All pages. A header line, then lines that begin with a label for each dimension on pages,
    /// rows, and columns but the innermost.
    Tabular,
    /// One page. A line with its items, a header line for each column dimension, then lines that
    /// begin with a label for each row dimension.
    Grid,
}

/// Where the dimensions of a view stand in a line. Dimensions are counted over pages, rows and
/// columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::table) struct Layout {
    form: Form,
    pages: usize,
    rows: usize,
    columns: usize,
}

impl Layout {
    pub(in crate::table) fn new(form: Form, view: &ViewDetail) -> Self {
        let (pages, rows, columns) = (view.pages.len(), view.rows.len(), view.columns.len());
        Self { form, pages, rows, columns }
    }

    /// How many dimensions lead a line: the first ones of the view.
    pub(in crate::table) fn leading(&self) -> usize {
        match self.form {
            Form::Tabular => self.pages + self.rows + self.columns.saturating_sub(1),
            Form::Grid => self.pages + self.rows,
        }
    }

    /// How many dimensions go across: the last ones.
    fn across(&self) -> usize {
        self.pages + self.rows + self.columns - self.leading()
    }

    /// How many labels stand before the cells of a line.
    fn labels(&self) -> usize {
        match self.form {
            Form::Tabular => self.leading(),
            Form::Grid => self.rows,
        }
    }
}

/// A line of cells.
pub(in crate::table) struct Line<'a> {
    record: Record<'a>,
    /// The items of the page, where they don't stand in the line.
    page: &'a Arc<[Vec<u8>]>,
    labels: usize,
}

/// A line that outlives the text it came from.
#[derive(Debug)]
pub(in crate::table) struct OwnedLine {
    record: OwnedRecord,
    page: Arc<[Vec<u8>]>,
    labels: usize,
}

impl OwnedLine {
    pub(in crate::table) fn as_line(&self) -> Line<'_> {
        Line { record: self.record.as_record(), page: &self.page, labels: self.labels }
    }
}

impl<'a> Line<'a> {
    pub(in crate::table) fn keep(&self) -> OwnedLine {
        OwnedLine { record: self.record.keep(), page: Arc::clone(self.page), labels: self.labels }
    }

    /// How many bytes it takes to keep it, about.
    pub(in crate::table) fn size(&self) -> usize {
        self.record.fields().map(|field| field.len() + size_of::<usize>()).sum()
    }

    /// The label of a leading dimension.
    pub(in crate::table) fn label(&self, dimension: usize) -> &'a [u8] {
        match dimension.checked_sub(self.page.len()) {
            None => &self.page[dimension],
            Some(field) => self.record.field(field),
        }
    }

    /// The cell at a place across.
    pub(in crate::table) fn cell(&self, place: usize) -> &'a [u8] {
        self.record.field(self.labels + place)
    }

    /// Its number in the text, from 1.
    pub(in crate::table) fn number(&self) -> u64 {
        self.record.line
    }
}

/// What takes the lines of a view.
pub(in crate::table) trait TakeLines {
    /// Begins: for each place across, the labels of the dimensions there, outermost first.
    fn header(&mut self, across: &[Vec<String>]) -> Result<()>;

    /// Takes a line, and says whether more are wanted.
    fn line(&mut self, line: &Line<'_>) -> Result<Flow>;
}

/// Reads one text, or the pages of a large read one after the other.
pub(in crate::table) struct LineReader {
    layout: Layout,
    decoder: Decoder,
    records: RecordReader,
    head: Head,
    /// Whether the next record begins a page of a large read.
    at_start: bool,
    /// How many lines have come.
    count: usize,
}

/// What stands above the lines.
#[derive(Debug, Default)]
struct Head {
    page: Arc<[Vec<u8>]>,
    has_page: bool,
    /// The header lines so far, without what stands before their labels.
    lines: Vec<Vec<String>>,
    /// The header line of a table as it stands in the text, which may come again.
    table: Option<Vec<Vec<u8>>>,
    /// How many cells a line has, once the header is complete.
    cells: Option<usize>,
}

impl LineReader {
    pub(in crate::table) fn new(layout: Layout) -> Self {
        Self {
            layout,
            decoder: Decoder::new(Encoding::Utf8),
            records: RecordReader::new(b',', Some(b'"')),
            head: Head::default(),
            at_start: true,
            count: 0,
        }
    }

    /// Takes a piece of the text.
    pub(in crate::table) fn push(
        &mut self,
        piece: &[u8],
        lines: &mut impl TakeLines,
    ) -> Result<Flow> {
        let Self { layout, decoder, records, head, at_start, count } = self;
        let text = decoder.decode(piece, false);
        records.push(&text, &mut |record| take(layout, head, (at_start, count), &record, lines))
    }

    /// Ends the text, or a page of it: no line goes over to the next one.
    pub(in crate::table) fn end(&mut self, lines: &mut impl TakeLines) -> Result<Flow> {
        let Self { layout, decoder, records, head, at_start, count } = self;
        let text = decoder.decode(&[], true);
        let mut each = |record: Record<'_>| take(layout, head, (at_start, count), &record, lines);
        let flow = records.push(&text, &mut each)?;
        if flow.is_continue() && records.finish(&mut each)?.is_break() {
            return Ok(Flow::Break(()));
        }
        self.decoder = Decoder::new(Encoding::Utf8);
        self.at_start = true;
        Ok(flow)
    }

    /// How many lines have come.
    pub(in crate::table) fn lines(&self) -> usize {
        self.count
    }
}

fn take(
    layout: &Layout,
    head: &mut Head,
    (at_start, count): (&mut bool, &mut usize),
    record: &Record<'_>,
    lines: &mut impl TakeLines,
) -> Result<Flow> {
    let starts = std::mem::replace(at_start, false);
    let labels = layout.labels();
    if head.cells.is_none() && head.take(layout, record, lines)? {
        return Ok(Flow::Continue(()));
    }
    let cells = head.cells.unwrap_or_default();
    if record.is_blank() && labels + cells != 1 {
        return Ok(Flow::Continue(()));
    }
    if starts && head.table.as_ref().is_some_and(|table| record.fields().eq(table.iter())) {
        return Ok(Flow::Continue(()));
    }
    if record.len() != labels + cells {
        return Err(Error::new(
            ErrorKind::Data,
            format!(
                "line {} has {} fields where the header has {}",
                record.line,
                record.len(),
                labels + cells
            ),
        ));
    }
    *count += 1;
    lines.line(&Line { record: *record, page: &head.page, labels })
}

impl Head {
    /// Takes a record above the lines and says that it was one. A grid without dimensions across
    /// has no header: what is no page is a line then.
    fn take(
        &mut self,
        layout: &Layout,
        record: &Record<'_>,
        lines: &mut impl TakeLines,
    ) -> Result<bool> {
        if layout.form == Form::Tabular {
            return self.take_table(layout, record, lines).map(|()| true);
        }
        let labels = layout.labels();
        if layout.pages > 0 && !self.has_page {
            if record.len() != layout.pages {
                return Err(unexpected(record, "the items of a page"));
            }
            self.has_page = true;
            self.page = record.fields().map(<[u8]>::to_vec).collect();
            return Ok(true);
        }
        if layout.across() == 0 {
            self.cells = Some(1);
            lines.header(&[Vec::new()])?;
            return Ok(false);
        }
        if record.len() < labels || record.fields().take(labels).any(|field| !field.is_empty()) {
            return Err(unexpected(record, "a header"));
        }
        self.lines.push(record.fields().skip(labels).map(text).collect());
        if self.lines.len() == layout.across() {
            let count = self.lines.first().map_or(0, Vec::len);
            let label = |line: &Vec<String>, place| line.get(place).cloned().unwrap_or_default();
            let across: Vec<Vec<String>> = (0..count)
                .map(|place| self.lines.iter().map(|line| label(line, place)).collect())
                .collect();
            self.cells = Some(count);
            lines.header(&across)?;
        }
        Ok(true)
    }

    fn take_table(
        &mut self,
        layout: &Layout,
        record: &Record<'_>,
        lines: &mut impl TakeLines,
    ) -> Result<()> {
        let labels = layout.labels();
        if record.len() < labels {
            return Err(unexpected(record, "a header"));
        }
        self.table = Some(record.fields().map(<[u8]>::to_vec).collect());
        let fields = record.fields().skip(labels);
        let across: Vec<Vec<String>> = if layout.across() == 0 {
            // The one column of cells is called `Value`.
            fields.map(|_| Vec::new()).collect()
        } else {
            fields.map(|field| vec![text(field)]).collect()
        };
        self.cells = Some(across.len());
        lines.header(&across)
    }
}

fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(field).into_owned()
}

fn unexpected(record: &Record<'_>, wanted: &str) -> Error {
    Error::new(
        ErrorKind::Data,
        format!(
            "line {} should be {wanted}, but is not: the view may have changed in the meantime",
            record.line
        ),
    )
    .with_hint("run the statement again")
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
