//! From an export's metadata to the columns and the form of its file.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};

use super::header::GridHeader;
use crate::client::model::{DataType, Export, ExportMetadata, ExportType};
use crate::config::ColumnTypes;
use crate::error::{Error, ErrorKind, Result};
use crate::table::csv::{CellKind, Encoding};

/// The column that tells the pages of a grid apart.
const PAGE: &str = "Page";

/// What the file of an export holds, as far as its metadata tells.
#[derive(Debug, Clone)]
pub struct ExportShape {
    /// The table's columns.
    pub columns: Vec<ExportColumn>,
    pub(super) layout: LayoutKind,
    pub(super) encoding: Encoding,
    pub(super) separator: u8,
    pub(super) quote: Option<u8>,
    /// Whether the metadata's arrays agree, so that the file must have just these columns.
    pub(super) exact: bool,
    /// The header of the grid, where the columns come from a file instead of the metadata.
    pub(super) header: Option<Arc<GridHeader>>,
    /// The service's estimate.
    pub row_estimate: Option<u64>,
}

/// A column of an export.
#[derive(Debug, Clone)]
pub struct ExportColumn {
    /// Its name in SQL, unique in the table.
    pub name: String,
    /// The type that the metadata gives.
    pub data_type: Option<DataType>,
    /// The list that its items are of.
    pub list: Option<String>,
    /// The type that its cells are read as. MIXED is text, even where the header is the name of a
    /// line item: nothing in the service's answers says which module an export shows, names of line
    /// items repeat among modules, and a wrong guess would fail queries that text doesn't.
    pub kind: CellKind,
    /// Where in a line its cells stand.
    pub(super) source: ColumnSource,
}

/// Where a column's cells come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ColumnSource {
    /// From the line above the grid.
    Page,
    /// From the lines; the metadata calls it so.
    Named(String),
    /// From the lines; the metadata only counts it.
    Counted,
}

/// The forms of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LayoutKind {
    /// A header line, then rows.
    Tabular,
    /// Perhaps a line of page items; a header line for each column dimension, which begins with an
    /// empty field for each row dimension; rows, each led by as many labels. With `pages` that
    /// block repeats.
    Grid { pages: bool },
}

impl ExportShape {
    /// Reads the metadata of an export. `header` is what its file has told; it only counts for a
    /// grid whose metadata doesn't name all columns.
    ///
    /// # Errors
    /// Kind [`Unsupported`](ErrorKind::Unsupported) for a file that is no text, or of an encoding
    /// or with a separator that can't be read.
    pub fn try_new(
        export: &Export,
        metadata: &ExportMetadata,
        types: ColumnTypes,
        header: Option<Arc<GridHeader>>,
    ) -> Result<Self> {
        if !export.is_text() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "export \"{}\" writes {}, which is not text in rows",
                    export.name,
                    export.export_format.as_deref().unwrap_or("something")
                ),
            )
            .with_hint("have a model builder add an export of the same view as CSV"));
        }
        let names = metadata.header_names.as_deref().unwrap_or_default();
        let data_types = metadata.data_types.as_deref().unwrap_or_default();
        let lists = metadata.list_names.as_deref().unwrap_or_default();
        let announced = metadata.column_count.unwrap_or(names.len());
        let count = announced.max(names.len());
        let layout = layout(export, metadata);
        let is_grid = matches!(layout, LayoutKind::Grid { .. });
        let exact = count == names.len()
            && count == data_types.len()
            && count == announced
            // With one label above several others, all but this may agree by chance.
            && (!is_grid || lists.is_empty() || count == lists.len());
        let header = header.filter(|_| is_grid && !exact);
        // How many columns are the metadata's, and names and types of those behind them.
        let (named, labels) = match &header {
            Some(header) => {
                let types = cell_types(data_types, header);
                (header.row_dimensions, header.names().zip(types).collect())
            }
            None if is_grid && !exact => {
                let named = row_dimensions(data_types, lists).min(count);
                (named, vec![(None, None); count - named])
            }
            None => (count, Vec::new()),
        };
        let mut taken = HashSet::new();
        let mut columns = Vec::with_capacity(named + labels.len() + 1);
        if matches!(layout, LayoutKind::Grid { pages: true }) {
            columns.push(ExportColumn {
                name: unique(PAGE.to_owned(), &mut taken),
                data_type: None,
                list: None,
                kind: CellKind::Text,
                source: ColumnSource::Page,
            });
        }
        let numbered = |i: usize| format!("Column {}", i + 1);
        for i in 0..named {
            let header = names.get(i);
            let list = lists.get(i).filter(|name| !name.trim().is_empty()).cloned();
            let data_type = data_types.get(i).filter(|_| exact).cloned();
            let name = header
                .map(|name| name.trim().to_owned())
                .filter(|name| !name.is_empty())
                .or_else(|| list.clone())
                .unwrap_or_else(|| numbered(i));
            columns.push(ExportColumn {
                name: unique(name, &mut taken),
                kind: kind(data_type.as_ref(), types),
                data_type,
                list,
                source: header
                    .map_or(ColumnSource::Counted, |name| ColumnSource::Named(name.clone())),
            });
        }
        for (i, (label, data_type)) in labels.into_iter().enumerate() {
            columns.push(ExportColumn {
                name: unique(label.unwrap_or_else(|| numbered(named + i)), &mut taken),
                kind: kind(data_type.as_ref(), types),
                data_type,
                list: None,
                source: ColumnSource::Counted,
            });
        }
        Ok(Self {
            columns,
            layout,
            encoding: Encoding::try_from_name(metadata.encoding.as_deref())?,
            separator: separator(metadata.separator.as_deref())?.unwrap_or(b','),
            quote: quote(metadata.delimiter.as_deref())?,
            exact,
            header,
            row_estimate: metadata.row_count,
        })
    }

    /// The table's Arrow schema. Every cell may be blank.
    pub fn schema(&self) -> SchemaRef {
        let fields: Vec<Field> =
            self.columns.iter().map(|c| Field::new(&c.name, c.kind.arrow(), true)).collect();
        Arc::new(Schema::new(fields))
    }

    /// Whether the names of columns stand in nothing but the file, which hasn't been read.
    pub(super) fn lacks_names(&self) -> bool {
        matches!(self.layout, LayoutKind::Grid { .. }) && !self.exact && self.header.is_none()
    }

    /// The columns that come from the lines of the file.
    pub(super) fn file_columns(&self) -> impl Iterator<Item = &ExportColumn> {
        self.columns.iter().filter(|c| c.source != ColumnSource::Page)
    }
}

fn kind(data_type: Option<&DataType>, types: ColumnTypes) -> CellKind {
    match (types, data_type) {
        (ColumnTypes::Text, _) => CellKind::Text,
        (_, Some(DataType::Number)) => CellKind::Number,
        (_, Some(DataType::Boolean)) => CellKind::Boolean,
        (_, Some(DataType::Date)) => CellKind::Date,
        _ => CellKind::Text,
    }
}

/// How many columns of a grid are row dimensions, as far as metadata tells that contradicts itself.
/// Every name behind them may be that of another column.
fn row_dimensions(data_types: &[DataType], lists: &[String]) -> usize {
    let labels = data_types
        .iter()
        .take_while(|kind| matches!(kind, DataType::Entity | DataType::TimeEntity))
        .count();
    // Where all are, cells are list items too, and there are lists for the rows alone.
    if labels == data_types.len() { labels.min(lists.len()).max(1) } else { labels }
}

/// The types of a grid's columns behind its row dimensions: each its own where metadata has as many
/// as the file, else that which all have in common, unless the first rows of the file show that a
/// column is of another.
fn cell_types(
    data_types: &[DataType],
    header: &GridHeader,
) -> impl Iterator<Item = Option<DataType>> {
    let types = data_types.get(header.row_dimensions..).unwrap_or_default();
    let own = matches!(&*header.lines, [line] if line.len() == types.len());
    let common = types.first().filter(|first| types.iter().all(|other| other == *first));
    let count = header.lines.first().map_or(0, Vec::len);
    let fits = move |column: usize, data_type: &DataType| {
        let kind = kind(Some(data_type), ColumnTypes::Metadata);
        header.misfits.get(column).is_none_or(|misfits| !misfits.contains(&kind))
    };
    (0..count).map(move |column| match common {
        _ if own => types.get(column).cloned(),
        common => common.filter(|common| fits(column, common)).cloned(),
    })
}

fn layout(export: &Export, metadata: &ExportMetadata) -> LayoutKind {
    // The metadata's own word first, then the listing's two.
    let words = [
        metadata.layout.as_ref().map(ExportType::as_str),
        export.layout.as_deref(),
        export.export_type.as_ref().map(ExportType::as_str),
    ];
    let word = words.into_iter().flatten().next().unwrap_or_default().to_ascii_uppercase();
    if !word.starts_with("GRID") {
        return LayoutKind::Tabular;
    }
    LayoutKind::Grid { pages: word == "GRID_ALL_PAGES" }
}

/// Makes a name unique by counting up: `Sales`, `Sales (2)`.
fn unique(name: String, taken: &mut HashSet<String>) -> String {
    let mut candidate = name.clone();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{name} ({number})");
        number += 1;
    }
    candidate
}

/// One byte between fields. The service writes a tab as itself or as `\t`.
fn separator(text: Option<&str>) -> Result<Option<u8>> {
    match text {
        None | Some("") => Ok(None),
        Some("\\t") => Ok(Some(b'\t')),
        Some(text) => one_byte(text, "separator").map(Some),
    }
}

/// One byte around fields; empty for none. Missing, it is the double quote, as in every CSV file.
fn quote(text: Option<&str>) -> Result<Option<u8>> {
    match text {
        None => Ok(Some(b'"')),
        Some("") => Ok(None),
        Some(text) => one_byte(text, "text delimiter").map(Some),
    }
}

fn one_byte(text: &str, what: &str) -> Result<u8> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r') => Ok(*byte),
        _ => Err(Error::new(
            ErrorKind::Unsupported,
            format!("the export's {what} is {text:?}, which is not a single ASCII character"),
        )
        .with_hint("have a model builder choose another one in the export's settings")),
    }
}

#[cfg(test)]
#[path = "shape_tests.rs"]
mod tests;
