//! The rows of a view: a column for each dimension, then one for each line item, wherever it shows them.

use super::super::sheet::{Sheet, SheetAxis};
use super::rows::Rows;

/// Reads a view: what it shows, in its order.
pub(super) fn rows(sheet: &Sheet) -> Rows {
    let axes: Vec<&SheetAxis> = sheet.axes().collect();
    let lines = axes.iter().position(|axis| axis.is_line_items());
    let labels = |axis: &SheetAxis| -> Vec<String> {
        axis.shown_items().map(|item| item.label.to_owned()).collect()
    };
    let members: Vec<Vec<String>> = axes.iter().map(|axis| labels(axis)).collect();
    let items = lines.and_then(|lines| members.get(lines)).cloned().unwrap_or_default();

    let names = axes.iter().filter(|axis| !axis.is_line_items()).map(|axis| axis.name.clone());
    let header: Vec<String> = names.chain(items.iter().cloned()).collect();
    // The line items take part once: they make columns, not rows.
    let sizes: Vec<usize> = axes
        .iter()
        .zip(&members)
        .map(|(axis, members)| if axis.is_line_items() { 1 } else { members.len() })
        .collect();
    let count = sizes.iter().product::<usize>();
    let mut rows = Vec::with_capacity(count);
    let mut at = vec![0; sizes.len()];
    for _ in 0..count {
        let dimensions = at.iter().zip(&members).enumerate();
        let mut row: Vec<String> = dimensions
            .filter(|(place, _)| Some(*place) != lines)
            .map(|(_, (at, members))| members.get(*at).cloned().unwrap_or_default())
            .collect();
        for item in 0..items.len() {
            let mut cell = at.clone();
            if let Some(place) = lines.and_then(|lines| cell.get_mut(lines)) {
                *place = item;
            }
            row.push(sheet.cell(&cell));
        }
        rows.push(row);
        // Counts up like the wheels of an odometer, the last dimension fastest.
        for (at, size) in at.iter_mut().zip(&sizes).rev() {
            *at += 1;
            if *at < *size {
                break;
            }
            *at = 0;
        }
    }
    Rows::of_view(header, rows)
}
