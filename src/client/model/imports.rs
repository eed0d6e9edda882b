//! Imports.

use serde::Deserialize;

use super::{ImportId, if_it_fits, open_enum, or_default};
use crate::client::Listed;

/// An import action: a saved way to read a file or another model into a model.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// Its name.
    pub name: String,
    /// Where it reads from: a file's id, empty or something else where it reads from a model.
    pub import_data_source_id: Option<String>,
    /// What it writes.
    pub import_type: Option<ImportType>,
}

impl Listed for Import {
    const KEY: &'static str = "imports";
}

/// Where an import reads from.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ImportMetadata {
    /// `FILE`, or `MODEL` where it reads from a model.
    #[serde(default, rename = "type", deserialize_with = "if_it_fits")]
    pub source_type: Option<String>,
    /// The form of the file.
    #[serde(default)]
    pub source: Option<ImportSource>,
}

/// The form of the file that an import reads.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ImportSource {
    /// The character encoding.
    #[serde(deserialize_with = "if_it_fits")]
    pub text_encoding: Option<String>,
    /// What stands between fields.
    #[serde(deserialize_with = "if_it_fits")]
    pub column_separator: Option<String>,
    /// What stands around fields that need it; empty for nothing.
    #[serde(deserialize_with = "if_it_fits")]
    pub text_delimiter: Option<String>,
    /// What stands before the decimals of numbers.
    #[serde(deserialize_with = "if_it_fits")]
    pub decimal_separator: Option<String>,
    /// The number of the line that names the columns; 0 or below for none.
    #[serde(deserialize_with = "if_it_fits")]
    pub header_row: Option<i64>,
    /// The number of the first line with data.
    #[serde(deserialize_with = "if_it_fits")]
    pub first_data_row: Option<i64>,
    /// The names of the columns.
    #[serde(deserialize_with = "or_default")]
    pub header_names: Vec<String>,
    /// How many columns there are.
    #[serde(deserialize_with = "if_it_fits")]
    pub column_count: Option<i64>,
}

open_enum! {
    /// What an import writes.
    ImportType {
        /// Items of a list.
        HierarchyData = "HIERARCHY_DATA",
        /// Cells of a module.
        ModuleData = "MODULE_DATA",
        /// Line items.
        LineItemDefinition = "LINE_ITEM_DEFINITION",
        /// Users.
        Users = "USERS",
        /// Versions.
        Versions = "VERSIONS",
    }
}
