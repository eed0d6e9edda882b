//! Adding and updating items of a list.

use std::collections::{HashMap, HashSet};

use super::super::cube::Cube;
use super::super::tenant::{Item, List, Model, User};
use super::{Failure, ItemInput};

/// A name, a code or an id is missing, or doesn't tell which item is meant.
const INCOMPLETE: &str = "INCOMPLETE_DATA";
/// A value doesn't fit its column.
const FORMAT: &str = "INCORRECT_FORMAT";
const DUPLICATE_NAME: &str = "DUPLICATE_NAME";
const DUPLICATE_CODE: &str = "DUPLICATE_CODE";

/// What is wrong with one item.
type Reason = (&'static str, String);

/// Adds items to a list, and returns those that failed.
pub(crate) fn add_items(
    model: &mut Model,
    users: &[User],
    list_id: &str,
    inputs: &[ItemInput],
) -> Vec<Failure> {
    each(model, users, list_id, inputs, |writer, input, values| writer.add(input, values))
}

/// Updates items of a list, and returns those that failed.
pub(crate) fn update_items(
    model: &mut Model,
    users: &[User],
    list_id: &str,
    inputs: &[ItemInput],
) -> Vec<Failure> {
    each(model, users, list_id, inputs, |writer, input, values| writer.update(input, values))
}

fn each(
    model: &mut Model,
    users: &[User],
    list_id: &str,
    inputs: &[ItemInput],
    write: impl Fn(&mut Writer<'_>, &ItemInput, Values) -> Result<(), Reason>,
) -> Vec<Failure> {
    let (values, parents) = {
        let Some(list) = model.find_list(list_id) else { return Vec::new() };
        let cube = Cube::new(model, users);
        let values: Vec<_> = inputs.iter().map(|input| Values::read(&cube, list, input)).collect();
        (values, Parents::above(model, list))
    };
    let Some(list) = model.list_mut(list_id) else { return Vec::new() };
    list.settle_index();
    let mut writer = Writer { names: Names::of(list), list, parents };
    let mut failures = Vec::new();
    for (index, (input, values)) in inputs.iter().zip(values).enumerate() {
        if let Err((kind, details)) = values.and_then(|values| write(&mut writer, input, values)) {
            failures.push(Failure { index, kind, details });
        }
    }
    failures
}

/// The values of properties as they are kept, and the subsets, each by position.
#[derive(Debug)]
struct Values {
    properties: Vec<(usize, String)>,
    subsets: Vec<(usize, bool)>,
}

impl Values {
    fn read(cube: &Cube<'_>, list: &List, input: &ItemInput) -> Result<Self, Reason> {
        let mut values = Self { properties: Vec::new(), subsets: Vec::new() };
        for (name, text) in &input.properties {
            let place = list.properties.iter().position(|property| property.name == *name);
            let kept = place.and_then(|place| {
                let property = list.properties.get(place)?;
                // A calculated one can't be written.
                property.formula.is_none().then(|| cube.read(&property.format, text)).flatten()
            });
            let (Some(place), Some(kept)) = (place, kept) else { return Err(unfit(name, text)) };
            values.properties.push((place, kept));
        }
        for (name, is_in) in &input.subsets {
            let place = list.subsets.iter().position(|subset| subset.name == *name);
            match (place, is_in) {
                (Some(place), Ok(is_in)) => values.subsets.push((place, *is_in)),
                (None, Ok(is_in)) => return Err(unfit(name, &is_in.to_string())),
                (_, Err(text)) => return Err(unfit(name, text)),
            }
        }
        Ok(values)
    }

    fn put(self, item: &mut Item) {
        for (place, kept) in self.properties {
            set(&mut item.properties, place, kept);
        }
        for (place, is_in) in self.subsets {
            set(&mut item.subsets, place, is_in);
        }
    }
}

fn set<T: Clone + Default>(values: &mut Vec<T>, place: usize, value: T) {
    if values.len() <= place {
        values.resize(place + 1, T::default());
    }
    if let Some(slot) = values.get_mut(place) {
        *slot = value;
    }
}

fn unfit(column: &str, value: &str) -> Reason {
    (FORMAT, format!("incorrect format -- column name:{column}, value:{value}"))
}

fn incomplete(details: &str) -> Reason {
    (INCOMPLETE, format!("incomplete data -- {details}"))
}

fn duplicate_name(name: &str) -> Reason {
    (DUPLICATE_NAME, format!("duplicate name -- {name}"))
}

fn duplicate_code(code: &str) -> Reason {
    (DUPLICATE_CODE, format!("duplicate code -- {code}"))
}

/// The items of the list above, by name.
#[derive(Debug)]
struct Parents {
    ids: HashMap<String, String>,
    /// The names of top-level items: what hangs from them has no parent of its own.
    tops: HashSet<String>,
}

impl Parents {
    fn above(model: &Model, list: &List) -> Self {
        let above = list.parent.as_deref().and_then(|above| model.find_list(above));
        let mut ids = HashMap::new();
        for item in above.into_iter().flat_map(|list| &list.items) {
            for name in [&item.name, item.label()] {
                ids.entry(name.to_lowercase()).or_insert_with(|| item.id.clone());
            }
        }
        let tops = [Some(list), above].into_iter().flatten().filter_map(|it| it.top_level.as_ref());
        Self { ids, tops: tops.map(|name| name.to_lowercase()).collect() }
    }
}

/// Where items stand in their list, by what names them. Case doesn't count.
#[derive(Debug, Default)]
struct Names {
    ids: HashMap<String, usize>,
    names: HashMap<String, usize>,
    codes: HashMap<String, usize>,
}

impl Names {
    fn of(list: &List) -> Self {
        let mut names = Self::default();
        for (place, item) in list.items.iter().enumerate() {
            names.insert(place, item);
        }
        names
    }

    fn insert(&mut self, place: usize, item: &Item) {
        self.ids.insert(item.id.clone(), place);
        self.names.entry(item.name.to_lowercase()).or_insert(place);
        if let Some(code) = &item.code {
            self.codes.entry(code.to_lowercase()).or_insert(place);
        }
    }

    fn name(&self, name: &str) -> Option<usize> {
        self.names.get(&name.to_lowercase()).copied()
    }

    fn code(&self, code: &str) -> Option<usize> {
        self.codes.get(&code.to_lowercase()).copied()
    }
}

struct Writer<'a> {
    list: &'a mut List,
    names: Names,
    parents: Parents,
}

impl Writer<'_> {
    fn add(&mut self, input: &ItemInput, values: Values) -> Result<(), Reason> {
        let name = given(&input.name);
        let mut item = match name {
            Some(name) if self.list.numbered => return Err(unfit("name", name)),
            None if !self.list.numbered => return Err(incomplete("name is required")),
            Some(name) if self.names.name(name).is_some() => return Err(duplicate_name(name)),
            name => Item::new(name.unwrap_or_default()),
        };
        if let Some(code) = given(&input.code) {
            if self.names.code(code).is_some() {
                return Err(duplicate_code(code));
            }
            item.code = Some(code.to_owned());
        }
        if let Some(parent) = &input.parent {
            item.parent = self.parent(parent, None)?;
        }
        values.put(&mut item);
        let place = self.list.items.len();
        self.list.push_new(item);
        if let Some(item) = self.list.items.last() {
            self.names.insert(place, item);
        }
        Ok(())
    }

    fn update(&mut self, input: &ItemInput, values: Values) -> Result<(), Reason> {
        let place = self.identify(input)?;
        let Some(item) = self.list.items.get(place) else { return Err(incomplete("no item")) };
        let name = given(&input.name).filter(|name| **name != item.name);
        if let Some(name) = name {
            if self.list.numbered {
                return Err(unfit("name", name));
            }
            if self.names.name(name).is_some_and(|other| other != place) {
                return Err(duplicate_name(name));
            }
        }
        let code = match input.code.as_deref() {
            Some("") if item.code.is_some() => return Err(incomplete("code is required")),
            Some("") | None => None,
            Some(code) => Some(code).filter(|code| item.code.as_deref() != Some(*code)),
        };
        if let Some(code) = code
            && self.names.code(code).is_some_and(|other| other != place)
        {
            return Err(duplicate_code(code));
        }
        let parent = match &input.parent {
            Some(parent) => Some(self.parent(parent, Some(place))?),
            None => None,
        };
        let (name, code) = (name.map(str::to_owned), code.map(str::to_owned));
        let Some(item) = self.list.items.get_mut(place) else { return Ok(()) };
        if let Some(name) = name {
            self.names.names.remove(&item.name.to_lowercase());
            self.names.names.insert(name.to_lowercase(), place);
            item.name = name;
        }
        if let Some(code) = code {
            if let Some(old) = &item.code {
                self.names.codes.remove(&old.to_lowercase());
            }
            self.names.codes.insert(code.to_lowercase(), place);
            item.code = Some(code);
        }
        if let Some(parent) = parent {
            item.parent = parent;
        }
        values.put(item);
        Ok(())
    }

    /// Finds the item that an update means: by id, else by code, else by name as long as it has no code.
    fn identify(&self, input: &ItemInput) -> Result<usize, Reason> {
        if let Some(id) = given(&input.id) {
            let found = self.names.ids.get(id).copied();
            return found.ok_or_else(|| incomplete(&format!("no item has the id {id}")));
        }
        let code = given(&input.code);
        if let Some(place) = code.and_then(|code| self.names.code(code)) {
            return Ok(place);
        }
        let name = given(&input.name).filter(|_| !self.list.numbered);
        match (name.and_then(|name| self.names.name(name)), name, code) {
            (Some(place), ..) if self.has_code(place) => {
                Err(incomplete("an item that has a code is updated by its id or its code"))
            }
            (Some(place), ..) => Ok(place),
            (None, Some(name), _) => Err(incomplete(&format!("no item has the name {name}"))),
            (None, None, Some(code)) => Err(incomplete(&format!("no item has the code {code}"))),
            (None, None, None) if self.list.numbered => Err(incomplete("id or code is required")),
            (None, None, None) => Err(incomplete("id, code or name is required")),
        }
    }

    fn has_code(&self, place: usize) -> bool {
        self.list.items.get(place).is_some_and(|item| item.code.is_some())
    }

    /// Finds a parent by its name, in the list above or in the item's own. `child` is where the item
    /// stands, if it has a place yet: it can't hang from itself or from what hangs from it.
    fn parent(&self, name: &str, child: Option<usize>) -> Result<Option<String>, Reason> {
        let key = name.to_lowercase();
        if name.is_empty() {
            return Ok(None);
        }
        if let Some(id) = self.parents.ids.get(&key) {
            return Ok(Some(id.clone()));
        }
        let Some(place) = self.names.name(name) else {
            return if self.parents.tops.contains(&key) {
                Ok(None)
            } else {
                Err(unfit("parent", name))
            };
        };
        let mut above = Some(place);
        let mut steps = 0;
        while let Some(item) = above.and_then(|place| self.list.items.get(place)) {
            if above == child || steps > self.list.items.len() {
                return Err(unfit("parent", name));
            }
            above = item.parent.as_ref().and_then(|id| self.names.ids.get(id)).copied();
            steps += 1;
        }
        Ok(self.list.items.get(place).map(|item| item.id.clone()))
    }
}

/// A text that isn't blank.
fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}
