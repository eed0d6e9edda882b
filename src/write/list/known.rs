//! What the list holds already.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::send::{Sending, text};
use crate::client::model::{DimensionId, DimensionItem, ListId};
use crate::error::Result;
use crate::table::list::ListTable;

/// The service looks so many items up at once.
const LOOKUP: usize = 1_000;

/// More items than these are not looked up; the names and codes of all are read instead, of a list
/// that the service gives in one answer.
const FEW: usize = 5_000;
const MOST: u64 = 1_000_000;

/// A name or code as the service compares it.
pub(super) fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Whether the service names the items.
pub(super) fn is_numbered(table: &ListTable) -> bool {
    table.metadata().numbered_list == Some(true)
}

/// Items of a list, found by name or code in whichever case, as the service finds them.
#[derive(Debug, Default)]
pub(super) struct Existing {
    items: Vec<DimensionItem>,
    names: HashMap<String, usize>,
    codes: HashMap<String, usize>,
}

impl Existing {
    /// The items of the list that have one of these names or codes.
    ///
    /// # Errors
    /// As every call.
    pub(super) async fn read<'t>(
        sending: &Sending<'_>,
        names: impl Iterator<Item = &'t str>,
        codes: impl Iterator<Item = &'t str>,
    ) -> Result<Self> {
        let dimension = DimensionId::from(sending.table.list());
        let mut found =
            Self::read_from(sending, &dimension, names.collect(), codes.collect()).await?;
        // Items of the lists above are some of the dimension, but none of the list.
        if let Some(parent) = sending.table.metadata().list_above()
            && !found.items.is_empty()
        {
            let dimension = DimensionId::from(&ListId::from(parent.id.as_str()));
            let names = found.items.iter().map(|item| item.name.as_str()).collect();
            let above = Self::read_from(sending, &dimension, names, HashSet::new()).await?;
            let above: HashSet<_> = above.items.into_iter().map(|item| item.id).collect();
            found.items.retain(|item| !above.contains(&item.id));
        }
        Ok(Self::of(found.items))
    }

    /// The same of any list.
    ///
    /// # Errors
    /// As every call.
    pub(super) async fn read_from(
        sending: &Sending<'_>,
        dimension: &DimensionId,
        names: HashSet<&str>,
        codes: HashSet<&str>,
    ) -> Result<Self> {
        let client = &sending.table.connection().client;
        let model = &sending.table.model().id;
        let observer = || sending.work.observer.clone();
        let mut found = Vec::new();
        let is_huge = sending.table.metadata().item_count.is_some_and(|count| count > MOST);
        if names.len() + codes.len() > FEW && !is_huge {
            let all = |texts: &HashSet<&str>| -> HashSet<String> {
                texts.iter().map(|text| folded(text)).collect()
            };
            let (names, codes) = (all(&names), all(&codes));
            found = client.dimension_items(model, dimension, observer()).await?;
            found.retain(|item| {
                let code = item.code.as_deref().map(folded);
                names.contains(&folded(&item.name))
                    || code.is_some_and(|code| codes.contains(&code))
            });
        } else {
            let (names, codes): (Vec<&str>, Vec<&str>) =
                (names.into_iter().collect(), codes.into_iter().collect());
            for names in names.chunks(LOOKUP) {
                found.extend(client.lookup_items(model, dimension, names, &[], observer()).await?);
            }
            for codes in codes.chunks(LOOKUP) {
                found.extend(client.lookup_items(model, dimension, &[], codes, observer()).await?);
            }
        }
        // The top level item is one of the dimension, but none of the list.
        if let Some(top) = &sending.table.metadata().top_level_item {
            found.retain(|item| item.id.as_str() != top.id);
        }
        Ok(Self::of(found))
    }

    fn of(items: Vec<DimensionItem>) -> Self {
        let mut existing = Self { items, ..Self::default() };
        for (place, item) in existing.items.iter().enumerate() {
            existing.names.entry(folded(&item.name)).or_insert(place);
            if let Some(code) = item.code.as_ref().filter(|code| !code.is_empty()) {
                existing.codes.entry(folded(code)).or_insert(place);
            }
        }
        existing
    }

    pub(super) fn name(&self, name: &str) -> Option<&DimensionItem> {
        self.items.get(*self.names.get(&folded(name))?)
    }

    pub(super) fn code(&self, code: &str) -> Option<&DimensionItem> {
        self.items.get(*self.codes.get(&folded(code))?)
    }

    /// Whether there is an item with this one's name and code, as far as it has them.
    pub(super) fn has(&self, item: &Value) -> bool {
        let code = text(item, "code");
        let Some(name) = text(item, "name") else {
            return code.is_some_and(|code| self.code(code).is_some());
        };
        let Some(found) = self.name(name) else { return false };
        let found = found.code.as_deref().map(folded).unwrap_or_default();
        code.is_none_or(|code| folded(code) == found)
    }
}
