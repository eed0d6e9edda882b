//! The views of a model: the default one of each module, saved ones, and those of line items.

use super::super::tenant::{Dim, LineItem, Model, Module, View};

/// A view that was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FoundView<'a> {
    pub(crate) module: &'a Module,
    pub(crate) kind: ViewKind<'a>,
}

/// The kinds of views.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ViewKind<'a> {
    /// Made from the module's dimensions; its id is the module's.
    Default,
    Saved(&'a View),
    /// Of a line item whose dimensions differ from the module's, or which its default view hides; its
    /// id is the line item's.
    Subsidiary(&'a LineItem),
}

impl<'a> FoundView<'a> {
    /// Finds a view by its id. The id of a line item leads to its own view, or else to the module's.
    /// Whether line items that are hidden there have one, `of_hidden` says.
    pub(crate) fn by_id(model: &'a Model, id: &str, of_hidden: bool) -> Option<Self> {
        model.modules.iter().find_map(|module| {
            let kind = if module.id == id {
                ViewKind::Default
            } else if let Some(view) = module.views.iter().find(|view| view.id == id) {
                ViewKind::Saved(view)
            } else {
                let item = module.line_items.iter().find(|item| item.id == id)?;
                if is_subsidiary(module, item) || (item.hidden && of_hidden) {
                    ViewKind::Subsidiary(item)
                } else {
                    ViewKind::Default
                }
            };
            Some(Self { module, kind })
        })
    }

    /// Finds a view of a module by name or id. No name at all means the default view.
    pub(crate) fn by_name(module: &'a Module, view: &str) -> Option<Self> {
        let is = |it: &&View| it.id == view || it.name == view;
        if let Some(view) = module.views.iter().find(is) {
            return Some(Self { module, kind: ViewKind::Saved(view) });
        }
        if ["", "default", module.id.as_str(), module.name.as_str()].contains(&view) {
            return Some(Self { module, kind: ViewKind::Default });
        }
        let item = module.find_line_item(view).filter(|item| is_subsidiary(module, item))?;
        Some(Self { module, kind: ViewKind::Subsidiary(item) })
    }

    /// Returns the views of a module, the default one first.
    pub(crate) fn all(module: &'a Module, with_subsidiary: bool) -> impl Iterator<Item = Self> {
        let saved = module.views.iter().map(ViewKind::Saved);
        let items = module
            .line_items
            .iter()
            .filter(move |item| with_subsidiary && is_subsidiary(module, item));
        std::iter::once(ViewKind::Default)
            .chain(saved)
            .chain(items.map(ViewKind::Subsidiary))
            .map(move |kind| Self { module, kind })
    }

    pub(crate) fn id(&self) -> &'a str {
        match self.kind {
            ViewKind::Default => &self.module.id,
            ViewKind::Saved(view) => &view.id,
            ViewKind::Subsidiary(item) => &item.id,
        }
    }

    /// The name in the listing of its module.
    pub(crate) fn short_name(&self) -> &'a str {
        match self.kind {
            ViewKind::Default => "default",
            ViewKind::Saved(view) => &view.name,
            ViewKind::Subsidiary(item) => &item.name,
        }
    }

    /// The name in the listing of the model.
    pub(crate) fn long_name(&self) -> String {
        if matches!(self.kind, ViewKind::Default) {
            return self.module.name.clone();
        }
        format!("{}.{}", quoted(&self.module.name), quoted(self.short_name()))
    }

    /// The dimensions that its cells have.
    pub(crate) fn dimensions(&self) -> &'a [Dim] {
        match self.kind {
            ViewKind::Subsidiary(item) => self.module.dimensions_of(item),
            ViewKind::Default | ViewKind::Saved(_) => &self.module.dimensions,
        }
    }
}

fn is_subsidiary(module: &Module, item: &LineItem) -> bool {
    item.dimensions.as_ref().is_some_and(|own| *own != module.dimensions)
}

/// Puts a name into quotes if it holds more than letters, digits, blanks and underscores.
fn quoted(name: &str) -> String {
    if name.chars().all(|letter| letter.is_alphanumeric() || [' ', '_'].contains(&letter)) {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_names_are_quoted() {
        assert_eq!(quoted("Umsätze 2026_A"), "Umsätze 2026_A");
        assert_eq!(quoted("Rev/2020"), "'Rev/2020'");
        assert_eq!(quoted("A.B"), "'A.B'");
        assert_eq!(quoted("Bob's"), "'Bob''s'");
    }
}
