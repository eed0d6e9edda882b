//! The rows of a saved view of another model: a column for each dimension, then one for each line item.

use super::super::cube::{Cube, Dimension};
use super::super::tenant::{LINE_ITEMS, LineItem, Module, View};
use super::rows::Rows;

/// Renders a view; one that isn't there is the module's default view.
pub(super) fn rows(cube: &Cube<'_>, module: &Module, view: Option<&View>) -> Rows {
    let dimensions: Vec<_> =
        module.dimensions.iter().filter_map(|dim| cube.dimension(dim)).collect();
    let is_named = |dimension: &Dimension, name: &str| {
        dimension.id == name || dimension.name.eq_ignore_ascii_case(name)
    };
    // In the order of the view; what it doesn't name follows.
    let mut order = Vec::new();
    if let Some(view) = view {
        for name in view.pages.iter().chain(&view.rows).chain(&view.columns) {
            let found = dimensions.iter().position(|dimension| is_named(dimension, name));
            order.extend(found.filter(|place| !order.contains(place)));
        }
    }
    let rest = (0..dimensions.len()).filter(|place| !order.contains(place)).collect::<Vec<_>>();
    order.extend(rest);
    let dimensions: Vec<_> = order.iter().filter_map(|place| dimensions.get(*place)).collect();

    let shown = |is_meant: &dyn Fn(&str) -> bool| {
        let shown = view.into_iter().flat_map(|view| &view.shown);
        shown.filter(|(name, _)| is_meant(name)).map(|(_, members)| members).next()
    };
    let members: Vec<Vec<usize>> = dimensions
        .iter()
        .map(|dimension| {
            let only = shown(&|name| is_named(dimension, name));
            let members = dimension.members.iter().enumerate();
            members
                .filter(|(_, member)| {
                    let is_shown = only.is_none_or(|only| {
                        only.iter().any(|it| *it == member.id || *it == member.name)
                    });
                    is_shown && (member.is_leaf || !view.is_some_and(|view| view.leaves_only))
                })
                .map(|(place, _)| place)
                .collect()
        })
        .collect();
    let only = shown(&|name| name.eq_ignore_ascii_case(LINE_ITEMS));
    let items: Vec<&LineItem> = module
        .line_items
        .iter()
        .filter(|item| {
            only.is_none_or(|only| only.iter().any(|it| *it == item.id || *it == item.name))
        })
        .collect();

    let header = dimensions.iter().map(|dimension| dimension.name.clone());
    let header: Vec<String> = header.chain(items.iter().map(|item| item.name.clone())).collect();
    let cells: Vec<_> = items.iter().map(|item| cube.cells(module, item)).collect();
    let count = members.iter().map(Vec::len).product::<usize>();
    let mut rows = Vec::with_capacity(count);
    for number in 0..count {
        let mut at = vec![0; members.len()];
        let mut rest = number;
        for (place, members) in at.iter_mut().zip(&members).rev() {
            *place = members.get(rest % members.len().max(1)).copied().unwrap_or(0);
            rest /= members.len().max(1);
        }
        let label = |(dimension, at): (&&std::sync::Arc<Dimension>, &usize)| {
            dimension.members.get(*at).map(|member| member.label.clone()).unwrap_or_default()
        };
        let mut row: Vec<String> = dimensions.iter().zip(&at).map(label).collect();
        for cells in &cells {
            let own: Vec<usize> = cells
                .dimensions
                .iter()
                .map(|own| {
                    let same = dimensions.iter().position(|dimension| dimension.id == own.id);
                    let at = same.and_then(|place| at.get(place)).copied();
                    at.or_else(|| own.whole()).unwrap_or(0)
                })
                .collect();
            row.push(cells.show(&own));
        }
        rows.push(row);
    }
    Rows::of_view(header, rows)
}
