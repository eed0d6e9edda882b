//! Writing cells of a module.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::super::cube::{Cube, Dimension};
use super::super::tenant::{Format, Model, Module, User, VERSIONS};
use super::Failure;

/// A cell as a request names it, and the value that it is to have.
#[derive(Debug)]
pub(crate) struct CellWrite {
    line_item: Named,
    dimensions: Vec<Coordinate>,
    value: Value,
}

/// Where a cell stands in one dimension.
#[derive(Debug)]
struct Coordinate {
    dimension: Named,
    item: Named,
    code: Option<String>,
}

/// An id, a name, or both.
#[derive(Debug, Default)]
struct Named {
    id: Option<String>,
    name: Option<String>,
}

impl CellWrite {
    /// Reads a cell.
    ///
    /// # Errors
    /// Tells what is missing or has a type that it can't have.
    pub(crate) fn parse(value: &Value) -> Result<Self, String> {
        if !value.is_object() {
            return Err("a cell must be an object".to_owned());
        }
        let line_item = Named::parse(value, "lineItemId", "lineItemName")?;
        if line_item.is_missing() {
            return Err("lineItemId or lineItemName must be provided".to_owned());
        }
        let mut dimensions = Vec::new();
        match &value["dimensions"] {
            Value::Null => {}
            Value::Array(entries) => {
                for entry in entries {
                    dimensions.push(Coordinate::parse(entry)?);
                }
            }
            _ => return Err("dimensions must be an array".to_owned()),
        }
        match &value["value"] {
            Value::Null => Err("value must be provided".to_owned()),
            Value::Array(_) | Value::Object(_) => {
                Err("value must be a string, a number or a boolean".to_owned())
            }
            value => Ok(Self { line_item, dimensions, value: value.clone() }),
        }
    }
}

impl Coordinate {
    fn parse(value: &Value) -> Result<Self, String> {
        let dimension = Named::parse(value, "dimensionId", "dimensionName")?;
        if dimension.is_missing() {
            return Err("dimensionId or dimensionName must be provided".to_owned());
        }
        let item = Named::parse(value, "itemId", "itemName")?;
        let code = text(value, "itemCode")?;
        if item.is_missing() && code.is_none() {
            return Err("itemId, itemName or itemCode must be provided".to_owned());
        }
        Ok(Self { dimension, item, code })
    }

    /// The position of the item; what is given besides must mean the same one.
    fn place(&self, dimension: &Dimension) -> Option<usize> {
        let places = [
            self.item.id.as_ref().map(|id| dimension.find_id(id)),
            self.item.name.as_ref().map(|name| dimension.find_name(name)),
            self.code.as_ref().map(|code| dimension.find_code(code)),
        ];
        let mut places = places.into_iter().flatten();
        let first = places.next()??;
        places.all(|place| place == Some(first)).then_some(first)
    }
}

impl Named {
    fn parse(value: &Value, id: &str, name: &str) -> Result<Self, String> {
        Ok(Self { id: text(value, id)?, name: text(value, name)? })
    }

    fn is_missing(&self) -> bool {
        self.id.is_none() && self.name.is_none()
    }

    /// Tells whether it means the thing with this id and this name.
    fn means(&self, id: &str, name: &str) -> bool {
        self.id.as_ref().is_none_or(|wanted| wanted == id)
            && self.name.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(name))
    }
}

/// Reads text or a number that is given as such; blank text is as good as none.
fn text(value: &Value, key: &str) -> Result<Option<String>, String> {
    match &value[key] {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Value::Number(number) => Ok(Some(number.to_string())),
        _ => Err(format!("{key} must be a string")),
    }
}

/// Writes cells of a module; returns how many have another value now, and those that failed.
pub(crate) fn write_cells(
    model: &mut Model,
    users: &[User],
    module_id: &str,
    writes: &[CellWrite],
) -> (usize, Vec<Failure>) {
    let Some(module) = model.find_module(module_id) else { return (0, Vec::new()) };
    let cube = Cube::new(model, users);
    let mut changes: HashMap<(usize, Vec<u64>), String> = HashMap::new();
    let (mut changed, mut failures) = (0, Vec::new());
    let mut read = HashMap::new();
    for (index, write) in writes.iter().enumerate() {
        let found = module.line_items.iter().enumerate();
        let found = found.into_iter().find(|(_, it)| write.line_item.means(&it.id, &it.name));
        let Some((number, item)) = found else {
            failures.push(invalid_cell(index));
            continue;
        };
        let cells = read.entry(number).or_insert_with(|| cube.cells(module, item));
        let Some(at) = crossing(&cells.dimensions, &write.dimensions) else {
            failures.push(invalid_cell(index));
            continue;
        };
        if !cells.is_writable(&at) {
            failures.push(Failure {
                index,
                kind: "cellIsCalculated",
                details: "the cell is a calculated/aggregate cell and is not writeable".to_owned(),
            });
            continue;
        }
        let Some(kept) = keep(&cube, &item.format, &write.value) else {
            failures.push(Failure {
                index,
                kind: "valueIsInvalid",
                details: format!(
                    "the value does not fit the format of the line item: {}",
                    item.format.name()
                ),
            });
            continue;
        };
        let place = (number, cells.key(&at));
        let before = changes.get(&place).cloned().unwrap_or_else(|| cells.value(&at));
        if !is_same(&item.format, &before, &kept) {
            changed += 1;
            changes.insert(place, kept);
        }
    }
    drop(read);
    if let Some(module) = model.module_mut(module_id) {
        apply(module, changes);
    }
    (changed, failures)
}

fn apply(module: &mut Module, changes: HashMap<(usize, Vec<u64>), String>) {
    for ((number, key), value) in changes {
        if let Some(item) = module.line_items.get_mut(number) {
            item.cells.insert(key, value);
        }
    }
}

fn invalid_cell(index: usize) -> Failure {
    Failure {
        index,
        kind: "cellIsInvalid",
        details: "the cell could not be found or resolved".to_owned(),
    }
}

/// The position in each dimension. Every one must be given, once, and no other.
fn crossing(dimensions: &[Arc<Dimension>], given: &[Coordinate]) -> Option<Vec<usize>> {
    if dimensions.len() != given.len() {
        return None;
    }
    let place = |dimension: &Arc<Dimension>| {
        // The service's own examples call the versions so.
        let other = (dimension.id == VERSIONS).then_some("Version");
        let mut matching = given.iter().filter(|it| {
            it.dimension.means(&dimension.id, &dimension.name)
                || other.is_some_and(|name| it.dimension.means(&dimension.id, name))
        });
        matching.next()?.place(dimension)
    };
    dimensions.iter().map(place).collect()
}

/// Reads a value as it is kept. Text and days are given as text, numbers as either.
fn keep(cube: &Cube<'_>, format: &Format, value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) if matches!(format, Format::Boolean) => {
            let is_truth = ["true", "false", ""].iter().any(|it| text.eq_ignore_ascii_case(it));
            is_truth.then(|| text.clone())?
        }
        Value::String(text) => text.clone(),
        Value::Number(number) if matches!(format, Format::Number(_)) => number.to_string(),
        Value::Bool(truth) if matches!(format, Format::Boolean) => truth.to_string(),
        _ => return None,
    };
    let kept = cube.read(format, &text)?;
    // A cell of this format is always one or the other.
    if matches!(format, Format::Boolean) && kept.is_empty() {
        return Some("false".to_owned());
    }
    Some(kept)
}

fn is_same(format: &Format, before: &str, after: &str) -> bool {
    match format {
        // `12.50` and `12.5` are one number.
        Format::Number(_) => match (before.parse::<f64>(), after.parse::<f64>()) {
            (Ok(before), Ok(after)) => before == after,
            _ => before == after,
        },
        Format::Boolean => before == after || (before.is_empty() && after == "false"),
        _ => before == after,
    }
}
