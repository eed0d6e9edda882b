//! Views of modules.

use serde::Deserialize;

use super::{Dimension, ModuleId, ViewId, or_default};
use crate::client::Listed;

/// A view of a module.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// Its id: the module's for the default view, a line item's for the view of that alone.
    pub id: ViewId,
    /// Its name as the service prints it: the module's name for the default view, else
    /// `Module.View`, each part in single quotes where it has special characters.
    pub name: String,
    /// The module that it shows.
    pub module_id: ModuleId,
    /// Its code, empty for none.
    pub code: Option<String>,
}

impl View {
    /// Whether this is how the module shows when nobody has arranged it.
    pub fn is_default(&self) -> bool {
        self.id.as_str() == self.module_id.as_str()
    }
}

impl Listed for View {
    const KEY: &'static str = "views";
}

/// What stands on the axes of a view, outermost first.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ViewDetail {
    /// Its id.
    pub view_id: ViewId,
    /// Its name, without the module's.
    pub view_name: String,
    /// Down the side.
    #[serde(default, deserialize_with = "or_default")]
    pub rows: Vec<Dimension>,
    /// Along the top.
    #[serde(default, deserialize_with = "or_default")]
    pub columns: Vec<Dimension>,
    /// One item of each of these is shown at a time.
    #[serde(default, deserialize_with = "or_default")]
    pub pages: Vec<Dimension>,
}
