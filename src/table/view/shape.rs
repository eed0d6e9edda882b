//! From a view's axes and the labels across to the columns of a table.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};

use crate::client::model::{DimensionKind, LineItem, ViewDetail};
use crate::config::ColumnTypes;
use crate::table::csv::CellKind;
use crate::table::module::{kind, unique};
use crate::table::sheet::{PageColumn, dimensions};

/// The one column of cells of a view that has nothing across.
const VALUE: &str = "Value";

/// The columns of a view's table.
#[derive(Debug, Clone)]
pub struct ViewShape {
    /// One for each page dimension, one for each row dimension, one for each place across.
    pub columns: Vec<ViewColumn>,
    pub(super) detail: Arc<ViewDetail>,
    /// For each place across, the labels of the dimensions there, outermost first.
    pub(super) across: Arc<Vec<Vec<String>>>,
    /// How many cells the line items have that it shows, if the service tells. The view may show
    /// fewer.
    pub(super) cells: Option<usize>,
    /// About how many rows it has, by that.
    pub(super) rows: Option<usize>,
}

/// A column of a view's table.
#[derive(Debug, Clone)]
pub struct ViewColumn {
    /// Its name in SQL.
    pub name: String,
    /// The type that its cells are read as.
    pub kind: CellKind,
}

impl ViewShape {
    /// `line_items` are those of the module; `shown` are the names of those that a view shows
    /// whose line items don't go across.
    pub fn new(
        detail: Arc<ViewDetail>,
        across: Arc<Vec<Vec<String>>>,
        line_items: &[LineItem],
        shown: Option<&[String]>,
        types: ColumnTypes,
    ) -> Self {
        let mut taken = HashSet::new();
        let labels = detail.pages.iter().chain(&detail.rows).map(|dimension| ViewColumn {
            name: unique(&dimension.name, "dimension", &mut taken),
            kind: CellKind::Text,
        });
        let mut columns: Vec<ViewColumn> = labels.collect();
        let kind_of = |label: &str| {
            let item = line_items.iter().find(|item| item.name == label);
            item.map_or(CellKind::Text, |item| kind(item, types))
        };
        let axis = line_item_axis(&detail);
        let leading = columns.len();
        let common = shown.and_then(|shown| {
            let mut kinds = shown.iter().map(|label| kind_of(label));
            let first = kinds.next()?;
            kinds.all(|other| other == first).then_some(first)
        });
        for (number, labels) in across.iter().enumerate() {
            let parts: Vec<&str> =
                labels.iter().map(String::as_str).filter(|label| !label.is_empty()).collect();
            let name = match (parts.is_empty(), labels.is_empty()) {
                (false, _) => parts.join(" / "),
                (true, true) => VALUE.to_owned(),
                (true, false) => format!("Column {}", leading + number + 1),
            };
            let own = axis.and_then(|axis| labels.get(axis.checked_sub(leading)?));
            columns.push(ViewColumn {
                name: unique(&name, "cells", &mut taken),
                kind: own.map_or(common.unwrap_or(CellKind::Text), |label| kind_of(label)),
            });
        }
        let cells = {
            let labels = || across.iter().filter_map(|it| it.get(axis?.checked_sub(leading)?));
            let is_shown = |item: &&LineItem| match shown {
                Some(shown) => shown.contains(&item.name),
                None => axis.is_none() || labels().any(|label| *label == item.name),
            };
            let cells = line_items.iter().filter(is_shown).filter_map(|item| item.cell_count);
            // Without an axis of line items it is a view of one of them.
            let cells: i64 = if axis.is_none() { cells.max().unwrap_or(0) } else { cells.sum() };
            usize::try_from(cells).ok().filter(|cells| *cells > 0)
        };
        let rows = cells.map(|cells| cells.div_ceil(across.len().max(1)));
        Self { columns, detail, across, cells, rows }
    }

    /// The table's Arrow schema. Every cell may be blank.
    pub fn schema(&self) -> SchemaRef {
        let field = |column: &ViewColumn| Field::new(&column.name, column.kind.arrow(), true);
        Arc::new(Schema::new(self.columns.iter().map(field).collect::<Vec<_>>()))
    }

    /// How many columns show labels.
    pub(super) fn leading(&self) -> usize {
        self.detail.pages.len() + self.detail.rows.len()
    }

    pub(super) fn page_columns(&self) -> Vec<PageColumn> {
        let pages = self.detail.pages.iter().zip(&self.columns).enumerate();
        pages
            .map(|(place, (dimension, column))| PageColumn {
                name: column.name.clone(),
                dimension: dimension.clone(),
                place,
            })
            .collect()
    }

    /// How many places across share the labels of the outer dimensions, if a table can have the
    /// innermost dimension across and the others in its lines: if it shows every outer tuple with
    /// the same inner labels.
    pub(super) fn inner(&self) -> Option<usize> {
        if self.detail.columns.len() < 2 {
            return Some(self.across.len());
        }
        let outer = |labels: &'_ Vec<String>| labels.split_last().map(|(_, outer)| outer.to_vec());
        let inner = |labels: &'_ Vec<String>| labels.last().cloned();
        let first = outer(self.across.first()?)?;
        let run = self.across.iter().take_while(|it| outer(it).as_ref() == Some(&first)).count();
        // Two outer tuples of the same labels stand side by side: their inner ones repeat.
        let mut divisors = (1..=run).filter(|size| run.is_multiple_of(*size));
        let repeats = |size: &usize| {
            self.across.chunks(*size).all(|chunk| {
                chunk.len() == *size
                    && chunk.iter().all(|it| outer(it) == outer(&chunk[0]))
                    && chunk.iter().map(inner).eq(self.across[..*size].iter().map(inner))
            })
        };
        divisors.find(repeats)
    }
}

/// Where the line items stand among the view's dimensions.
pub(super) fn line_item_axis(detail: &ViewDetail) -> Option<usize> {
    dimensions(detail).position(|dimension| dimension.kind() == DimensionKind::LineItems)
}

#[cfg(test)]
#[path = "shape_tests.rs"]
mod tests;
