//! Dimensions and their items.

use serde::Deserialize;

use super::{DimensionId, ItemId};
use crate::client::Listed;

/// What a view or a line item extends over.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Dimension {
    /// Its id.
    pub id: DimensionId,
    /// Its name.
    pub name: String,
}

/// What the items of a dimension are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DimensionKind {
    /// Items of a list.
    List,
    /// Those of a list's items that are in a subset.
    ListSubset,
    /// The line items of a module.
    LineItems,
    /// Line items of a subset, of whichever modules.
    LineItemSubset,
    /// Time periods.
    Time,
    /// Versions.
    Versions,
    /// Users.
    Users,
    /// Something that this version doesn't know.
    Other,
}

impl Dimension {
    /// What its items are.
    pub fn kind(&self) -> DimensionKind {
        match self.id.as_str() {
            "20000000003" => DimensionKind::Time,
            "20000000020" => DimensionKind::Versions,
            // On a view it stands for the line items, elsewhere for the users: the name decides.
            "101999999999" if self.name.eq_ignore_ascii_case("Line items") => {
                DimensionKind::LineItems
            }
            "101999999999" => DimensionKind::Users,
            id => match id.get(..3) {
                Some("101") => DimensionKind::List,
                Some("109") => DimensionKind::ListSubset,
                Some("114") => DimensionKind::LineItemSubset,
                _ if self.name.eq_ignore_ascii_case("Users") => DimensionKind::Users,
                _ => DimensionKind::Other,
            },
        }
    }
}

impl Listed for Dimension {
    const KEY: &'static str = "dimensions";
}

/// An item of a dimension.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DimensionItem {
    /// Its id.
    pub id: ItemId,
    /// Its name; items of numbered lists and of several levels may share one.
    pub name: String,
    /// Its code, if it has one.
    pub code: Option<String>,
}

impl Listed for DimensionItem {
    const KEY: &'static str = "items";
}
