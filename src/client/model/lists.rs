//! Lists: dimensions that model builders made.

use serde::Deserialize;

use super::{CellFormat, FormatMetadata, ListId, Reference, if_it_fits, or_default};
use crate::client::Listed;

/// A list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct List {
    /// Its id, which is also that of the dimension.
    pub id: ListId,
    /// Its name.
    pub name: String,
}

impl Listed for List {
    const KEY: &'static str = "lists";
}

/// What a list is made of.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListMetadata {
    /// Its id.
    pub id: ListId,
    /// Its name.
    pub name: String,
    /// The columns that its items have beside name and code.
    #[serde(default, deserialize_with = "or_default")]
    pub properties: Vec<ListProperty>,
    /// The subsets that its items may be in.
    #[serde(default, deserialize_with = "or_default")]
    pub subsets: Vec<Reference>,
    /// The list that its items have their parents in.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub parent: Option<Reference>,
    /// The item that all others are below.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub top_level_item: Option<Reference>,
    /// How many items it has, the top level item among them.
    pub item_count: Option<u64>,
    /// How many more there can be.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub permitted_items: Option<i64>,
    /// Whether its items have generated names, so that names may repeat in what they show.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub numbered_list: Option<bool>,
    /// The index of a numbered list's next item.
    #[serde(default, alias = "nextitemIndex", deserialize_with = "if_it_fits")]
    pub next_item_index: Option<i64>,
    /// Whether users see only some of its items.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub has_selective_access: Option<bool>,
    /// Whether page selectors begin with the top level item.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub use_top_level_as_page_default: Option<bool>,
    /// Whether workflow is on.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub workflow_enabled: Option<bool>,
    /// Whether its items may change while the model is deployed.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub production_data: Option<bool>,
    /// The modules that it is a dimension of, by name.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub used_in_applies_to: Option<String>,
    /// The category that somebody put it into.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub category: Option<String>,
}

impl ListMetadata {
    /// The list that its items have their parents in, where that is another one.
    pub fn list_above(&self) -> Option<&Reference> {
        self.parent.as_ref().filter(|parent| parent.id != self.id.as_str())
    }
}

/// A property of a list.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListProperty {
    /// Its name.
    pub name: String,
    /// What its cells hold.
    pub format: Option<CellFormat>,
    /// The same in detail, where the service tells.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub format_metadata: Option<FormatMetadata>,
    /// How it is calculated, if it is.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub formula: Option<String>,
    /// What people have noted.
    #[serde(default, deserialize_with = "if_it_fits")]
    pub notes: Option<String>,
}
