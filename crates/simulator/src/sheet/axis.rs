//! One dimension on an axis of a sheet.

use std::fmt;
use std::sync::Arc;

use super::super::cube::{Dimension, LINE_ITEM_AXIS, USERS};
use super::super::tenant::{Axis, Module, TIME, VERSIONS};

/// The line items' name in the metadata of views.
const LINE_ITEMS_NAME: &str = "Line items";

/// A dimension on an axis, or the line items.
#[derive(Clone)]
pub(crate) struct SheetAxis {
    pub(crate) id: String,
    pub(crate) name: String,
    /// None for the line items.
    pub(crate) dimension: Option<Arc<Dimension>>,
    /// The members of line items, where there is no dimension: ids and names.
    items: Vec<(String, String)>,
    /// Positions of the members that are shown, in the order of the view.
    pub(crate) shown: Vec<usize>,
    /// The place in `shown` that a page selector stands on.
    pub(crate) selected: usize,
}

/// A member as listings show it.
pub(crate) struct AxisItem<'a> {
    pub(crate) id: &'a str,
    /// What grids show.
    pub(crate) label: &'a str,
    pub(crate) code: Option<&'a str>,
}

impl SheetAxis {
    pub(super) fn of(dimension: Arc<Dimension>) -> Self {
        Self {
            id: dimension.id.clone(),
            name: dimension.name.clone(),
            items: Vec::new(),
            shown: (0..dimension.members.len()).collect(),
            dimension: Some(dimension),
            selected: 0,
        }
    }

    pub(super) fn line_items(module: &Module) -> Self {
        let items = module.line_items.iter().map(|item| (item.id.clone(), item.name.clone()));
        Self {
            id: LINE_ITEM_AXIS.to_owned(),
            name: LINE_ITEMS_NAME.to_owned(),
            dimension: None,
            items: items.collect(),
            shown: (0..module.line_items.len()).collect(),
            selected: 0,
        }
    }

    pub(crate) fn is_line_items(&self) -> bool {
        self.dimension.is_none()
    }

    /// Tells whether a view means this dimension: by id, or by name whatever its case.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.id == name || self.name.eq_ignore_ascii_case(name)
    }

    /// Finds a member by id, name, label or code.
    pub(super) fn find(&self, text: &str) -> Option<usize> {
        match &self.dimension {
            Some(dimension) => dimension
                .find_id(text)
                .or_else(|| dimension.find_name(text))
                .or_else(|| dimension.find_code(text)),
            None => self.items.iter().position(|(id, name)| id == text || name == text),
        }
    }

    /// Keeps the members that add up nothing.
    pub(super) fn keep_leaves(&mut self) {
        if let Some(dimension) = &self.dimension {
            self.shown.retain(|at| dimension.members.get(*at).is_some_and(|it| it.is_leaf));
        }
    }

    /// Turns a page selector to a member, by id. False if that isn't shown.
    pub(crate) fn select(&mut self, id: &str) -> bool {
        let found = self.shown_items().position(|item| item.id == id);
        if let Some(found) = found {
            self.selected = found;
        }
        found.is_some()
    }

    /// Shows the selected member only.
    pub(crate) fn keep_selected(&mut self) {
        self.shown = self.shown.get(self.selected).copied().into_iter().collect();
        self.selected = 0;
    }

    /// The members that are shown, in order.
    pub(crate) fn shown_items(&self) -> impl Iterator<Item = AxisItem<'_>> {
        self.shown.iter().filter_map(|at| match &self.dimension {
            Some(dimension) => dimension.members.get(*at).map(|member| AxisItem {
                id: &member.id,
                label: &member.label,
                code: member.code.as_deref(),
            }),
            None => self.items.get(*at).map(|(id, name)| AxisItem { id, label: name, code: None }),
        })
    }

    /// The axis of a grid. `types` are those of the line items that are shown.
    pub(super) fn for_grid(&self, types: &[String]) -> Axis {
        let labels: Vec<&str> = self.shown_items().map(|item| item.label).collect();
        if self.is_line_items() {
            let types = types.iter().map(String::as_str);
            let items: Vec<(&str, &str)> = labels.into_iter().zip(types).collect();
            return Axis {
                name: super::super::tenant::LINE_ITEMS.to_owned(),
                ..Axis::line_items(&items)
            };
        }
        match self.id.as_str() {
            TIME => Axis::time(&labels),
            VERSIONS | USERS => {
                Axis { list_name: String::new(), ..Axis::list(&self.name, &labels) }
            }
            _ => Axis::list(&self.name, &labels),
        }
    }
}

impl fmt::Debug for SheetAxis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} of {})", self.name, self.selected, self.shown.len())
    }
}
