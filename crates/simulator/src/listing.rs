//! Items of a list as JSON and CSV answers show them.

use super::cube::Cube;
use super::tenant::{Dim, Format, Item, List};

/// How many columns a list's CSV has before those of subsets and properties.
pub(crate) const FIXED_COLUMNS: usize = 7;

/// Where an item hangs.
#[derive(Debug)]
pub(crate) struct ParentOf {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Id and name of the list that the parent is in; only if the list hangs below another one.
    pub(crate) list: Option<(String, String)>,
}

/// Finds the parent of an item.
pub(crate) fn parent_of(cube: &Cube<'_>, list: &List, item: &Item) -> Option<ParentOf> {
    let id = item.parent.as_deref()?;
    let find = |list: &List| {
        let items = cube.dimension(&Dim::List(list.id.clone()))?;
        items.find_id(id).and_then(|place| Some(items.members.get(place)?.name.clone()))
    };
    let above = list.parent.as_deref().and_then(|above| cube.model.find_list(above));
    // First in the list above, which is the smaller one.
    let in_above = above.and_then(|above| Some((find(above)?, above)));
    let (name, home) = match in_above {
        Some((name, above)) => (name, Some(above)),
        None => (find(list)?, above.map(|_| list)),
    };
    Some(ParentOf {
        id: id.to_owned(),
        name,
        list: home.map(|home| (home.id.clone(), home.name.clone())),
    })
}

/// The value of one of the list's properties as lists show it: `1.0` where cells show `1`.
pub(crate) fn property(cube: &Cube<'_>, list: &List, item: &Item, place: usize) -> String {
    let Some(property) = list.properties.get(place) else { return String::new() };
    let kept = item.properties.get(place).map(String::as_str).unwrap_or_default();
    let text = cube.show(&property.format, kept);
    let is_whole = !text.is_empty() && !text.contains('.');
    if matches!(property.format, Format::Number(_)) && is_whole { text + ".0" } else { text }
}

/// The header of a list's CSV, with its subsets and properties.
pub(crate) fn list_csv_header(list: &List) -> Vec<String> {
    let fixed: [&str; FIXED_COLUMNS] =
        ["id", "name", "code", "parent", "parentId", "listId", "listName"];
    let subsets = list.subsets.iter().map(|subset| subset.name.as_str());
    let properties = list.properties.iter().map(|property| property.name.as_str());
    fixed.into_iter().chain(subsets).chain(properties).map(str::to_owned).collect()
}

/// The row of an item in a list's CSV.
pub(crate) fn list_csv_row(cube: &Cube<'_>, list: &List, item: &Item) -> Vec<String> {
    let mut row = vec![item.id.clone(), item.name.clone(), item.code.clone().unwrap_or_default()];
    let parent = parent_of(cube, list, item);
    let (parent, home) = match parent {
        Some(parent) => ([parent.name, parent.id], parent.list.unwrap_or_default()),
        None => Default::default(),
    };
    row.extend(parent);
    row.extend([home.0, home.1]);
    row.extend((0..list.subsets.len()).map(|place| is_member(item, place).to_string()));
    row.extend((0..list.properties.len()).map(|place| property(cube, list, item, place)));
    row
}

/// Tells whether an item is in one of its list's subsets.
pub(crate) fn is_member(item: &Item, place: usize) -> bool {
    item.subsets.get(place).copied().unwrap_or(false)
}

/// Appends a line of CSV.
pub(crate) fn push_csv_line(text: &mut String, cells: &[String]) {
    for (number, cell) in cells.iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        if cell.contains(['"', ',', '\n', '\r']) {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push('\n');
}
