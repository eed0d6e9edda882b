//! Deleting items of a list, and what goes with members that are no longer there.

use std::collections::{HashMap, HashSet};

use super::super::cube::key;
use super::super::tenant::{Dim, Format, LineItem, List, Model, Module};
use super::{Failure, ItemInput};

/// Deletes items of a list, and returns those that failed.
///
/// Their cells go with them. What hangs from them stays and hangs from nothing, and where an item of
/// theirs was chosen nothing is: no source tells, and a client must expect less than it left behind.
pub(crate) fn delete_items(model: &mut Model, list_id: &str, inputs: &[ItemInput]) -> Vec<Failure> {
    let Some(list) = model.find_list(list_id) else { return Vec::new() };
    let finder = Finder::of(list);
    let mut failures = Vec::new();
    let mut doomed = HashSet::new();
    for (index, input) in inputs.iter().enumerate() {
        match finder.find(input, &doomed) {
            Ok(id) => {
                doomed.insert(id);
            }
            Err((kind, details)) => failures.push(Failure { index, kind, details }),
        }
    }
    if let Some(list) = model.list_mut(list_id) {
        list.settle_index();
        list.items.retain(|item| !doomed.contains(&item.id));
    }
    forget_items(model, list_id, &doomed);
    failures
}

/// The ids of items by what names them. Case doesn't count.
struct Finder<'a> {
    ids: HashSet<&'a str>,
    codes: HashMap<String, &'a str>,
    names: HashMap<String, &'a str>,
}

impl<'a> Finder<'a> {
    fn of(list: &'a List) -> Self {
        let mut finder = Self { ids: HashSet::new(), codes: HashMap::new(), names: HashMap::new() };
        for item in &list.items {
            finder.ids.insert(&item.id);
            finder.names.entry(item.name.to_lowercase()).or_insert(&item.id);
            if let Some(code) = &item.code {
                finder.codes.entry(code.to_lowercase()).or_insert(&item.id);
            }
        }
        finder
    }

    fn find(
        &self,
        input: &ItemInput,
        doomed: &HashSet<String>,
    ) -> Result<String, (&'static str, String)> {
        let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let (what, wanted, found) = match (text(&input.id), text(&input.code), text(&input.name)) {
            (Some(id), Some(code), _) => {
                let details = format!("Specifying both ID and code not supported ({id}:{code})");
                return Err(("Ambiguous criteria", details));
            }
            (Some(id), ..) => {
                let found = self.ids.get(id.as_str()).copied();
                ("ID", id, found)
            }
            (None, Some(code), _) => {
                let found = self.codes.get(&code.to_lowercase()).copied();
                ("Code", code, found)
            }
            (None, None, Some(name)) => {
                let found = self.names.get(&name.to_lowercase()).copied();
                ("Name", name, found)
            }
            (None, None, None) => {
                return Err(("Missing criteria", "Neither ID nor code specified".to_owned()));
            }
        };
        found
            .filter(|id| !doomed.contains(*id))
            .map(str::to_owned)
            .ok_or_else(|| ("Not found", format!("{what} '{wanted}' not found")))
    }
}

/// Removes the cells of items, and every mention of them.
fn forget_items(model: &mut Model, list_id: &str, doomed: &HashSet<String>) {
    if doomed.is_empty() {
        return;
    }
    let is_list = |name: &String| model.find_list(name).is_some_and(|list| list.id == list_id);
    let held_by = |format: &Format| matches!(format, Format::List(name) if is_list(name));
    let properties: Vec<Vec<bool>> = model
        .lists
        .iter()
        .map(|list| list.properties.iter().map(|it| held_by(&it.format)).collect())
        .collect();
    let places = places_of(model, |dim| is_below(model, dim, list_id), held_by);
    let hangs: Vec<bool> = model
        .lists
        .iter()
        .map(|list| list.id == list_id || list.parent.as_ref().is_some_and(is_list))
        .collect();
    for ((list, is_held), hangs) in model.lists.iter_mut().zip(properties).zip(hangs) {
        if !hangs && !is_held.contains(&true) {
            continue;
        }
        for item in &mut list.items {
            item.parent.take_if(|parent| doomed.contains(parent));
            for (value, is_held) in item.properties.iter_mut().zip(&is_held) {
                if *is_held && doomed.contains(value) {
                    value.clear();
                }
            }
        }
    }
    let keys: HashSet<u64> = doomed.iter().map(|id| key(id)).collect();
    sweep(model, &places, |key| keys.contains(&key), |value| doomed.contains(value));
}

/// Removes the cells of periods that the calendar no longer has, and every mention of them.
pub(crate) fn forget_lost_periods(model: &mut Model) {
    let ids: HashSet<String> = model.calendar.periods().into_iter().map(|it| it.id).collect();
    let keys: HashSet<u64> = ids.iter().map(|id| key(id)).collect();
    let places = places_of(
        model,
        |dim| matches!(dim, Dim::Time(_)),
        |format| matches!(format, Format::Time(_)),
    );
    for list in &mut model.lists {
        if !list.properties.iter().any(|it| matches!(it.format, Format::Time(_))) {
            continue;
        }
        for item in &mut list.items {
            for (value, property) in item.properties.iter_mut().zip(&list.properties) {
                if matches!(property.format, Format::Time(_)) && !ids.contains(value) {
                    value.clear();
                }
            }
        }
    }
    sweep(model, &places, |key| !keys.contains(&key), |value| !ids.contains(value));
}

/// Where a line item has to do with members that are gone.
struct Touched {
    /// The positions of their dimension in the keys of its cells.
    keys: Vec<usize>,
    /// Whether its values are such members.
    values: bool,
}

/// Finds for each line item of each module where it has to do with a dimension.
fn places_of(
    model: &Model,
    has: impl Fn(&Dim) -> bool,
    holds: impl Fn(&Format) -> bool,
) -> Vec<Vec<Touched>> {
    let line_item = |module: &Module, item: &LineItem| {
        let dims = module.dimensions_of(item).iter().enumerate();
        Touched {
            keys: dims.filter(|(_, dim)| has(dim)).map(|(place, _)| place).collect(),
            values: holds(&item.format),
        }
    };
    let of_module =
        |module: &Module| module.line_items.iter().map(|item| line_item(module, item)).collect();
    model.modules.iter().map(of_module).collect()
}

/// Removes the cells whose key is gone, and blanks those whose value is.
fn sweep(
    model: &mut Model,
    places: &[Vec<Touched>],
    key_is_gone: impl Fn(u64) -> bool,
    value_is_gone: impl Fn(&String) -> bool,
) {
    for (module, places) in model.modules.iter_mut().zip(places) {
        for (item, touched) in module.line_items.iter_mut().zip(places) {
            if !touched.keys.is_empty() {
                item.cells.retain(|keys, _| {
                    !touched.keys.iter().any(|at| keys.get(*at).copied().is_some_and(&key_is_gone))
                });
            }
            if touched.values {
                for value in item.cells.values_mut().filter(|value| value_is_gone(value)) {
                    value.clear();
                }
            }
        }
    }
}

/// Tells whether a list's items are members of a dimension: of the list, of a list below, or of a subset.
fn is_below(model: &Model, dim: &Dim, list_id: &str) -> bool {
    let mut list = match dim {
        Dim::List(name) => model.find_list(name),
        Dim::Subset(name) => model.lists.iter().find(|list| {
            list.subsets.iter().any(|subset| subset.id == *name || subset.name == *name)
        }),
        Dim::Time(_) | Dim::Versions | Dim::Users => None,
    };
    // Lists that stand above each other in a circle end after one round.
    for _ in 0..=model.lists.len() {
        match list {
            Some(found) if found.id == list_id => return true,
            Some(found) => {
                list = found.parent.as_deref().and_then(|name| model.find_list(name));
            }
            None => return false,
        }
    }
    false
}
