//! The items of a list as rows: of a CSV file, and as JSON.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::cube::{Cube, chain};
use super::tenant::{Dim, Format, Item, List};

/// The columns that every list has. Those of subsets and properties follow.
pub(crate) const LIST_COLUMNS: [&str; 7] =
    ["id", "name", "code", "parent", "parentId", "listId", "listName"];

/// Returns the items of a list in order, then its top-level item.
pub(crate) fn every_item(list: &List) -> impl Iterator<Item = Cow<'_, Item>> {
    let top = list.top_level.as_deref().map(|name| Item::new(name).id(&list.top_level_id));
    list.items.iter().map(Cow::Borrowed).chain(top.map(Cow::Owned))
}

/// Returns the header of a list's CSV file: [`LIST_COLUMNS`], subsets, properties.
pub(crate) fn list_csv_header(list: &List) -> Vec<String> {
    let own = LIST_COLUMNS.iter().map(|&name| name.to_owned());
    let subsets = list.subsets.iter().map(|subset| subset.name.clone());
    own.chain(subsets).chain(list.properties.iter().map(|it| it.name.clone())).collect()
}

/// Returns the row of one of a list's items under [`list_csv_header`].
pub(crate) fn list_csv_row(cube: &Cube<'_>, list: &List, item: &Item) -> Vec<String> {
    let mut row = vec![item.id.clone(), item.name.clone(), item.code.clone().unwrap_or_default()];
    row.extend(parent(cube, list, item).unwrap_or_default());
    row.extend((0..list.subsets.len()).map(|place| is_in_subset(item, place).to_string()));
    row.extend((0..list.properties.len()).map(|place| property(cube, list, item, place)));
    row
}

/// Returns an item as the JSON answers show it: what isn't set has no key.
pub(crate) fn list_item_json(
    cube: &Cube<'_>,
    list: &List,
    item: &Item,
    include_all: bool,
) -> Value {
    let mut entry = Map::new();
    entry.insert("id".to_owned(), item.id.clone().into());
    entry.insert("name".to_owned(), item.name.clone().into());
    if let Some(code) = &item.code {
        entry.insert("code".to_owned(), code.clone().into());
    }
    if let Some(parent) = parent(cube, list, item) {
        for (key, value) in LIST_COLUMNS.iter().skip(3).zip(parent) {
            entry.insert((*key).to_owned(), value.into());
        }
    }
    if include_all {
        let subsets: Map<String, Value> = (list.subsets.iter().enumerate())
            .map(|(place, subset)| (subset.name.clone(), is_in_subset(item, place).into()))
            .collect();
        let properties: Map<String, Value> = (list.properties.iter().enumerate())
            .map(|(place, it)| (it.name.clone(), property(cube, list, item, place).into()))
            .collect();
        for (key, values) in [("subsets", subsets), ("properties", properties)] {
            if !values.is_empty() {
                entry.insert(key.to_owned(), Value::Object(values));
            }
        }
    }
    Value::Object(entry)
}

/// Appends a line of CSV. Cells are quoted where they need it, or when they would run as a formula
/// in a spreadsheet and `escaped` asks for it.
pub(crate) fn write_csv<T: AsRef<str>>(
    cells: impl IntoIterator<Item = T>,
    escaped: bool,
    out: &mut Vec<u8>,
) {
    for (place, cell) in cells.into_iter().enumerate() {
        let cell = cell.as_ref();
        if place > 0 {
            out.push(b',');
        }
        let is_formula = cell.starts_with(['=', '+', '-', '@', '\t']);
        if cell.contains([',', '"', '\n', '\r']) || (escaped && is_formula) {
            out.push(b'"');
            for byte in cell.bytes() {
                if byte == b'"' {
                    out.push(byte);
                }
                out.push(byte);
            }
            out.push(b'"');
        } else {
            out.extend_from_slice(cell.as_bytes());
        }
    }
    out.push(b'\n');
}

/// The parent's name and id, and the id and the name of the parent's list.
fn parent(cube: &Cube<'_>, list: &List, item: &Item) -> Option<[String; 4]> {
    let dimension = cube.dimension(&Dim::List(list.id.clone()))?;
    let own = dimension.members.get(dimension.find_id(&item.id)?)?;
    let parent = dimension.members.get(own.parent?)?;
    let home = *chain(cube.model, list).get(parent.level)?;
    Some([parent.name.clone(), parent.id.clone(), home.id.clone(), home.name.clone()])
}

fn is_in_subset(item: &Item, place: usize) -> bool {
    item.subsets.get(place).copied().unwrap_or(false)
}

/// A property as text: numbers always have a point here.
fn property(cube: &Cube<'_>, list: &List, item: &Item, place: usize) -> String {
    let (Some(property), Some(kept)) = (list.properties.get(place), item.properties.get(place))
    else {
        return String::new();
    };
    let mut text = cube.show(&property.format, kept);
    let is_whole = |text: &str| !text.is_empty() && !text.contains('.');
    if matches!(property.format, Format::Number(_)) && is_whole(&text) {
        text.push_str(".0");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::tenant::{Model, Tenant, Workspace};
    use super::*;

    fn model() -> Model {
        let families = List::new("Families").top_level("All").items(["Hot", "Cold"]);
        let products = List::new("Products")
            .parent("Families")
            .subset("Core")
            .property("Weight", Format::number())
            .property("Next", Format::list("Products"))
            .item(Item::new("Tea").parent("Hot").code("T").subsets(&[true]).properties(&["2"]))
            .item(Item::new("Ice, \"cold\"").parent("Tea").properties(&["2.5"]));
        let model = Model::new("M").list(families).list(products);
        let mut tenant = Tenant::new().workspace(Workspace::new("W").model(model));
        let products = tenant.model_mut("M").unwrap().list_mut("Products").unwrap();
        let tea = products.items[0].id.clone();
        products.items[1].properties.push(tea);
        tenant.workspaces.remove(0).models.remove(0)
    }

    #[test]
    fn rows_of_a_list_name_parent_and_properties() {
        let model = model();
        let cube = Cube::new(&model, &[]);
        let mut out = Vec::new();
        for list in &model.lists {
            write_csv(list_csv_header(list), false, &mut out);
            for item in every_item(list) {
                write_csv(list_csv_row(&cube, list, &item), false, &mut out);
            }
        }
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "id,name,code,parent,parentId,listId,listName\n\
             201000000001,Hot,,All,201000000000,101000000001,Families\n\
             201000000002,Cold,,All,201000000000,101000000001,Families\n\
             201000000000,All,,,,,\n\
             id,name,code,parent,parentId,listId,listName,Core,Weight,Next\n\
             202000000001,Tea,T,Hot,201000000001,101000000001,Families,true,2.0,\n\
             202000000002,\"Ice, \"\"cold\"\"\",,Tea,202000000001,101000000002,Products,false,2.5,Tea\n"
        );
    }

    #[test]
    fn json_leaves_out_what_is_not_set() {
        let model = model();
        let cube = Cube::new(&model, &[]);
        let families = &model.lists[0];
        let entries: Vec<Value> =
            every_item(families).map(|it| list_item_json(&cube, families, &it, true)).collect();
        assert_eq!(entries[2], serde_json::json!({"id": "201000000000", "name": "All"}));
        let products = &model.lists[1];
        let entry = list_item_json(&cube, products, &products.items[0], true);
        let wanted = serde_json::json!({
            "id": "202000000001", "name": "Tea", "code": "T", "parent": "Hot",
            "parentId": "201000000001", "listId": "101000000001", "listName": "Families",
            "subsets": {"Core": true}, "properties": {"Weight": "2.0", "Next": ""},
        });
        assert_eq!(entry, wanted);
        let entry = list_item_json(&cube, products, &products.items[0], false);
        assert_eq!(entry.get("properties"), None);
    }

    #[test]
    fn formulas_of_spreadsheets_are_quoted_on_demand() {
        let line = |escaped| {
            let mut out = Vec::new();
            write_csv(["=1+1", "-5", "plain"], escaped, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(line(false), "=1+1,-5,plain\n");
        assert_eq!(line(true), "\"=1+1\",\"-5\",plain\n");
    }
}
