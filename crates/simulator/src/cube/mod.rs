//! Cells: the members of dimensions, and the value at a crossing of them.
//!
//! A cell of leaves holds what was written, or what its line item is filled with, or what a formula
//! gives. A cell with a total among its members is summed up, and can't be written.

mod cache;
mod dimension;
mod format;
mod formula;
mod frozen;
mod value;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use self::cache::Cache;
pub(crate) use self::dimension::{Dimension, key};
pub(crate) use self::frozen::{Frozen, Snapshots};
pub(crate) use self::value::Cells;
use super::tenant::{Dim, LineItem, Model, Module, Period, TIME, User, VERSIONS};

/// The dimension of line items.
pub(crate) const LINE_ITEM_AXIS: &str = "101999999999";

/// The dimension of users.
pub(crate) const USERS: &str = "101999999998";

/// Tells whether a formula can be read.
pub(crate) fn is_formula(text: &str) -> bool {
    formula::Formula::parse(text).is_some()
}

/// Reads a model's cells. Cheap to make; keeps the dimensions it has looked at and the numbers that
/// it has worked out, so that it is of no use any more once the model has changed.
pub(crate) struct Cube<'a> {
    pub(crate) model: &'a Model,
    users: &'a [User],
    /// Those of the model's calendar.
    pub(crate) periods: Arc<Vec<Period>>,
    cache: Arc<Cache>,
}

impl<'a> Cube<'a> {
    pub(crate) fn new(model: &'a Model, users: &'a [User]) -> Self {
        let periods = Arc::new(model.calendar.periods());
        Self { model, users, periods, cache: Arc::default() }
    }

    /// Returns a dimension as line items use it; nothing for a list that isn't there.
    pub(crate) fn dimension(&self, dim: &Dim) -> Option<Arc<Dimension>> {
        if let Some(known) = self.cache.dimension(dim) {
            return Some(known);
        }
        let made = Arc::new(Dimension::of(dim, self)?);
        Some(self.cache.keep_dimension(dim, made))
    }

    /// Returns the dimensions of a line item, in the order of its cells' keys.
    pub(crate) fn dimensions(&self, module: &Module, item: &LineItem) -> Vec<Arc<Dimension>> {
        module.dimensions_of(item).iter().filter_map(|dim| self.dimension(dim)).collect()
    }

    /// Returns how many cells a line item has, totals included.
    pub(crate) fn cell_count(&self, module: &Module, item: &LineItem) -> u64 {
        self.dimensions(module, item)
            .iter()
            .fold(1, |count, dimension| count.saturating_mul(dimension.members.len() as u64))
    }

    /// Returns the line items that a line item's formula reads, each with its module.
    pub(crate) fn sources<'m>(
        &'m self,
        module: &'m Module,
        item: &LineItem,
    ) -> Vec<(&'m Module, &'m LineItem)> {
        let Some(formula) = item.formula.as_deref().and_then(|text| self.formula(text)) else {
            return Vec::new();
        };
        let mut sources = Vec::new();
        formula.each_name(&mut |owner, name| {
            let owner = owner.map_or(Some(module), |name| self.model.find_module(name));
            let found = owner.and_then(|owner| Some((owner, owner.find_line_item(name)?)));
            sources.extend(found);
        });
        sources
    }
}
