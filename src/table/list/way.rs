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

/// A way to the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// No item has such a name or code.
    Nothing,
    /// The items with one of these names.
    Names(Vec<String>),
    /// The items with one of these codes.
    Codes(Vec<String>),
    /// The first 1,000.
    Preview,
    /// All, in one answer.
    Items,
    /// All, by a large read.
    LargeRead,
}

impl Way {
    /// Chooses what costs least.
    pub(super) fn choose(
        (shape, metadata): (&ListShape, &ListMetadata),
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Self {
        // A list that may be larger than is known is taken to be.
        let count = item_count(metadata).unwrap_or(MOST_ITEMS);
        if count > FEW as u64 {
            let known = ["id", "name", "code"];
            let is_known = |&index: &usize| match shape.columns.get(index).map(|it| &it.source) {
                Some(ListSource::BuiltIn(name)) => known.contains(name),
                _ => false,
            };
            if projection.is_some_and(|projection| projection.iter().all(is_known))
                && let Some(way) = look_up(metadata, filters)
            {
                return way;
            }
            if limit.is_some_and(|limit| limit <= FEW) {
                return Self::Preview;
            }
        }
        if count > MOST_ITEMS { Self::LargeRead } else { Self::Items }
    }

    /// How many requests it takes.
    pub(super) fn requests(&self) -> &'static str {
        match self {
            Self::Nothing => "0",
            Self::Names(_) | Self::Codes(_) | Self::Preview | Self::Items => "1",
            // Start, look, each page, deletion.
            Self::LargeRead => "4+",
        }
    }

    /// How many rows it gives at most.
    pub(super) fn rows(&self, metadata: &ListMetadata) -> Option<usize> {
        let count = item_count(metadata).and_then(|count| usize::try_from(count).ok());
        match self {
            Self::Nothing => Some(0),
            Self::Names(texts) | Self::Codes(texts) => Some(texts.len()),
            Self::Preview => Some(count.map_or(FEW, |count| count.min(FEW))),
            Self::Items | Self::LargeRead => count,
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing",
            Self::Names(_) | Self::Codes(_) => "lookup",
            Self::Preview => "preview",
            Self::Items => "items",
            Self::LargeRead => "large read",
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

/// The key and the texts that a filter allows it, if it can travel. The answer to "is it pushed
/// down" is this function too.
pub(super) fn translate(metadata: &ListMetadata, filter: &Expr) -> Option<(Key, BTreeSet<String>)> {
    allowed_values(filter, &|column| match column {
        "code" => Some(Key::Code),
        // Items of a numbered list may also be found by what they show instead of their names.
        "name" if metadata.numbered_list != Some(true) => Some(Key::Name),
        _ => None,
    })
}

fn look_up(metadata: &ListMetadata, filters: &[Expr]) -> Option<Way> {
    let found = filters.iter().filter_map(|filter| translate(metadata, filter));
    // Items fit all filters: the shortest one says most.
    let (key, texts) = found.min_by_key(|(_, texts)| texts.len())?;
    // Blank is NULL here, which equals nothing.
    let texts: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    match texts.len() {
        0 => Some(Way::Nothing),
        1..=FEW => Some(match key {
            Key::Name => Way::Names(texts),
            Key::Code => Way::Codes(texts),
        }),
        _ => None,
    }
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
            (list(0), None, Way::Items),
            (list(1000), Some(10), Way::Items),
            (list(1001), Some(1000), Way::Preview),
            (top(1001), Some(1000), Way::Items),
            (list(1001), Some(1001), Way::Items),
            (list(1_000_000), None, Way::Items),
            (list(1_000_001), None, Way::LargeRead),
            (top(1_000_001), None, Way::Items),
            (list(2_000_000), Some(1001), Way::LargeRead),
            (serde_json::json!({ "id": "1", "name": "L" }), None, Way::Items),
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
        let codes = |codes: &[&str]| Way::Codes(codes.iter().map(|&it| it.to_owned()).collect());
        let code = [col("code").eq(lit("a"))];
        assert_eq!(way(list(5000), &[0, 1, 2], &code, None), codes(&["a"]));
        assert_eq!(way(list(5000), &[], &code, None), codes(&["a"]));
        assert_eq!(way(list(5000), &[0, 3], &code, None), Way::Items, "parents aren't told");
        assert_eq!(way(list(500), &[0], &code, None), Way::Items, "one answer has them all");
        let names = [col("name").in_list(vec![lit("x"), lit("y")], false)];
        assert_eq!(way(list(5000), &[1], &names, None), Way::Names(vec!["x".into(), "y".into()]));
        let both = [names[0].clone(), code[0].clone()];
        assert_eq!(way(list(5000), &[1, 2], &both, None), codes(&["a"]));
        let numbered =
            serde_json::json!({ "id": "1", "name": "L", "itemCount": 5000, "numberedList": true });
        assert_eq!(way(numbered, &[1], &names, None), Way::Items);
        assert_eq!(way(list(5000), &[1], &[col("code").eq(lit(""))], None), Way::Nothing);
        assert_eq!(way(list(5000), &[1], &[col("code").not_eq(lit("a"))], None), Way::Items);
        let many = (0..1001).map(|number| lit(format!("{number}"))).collect();
        assert_eq!(way(list(5000), &[2], &[col("code").in_list(many, false)], None), Way::Items);
    }
}
