//! Cells: the members of dimensions, and the value at a crossing of them.
//!
//! A cell of leaves holds what was written, or what its line item is filled with, or what a formula
//! gives. A cell with a total among its members is summed up, and can't be written.

mod dimension;
mod format;
mod formula;
mod value;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

pub(crate) use self::dimension::Dimension;
use self::formula::Formula;
pub(crate) use self::value::Cells;
use super::tenant::{Dim, LineItem, Model, Module, Period, TIME, User, VERSIONS};

/// The dimension of line items.
pub(crate) const LINE_ITEM_AXIS: &str = "101999999999";

/// The dimension of users.
pub(crate) const USERS: &str = "101999999998";

/// Reads a model's cells. Cheap to make; keeps the dimensions it has looked at.
pub(crate) struct Cube<'a> {
    pub(crate) model: &'a Model,
    users: &'a [User],
    /// Those of the model's calendar.
    pub(crate) periods: Vec<Period>,
    dimensions: RefCell<HashMap<String, Arc<Dimension>>>,
    formulas: RefCell<HashMap<String, Option<Arc<Formula>>>>,
}

impl<'a> Cube<'a> {
    pub(crate) fn new(model: &'a Model, users: &'a [User]) -> Self {
        Self {
            model,
            users,
            periods: model.calendar.periods(),
            dimensions: RefCell::default(),
            formulas: RefCell::default(),
        }
    }

    /// Returns a dimension as line items use it; nothing for a list that isn't there.
    pub(crate) fn dimension(&self, dim: &Dim) -> Option<Arc<Dimension>> {
        let key = format!("{dim:?}");
        if let Some(known) = self.dimensions.borrow().get(&key) {
            return Some(Arc::clone(known));
        }
        let made = Arc::new(Dimension::of(dim, self)?);
        self.dimensions.borrow_mut().insert(key, Arc::clone(&made));
        Some(made)
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
}
