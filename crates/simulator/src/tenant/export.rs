//! Exports: definition, content, and how their tasks end.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::data::Data;
use super::grid::{Grid, positions};
use super::row::Row;

/// A column of a tabular export.
#[derive(Clone, Debug)]
pub struct Column {
    /// The name in header and metadata.
    pub name: String,
    /// `NUMBER`, `TEXT`, `BOOLEAN`, `DATE`, `ENTITY`, `TIME_ENTITY`, `MIXED`, …
    pub data_type: String,
    /// The list behind an `ENTITY` column; empty for others.
    pub list_name: String,
}

impl Column {
    /// Makes a column.
    pub fn new(name: &str, data_type: &str) -> Self {
        Self { name: name.to_owned(), data_type: data_type.to_owned(), list_name: String::new() }
    }

    /// Sets the list behind the column.
    #[must_use]
    pub fn list_name(mut self, list: &str) -> Self {
        list.clone_into(&mut self.list_name);
        self
    }
}

/// One entry of a task result's `details`.
#[derive(Clone, Debug)]
pub struct Detail {
    /// The type, such as `actionFailed`.
    pub kind: String,
    /// The text for people.
    pub text: String,
    /// Names and values in turn.
    pub values: Vec<String>,
}

/// How the tasks of an export, an import or an action end.
#[derive(Clone, Debug, Default)]
pub enum Outcome {
    /// COMPLETE and successful; of an import or an action, as its work comes out.
    #[default]
    Success,
    /// COMPLETE with `successful: false`; no file is made, nothing is changed.
    Failure {
        /// What the result tells.
        details: Vec<Detail>,
    },
    /// CANCELLED by another user when the running time is over.
    CancelledByOther,
    /// IN_PROGRESS until someone cancels it.
    Never,
}

impl Outcome {
    /// Makes a failure with one `actionFailed` detail.
    pub fn failure(text: &str) -> Self {
        let detail =
            Detail { kind: "actionFailed".to_owned(), text: text.to_owned(), values: Vec::new() };
        Self::Failure { details: vec![detail] }
    }
}

/// An export action. Its output file has the same id.
#[derive(Clone, Debug)]
pub struct Export {
    /// 12 digits; empty until its workspace is added to a tenant.
    pub id: String,
    /// The name.
    pub name: String,
    /// `TABULAR_MULTI_COLUMN`, `TABULAR_SINGLE_COLUMN`, `GRID_CURRENT_PAGE`, `GRID_ALL_PAGES`, …
    pub export_type: String,
    /// The `layout` of listing and metadata; `None` leaves the key out, as older tenants do.
    pub layout: Option<String>,
    /// The `exportFormat`: `text/csv`, `text/plain`, `application/pdf`, …
    pub format: String,
    /// The columns of a tabular export; a grid has its axes instead.
    pub columns: Vec<Column>,
    /// The names or ids of the module and of its view that make columns and content, if any do.
    pub view: Option<(String, String)>,
    /// The content, shared with running downloads.
    pub data: Arc<Data>,
    /// What stands between cells.
    pub separator: String,
    /// What stands around cells that need it; empty for never quoting.
    pub delimiter: String,
    /// `UTF-8`, `ISO-8859-1` or `UTF-16LE`.
    pub encoding: String,
    /// Whether the file starts with a byte order mark.
    pub bom: bool,
    /// What ends a line.
    pub line_ending: String,
    /// Answered instead of the metadata made from the columns.
    pub metadata: Option<Value>,
    /// The header line's cells where they differ from the columns' names; a grid has none.
    pub file_header: Option<Vec<String>>,
    /// How its tasks end.
    pub outcome: Outcome,
    /// Queued and running time of its tasks, where they differ from the simulator's.
    pub task_time: Option<(Duration, Duration)>,
}

impl Export {
    fn new(name: &str, export_type: &str, data: Data) -> Self {
        Self {
            id: String::new(),
            name: name.to_owned(),
            export_type: export_type.to_owned(),
            layout: Some(export_type.to_owned()),
            format: "text/csv".to_owned(),
            columns: Vec::new(),
            view: None,
            data: Arc::new(data),
            separator: ",".to_owned(),
            delimiter: "\"".to_owned(),
            encoding: "UTF-8".to_owned(),
            bom: false,
            line_ending: "\n".to_owned(),
            metadata: None,
            file_header: None,
            outcome: Outcome::Success,
            task_time: None,
        }
    }

    /// Makes an export of the type TABULAR_MULTI_COLUMN, without rows.
    pub fn tabular(name: &str, columns: Vec<Column>) -> Self {
        Self { columns, ..Self::new(name, "TABULAR_MULTI_COLUMN", Data::default()) }
    }

    /// Makes an export of the type TABULAR_SINGLE_COLUMN, without rows: the given columns, then `Value`.
    pub fn single_column(name: &str, mut dimensions: Vec<Column>, value_type: &str) -> Self {
        dimensions.push(Column::new("Value", value_type));
        Self { columns: dimensions, ..Self::new(name, "TABULAR_SINGLE_COLUMN", Data::default()) }
    }

    /// Makes an export of the type GRID_CURRENT_PAGE.
    pub fn grid(name: &str, grid: Grid) -> Self {
        Self::new(name, "GRID_CURRENT_PAGE", Data::Grid(grid))
    }

    /// Makes an export of the type GRID_ALL_PAGES.
    pub fn grid_all_pages(name: &str, grid: Grid) -> Self {
        Self::new(name, "GRID_ALL_PAGES", Data::Grid(grid))
    }

    /// Makes an export of a module's view, of one of the types above. An empty view is the default one.
    ///
    /// Columns and content are those that the view has when a task starts.
    pub fn of_view(name: &str, module: &str, view: &str, export_type: &str) -> Self {
        let view = Some((module.to_owned(), view.to_owned()));
        Self { view, ..Self::new(name, export_type, Data::default()) }
    }

    /// Makes an export that is no text: the bytes are served as they are.
    pub fn binary(name: &str, format: &str, bytes: Vec<u8>) -> Self {
        Self::new(name, "GRID_CURRENT_PAGE", Data::Bytes(bytes)).format(format)
    }

    /// Sets the id.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Sets the content.
    #[must_use]
    pub fn data(mut self, data: impl Into<Data>) -> Self {
        self.data = Arc::new(data.into());
        self
    }

    /// Sets rows that are held in memory.
    #[must_use]
    pub fn with_rows<R, C>(self, rows: R) -> Self
    where
        R: IntoIterator,
        R::Item: IntoIterator<Item = C>,
        C: Into<String>,
    {
        let rows: Vec<Vec<String>> =
            rows.into_iter().map(|row| row.into_iter().map(Into::into).collect()).collect();
        self.data(rows)
    }

    /// Sets rows that are made when they are needed.
    #[must_use]
    pub fn generated(
        self,
        rows: u64,
        row: impl Fn(u64, &mut Row<'_>) + Send + Sync + 'static,
    ) -> Self {
        self.data(Data::generated(rows, row))
    }

    /// Sets the file's bytes, header included.
    #[must_use]
    pub fn bytes(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.data(Data::Bytes(bytes.into()))
    }

    /// Sets `exportType`, and the layout with it.
    #[must_use]
    pub fn export_type(mut self, export_type: &str) -> Self {
        export_type.clone_into(&mut self.export_type);
        self.layout = Some(export_type.to_owned());
        self
    }

    /// Sets the layout that listing and metadata show; `None` leaves it out.
    #[must_use]
    pub fn layout(mut self, layout: Option<&str>) -> Self {
        self.layout = layout.map(str::to_owned);
        self
    }

    /// Sets the format.
    #[must_use]
    pub fn format(mut self, format: &str) -> Self {
        format.clone_into(&mut self.format);
        self
    }

    /// Sets the separator.
    #[must_use]
    pub fn separator(mut self, separator: &str) -> Self {
        separator.clone_into(&mut self.separator);
        self
    }

    /// Sets the delimiter.
    #[must_use]
    pub fn delimiter(mut self, delimiter: &str) -> Self {
        delimiter.clone_into(&mut self.delimiter);
        self
    }

    /// Sets the encoding.
    #[must_use]
    pub fn encoding(mut self, encoding: &str) -> Self {
        encoding.clone_into(&mut self.encoding);
        self
    }

    /// Chooses whether the file starts with a byte order mark.
    #[must_use]
    pub fn bom(mut self, bom: bool) -> Self {
        self.bom = bom;
        self
    }

    /// Sets what ends a line.
    #[must_use]
    pub fn line_ending(mut self, ending: &str) -> Self {
        ending.clone_into(&mut self.line_ending);
        self
    }

    /// Replaces the metadata that is answered.
    #[must_use]
    pub fn metadata(mut self, metadata: Value) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// Sets a header line that differs from the metadata.
    #[must_use]
    pub fn file_header<T: AsRef<str>>(mut self, header: &[T]) -> Self {
        self.file_header = Some(header.iter().map(|cell| cell.as_ref().to_owned()).collect());
        self
    }

    /// Chooses how tasks end.
    #[must_use]
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Sets the queued and the running time of tasks.
    #[must_use]
    pub fn task_time(mut self, queued: Duration, running: Duration) -> Self {
        self.task_time = Some((queued, running));
        self
    }

    /// Returns how many data rows the file has.
    pub fn row_count(&self) -> u64 {
        match &*self.data {
            Data::Rows(rows) => rows.len() as u64,
            Data::Bytes(_) => 0,
            Data::Generated { rows, .. } => *rows,
            Data::Grid(grid) => {
                let (pages, rows, _) = grid.size();
                if self.is_all_pages() { pages.saturating_mul(rows) } else { rows }
            }
        }
    }

    /// Returns the data rows as the file holds them, straight from where they come from.
    ///
    /// Page and header lines are left out; the blocks of a grid with all pages follow one another.
    pub fn rows(&self) -> Box<dyn Iterator<Item = Vec<String>> + Send> {
        let data = Arc::clone(&self.data);
        let all_pages = self.is_all_pages();
        Box::new((0..self.row_count()).map(move |number| match &*data {
            Data::Rows(rows) => {
                let row = usize::try_from(number).ok().and_then(|number| rows.get(number));
                row.cloned().unwrap_or_default()
            }
            Data::Bytes(_) => Vec::new(),
            Data::Generated { row, .. } => Row::cells(|cells| row(number, cells)),
            Data::Grid(grid) => {
                let rows = grid.size().1.max(1);
                let page =
                    if all_pages { positions(&grid.pages, number / rows) } else { grid.current() };
                Row::cells(|cells| grid.data_row(&page, number % rows, cells))
            }
        }))
    }

    /// Tells whether the file holds a block for every page.
    pub(crate) fn is_all_pages(&self) -> bool {
        self.export_type == "GRID_ALL_PAGES"
    }
}
