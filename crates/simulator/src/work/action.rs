//! Actions that are no import: deleting, ordering, copying, and the current period.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::super::cube::Cube;
use super::super::tenant::{ActionKind, Dim, Item, Model, Period, User, VERSIONS};
use super::super::write::{ItemInput, delete_items};
use super::{Done, Draft};

/// Runs an action on a copy of its model.
pub(super) fn run(kind: &ActionKind, draft: &mut Draft) -> Done {
    let Draft { model, users, .. } = draft;
    match kind {
        ActionKind::DeleteBySelection { list, property } => delete(model, list, property),
        ActionKind::OrderHierarchy { list } => order(model, list),
        ActionKind::UpdateCurrentPeriod => move_on(model),
        ActionKind::BulkCopy { from, to } => copy(model, users, from, to),
        ActionKind::Optimizer => {
            Done::success("taskElementSucceeded", "An optimal solution was found.", Vec::new())
        }
    }
}

fn delete(model: &mut Model, list: &str, property: &str) -> Done {
    let Some(list) = model.find_list(list) else { return no_list(list) };
    let Some(place) = list.properties.iter().position(|it| it.name == property) else {
        let text = format!("{} has no property {property}.", list.name);
        return Done::failure("deleteFromSelectionFailed", &text);
    };
    let is_selected = |item: &&Item| item.properties.get(place).is_some_and(|it| it == "true");
    let doomed = list.items.iter().filter(is_selected);
    let doomed: Vec<ItemInput> = doomed
        .map(|item| ItemInput { id: Some(item.id.clone()), ..ItemInput::default() })
        .collect();
    let (id, name, count) = (list.id.clone(), list.name.clone(), doomed.len());
    delete_items(model, &id, &doomed);
    let values = ["hierarchyName", &name, "deletedCount", &count.to_string()];
    let values = values.map(str::to_owned).to_vec();
    let text = format!("{name}: {count} items deleted");
    Done::success("deleteFromSelectionSucceeded", &text, values)
}

fn order(model: &mut Model, list: &str) -> Done {
    let Some(list) = model.list_mut(list) else { return no_list(list) };
    list.items.sort_by_key(|item| item.label().to_lowercase());
    Done::success("taskElementSucceeded", &format!("{} was ordered.", list.name), Vec::new())
}

fn no_list(list: &str) -> Done {
    Done::failure("failedToLocateHierarchy", &format!("The list {list} was not found."))
}

/// Sets the period behind the current one; the first of all where none is set.
fn move_on(model: &mut Model) -> Done {
    let calendar = &mut model.calendar;
    let next = match calendar.current_period {
        None => Some(calendar.span().0),
        Some(day) => calendar.period_of(day).and_then(|period| period.last.succ_opt()),
    };
    let period = next.and_then(|day: NaiveDate| calendar.period_of(day));
    let Some(Period { name, first, .. }) = period else {
        let text = "The current period is the last one of the timescale.";
        return Done::failure("actionFailed", text);
    };
    calendar.current_period = Some(first);
    Done::success("taskElementSucceeded", &format!("The current period is {name}."), Vec::new())
}

/// Copies what was written to one version, where the other may be written.
fn copy(model: &mut Model, users: &[User], from: &str, to: &str) -> Done {
    let mut copies: Vec<HashMap<Vec<u64>, String>> = Vec::new();
    let mut count = 0_usize;
    {
        let cube = Cube::new(model, users);
        let versions = cube.dimension(&Dim::Versions);
        let key = |name: &str| {
            let versions = versions.as_ref()?;
            let place = versions.find_id(name).or_else(|| versions.find_name(name))?;
            versions.members.get(place).map(|version| version.key)
        };
        let (Some(from), Some(to)) = (key(from), key(to)) else {
            let text = format!("The versions {from} and {to} were not both found.");
            return Done::failure("failedToLocateEntity", &text);
        };
        for module in &model.modules {
            for item in &module.line_items {
                let cells = cube.cells(module, item);
                let place = cells.dimensions.iter().position(|it| it.id == VERSIONS);
                let mut copied = HashMap::new();
                for (key, value) in item.cells.iter().filter(|_| place.is_some()) {
                    let Some(place) = place.filter(|place| key.get(*place) == Some(&from)) else {
                        continue;
                    };
                    let mut key = key.clone();
                    if let Some(version) = key.get_mut(place) {
                        *version = to;
                    }
                    let members = cells.dimensions.iter().zip(&key);
                    let at: Option<Vec<usize>> =
                        members.map(|(dimension, key)| dimension.place(*key)).collect();
                    if at.is_some_and(|at| cells.is_writable(&at)) {
                        copied.insert(key, value.clone());
                    }
                }
                count += copied.len();
                copies.push(copied);
            }
        }
    }
    let items = model.modules.iter_mut().flat_map(|module| &mut module.line_items);
    for (item, copied) in items.zip(copies) {
        item.cells.extend(copied);
    }
    let values = ["copiedCount".to_owned(), count.to_string()].to_vec();
    Done::success("taskElementSucceeded", &format!("{count} cells copied"), values)
}
