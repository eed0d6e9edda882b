//! Exports.

use serde::Deserialize;

use super::{ExportId, open_enum};
use crate::client::Listed;

/// An export action: a saved way to write part of a model into a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Export {
    /// Its id, which is also the id of its file.
    pub id: ExportId,
    /// Its name, not always unique.
    pub name: String,
    /// How the file is laid out.
    pub export_type: Option<ExportType>,
    /// The file's media type.
    pub export_format: Option<String>,
    /// The file's character encoding; older answers leave it out.
    pub encoding: Option<String>,
    /// The layout again; older answers leave it out.
    pub layout: Option<String>,
}

impl Export {
    /// Whether the file is text in rows, so that it can be a table. An export whose format isn't
    /// told is taken to be.
    pub fn is_text(&self) -> bool {
        is_text(self.export_format.as_deref())
    }
}

impl ExportMetadata {
    /// Whether the file is text, as [`Export::is_text`] has it.
    pub fn is_text(&self) -> bool {
        is_text(self.export_format.as_deref())
    }
}

fn is_text(format: Option<&str>) -> bool {
    format.is_none_or(|format| {
        let media_type = format.split(';').next().unwrap_or_default().trim();
        media_type.is_empty() || media_type.to_ascii_lowercase().starts_with("text/")
    })
}

impl Listed for Export {
    const KEY: &'static str = "exports";
}

/// What an export's file looks like. The arrays may disagree in length with `column_count`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExportMetadata {
    /// The number of columns.
    pub column_count: Option<usize>,
    /// An estimate of the number of rows.
    pub row_count: Option<u64>,
    /// The columns' types.
    pub data_types: Option<Vec<DataType>>,
    /// The columns' names.
    pub header_names: Option<Vec<String>>,
    /// For columns of list items, the list's name; else empty.
    pub list_names: Option<Vec<String>>,
    /// The quote character, empty for none.
    pub delimiter: Option<String>,
    /// The character between fields.
    pub separator: Option<String>,
    /// The character encoding.
    pub encoding: Option<String>,
    /// The file's media type.
    pub export_format: Option<String>,
    /// How the file is laid out.
    pub layout: Option<ExportType>,
}

open_enum! {
    /// How an export's file is laid out.
    ExportType {
        /// One row for each tuple of items, one column for each line item.
        TabularMultiColumn = "TABULAR_MULTI_COLUMN",
        /// One row for each cell.
        TabularSingleColumn = "TABULAR_SINGLE_COLUMN",
        /// One row for each tuple of items, all line items.
        TabularAllLineItems = "TABULAR_ALL_LINE_ITEMS",
        /// One row for each tuple of items, the current line item.
        TabularCurrentLineItem = "TABULAR_CURRENT_LINE_ITEM",
        /// The grid as it is seen, all pages below each other.
        GridAllPages = "GRID_ALL_PAGES",
        /// The grid as it is seen, one page.
        GridCurrentPage = "GRID_CURRENT_PAGE",
        /// The model's history.
        AuditLog = "AUDIT_LOG",
    }
}

open_enum! {
    /// The type of a column in an export.
    DataType {
        /// Numbers.
        Number = "NUMBER",
        /// Text.
        Text = "TEXT",
        /// `true` and `false`.
        Boolean = "BOOLEAN",
        /// Days.
        Date = "DATE",
        /// Items of a list.
        Entity = "ENTITY",
        /// Time periods.
        TimeEntity = "TIME_ENTITY",
        /// Cells of several types.
        Mixed = "MIXED",
    }
}
