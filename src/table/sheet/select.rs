//! Which pages of a view are read: those that filters choose, else all.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use datafusion::logical_expr::Expr;

use super::pages::Pages;
use super::read::{Route, Selected};
use super::source::SheetSource;
use crate::client::model::{Dimension, DimensionItem, DimensionKind, ItemId, ListId};
use crate::error::{Error, Result};
use crate::http::Observer;
use crate::table::equality::allowed_values;

/// So many pages are fetched singly rather than the whole view.
pub(in crate::table) const MAX_PAGES: usize = 64;

/// A column that shows the item of the page.
#[derive(Debug, Clone)]
pub(in crate::table) struct PageColumn {
    pub(in crate::table) name: String,
    pub(in crate::table) dimension: Dimension,
    /// Where the dimension stands among those of the view.
    pub(in crate::table) place: usize,
}

/// The labels that are wanted of page dimensions, by their places.
pub(in crate::table) type Wanted = BTreeMap<usize, BTreeSet<String>>;

/// An item of a dimension.
#[derive(Debug, Clone)]
pub(in crate::table) struct Item {
    pub(in crate::table) id: ItemId,
    pub(in crate::table) label: String,
    pub(in crate::table) is_sum: bool,
}

/// The page dimension and the labels that a filter allows it. The answer to "is it pushed down" is
/// this function too.
pub(in crate::table) fn translate(
    columns: &[PageColumn],
    filter: &Expr,
) -> Option<(usize, BTreeSet<String>)> {
    let key = |name: &str| columns.iter().find(|it| it.name == name).map(|it| it.place);
    allowed_values(filter, &key)
}

/// Takes from filters (joined by AND) what chooses pages.
pub(in crate::table) fn wanted(columns: &[PageColumn], filters: &[Expr]) -> Wanted {
    let mut all = Wanted::new();
    for (place, values) in filters.iter().filter_map(|filter| translate(columns, filter)) {
        all.entry(place)
            .and_modify(|known| known.retain(|value| values.contains(value)))
            .or_insert(values);
    }
    all
}

/// What chosen pages look like in the line of a plan.
pub(in crate::table) fn show(columns: &[PageColumn], wanted: &Wanted) -> Option<String> {
    let each = columns.iter().filter_map(|column| {
        let values: Vec<&str> = wanted.get(&column.place)?.iter().map(String::as_str).collect();
        Some(format!("{}=[{}]", column.name, values.join(", ")))
    });
    let each: Vec<String> = each.collect();
    (!each.is_empty()).then(|| format!("[{}]", each.join(", ")))
}

/// How many pages these labels choose, if they choose them all.
pub(in crate::table) fn count_wanted(pages: usize, wanted: &Wanted) -> Option<usize> {
    let count = wanted.values().fold(1_usize, |n, values| n.saturating_mul(values.len()));
    (pages > 0 && wanted.len() == pages && count <= MAX_PAGES).then_some(count)
}

/// About how many of a view's rows have these labels. Nobody has counted the items of its
/// dimensions before it is read: they are taken to have as many each.
pub(in crate::table) fn estimate_rows(rows: usize, dimensions: usize, wanted: &Wanted) -> usize {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is a guess"
    )]
    let items = ((rows as f64).powf(1.0 / dimensions.max(1) as f64) as usize).max(1);
    let narrowed = |rows: usize, values: &BTreeSet<String>| {
        if values.len() < items { (rows / items).max(1).saturating_mul(values.len()) } else { rows }
    };
    wanted.values().fold(rows, narrowed).min(rows)
}

/// Reads the items of a view's dimensions.
#[derive(Clone)]
pub(in crate::table) struct ItemReader<'a> {
    pub(in crate::table) source: &'a SheetSource,
    pub(in crate::table) observer: Arc<dyn Observer>,
}

impl ItemReader<'_> {
    /// The items of a dimension that the view shows; nothing if they are too many for one answer.
    pub(in crate::table) async fn shown(
        &self,
        dimension: &Dimension,
    ) -> Result<Option<Vec<DimensionItem>>> {
        let SheetSource { connection, model, detail, .. } = self.source;
        let observer = Arc::clone(&self.observer);
        connection
            .client
            .view_dimension_items(model, &detail.view_id, &dimension.id, observer)
            .await
            .map_err(|error| self.context(error, dimension))
    }

    /// The items of a dimension that have one of these names, whatever their case: those that
    /// select pages.
    pub(in crate::table) async fn look_up(
        &self,
        dimension: &Dimension,
        names: &[&str],
    ) -> Result<Vec<DimensionItem>> {
        let SheetSource { connection, model, .. } = self.source;
        let observer = Arc::clone(&self.observer);
        let found =
            connection.client.lookup_items(model, &dimension.id, names, &[], observer).await;
        found.map_err(|error| self.context(error, dimension))
    }

    /// Their ids, by name.
    async fn ids(
        &self,
        dimension: &Dimension,
        names: &[&str],
    ) -> Result<HashMap<String, Vec<ItemId>>> {
        let mut by_name: HashMap<String, Vec<ItemId>> = HashMap::new();
        for item in self.look_up(dimension, names).await? {
            by_name.entry(item.name).or_default().push(item.id);
        }
        Ok(by_name)
    }

    /// Whether the grid shows the items of a dimension under the names that they have. Those of a
    /// numbered list may go by another one there.
    pub(in crate::table) async fn shows_names(&self, dimension: &Dimension) -> bool {
        if dimension.kind() != DimensionKind::List {
            return false;
        }
        let SheetSource { connection, model, .. } = self.source;
        let list = ListId::from(dimension.id.as_str());
        let key = (model.clone(), dimension.id.clone());
        let read = async {
            let observer = Arc::clone(&self.observer);
            let metadata = connection.client.list_metadata(model, &list, observer).await?;
            Ok(metadata.numbered_list == Some(true))
        };
        // Without an answer nothing is known of it, and everything is read.
        connection.sheets.numbered.get(&key, read).await.is_ok_and(|is_numbered| !*is_numbered)
    }

    pub(in crate::table) fn context(&self, error: Error, dimension: &Dimension) -> Error {
        error.context(format!(
            "the items of dimension \"{}\" of {} can't be read",
            dimension.name, self.source.what
        ))
    }
}

/// Chooses the pages to read.
pub(in crate::table) struct Selection<'a> {
    pub(in crate::table) items: ItemReader<'a>,
    pub(in crate::table) columns: &'a [PageColumn],
    pub(in crate::table) wanted: &'a Wanted,
    /// The items of dimensions that have been read, by place.
    pub(in crate::table) known: HashMap<usize, Vec<Item>>,
    /// Which labels of the other dimensions are of sums.
    pub(in crate::table) is_sum: &'a (dyn Fn(usize, &str) -> bool + Send + Sync),
    /// Whether sums are wanted.
    pub(in crate::table) sums: bool,
    /// How a view that is wanted whole is read.
    pub(in crate::table) whole: Whole,
    /// Whether rows must come in the order of the view. Pages that are fetched singly don't.
    pub(in crate::table) in_order: bool,
}

/// How a view that is wanted whole is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::table) enum Whole {
    /// In one answer, or by a large read if the service says that it has too many cells.
    Table,
    /// By a large read.
    Large,
    /// Page by page.
    Pages,
    /// The first pages, if a few of them have so many rows, else by a large read.
    First(usize),
}

impl Selection<'_> {
    /// The way to read all that may be wanted; nothing if no page has any of it.
    pub(in crate::table) async fn route(&self) -> Result<Option<Route>> {
        let mut selected: Vec<Vec<Selected>> = Vec::new();
        for column in self.columns {
            let Some(values) = self.wanted.get(&column.place) else { continue };
            if let Some(items) = self.select(column, values).await? {
                selected.push(self.pages(column, items));
            }
        }
        if selected.iter().any(Vec::is_empty) {
            return Ok(None);
        }
        let pages = self.items.source.detail.pages.len();
        if pages > 0 && selected.len() == pages {
            let chosen = Pages::new(selected.clone());
            let most = if self.in_order { 1 } else { MAX_PAGES };
            if chosen.total() <= most {
                return Ok(Some(Route::Pages(chosen, None)));
            }
        }
        if let Whole::Pages | Whole::First(_) = self.whole
            && !self.in_order
            && let Some(walk) = self.walk(&selected).await?
        {
            let enough = match self.whole {
                Whole::First(rows) if walk.total() > MAX_PAGES => Some(rows),
                _ => None,
            };
            return Ok(Some(Route::Pages(walk, enough)));
        }
        // Several items of a dimension can't be selected at once.
        let single: Vec<Selected> =
            selected.into_iter().filter(|items| items.len() == 1).flatten().collect();
        if self.whole == Whole::Table || !single.is_empty() {
            return Ok(Some(Route::Table(single)));
        }
        Ok(Some(Route::Large))
    }

    /// The items of these labels; nothing if it can't be told which they are.
    async fn select(
        &self,
        column: &PageColumn,
        values: &BTreeSet<String>,
    ) -> Result<Option<Vec<Item>>> {
        if is_named(&column.dimension) {
            let names: Vec<&str> = values.iter().map(String::as_str).collect();
            let mut found = self.items.ids(&column.dimension, &names).await?;
            let items = names.into_iter().flat_map(|name| {
                let ids = found.remove(name).unwrap_or_default();
                ids.into_iter().map(move |id| (id, name))
            });
            return Ok(Some(items.map(|(id, name)| self.item(column, id, name)).collect()));
        }
        let Some(items) = self.all(column).await? else { return Ok(None) };
        let wanted: Vec<Item> =
            items.into_iter().filter(|item| values.contains(&item.label)).collect();
        // Nobody has this label, or the grid shows an item by another one than its name.
        let found: BTreeSet<&str> = wanted.iter().map(|item| item.label.as_str()).collect();
        let is_clear =
            found.len() == values.len() || self.items.shows_names(&column.dimension).await;
        Ok(is_clear.then_some(wanted))
    }

    /// Every page that may be wanted, if their items can be told.
    async fn walk(&self, selected: &[Vec<Selected>]) -> Result<Option<Pages>> {
        if self.columns.len() < self.items.source.detail.pages.len() {
            return Ok(None);
        }
        let mut all = Vec::new();
        for column in self.columns {
            let chosen =
                selected.iter().find(|it| it.first().map(|it| it.place) == Some(column.place));
            all.push(match chosen {
                Some(items) => items.clone(),
                None => match self.all(column).await? {
                    Some(items) => self.pages(column, items),
                    None => return Ok(None),
                },
            });
        }
        Ok(Some(Pages::new(all)))
    }

    /// The items that the view shows; nothing if they are too many for one answer.
    async fn all(&self, column: &PageColumn) -> Result<Option<Vec<Item>>> {
        if let Some(known) = self.known.get(&column.place) {
            return Ok(Some(known.clone()));
        }
        let Some(mut shown) = self.items.shown(&column.dimension).await? else {
            return Ok(None);
        };
        if is_named(&column.dimension) && !shown.is_empty() {
            // Pages are selected by the model's ids, which need not be those of the view.
            let names: Vec<&str> = shown.iter().map(|item| item.name.as_str()).collect();
            let mut found = self.items.ids(&column.dimension, &names).await?;
            for DimensionItem { id, name, .. } in &mut shown {
                if let Some(known) = found.get_mut(name.as_str()).and_then(Vec::pop) {
                    *id = known;
                }
            }
        }
        Ok(Some(shown.into_iter().map(|it| self.item(column, it.id, &it.name)).collect()))
    }

    fn item(&self, column: &PageColumn, id: ItemId, label: &str) -> Item {
        Item { id, label: label.to_owned(), is_sum: (self.is_sum)(column.place, label) }
    }

    fn pages(&self, column: &PageColumn, items: Vec<Item>) -> Vec<Selected> {
        items
            .into_iter()
            .filter(|item| self.sums || !item.is_sum)
            .map(|item| Selected {
                place: column.place,
                dimension: column.dimension.id.clone(),
                item: item.id,
                is_sum: item.is_sum,
            })
            .collect()
    }
}

/// Whether names tell the items of a dimension apart.
fn is_named(dimension: &Dimension) -> bool {
    matches!(dimension.kind(), DimensionKind::Time | DimensionKind::Versions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(counts: &[usize]) -> Wanted {
        let values = |count: usize| (0..count).map(|it| it.to_string()).collect();
        counts.iter().map(|count| values(*count)).enumerate().collect()
    }

    #[test]
    fn the_more_a_filter_leaves_the_more_rows_are_expected() {
        assert_eq!(estimate_rows(1000, 3, &wanted(&[])), 1000);
        let estimates = [&[1][..], &[2], &[1, 1], &[1, 1, 1], &[500]]
            .map(|counts| estimate_rows(1_000_000, 3, &wanted(counts)));
        assert!(estimates[0] * 2 == estimates[1] && estimates[0] * 50 < 1_000_000, "{estimates:?}");
        assert!(estimates[2] * 50 < estimates[0], "{estimates:?}");
        assert!((1..5).contains(&estimates[3]), "{estimates:?}");
        assert_eq!(estimates[4], 1_000_000);
        assert_eq!(estimate_rows(5, 1, &wanted(&[0])), 0);
        assert_eq!(estimate_rows(0, 0, &wanted(&[])), 0);
    }
}
