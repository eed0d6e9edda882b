//! From a view's axes and its line items to the columns of a table.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType as ArrowType, Field, Schema, SchemaRef};

use crate::client::model::{CellFormat, Dimension, DimensionKind, LineItem, ViewDetail};
use crate::config::{ColumnTypes, Summaries};
use crate::table::csv::CellKind;
use crate::table::sheet::{PageColumn, dimensions};

/// The column that tells sums from what they sum.
const IS_SUMMARY: &str = "is_summary";

/// The columns of a module's table, and where in its view they stand.
#[derive(Debug, Clone)]
pub struct ModuleShape {
    /// One for each dimension, in the module's order.
    pub dimensions: Vec<DimensionColumn>,
    /// One for each line item that extends over these dimensions.
    pub line_items: Vec<LineItemColumn>,
    /// The column that tells sums from what they sum, if sums are among the rows.
    pub is_summary: Option<String>,
    /// Line items that extend over others, and so have tables of their own.
    pub others: Vec<LineItem>,
    pub(super) detail: Arc<ViewDetail>,
    /// Where the line items stand among the view's dimensions.
    pub(super) line_item_axis: Option<usize>,
    /// How many line items the view shows.
    pub(super) shown: usize,
    /// How many cells a line item has, sums included.
    pub(super) item_cells: Option<u64>,
    /// The length of periods that are not sums.
    pub(super) time_scale: Option<String>,
}

/// A dimension as a column.
#[derive(Debug, Clone)]
pub struct DimensionColumn {
    /// Its name in SQL.
    pub name: String,
    /// What it is.
    pub dimension: Dimension,
    /// Where it stands among the view's dimensions: pages, rows, columns.
    pub(super) place: usize,
}

/// A line item as a column.
#[derive(Debug, Clone)]
pub struct LineItemColumn {
    /// Its name in SQL.
    pub name: String,
    /// The type that its cells are read as.
    pub kind: CellKind,
    /// The line item itself.
    pub item: LineItem,
}

/// What a column shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Dimension(usize),
    LineItem(usize),
    IsSummary,
}

impl ModuleShape {
    /// The shape of a module from its default view and all of its line items.
    pub fn new(
        detail: Arc<ViewDetail>,
        line_items: &[LineItem],
        types: ColumnTypes,
        summaries: Summaries,
    ) -> Self {
        let all: Vec<&Dimension> = dimensions(&detail).collect();
        let (own, others) = split(line_items, &all);
        let shape = Self::of(Arc::clone(&detail), &own, types, summaries);
        Self { others: others.into_iter().cloned().collect(), shown: line_items.len(), ..shape }
    }

    /// The shape of the view of one line item alone.
    pub fn of_line_item(
        detail: Arc<ViewDetail>,
        line_item: &LineItem,
        types: ColumnTypes,
        summaries: Summaries,
    ) -> Self {
        Self::of(detail, &[line_item], types, summaries)
    }

    /// The shape of a view that shows just these line items.
    fn of(
        detail: Arc<ViewDetail>,
        own: &[&LineItem],
        types: ColumnTypes,
        summaries: Summaries,
    ) -> Self {
        let all: Vec<&Dimension> = dimensions(&detail).collect();
        let is_lines = |dimension: &Dimension| dimension.kind() == DimensionKind::LineItems;
        let line_item_axis = all.iter().position(|dimension| is_lines(dimension));
        let mut columns: Vec<DimensionColumn> = all
            .iter()
            .enumerate()
            .filter(|(_, dimension)| !is_lines(dimension))
            .map(|(place, &dimension)| DimensionColumn {
                name: dimension.name.clone(),
                dimension: dimension.clone(),
                place,
            })
            .collect();
        columns.sort_by_key(|column| (rank(column, own.first().copied()), column.place));
        let mut taken = HashSet::new();
        for column in &mut columns {
            column.name = unique(&column.name, "dimension", &mut taken);
        }
        let items = own
            .iter()
            .map(|item| LineItemColumn {
                name: unique(&item.name, "line item", &mut taken),
                kind: kind(item, types),
                item: (*item).clone(),
            })
            .collect();
        let is_summary =
            (summaries == Summaries::Include).then(|| unique(IS_SUMMARY, "of the row", &mut taken));
        let first = own.first();
        Self {
            dimensions: columns,
            line_items: items,
            is_summary,
            item_cells: first.and_then(|i| i.cell_count).and_then(|n| u64::try_from(n).ok()),
            time_scale: first.and_then(|item| item.time_scale.clone()),
            others: Vec::new(),
            line_item_axis,
            shown: own.len(),
            detail,
        }
    }

    /// The same without some of its line items, which the view hides.
    pub(super) fn without(&self, hidden: &[usize]) -> Self {
        let items = self.line_items.iter().enumerate();
        let line_items =
            items.filter(|(place, _)| !hidden.contains(place)).map(|(_, it)| it.clone()).collect();
        let shown = self.shown.saturating_sub(hidden.len());
        Self { line_items, shown, ..self.clone() }
    }

    /// What the columns show, in their order.
    pub(super) fn sources(&self) -> impl Iterator<Item = Source> {
        let dimensions = (0..self.dimensions.len()).map(Source::Dimension);
        let items = (0..self.line_items.len()).map(Source::LineItem);
        dimensions.chain(items).chain(self.is_summary.iter().map(|_| Source::IsSummary))
    }

    /// The table's Arrow schema. Labels are never missing; cells may be blank.
    pub fn schema(&self) -> SchemaRef {
        let text = |column: &DimensionColumn| Field::new(&column.name, ArrowType::Utf8, true);
        let cells = |column: &LineItemColumn| Field::new(&column.name, column.kind.arrow(), true);
        let flag = |name: &String| Field::new(name, ArrowType::Boolean, true);
        let fields: Vec<Field> = (self.dimensions.iter().map(text))
            .chain(self.line_items.iter().map(cells))
            .chain(self.is_summary.iter().map(flag))
            .collect();
        Arc::new(Schema::new(fields))
    }

    /// The name of a column and the type that its cells are read as.
    pub(super) fn target(&self, source: Source) -> (&str, CellKind) {
        match source {
            Source::Dimension(i) => (&self.dimensions[i].name, CellKind::Text),
            Source::LineItem(i) => (&self.line_items[i].name, self.line_items[i].kind),
            Source::IsSummary => {
                (self.is_summary.as_deref().unwrap_or(IS_SUMMARY), CellKind::Boolean)
            }
        }
    }

    /// Whether it is known to have a line item of this name.
    pub(super) fn has_line_item(&self, name: &[u8]) -> bool {
        let own = self.line_items.iter().map(|column| &column.item);
        own.chain(&self.others).any(|item| item.name.as_bytes() == name)
    }

    /// How many cells the view has, as far as the service tells.
    pub(super) fn cells(&self) -> Option<u64> {
        self.item_cells?.checked_mul(self.shown.max(1) as u64)
    }

    /// The columns of page dimensions, in the order of the view.
    pub(super) fn page_columns(&self) -> Vec<PageColumn> {
        let pages = self.detail.pages.len();
        let mut columns: Vec<PageColumn> = self
            .dimensions
            .iter()
            .filter(|column| column.place < pages)
            .map(|column| PageColumn {
                name: column.name.clone(),
                dimension: column.dimension.clone(),
                place: column.place,
            })
            .collect();
        columns.sort_by_key(|column| column.place);
        columns
    }
}

/// The type that a line item's cells are read as.
pub(in crate::table) fn kind(item: &LineItem, types: ColumnTypes) -> CellKind {
    match (types, &item.format) {
        (ColumnTypes::Text, _) => CellKind::Text,
        (_, Some(CellFormat::Number)) => CellKind::Number,
        (_, Some(CellFormat::Boolean)) => CellKind::Boolean,
        (_, Some(CellFormat::Date)) => CellKind::Date,
        _ => CellKind::Text,
    }
}

/// Lists in the order in which the line items name them, then time, then versions.
fn rank(column: &DimensionColumn, item: Option<&LineItem>) -> usize {
    const BEHIND: usize = usize::MAX - 2;
    match column.dimension.kind() {
        DimensionKind::Time => BEHIND + 1,
        DimensionKind::Versions => BEHIND + 2,
        _ => item
            .and_then(|item| {
                item.applies_to.iter().position(|it| it.id == column.dimension.id.as_str())
            })
            .unwrap_or(BEHIND),
    }
}

/// Tells line items over just these dimensions, as most have them, from others.
fn split<'a>(
    items: &'a [LineItem],
    dimensions: &[&Dimension],
) -> (Vec<&'a LineItem>, Vec<&'a LineItem>) {
    let (own, mut others): (Vec<_>, Vec<_>) =
        items.iter().partition(|item| extends_over(item, dimensions));
    // Periods of another length, another time range or other versions are other dimensions too,
    // which go by the same name.
    let mut counts: HashMap<_, usize> = HashMap::new();
    for item in &own {
        *counts.entry(spans(item)).or_default() += 1;
    }
    let most = counts.values().max().copied().unwrap_or_default();
    let usual = own.iter().map(|item| spans(item)).find(|spans| counts[spans] == most);
    let (own, odd): (Vec<&LineItem>, Vec<&LineItem>) =
        own.into_iter().partition(|item| Some(spans(item)) == usual);
    if !odd.is_empty() {
        others = items.iter().filter(|item| !own.iter().any(|it| it.id == item.id)).collect();
    }
    (own, others)
}

/// What a line item has of time and of versions.
fn spans(item: &LineItem) -> [Option<&str>; 3] {
    let version = item.version.as_ref().map(|version| version.id.as_str());
    [item.time_scale.as_deref(), item.time_range.as_deref(), version]
}

fn extends_over(item: &LineItem, dimensions: &[&Dimension]) -> bool {
    /// What stands where a line item has no time or no versions.
    const NONE: [&str; 2] = ["", "Not Applicable"];
    // Where the service doesn't tell, it is taken to be as the view has it.
    let fits = |kind: DimensionKind, told: Option<&str>| {
        let is_there = dimensions.iter().any(|dimension| dimension.kind() == kind);
        told.is_none_or(|told| is_there != NONE.contains(&told))
    };
    let lists = || {
        dimensions.iter().filter(|dimension| {
            let kind = dimension.kind();
            !matches!(
                kind,
                DimensionKind::LineItems | DimensionKind::Time | DimensionKind::Versions
            )
        })
    };
    fits(DimensionKind::Time, item.time_scale.as_deref())
        && fits(DimensionKind::Versions, item.version.as_ref().map(|it| it.name.as_str()))
        && lists().count() == item.applies_to.len()
        && lists().all(|dimension| {
            // Users go by several ids.
            let same = |id: &str, name: &str| id == dimension.id.as_str() || name == dimension.name;
            item.applies_to.iter().any(|it| same(&it.id, &it.name))
        })
}

/// Makes a name unique: what comes later is told apart by what it is, then by a number.
pub(in crate::table) fn unique(name: &str, what: &str, taken: &mut HashSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 1;
    while !taken.insert(candidate.clone()) {
        candidate = match number {
            1 => format!("{name} ({what})"),
            _ => format!("{name} ({what} {number})"),
        };
        number += 1;
    }
    candidate
}

#[cfg(test)]
#[path = "shape_tests.rs"]
mod tests;
