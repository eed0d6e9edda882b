//! How the rows of a list are got.

use std::collections::BTreeSet;
use std::fmt;

use datafusion::logical_expr::Expr;

use super::shape::{ListShape, ListSource};
use crate::client::model::ListMetadata;
use crate::table::equality::allowed_values;

/// How many items the service gives in one answer.
const MOST_ITEMS: u64 = 1_000_000;

/// How many items a preview shows, and how many names or codes are looked up at once.
const FEW: usize = 1000;

/// The items that a filter names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) key: Key,
    pub(super) texts: Vec<String>,
}

impl Named {
    pub(super) fn new(key: Key, texts: BTreeSet<String>) -> Self {
        Self { key, texts: texts.into_iter().filter(|text| !text.is_empty()).collect() }
    }
}

/// A way to the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// No item has such a name or code.
    Nothing,
    /// Those that are named, by a lookup.
    Lookup(Named),
    /// The first 1,000.
    Preview,
    /// All, in one answer, and of them those that are named.
    Items(Option<Named>),
    /// All, by a large read. If items are named, a lookup tells before how many of them there are,
    /// and the read goes no further than to the last of them.
    LargeRead(Option<Named>),
}

impl Way {
    /// Chooses what costs least.
    pub(super) fn choose(
        (shape, metadata): (&ListShape, &ListMetadata),
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Self {
        Self::of((shape, metadata), projection, named(metadata, filters), limit)
    }

    /// The same of items that are named, if any are.
    pub(super) fn of(
        (shape, metadata): (&ListShape, &ListMetadata),
        projection: Option<&Vec<usize>>,
        named: Option<Named>,
        limit: Option<usize>,
    ) -> Self {
        let named = match named {
            // Blank is NULL here, which equals nothing.
            Some(named) if named.texts.is_empty() => return Self::Nothing,
            named => named.filter(|named| named.texts.len() <= FEW),
        };
        // A list that may be larger than is known is taken to be.
        let count = item_count(metadata).unwrap_or(MOST_ITEMS);
        if count > FEW as u64 {
            let known = ["id", "name", "code"];
            let is_known = |&index: &usize| match shape.columns.get(index).map(|it| &it.source) {
                Some(ListSource::BuiltIn(name)) => known.contains(name),
                _ => false,
            };
            if projection.is_some_and(|projection| projection.iter().all(is_known))
                && let Some(named) = named
            {
                return Self::Lookup(named);
            }
            if limit.is_some_and(|limit| limit <= FEW) {
                return Self::Preview;
            }
        }
        if count > MOST_ITEMS { Self::LargeRead(named) } else { Self::Items(named) }
    }

    /// Whether it reads more than a join may want that finds items by this column.
    pub(super) fn narrows_by(&self, metadata: &ListMetadata, column: &str) -> bool {
        matches!(self, Self::Items(None) | Self::LargeRead(None))
            && item_count(metadata).is_none_or(|count| count > FEW as u64)
            && key(metadata, column).is_some()
    }

    /// The items that are named.
    pub(super) fn named(&self) -> Option<&Named> {
        match self {
            Self::Lookup(named) => Some(named),
            Self::Items(named) | Self::LargeRead(named) => named.as_ref(),
            Self::Nothing | Self::Preview => None,
        }
    }

    /// How many requests it takes.
    pub(super) fn requests(&self, metadata: &ListMetadata) -> String {
        // Items of the list above are told apart by a lookup of their own.
        let lookup = 1 + u8::from(metadata.list_above().is_some());
        match self {
            Self::Nothing => "0".to_owned(),
            Self::Lookup(_) => lookup.to_string(),
            Self::Preview | Self::Items(_) => "1".to_owned(),
            // Start, look, each page, deletion.
            Self::LargeRead(None) => "4+".to_owned(),
            Self::LargeRead(Some(_)) => format!("{}+", 4 + lookup),
        }
    }

    /// How many rows it gives at most.
    pub(super) fn rows(&self, metadata: &ListMetadata) -> Option<usize> {
        let count = item_count(metadata).and_then(|count| usize::try_from(count).ok());
        let most = match self {
            Self::Nothing => Some(0),
            Self::Preview => Some(FEW),
            _ => self.named().map(|named| named.texts.len()),
        };
        [count, most].into_iter().flatten().min()
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing",
            Self::Lookup(_) => "lookup",
            Self::Preview => "preview",
            Self::Items(_) => "items",
            Self::LargeRead(None) => "large read",
            Self::LargeRead(Some(_)) => "lookup and large read",
        })
    }
}

/// How many items there are: the top level item is counted, but is none of the rows.
fn item_count(metadata: &ListMetadata) -> Option<u64> {
    let top = u64::from(metadata.top_level_item.is_some());
    metadata.item_count.map(|count| count.saturating_sub(top))
}

/// What items may be looked up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Name,
    Code,
}

impl Key {
    /// The column that shows it.
    pub(super) fn column(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Code => "code",
        }
    }
}

/// The key and the texts that a filter allows it, if it can travel. The answer to "is it pushed
/// down" is this function too.
pub(super) fn translate(metadata: &ListMetadata, filter: &Expr) -> Option<(Key, BTreeSet<String>)> {
    allowed_values(filter, &|column| key(metadata, column))
}

/// The key that a column shows.
pub(super) fn key(metadata: &ListMetadata, column: &str) -> Option<Key> {
    match column {
        "code" => Some(Key::Code),
        // Items of a numbered list may also be found by what they show instead of their names.
        "name" if metadata.numbered_list != Some(true) => Some(Key::Name),
        _ => None,
    }
}

fn named(metadata: &ListMetadata, filters: &[Expr]) -> Option<Named> {
    let found = filters.iter().filter_map(|filter| translate(metadata, filter));
    // Items fit all filters: the shortest one says most.
    let (key, texts) = found.min_by_key(|(_, texts)| texts.len())?;
    Some(Named::new(key, texts))
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::{col, lit};

    use super::*;
    use crate::config::ColumnTypes;

    fn way(
        metadata: serde_json::Value,
        columns: &[usize],
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Way {
        let metadata: ListMetadata = serde_json::from_value(metadata).expect("metadata");
        let shape = ListShape::new(&metadata, ColumnTypes::Metadata);
        Way::choose((&shape, &metadata), Some(&columns.to_vec()), filters, limit)
    }

    fn list(count: u64) -> serde_json::Value {
        serde_json::json!({ "id": "1", "name": "L", "itemCount": count })
    }

    #[test]
    fn the_way_depends_on_size_and_on_what_is_wanted() {
        let top = |count: u64| {
            serde_json::json!({ "id": "1", "name": "L", "itemCount": count,
                "topLevelItem": { "id": "2", "name": "All" } })
        };
        for (metadata, limit, expected) in [
            (list(0), None, Way::Items(None)),
            (list(1000), Some(10), Way::Items(None)),
            (list(1001), Some(1000), Way::Preview),
            (top(1001), Some(1000), Way::Items(None)),
            (list(1001), Some(1001), Way::Items(None)),
            (list(1_000_000), None, Way::Items(None)),
            (list(1_000_001), None, Way::LargeRead(None)),
            (top(1_000_001), None, Way::Items(None)),
            (list(2_000_000), Some(1001), Way::LargeRead(None)),
            (serde_json::json!({ "id": "1", "name": "L" }), None, Way::Items(None)),
            (serde_json::json!({ "id": "1", "name": "L" }), Some(5), Way::Preview),
        ] {
            assert_eq!(
                way(metadata.clone(), &[0, 3], &[], limit),
                expected,
                "{metadata} {limit:?}"
            );
        }
    }

    #[test]
    fn items_are_looked_up_where_that_tells_all_that_is_wanted() {
        let named = |key, texts: &[&str]| Named {
            key,
            texts: texts.iter().map(|&it| it.to_owned()).collect(),
        };
        let code_a = Some(named(Key::Code, &["a"]));
        let code = [col("code").eq(lit("a"))];
        assert_eq!(way(list(5000), &[0, 1, 2], &code, None), Way::Lookup(named(Key::Code, &["a"])));
        assert_eq!(way(list(5000), &[], &code, None), Way::Lookup(named(Key::Code, &["a"])));
        let items = Way::Items(code_a.clone());
        assert_eq!(way(list(5000), &[0, 3], &code, None), items, "parents aren't told");
        assert_eq!(way(list(500), &[0], &code, None), items, "one answer has them all");
        let large = Way::LargeRead(code_a);
        assert_eq!(way(list(2_000_000), &[0, 3], &code, None), large);
        assert_eq!(large.rows(&serde_json::from_value(list(2_000_000)).expect("it")), Some(1));
        let names = [col("name").in_list(vec![lit("x"), lit("y")], false)];
        let both_names = Way::Lookup(named(Key::Name, &["x", "y"]));
        assert_eq!(way(list(5000), &[1], &names, None), both_names);
        let both = [names[0].clone(), code[0].clone()];
        assert_eq!(way(list(5000), &[1, 2], &both, None), Way::Lookup(named(Key::Code, &["a"])));
        let numbered =
            serde_json::json!({ "id": "1", "name": "L", "itemCount": 5000, "numberedList": true });
        assert_eq!(way(numbered, &[1], &names, None), Way::Items(None));
        assert_eq!(way(list(5000), &[1], &[col("code").eq(lit(""))], None), Way::Nothing);
        assert_eq!(way(list(5000), &[1], &[col("code").not_eq(lit("a"))], None), Way::Items(None));
        let many = (0..1001).map(|number| lit(format!("{number}"))).collect();
        assert_eq!(
            way(list(5000), &[2], &[col("code").in_list(many, false)], None),
            Way::Items(None)
        );
    }
}
