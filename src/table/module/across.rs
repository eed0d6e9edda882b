//! What goes across a line of a module's view: the rows that it is a part of.

use std::collections::HashMap;

use super::shape::{LineItemColumn, ModuleShape};
use crate::client::model::CellFormat;
use crate::error::{Error, ErrorKind, Result};

/// A row's part of each line: the labels across, and where the cells of the line items are.
#[derive(Debug)]
pub(super) struct Group {
    /// The first place of them.
    pub(super) place: usize,
    pub(super) labels: Vec<String>,
    pub(super) is_sum: bool,
    /// For each column of a line item. One for all where line items don't go across.
    pub(super) cells: Vec<Option<usize>>,
}

/// Finds the places of the same rows across: the first of each line item, the second of each, …
/// Labels don't tell, since they may repeat.
pub(super) fn group(
    across: &[Vec<String>],
    line_items: Option<usize>,
    shape: &ModuleShape,
) -> Result<Vec<Group>> {
    let Some(axis) = line_items else {
        // The cells are those of whichever line item leads the line, or of the only one.
        let single = |(place, labels): (usize, &Vec<String>)| Group {
            place,
            labels: labels.clone(),
            is_sum: false,
            cells: vec![Some(place)],
        };
        return Ok(across.iter().enumerate().map(single).collect());
    };
    let mut order: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (place, labels) in across.iter().enumerate() {
        let label = labels.get(axis).map_or("", String::as_str);
        let run = *known.entry(label).or_insert(order.len());
        match order.get_mut(run) {
            Some(places) => places.push(place),
            None => order.push(vec![place]),
        }
    }
    let Some(first) = order.first() else { return Ok(Vec::new()) };
    if order.iter().any(|places| places.len() != first.len()) {
        return Err(changed());
    }
    let runs: Vec<Option<&Vec<usize>>> = shape
        .line_items
        .iter()
        .map(|item| known.get(item.item.name.as_str()).and_then(|run| order.get(*run)))
        .collect();
    Ok(first
        .iter()
        .enumerate()
        .map(|(number, &place)| Group {
            place,
            labels: across[place].clone(),
            is_sum: false,
            cells: runs.iter().map(|run| run.and_then(|it| it.get(number)).copied()).collect(),
        })
        .collect())
}

/// The line items that haven't come. Headings have no cells, so that it makes no difference whether a
/// view shows them.
pub(super) fn missing(shape: &ModuleShape, has_come: impl Fn(usize, &str) -> bool) -> Vec<usize> {
    let is_missing = |place: usize, column: &LineItemColumn| {
        column.item.format != Some(CellFormat::None) && !has_come(place, &column.item.name)
    };
    let all = shape.line_items.iter().enumerate();
    all.filter(|(place, column)| is_missing(*place, column)).map(|(place, _)| place).collect()
}

/// A line item that is wanted hasn't come. It would seem to be blank else.
pub(super) fn gone(name: &str) -> Error {
    Error::new(ErrorKind::Data, format!("the module's view has no line item \"{name}\" any more"))
        .with_hint(
            "it was renamed or deleted since this session read its name: REFRESH METADATA, then \
             name it as it is called now",
        )
}

/// What has come is no grid of rows of all line items.
pub(super) fn changed() -> Error {
    Error::new(ErrorKind::Data, "not all line items have the same rows in the module's view")
        .with_hint(
            "the module may have changed in the meantime: run the statement again; else query a \
             saved view that shows all rows and columns",
        )
}
