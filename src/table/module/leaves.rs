//! The items of a module's dimensions that are no sums: where cells can be written.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::load::Loader;
use super::members::Members;
use super::provider::ModuleTable;
use super::shape::DimensionColumn;
use crate::client::model::{DimensionItem, DimensionKind, ItemId};
use crate::error::Result;
use crate::http::Observer;
use crate::table::sheet::ItemReader;

/// So many names are looked up at once.
const LOT: usize = 10_000;

impl ModuleTable {
    /// The items of a dimension that are no sums, as far as the view shows them; nothing if they
    /// are too many for one answer.
    pub(crate) async fn leaves(
        &self,
        column: &DimensionColumn,
        observer: Arc<dyn Observer>,
    ) -> Result<Option<Vec<DimensionItem>>> {
        let items = ItemReader { source: self.source(), observer };
        let loader = Loader { items: items.clone(), shape: self.shape() };
        let loaded = loader.load(column).await?;
        if let Members::Items(known) = &loaded.members {
            let leaf = |it: super::members::Member| {
                (!it.is_sum).then(|| DimensionItem { id: it.id.into(), name: it.label, code: None })
            };
            let leaves = loaded.items.into_iter().filter_map(leaf).collect();
            return Ok(known.count.is_some().then_some(leaves));
        }
        let shown = items.shown(&column.dimension).await?;
        let is_leaf = |it: &DimensionItem| !loaded.members.is_longer(it.name.as_bytes());
        Ok(shown.map(|shown| shown.into_iter().filter(is_leaf).collect()))
    }

    /// The items of a dimension that have these labels, by label. Where sums have a label too, they
    /// are left out, as they are in the table's rows. Several items of one label can't be told
    /// apart.
    pub(crate) async fn items_of(
        &self,
        column: &DimensionColumn,
        labels: &BTreeSet<String>,
        observer: Arc<dyn Observer>,
    ) -> Result<HashMap<String, Vec<ItemId>>> {
        let items = ItemReader { source: self.source(), observer: Arc::clone(&observer) };
        let mut found: HashMap<String, Vec<ItemId>> = HashMap::new();
        let mut keep = |all: Vec<DimensionItem>| {
            for item in all {
                if labels.contains(&item.name) {
                    found.entry(item.name).or_default().push(item.id);
                }
            }
        };
        match items.shown(&column.dimension).await? {
            Some(shown) => keep(shown),
            None => {
                let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
                for lot in labels.chunks(LOT) {
                    keep(items.look_up(&column.dimension, lot).await?);
                }
            }
        }
        if found.values().all(|ids| ids.len() == 1) {
            return Ok(found);
        }
        if let Some(leaves) = self.leaves(column, observer).await? {
            let leaves: HashSet<ItemId> = leaves.into_iter().map(|it| it.id).collect();
            found.values_mut().for_each(|ids| ids.retain(|id| leaves.contains(id)));
        }
        Ok(found)
    }
}

impl DimensionColumn {
    /// Whether names tell its items apart, and are what the service takes for them: periods and
    /// versions.
    pub(crate) fn is_named(&self) -> bool {
        matches!(self.dimension.kind(), DimensionKind::Time | DimensionKind::Versions)
    }
}
