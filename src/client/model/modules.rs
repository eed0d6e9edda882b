//! Modules.

use serde::Deserialize;

use super::ModuleId;
use crate::client::Listed;

/// A module: line items over dimensions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Module {
    /// Its id, which is also the id of its default view.
    pub id: ModuleId,
    /// Its name.
    pub name: String,
}

impl Listed for Module {
    const KEY: &'static str = "modules";
}
