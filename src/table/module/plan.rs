//! What a scan of a module is going to do, as far as metadata tells: what EXPLAIN shows.

use datafusion::logical_expr::Expr;

use super::shape::{ModuleShape, Source};
use crate::client::model::DimensionKind;
use crate::table::scan::Facts;
use crate::table::sheet::{MAX_PAGES, Wanted, Whole, count_wanted, dimensions, show, wanted};

/// The service gives so many cells in one answer.
const MAX_CELLS: u64 = 1_000_000;

/// What a scan is going to do.
#[derive(Debug)]
pub(super) struct Plan {
    /// The labels that are wanted of page dimensions.
    pub(super) wanted: Wanted,
    /// Whether sums must be told from other rows.
    pub(super) tells_sums: bool,
    /// How the view is read if no filter chooses few of its pages.
    pub(super) whole: Whole,
    /// The line items that are wanted and known to be hidden in the view.
    pub(super) hidden: Vec<usize>,
    /// Whether its rows are put beside those of other views, so that they must come in their order.
    pub(super) is_part: bool,
}

/// Whether it has more cells than come in one answer.
fn is_large(shape: &ModuleShape) -> bool {
    shape.cells().is_some_and(|cells| cells > MAX_CELLS)
}

impl Plan {
    /// `limit` is how many rows are enough.
    pub(super) fn new(
        shape: &ModuleShape,
        projection: Option<&[usize]>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Self {
        let is_flagged = || {
            let sources: Vec<Source> = shape.sources().collect();
            let flags = |column: &usize| sources.get(*column) == Some(&Source::IsSummary);
            projection.is_none_or(|all| all.iter().any(flags))
        };
        let whole = match limit {
            _ if !is_large(shape) => Whole::Table,
            Some(rows) if !shape.detail.pages.is_empty() => Whole::First(rows),
            _ => Whole::Large,
        };
        Self {
            wanted: wanted(&shape.page_columns(), filters),
            tells_sums: shape.is_summary.is_none() || is_flagged(),
            whole,
            hidden: Vec::new(),
            is_part: false,
        }
    }

    /// The plan of one of several views whose rows are put together.
    pub(super) fn of_part(&self, shape: &ModuleShape, part: &ModuleShape) -> Self {
        let dimension = |shape: &ModuleShape, place: usize| {
            dimensions(&shape.detail).nth(place).map(|dimension| dimension.id.clone())
        };
        let wanted = part.page_columns().into_iter().filter_map(|column| {
            let mut all = self.wanted.iter();
            let same = |place| dimension(shape, place).as_ref() == Some(&column.dimension.id);
            let (_, labels) = all.find(|(place, _)| same(**place))?;
            Some((column.place, labels.clone()))
        });
        Self {
            wanted: wanted.collect(),
            tells_sums: self.tells_sums,
            whole: if is_large(part) { Whole::Large } else { Whole::Table },
            hidden: Vec::new(),
            is_part: true,
        }
    }

    /// What stands in the line of a plan behind the projection.
    pub(super) fn facts(&self, shape: &ModuleShape) -> Facts {
        let mut facts = Facts::new();
        facts.extend(show(&shape.page_columns(), &self.wanted).map(|shown| ("pages", shown)));
        facts.extend(shape.cells().map(|cells| ("cells", cells.to_string())));
        let single = self.wanted.values().any(|values| values.len() == 1);
        // How often more, where pages or looks at a large read can't be counted before.
        let (read, requests, more) = match count_wanted(shape.detail.pages.len(), &self.wanted) {
            Some(pages) => ("pages", pages, ""),
            None if self.whole == Whole::Table => ("view", 1, ""),
            // Each page has a row at least. How many it has, the first one tells.
            None => match self.whole {
                Whole::First(rows) if rows <= MAX_PAGES => ("pages", 1, "+"),
                Whole::First(_) => ("pages or large", 1, "+"),
                _ if single => ("view", 1, "+"),
                // To start it, to look at it, to fetch a page, to delete it.
                _ => ("large", 4, "+"),
            },
        };
        facts.push(("read", read.to_owned()));
        let requests = self.item_requests(shape) + requests;
        if self.hidden.is_empty() {
            facts.push(("requests", format!("{requests}{more}")));
        } else {
            let name = |item: &usize| shape.line_items[*item].name.as_str();
            let names: Vec<&str> = self.hidden.iter().map(name).collect();
            facts.push(("apart", format!("[{}]", names.join(", "))));
            // As much for each view, and once its axes.
            facts.push(("requests", format!("{}+", requests * (1 + self.hidden.len()))));
        }
        facts.push(("locks_model", "false".to_owned()));
        facts
    }

    /// Requests for the items of dimensions.
    fn item_requests(&self, shape: &ModuleShape) -> usize {
        let each = shape.dimensions.iter().map(|column| {
            let kind = column.dimension.kind();
            match kind {
                // The items that the view shows, and the list's with their parents.
                DimensionKind::List | DimensionKind::ListSubset | DimensionKind::Other
                    if self.tells_sums =>
                {
                    2
                }
                _ => usize::from(self.wanted.contains_key(&column.place)),
            }
        });
        each.sum()
    }
}
