//! Whether what a list holds is what an addition made of an item.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use futures::TryStreamExt;
use serde_json::{Map, Value};

use super::item::{put, written};
use super::known::{Existing, folded, is_numbered};
use super::send::{Sending, text};
use crate::client::model::{CellFormat, DimensionId, ListMetadata, ListProperty};
use crate::error::{Error, ErrorKind, Result};
use crate::table::list::{ListColumn, ListSource};

/// An item of another list, as it was sent and as the list holds it: perhaps by its code, and by its
/// name.
struct Unsure<'a> {
    place: usize,
    property: &'a ListProperty,
    sent: String,
    held: String,
}

impl Sending<'_> {
    /// Which of the items at these places are in the list just as an addition makes them, with
    /// nothing in what the addition leaves blank. Reads the list.
    ///
    /// # Errors
    /// As every call; kind [`Data`](ErrorKind::Data) when it can't be told.
    pub(super) async fn as_added(&self, items: &[Value], places: &[usize]) -> Result<Vec<usize>> {
        let key = if is_numbered(self.table) { "code" } else { "name" };
        let wanted: HashMap<String, usize> = places
            .iter()
            .filter_map(|&place| Some((folded(text(&items[place], key)?), place)))
            .collect();
        let columns = &self.table.shape().columns;
        let (mut same, mut unsure) = (Vec::new(), Vec::new());
        let mut rows = self.table.items(Arc::clone(&self.work.context))?;
        while let Some(batch) = rows.try_next().await? {
            for row in 0..batch.num_rows() {
                let held = item(columns, &batch, row);
                let place = text(&held, key).and_then(|key| wanted.get(&folded(key)));
                let Some(&place) = place else { continue };
                let sent = &items[place];
                let before = unsure.len();
                if is_same(self.table.metadata(), sent, &held, |property, sent, held| {
                    let (sent, held) = (sent.to_owned(), held.to_owned());
                    unsure.push(Unsure { place, property, sent, held });
                }) {
                    same.push(place);
                } else {
                    unsure.truncate(before);
                }
            }
        }
        for place in self.others(&unsure).await? {
            same.retain(|&it| it != place);
        }
        same.sort_unstable();
        same.dedup();
        Ok(same)
    }

    /// The places where a property holds another item than was sent.
    async fn others(&self, unsure: &[Unsure<'_>]) -> Result<Vec<usize>> {
        let mut by_list: HashMap<DimensionId, Vec<&Unsure<'_>>> = HashMap::new();
        for it in unsure {
            let list = it.property.format_metadata.as_ref().and_then(|format| format.list());
            let list = list.ok_or_else(|| {
                let name = &it.property.name;
                Error::new(
                    ErrorKind::Data,
                    format!("\"{name}\" may hold what was sent, or another item"),
                )
            })?;
            by_list.entry(DimensionId::from(&list)).or_default().push(it);
        }
        let mut others = Vec::new();
        for (list, all) in by_list {
            let codes: HashSet<&str> = all.iter().map(|it| it.sent.as_str()).collect();
            let found = Existing::read_from(self, &list, HashSet::new(), codes).await?;
            let is_other = |it: &&&Unsure<'_>| {
                found.code(&it.sent).is_none_or(|item| folded(&item.name) != folded(&it.held))
            };
            others.extend(all.iter().filter(is_other).map(|it| it.place));
        }
        Ok(others)
    }
}

/// An item that the list holds, in the form in which items are sent. Blank is left out.
fn item(columns: &[ListColumn], batch: &RecordBatch, row: usize) -> Value {
    let mut item = Map::new();
    for (column, array) in columns.iter().zip(batch.columns()) {
        let Ok(Some(text)) = written(array, row) else { continue };
        match &column.source {
            ListSource::BuiltIn(key) => {
                item.insert((*key).to_owned(), text.into());
            }
            ListSource::Subset(name) => put(&mut item, "subsets", name, (text == "true").into()),
            ListSource::Property(name) => put(&mut item, "properties", name, text.into()),
        }
    }
    item.into()
}

/// Whether an item is what an addition makes of the one that was sent, as far as that can be seen;
/// `unsure` hears of properties that hold items which may go by a name here and by a code there.
fn is_same<'m>(
    metadata: &'m ListMetadata,
    sent: &Value,
    held: &Value,
    mut unsure: impl FnMut(&'m ListProperty, &str, &str),
) -> bool {
    let both = |key: &str| {
        let part = |item: &Value| text(item, key).map(folded).unwrap_or_default();
        (part(sent), part(held))
    };
    let is_alike = |key| {
        let (sent, held) = both(key);
        sent == held
    };
    let is_named = text(sent, "name").is_none() || is_alike("name");
    if !is_named || !is_alike("code") {
        return false;
    }
    // What hangs from the top has no parent of its own.
    let top = metadata.top_level_item.as_ref().map(|top| folded(&top.name)).unwrap_or_default();
    let (parent, held_parent) = both("parent");
    let below = |parent: String| if parent == top { String::new() } else { parent };
    if below(parent) != below(held_parent) {
        return false;
    }
    let is_in = |item: &Value, name: &str| item["subsets"][name].as_bool().unwrap_or_default();
    let mut subsets = metadata.subsets.iter().map(|subset| subset.name.as_str());
    if subsets.any(|name| is_in(sent, name) != is_in(held, name)) {
        return false;
    }
    let value = |item: &'_ Value, name: &str| {
        item["properties"][name].as_str().unwrap_or_default().trim().to_owned()
    };
    let mut own = metadata.properties.iter().filter(|property| property.formula.is_none());
    own.all(|property| {
        let (sent, held) = (value(sent, &property.name), value(held, &property.name));
        let number = |text: &str| match text {
            "" => Some(0.0),
            text => text.parse::<f64>().ok(),
        };
        match &property.format {
            Some(CellFormat::Number) => {
                sent == held || number(&sent).is_some_and(|it| Some(it) == number(&held))
            }
            Some(CellFormat::Boolean) => (sent == "true") == (held == "true"),
            Some(CellFormat::Text | CellFormat::Date) => sent == held,
            _ if folded(&sent) == folded(&held) => true,
            _ if sent.is_empty() || held.is_empty() => false,
            _ => {
                unsure(property, &sent, &held);
                true
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn compare(sent: &Value, held: &Value) -> (bool, usize) {
        let metadata: ListMetadata = serde_json::from_value(json!({
            "id": "101000000001", "name": "L",
            "topLevelItem": { "id": "1", "name": "All" },
            "subsets": [{ "id": "109000000001", "name": "Own" }],
            "properties": [
                { "name": "N", "format": "NUMBER" }, { "name": "B", "format": "BOOLEAN" },
                { "name": "T", "format": "TEXT" }, { "name": "L", "format": "LIST" },
                { "name": "F", "format": "NUMBER", "formula": "N * 2" },
            ],
        }))
        .expect("metadata");
        let mut unsure = 0;
        let same = is_same(&metadata, sent, held, |_, _, _| unsure += 1);
        (same, unsure)
    }

    #[test]
    fn what_an_addition_makes_of_an_item_is_told_from_what_was_there() {
        let sent = json!({ "name": "a", "code": "A", "properties": { "N": "1", "L": "x1" } });
        let yes = |held: Value| assert!(compare(&sent, &held).0, "{held}");
        let no = |held: Value| assert!(!compare(&sent, &held).0, "{held}");
        let held = |more: Value| {
            let mut item = json!({ "id": "2", "name": "A ", "code": "a", "parent": "All" });
            let mut properties = json!({ "N": "1.0", "B": "false", "L": "X1", "F": "2" });
            for (key, value) in more.as_object().expect("an object") {
                match key.as_str() {
                    "parent" | "code" => item[key] = value.clone(),
                    "Own" => item["subsets"] = json!({ "Own": value }),
                    _ => properties[key] = value.clone(),
                }
            }
            item["properties"] = properties;
            item
        };
        yes(held(json!({})));
        yes(held(json!({ "Own": false, "F": "7" })));
        // An item by its name may be the one that was sent by its code.
        assert_eq!(compare(&sent, &held(json!({ "L": "Beans" }))), (true, 1));
        no(held(json!({ "N": "2" })));
        no(held(json!({ "B": "true" })));
        no(held(json!({ "T": "text" })));
        no(held(json!({ "L": "" })));
        no(held(json!({ "Own": true })));
        no(held(json!({ "parent": "Other" })));
        no(held(json!({ "code": "" })));
        // 0 is what a blank number may come as.
        let blank = json!({ "name": "a" });
        assert!(compare(&blank, &json!({ "name": "a", "properties": { "N": "0.0" } })).0);
    }
}
