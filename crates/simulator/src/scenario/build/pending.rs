//! Values that are kept by ids, and so can be written only when everything has its id.

use super::super::super::cube::Cube;
use super::super::super::tenant::{Fill, Model};
use super::super::problem::count;
use super::{Build, Home};

/// A value that waits.
pub(super) struct Pending {
    pub(super) home: Home,
    pub(super) target: Target,
    /// As a person writes it.
    pub(super) text: String,
    /// Where it stands, for a problem.
    pub(super) at: usize,
    /// What it is, for a problem.
    pub(super) what: String,
}

/// Where a value goes, by positions.
pub(super) enum Target {
    Property { list: usize, item: usize, property: usize },
    Fill { module: usize, line_item: usize },
    Cell { module: usize, line_item: usize, members: Vec<String> },
}

/// What a value has become.
struct Kept {
    value: String,
    /// Of a cell.
    key: Vec<u64>,
}

impl Build<'_> {
    /// Writes everything that waits.
    pub(super) fn write_pending(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        let mut homes: Vec<Home> = Vec::new();
        for one in &pending {
            if !homes.contains(&one.home) {
                homes.push(one.home);
            }
        }
        for home in homes {
            let mine: Vec<&Pending> = pending.iter().filter(|one| one.home == home).collect();
            let Some(model) = self.model(home) else { continue };
            let cube = Cube::new(model, &self.tenant.users);
            let kept: Vec<Result<Kept, String>> =
                mine.iter().map(|one| keep(&cube, model, one)).collect();
            for (one, kept) in mine.into_iter().zip(kept) {
                match kept {
                    Ok(kept) => {
                        if let Some(model) = self.model_mut(home) {
                            write(model, &one.target, kept);
                        }
                    }
                    Err(why) => self.problems.add(one.at, format!("{} {why}", one.what)),
                }
            }
        }
    }
}

/// Turns a value into the form that is kept, or says why that can't be.
fn keep(cube: &Cube<'_>, model: &Model, one: &Pending) -> Result<Kept, String> {
    let gone = || "belongs to nothing".to_owned();
    let (format, key) = match &one.target {
        Target::Property { list, property, .. } => {
            let list = model.lists.get(*list).ok_or_else(gone)?;
            (&list.properties.get(*property).ok_or_else(gone)?.format, Vec::new())
        }
        Target::Fill { module, line_item } => {
            let module = model.modules.get(*module).ok_or_else(gone)?;
            (&module.line_items.get(*line_item).ok_or_else(gone)?.format, Vec::new())
        }
        Target::Cell { module, line_item, members } => {
            let module = model.modules.get(*module).ok_or_else(gone)?;
            let item = module.line_items.get(*line_item).ok_or_else(gone)?;
            let cells = cube.cells(module, item);
            if cells.dimensions.len() != members.len() {
                let (wanted, found) = (cells.dimensions.len(), members.len());
                return Err(format!("needs {}, not {found}", count(wanted, "member")));
            }
            let mut at = Vec::new();
            for (dimension, member) in cells.dimensions.iter().zip(members) {
                let found = dimension.find_name(member).or_else(|| dimension.find_code(member));
                at.push(found.ok_or_else(|| format!("names no member of {}", dimension.name))?);
            }
            if !cells.is_writable(&at) {
                return Err("can't be written: it is calculated, or a total".to_owned());
            }
            (&item.format, cells.key(&at))
        }
    };
    let value =
        cube.read(format, &one.text).ok_or_else(|| format!("does not fit {}", format.name()))?;
    Ok(Kept { value, key })
}

fn write(model: &mut Model, target: &Target, kept: Kept) {
    match target {
        Target::Property { list, item, property } => {
            let items = model.lists.get_mut(*list).map(|list| &mut list.items);
            let item = items.and_then(|items| items.get_mut(*item));
            if let Some(value) = item.and_then(|item| item.properties.get_mut(*property)) {
                *value = kept.value;
            }
        }
        Target::Fill { module, line_item } | Target::Cell { module, line_item, .. } => {
            let items = model.modules.get_mut(*module).map(|module| &mut module.line_items);
            let Some(item) = items.and_then(|items| items.get_mut(*line_item)) else { return };
            if matches!(target, Target::Fill { .. }) {
                item.fill = Fill::Value(kept.value);
            } else {
                item.cells.insert(kept.key, kept.value);
            }
        }
    }
}
