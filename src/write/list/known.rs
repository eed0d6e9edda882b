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

/// Whether the items are too many for one answer.
fn is_huge(sending: &Sending<'_>) -> bool {
    sending.table.metadata().item_count.is_some_and(|count| count > MOST)
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
        let (names, codes): (HashSet<&str>, HashSet<&str>) = (names.collect(), codes.collect());
        let found = Self::read_from(sending, &dimension, names.clone(), codes.clone()).await?;
        // Items of the lists above are some of the dimension, but none of the list.
        let Some(parent) = sending.table.metadata().list_above() else { return Ok(found) };
        if found.items.is_empty() {
            return Ok(found);
        }
        let parent = DimensionId::from(&ListId::from(parent.id.as_str()));
        let above = Self::read_from(sending, &parent, names, codes).await?;
        if above.items.is_empty() {
            return Ok(found);
        }
        // The service may tell one of all that are alike, so that an item may be hidden behind one of
        // the lists above.
        let client = &sending.table.connection().client;
        let model = &sending.table.model().id;
        let every =
            |dimension| client.dimension_items(model, dimension, sending.work.observer.clone());
        let above: HashSet<_> = every(&parent).await?.into_iter().map(|item| item.id).collect();
        let mut items = if is_huge(sending) { found.items } else { every(&dimension).await? };
        items.retain(|item| !above.contains(&item.id));
        Ok(Self::of(sending, items))
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
        if names.len() + codes.len() > FEW && !is_huge(sending) {
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
        Ok(Self::of(sending, found))
    }

    fn of(sending: &Sending<'_>, mut items: Vec<DimensionItem>) -> Self {
        // The top level item is one of the dimension, but none of the list.
        if let Some(top) = &sending.table.metadata().top_level_item {
            items.retain(|item| item.id.as_str() != top.id);
        }
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
