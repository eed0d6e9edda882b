//! Imports into lists: items are made, or changed, by code or by name.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::AtomicBool;

use super::super::cube::Cube;
use super::super::tenant::{Format, Item, List, ListColumn, Model};
use super::rows::{Rows, is_blank};
use super::tally::{Fate, Tally};
use super::{Done, Draft, ImportWork, check, columns, with_point};

/// Imports rows into a list.
pub(super) fn run(
    work: &ImportWork,
    draft: &mut Draft,
    (name, mapping): (&str, &[(String, ListColumn)]),
    rows: &mut Rows,
    stop: &AtomicBool,
) -> io::Result<Done> {
    let Some(list) = draft.model.find_list(name) else {
        let text = format!("The list {name} was not found.");
        return Ok(Done::failure("failedToLocateHierarchy", &text));
    };
    let found = match columns(rows, mapping.iter().map(|(header, _)| header.as_str())) {
        Ok(found) => found,
        Err(done) => return Ok(done),
    };
    let Some(reader) = Reader::new(list, mapping, &found) else {
        let text = format!("{}: a property or subset that is mapped is gone.", list.name);
        return Ok(Done::failure("hierarchyImportFailed", &text));
    };
    let cube = Cube::new(&draft.model, &draft.users);
    let mut target = Target::new(list, &draft.model, work);
    let mut tally = Tally::default();
    let (mut cells, mut errors) = (Vec::new(), Vec::new());
    while let Some(line) = rows.next(&mut cells)? {
        check(stop, line)?;
        errors.clear();
        let fate = if is_blank(&cells) {
            Fate::Ignored
        } else {
            target.import(&reader, &cube, work, &cells, &mut errors)
        };
        tally.count(fate, line, &cells, &errors);
    }
    let Target { list, renamed, .. } = target;
    tally.renamed = renamed;
    let done = tally.list(&list.name, &rows.header, work.chunk_size)?;
    if let Some(place) = draft.model.list_mut(&list.id.clone()) {
        *place = list;
    }
    Ok(done)
}

/// Where each part of an item stands in a row.
struct Reader {
    name: Option<usize>,
    code: Option<usize>,
    parent: Option<usize>,
    /// Columns, and which property or subset each holds.
    properties: Vec<(usize, usize)>,
    subsets: Vec<(usize, usize)>,
}

impl Reader {
    /// Nothing comes back where the list lacks a property or a subset.
    fn new(list: &List, mapping: &[(String, ListColumn)], found: &[usize]) -> Option<Self> {
        let mut reader =
            Self { name: None, code: None, parent: None, properties: vec![], subsets: vec![] };
        for ((_, holds), column) in mapping.iter().zip(found.iter().copied()) {
            match holds {
                ListColumn::Name => reader.name = Some(column),
                ListColumn::Code => reader.code = Some(column),
                ListColumn::Parent => reader.parent = Some(column),
                ListColumn::Property(name) => {
                    let place = list.properties.iter().position(|it| it.name == *name)?;
                    reader.properties.push((column, place));
                }
                ListColumn::Subset(name) => {
                    let is = |it: &super::super::tenant::Subset| it.name == *name || it.id == *name;
                    reader.subsets.push((column, list.subsets.iter().position(is)?));
                }
            }
        }
        Some(reader)
    }
}

/// The list while it changes.
struct Target<'a> {
    list: List,
    codes: HashMap<String, usize>,
    names: HashMap<String, usize>,
    /// The ids of the items in the list above, by name and by code.
    above: HashMap<String, &'a str>,
    /// The items above all, which are the parents of those that name none.
    tops: Vec<&'a str>,
    /// The parents within the list itself.
    inside: Vec<Option<usize>>,
    /// Which items this import has touched.
    seen: Vec<bool>,
    /// The parent of rows that name none.
    default_parent: Option<&'a str>,
    renamed: u64,
}

/// What an item hangs from.
enum Parent {
    Unchanged,
    Top,
    Inside(usize),
    Above(String),
}

impl<'a> Target<'a> {
    fn new(list: &List, model: &'a Model, work: &'a ImportWork) -> Self {
        let above_list = list.parent.as_deref().and_then(|name| model.find_list(name));
        let mut above = HashMap::new();
        // Names win over codes.
        for item in above_list.into_iter().flat_map(|list| &list.items) {
            if let Some(code) = &item.code {
                above.entry(code.to_lowercase()).or_insert(item.id.as_str());
            }
        }
        for item in above_list.into_iter().flat_map(|list| &list.items) {
            above.insert(item.name.to_lowercase(), item.id.as_str());
        }
        let items = list.items.iter().enumerate();
        let ids: HashMap<&str, usize> =
            items.clone().map(|(place, item)| (item.id.as_str(), place)).collect();
        let inside =
            list.items.iter().map(|item| ids.get(item.parent.as_deref()?).copied()).collect();
        Self {
            codes: items
                .clone()
                .filter_map(|(place, item)| Some((item.code.as_ref()?.to_lowercase(), place)))
                .collect(),
            names: items.map(|(place, item)| (item.name.to_lowercase(), place)).collect(),
            above,
            tops: [model.find_list(&list.id), above_list]
                .into_iter()
                .filter_map(|list| list?.top_level.as_deref())
                .collect(),
            inside,
            seen: vec![false; list.items.len()],
            default_parent: above_list.and_then(|list| work.mapped(&list.name)),
            renamed: 0,
            list: list.clone(),
        }
    }

    /// Imports one row.
    fn import(
        &mut self,
        reader: &Reader,
        cube: &Cube<'_>,
        work: &ImportWork,
        cells: &[String],
        errors: &mut Vec<String>,
    ) -> Fate {
        let cell = |column: Option<usize>| {
            let text = column.and_then(|column| cells.get(column)).map(|text| text.trim());
            text.filter(|text| !text.is_empty())
        };
        let (name, code) = (cell(reader.name), cell(reader.code));
        let found = self.find(reader, name, code);
        let found = found.and_then(|found| {
            let parent = self.parent(cell(reader.parent).or(self.default_parent), found)?;
            Ok((found, parent))
        });
        let (found, parent) = match found {
            Ok(found) => found,
            Err(error) => {
                errors.push(error);
                return Fate::Failed;
            }
        };
        let (place, fate) = match found {
            Some(place) => (place, Fate::Updated),
            None => (self.add(), Fate::Created),
        };
        self.label(place, name, code);
        self.hang(place, parent);
        self.fill(place, reader, cube, work, cells, errors);
        fate
    }

    /// Finds the item of a row; none means that the row makes one.
    fn find(
        &self,
        reader: &Reader,
        name: Option<&str>,
        code: Option<&str>,
    ) -> Result<Option<usize>, String> {
        let by_code = code.and_then(|code| self.codes.get(&code.to_lowercase())).copied();
        let by_name = name.and_then(|name| self.names.get(&name.to_lowercase())).copied();
        let found = if self.list.numbered {
            if reader.code.is_some() && code.is_none() {
                return Err("The code is blank.".to_owned());
            }
            by_code.or(by_name.filter(|_| reader.code.is_none()))
        } else if let (Some(place), Some(name)) = (by_code, name) {
            if by_name.is_some_and(|other| other != place) {
                return Err(format!("Duplicate name: {name} is the name of another item."));
            }
            Some(place)
        } else if by_code.is_some() {
            by_code
        } else {
            let Some(name) = name else {
                return Err("The key is blank: an item needs a name.".to_owned());
            };
            let other = by_name.and_then(|place| self.list.items.get(place)?.code.as_ref());
            if let (Some(_), Some(other)) = (code, other) {
                return Err(format!("Duplicate name: {name} has the code {other}."));
            }
            by_name
        };
        if found.is_some_and(|place| self.seen.get(place) == Some(&true)) {
            let key = code.or(name).unwrap_or_default();
            return Err(format!("Duplicate key: {key} was in an earlier row."));
        }
        Ok(found)
    }

    /// Finds the parent that a row names, for an item or a new one.
    fn parent(&self, text: Option<&str>, item: Option<usize>) -> Result<Parent, String> {
        let Some(text) = text else { return Ok(Parent::Unchanged) };
        let key = text.to_lowercase();
        if let Some(id) = self.above.get(&key) {
            return Ok(Parent::Above((*id).to_owned()));
        }
        if self.tops.iter().any(|top| top.eq_ignore_ascii_case(text)) {
            return Ok(Parent::Top);
        }
        let Some(parent) = self.names.get(&key).or_else(|| self.codes.get(&key)).copied() else {
            return Err(format!("The parent {text} was not found."));
        };
        // Goes up from the parent: the item itself must not be there.
        let mut up = Some(parent);
        while let Some(place) = up {
            if Some(place) == item {
                return Err(format!("The parent {text} lies below the item."));
            }
            up = self.inside.get(place).copied().flatten();
        }
        Ok(Parent::Inside(parent))
    }

    fn add(&mut self) -> usize {
        self.list.items.push(Item::default());
        self.inside.push(None);
        self.seen.push(false);
        self.list.items.len() - 1
    }

    /// Names an item, and gives it its code.
    fn label(&mut self, place: usize, name: Option<&str>, code: Option<&str>) {
        if let Some(seen) = self.seen.get_mut(place) {
            *seen = true;
        }
        let Some(item) = self.list.items.get_mut(place) else { return };
        if let Some(code) = code
            && item.code.as_deref() != Some(code)
        {
            if let Some(old) = item.code.replace(code.to_owned()) {
                self.codes.remove(&old.to_lowercase());
            }
            self.codes.insert(code.to_lowercase(), place);
        }
        let Some(name) = name else { return };
        if self.list.numbered {
            // The name is made; what a row calls a name is what people see.
            if item.name != name {
                item.display = Some(name.to_owned());
            }
        } else if item.name != name {
            let old = std::mem::replace(&mut item.name, name.to_owned());
            if !old.is_empty() {
                self.names.remove(&old.to_lowercase());
                self.renamed += 1;
            }
            self.names.insert(name.to_lowercase(), place);
        }
    }

    fn hang(&mut self, place: usize, parent: Parent) {
        let (id, inside) = match parent {
            Parent::Unchanged => return,
            Parent::Top => (None, None),
            Parent::Above(id) => (Some(id), None),
            Parent::Inside(parent) => {
                let above = self.list.items.get(parent);
                // A parent that is new has no id yet; its name becomes one when ids are given.
                let id = above.map(|it| if it.id.is_empty() { &it.name } else { &it.id });
                (id.cloned(), Some(parent))
            }
        };
        if let (Some(item), Some(up)) = (self.list.items.get_mut(place), self.inside.get_mut(place))
        {
            (item.parent, *up) = (id, inside);
        }
    }

    /// Sets properties and subsets. What doesn't fit is left as it was, and is only a warning.
    fn fill(
        &mut self,
        place: usize,
        reader: &Reader,
        cube: &Cube<'_>,
        work: &ImportWork,
        cells: &[String],
        errors: &mut Vec<String>,
    ) {
        let Some(item) = self.list.items.get_mut(place) else { return };
        item.properties.resize(self.list.properties.len(), String::new());
        item.subsets.resize(self.list.subsets.len(), false);
        let text = |column: &usize| cells.get(*column).map(|text| text.trim()).unwrap_or_default();
        for (column, number) in &reader.properties {
            let Some(property) = self.list.properties.get(*number) else { continue };
            let given = text(column);
            if property.formula.is_some() {
                errors.push(format!("{}: the property is calculated.", property.name));
                continue;
            }
            let value = with_point(work, &property.format, given);
            match (cube.read(&property.format, &value), item.properties.get_mut(*number)) {
                (Some(value), Some(slot)) => *slot = value,
                _ => errors.push(misfit(&property.name, &property.format, given)),
            }
        }
        for (column, number) in &reader.subsets {
            let given = text(column);
            match (cube.read(&Format::Boolean, given), item.subsets.get_mut(*number)) {
                (Some(value), Some(slot)) => *slot = value == "true",
                _ => {
                    let name = self.list.subsets.get(*number).map_or("", |it| it.name.as_str());
                    errors.push(misfit(name, &Format::Boolean, given));
                }
            }
        }
    }
}

/// Says that a value does not fit its format.
pub(super) fn misfit(name: &str, format: &Format, given: &str) -> String {
    match format {
        Format::List(list) => format!("{name}: {given} is no item of {list}."),
        Format::Time(_) => format!("{name}: {given} is no period."),
        other => format!("{name}: {given} is no value of the format {}.", other.name()),
    }
}
