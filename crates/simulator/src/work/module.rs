//! Imports into modules: values are written to cells.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::AtomicBool;

use super::super::cube::{Cells, Cube, Dimension};
use super::super::tenant::{LineItem, ModuleColumn, TIME, VERSIONS};
use super::list::misfit;
use super::rows::{Rows, is_blank};
use super::tally::{Fate, Tally};
use super::{Done, Draft, ImportWork, check, columns, with_point};

/// What was written to line items, by the keys of the cells.
type Written = HashMap<Vec<u64>, String>;

/// Imports rows into a module. A row whose values don't all fit writes none; of two rows for one cell,
/// the later one counts.
pub(super) fn run(
    work: &ImportWork,
    draft: &mut Draft,
    (name, mapping): (&str, &[(String, ModuleColumn)]),
    rows: &mut Rows,
    stop: &AtomicBool,
) -> io::Result<Done> {
    let Some(module) = draft.model.module_mut(name) else {
        let text = format!("The module {name} was not found.");
        return Ok(Done::failure("failedToLocateModule", &text));
    };
    let found = match columns(rows, mapping.iter().map(|(header, _)| header.as_str())) {
        Ok(found) => found,
        Err(done) => return Ok(done),
    };
    // Taken out while the model is read: nothing below looks at written cells.
    let mut written: Vec<Written> =
        module.line_items.iter_mut().map(|item| std::mem::take(&mut item.cells)).collect();
    let id = module.id.clone();
    let done = {
        let cube = Cube::new(&draft.model, &draft.users);
        match Target::new(work, &cube, &id, mapping, &found) {
            Ok(mut target) => target.import(work, &mut written, rows, stop),
            Err(done) => Ok(done),
        }
    };
    if let Some(module) = draft.model.module_mut(&id) {
        for (item, cells) in module.line_items.iter_mut().zip(written) {
            item.cells = cells;
        }
    }
    done
}

/// The module, and how rows lead to its cells.
struct Target<'c> {
    name: &'c str,
    cube: &'c Cube<'c>,
    items: Vec<TargetItem<'c>>,
    /// Columns of values, each with the place of its line item.
    values: Vec<(usize, usize)>,
    /// The columns with the line item's name and its value.
    pairs: Option<(usize, usize)>,
}

/// A line item that rows may write to.
struct TargetItem<'c> {
    item: &'c LineItem,
    cells: Cells<'c>,
    /// For each dimension, where its member comes from.
    sources: Vec<Source>,
}

/// Where the member of a dimension comes from.
#[derive(Clone, Copy)]
enum Source {
    Column(usize),
    /// A member that the caller gave.
    Fixed(usize),
}

impl<'c> Target<'c> {
    fn new(
        work: &ImportWork,
        cube: &'c Cube<'c>,
        id: &str,
        mapping: &[(String, ModuleColumn)],
        found: &[usize],
    ) -> Result<Self, Done> {
        let Some(module) = cube.model.find_module(id) else {
            return Err(Done::failure("failedToLocateModule", "The module was not found."));
        };
        let fail =
            |text: &str| Done::failure("moduleImportFailed", &format!("{}: {text}", module.name));
        let mut dimensions = Vec::new();
        let (mut values, mut named, mut value) = (Vec::new(), None, None);
        for ((_, holds), column) in mapping.iter().zip(found.iter().copied()) {
            match holds {
                ModuleColumn::Dimension(name) => dimensions.push((name.as_str(), column)),
                ModuleColumn::LineItemName => named = Some(column),
                ModuleColumn::Value => value = Some(column),
                ModuleColumn::LineItem(name) => {
                    let is = |it: &LineItem| it.id == *name || it.name == *name;
                    match module.line_items.iter().position(is) {
                        Some(place) => values.push((column, place)),
                        None => return Err(fail(&format!("the line item {name} was not found."))),
                    }
                }
            }
        }
        if values.is_empty() && named.zip(value).is_none() {
            return Err(fail("no values are mapped."));
        }
        let mut target =
            Self { name: &module.name, cube, items: Vec::new(), pairs: named.zip(value), values };
        for (place, item) in module.line_items.iter().enumerate() {
            let cells = cube.cells(module, item);
            let is_target =
                target.pairs.is_some() || target.values.iter().any(|(_, it)| *it == place);
            let mut sources = Vec::new();
            for dimension in cells.dimensions.iter().filter(|_| is_target) {
                let column = dimensions.iter().find(|(name, _)| is_named(dimension, name));
                let source = match (column, prompted(work, dimension)) {
                    (Some((_, column)), _) => Source::Column(*column),
                    (None, Some(name)) => match find(dimension, name) {
                        Some(place) => Source::Fixed(place),
                        None => {
                            let text = format!("{} has no item {name}.", dimension.name);
                            return Err(Done::failure("failedToLocateEntity", &text));
                        }
                    },
                    (None, None) => {
                        let text = format!("the dimension {} is not mapped.", dimension.name);
                        return Err(fail(&text));
                    }
                };
                sources.push(source);
            }
            target.items.push(TargetItem { item, cells, sources });
        }
        Ok(target)
    }

    fn import(
        &mut self,
        work: &ImportWork,
        written: &mut [Written],
        rows: &mut Rows,
        stop: &AtomicBool,
    ) -> io::Result<Done> {
        let mut tally = Tally::default();
        let (mut cells, mut errors) = (Vec::new(), Vec::new());
        while let Some(line) = rows.next(&mut cells)? {
            check(stop, line)?;
            errors.clear();
            let fate = if is_blank(&cells) {
                Fate::Ignored
            } else {
                let writes = self.row(work, &cells, &mut errors);
                if errors.is_empty() {
                    for (place, key, value) in writes {
                        if let Some(written) = written.get_mut(place) {
                            written.insert(key, value);
                        }
                    }
                    Fate::Updated
                } else {
                    Fate::Failed
                }
            };
            tally.count(fate, line, &cells, &errors);
        }
        let label = ("moduleName", self.name);
        tally.rows("lineItemRowsProcessed", label, &rows.header, work.chunk_size)
    }

    /// Works out what a row writes: places of line items, keys and values.
    fn row(
        &self,
        work: &ImportWork,
        cells: &[String],
        errors: &mut Vec<String>,
    ) -> Vec<(usize, Vec<u64>, String)> {
        let text = |column: usize| cells.get(column).map(|text| text.trim()).unwrap_or_default();
        let mut targets = self.values.clone();
        if let Some((named, value)) = self.pairs {
            let name = text(named);
            let is = |it: &TargetItem<'_>| it.item.name.eq_ignore_ascii_case(name);
            match self.items.iter().position(is) {
                Some(place) => targets.push((value, place)),
                None => errors.push(format!("The line item {name} was not found.")),
            }
        }
        let mut writes = Vec::with_capacity(targets.len());
        for (column, place) in targets {
            let Some(target) = self.items.get(place) else { continue };
            let item = target.item;
            let mut at = Vec::with_capacity(target.sources.len());
            for (dimension, source) in target.cells.dimensions.iter().zip(&target.sources) {
                match *source {
                    Source::Fixed(place) => at.push(place),
                    Source::Column(column) => match find(dimension, text(column)) {
                        Some(place) => at.push(place),
                        None => errors.push(unknown(dimension, text(column))),
                    },
                }
            }
            if at.len() < target.sources.len() {
                continue;
            }
            if !target.cells.is_writable(&at) {
                errors.push(format!("{}: the cell is calculated.", item.name));
                continue;
            }
            let given = text(column);
            match self.cube.read(&item.format, &with_point(work, &item.format, given)) {
                Some(value) => writes.push((place, target.cells.key(&at), value)),
                None => errors.push(misfit(&item.name, &item.format, given)),
            }
        }
        // Line items with the same dimensions tell the same errors.
        let mut told = Vec::new();
        errors.retain(|error| {
            let is_new = !told.contains(error);
            if is_new {
                told.push(error.clone());
            }
            is_new
        });
        writes
    }
}

fn is_named(dimension: &Dimension, name: &str) -> bool {
    dimension.id == name || dimension.name.eq_ignore_ascii_case(name)
}

/// The member of a dimension that the caller gave for a prompt.
fn prompted<'w>(work: &'w ImportWork, dimension: &Dimension) -> Option<&'w str> {
    let singular = match dimension.id.as_str() {
        VERSIONS => "Version",
        TIME => "Time Period",
        _ => &dimension.name,
    };
    work.mapped(&dimension.name).or_else(|| work.mapped(singular))
}

/// Finds a member by name, else by code.
fn find(dimension: &Dimension, text: &str) -> Option<usize> {
    if text.is_empty() {
        return None;
    }
    dimension.find_name(text).or_else(|| dimension.find_code(text))
}

fn unknown(dimension: &Dimension, text: &str) -> String {
    if text.is_empty() {
        return format!("{}: the key is blank.", dimension.name);
    }
    format!("{}: {text} was not found.", dimension.name)
}
