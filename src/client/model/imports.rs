//! Imports.

use serde::Deserialize;

use super::{ImportId, open_enum};
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
