//! What a scan of a module is going to do, as far as metadata tells: what EXPLAIN shows.

use datafusion::logical_expr::Expr;

use super::shape::{ModuleShape, Source};
use crate::client::model::DimensionKind;
use crate::table::scan::Facts;
use crate::table::sheet::{MAX_PAGES, Wanted, Whole, count_wanted, show, wanted};

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
        let is_large = shape.cells().is_some_and(|cells| cells > MAX_CELLS);
        let whole = match limit {
            _ if !is_large => Whole::Table,
            Some(rows) if !shape.detail.pages.is_empty() => Whole::First(rows),
            _ => Whole::Large,
        };
        Self {
            wanted: wanted(&shape.page_columns(), filters),
            tells_sums: shape.is_summary.is_none() || is_flagged(),
            whole,
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
        facts.push(("requests", format!("{}{more}", self.item_requests(shape) + requests)));
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
