//! Which dimension of a view stands where.

use super::super::cube::Cube;
use super::super::tenant::{TIME, VERSIONS, View};
use super::{FoundView, SheetAxis, ViewKind};

/// Returns the axes of a view: pages, rows, columns.
pub(super) fn axes(cube: &Cube<'_>, view: FoundView<'_>) -> [Vec<SheetAxis>; 3] {
    let mut items = SheetAxis::line_items(view.module);
    let line_item = |at: &usize| view.module.line_items.get(*at);
    match view.kind {
        ViewKind::Default => items.shown.retain(|at| line_item(at).is_some_and(|it| !it.hidden)),
        ViewKind::Subsidiary(own) => {
            items.shown.retain(|at| line_item(at).is_some_and(|it| it.id == own.id));
        }
        ViewKind::Saved(_) => {}
    }
    let dimensions = view.dimensions().iter().filter_map(|dim| cube.dimension(dim));
    let dimensions: Vec<SheetAxis> = dimensions.map(SheetAxis::of).collect();
    match view.kind {
        ViewKind::Saved(saved) => as_saved(saved, items, dimensions),
        ViewKind::Default | ViewKind::Subsidiary(_) => by_default(items, dimensions),
    }
}

/// Time on columns and line items on rows. Without time: line items on columns, and on rows the first
/// list, or else the first dimension there is.
fn by_default(items: SheetAxis, mut dimensions: Vec<SheetAxis>) -> [Vec<SheetAxis>; 3] {
    if let Some(time) = dimensions.iter().position(|axis| axis.id == TIME) {
        let time = dimensions.remove(time);
        return [dimensions, vec![items], vec![time]];
    }
    if dimensions.is_empty() {
        return [dimensions, vec![items], Vec::new()];
    }
    let row = dimensions.iter().position(|axis| axis.id != VERSIONS).unwrap_or(0);
    let row = dimensions.remove(row);
    [dimensions, vec![row], vec![items]]
}

fn as_saved(view: &View, items: SheetAxis, dimensions: Vec<SheetAxis>) -> [Vec<SheetAxis>; 3] {
    let mut left = dimensions;
    left.push(items);
    for axis in &mut left {
        let shown = view.shown.iter().find(|(name, _)| axis.is_called(name));
        if let Some((_, members)) = shown {
            axis.shown = members.iter().filter_map(|member| axis.find(member)).collect();
        }
        if view.leaves_only {
            axis.keep_leaves();
        }
    }
    let mut take = |names: &[String]| {
        let found = |name: &String| {
            left.iter().position(|axis| axis.is_called(name)).map(|place| left.remove(place))
        };
        names.iter().filter_map(found).collect::<Vec<_>>()
    };
    let (mut pages, rows, columns) = (take(&view.pages), take(&view.rows), take(&view.columns));
    // A page selector is the place for what the view forgets.
    pages.append(&mut left);
    [pages, rows, columns]
}
