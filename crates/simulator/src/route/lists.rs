//! `…/lists`: listings, metadata, items, and writes to them.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::super::cube::Cube;
use super::super::listing::{
    FIXED_COLUMNS, is_member, list_csv_header, list_csv_row, parent_of, property, push_csv_line,
};
use super::super::page::{envelope, page, single, sort_leniently};
use super::super::reply::Reply;
use super::super::tenant::{Dim, Item, List, Model, Property, Subset};
use super::super::write::{Failure, ItemInput, add_items, delete_items, update_items};
use super::models::Access;
use super::{Call, Refusal};

/// How many items one call may write.
const MAX_ITEMS: usize = 100_000;

/// How many items a list may ever get.
const MAX_INDEX: usize = 999_999_999;

/// `GET …/lists`
pub(super) fn list(call: &Call<'_>, access: Access<'_>) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let mut lists: Vec<Value> =
        model.lists.iter().map(|list| json!({"id": list.id, "name": list.name})).collect();
    sort_leniently(&call.query, &["name", "id"], &mut lists);
    Ok(Reply::json(StatusCode::OK, &page(call, &schema(model), "lists", lists)?))
}

/// `GET …/lists/{l}`
pub(super) fn one(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let list = find(model, id)?;
    let metadata = metadata(model, list, call.state.options.nasty.odd_spellings);
    Ok(Reply::json(StatusCode::OK, &single(&schema(model), "metadata", metadata)))
}

/// `GET …/lists/{l}/items`
pub(super) fn items(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let list = find(model, id)?;
    let cap = call.state.limits().items;
    if list.items.len() > cap {
        return Err(Refusal::bad(&format!(
            "The list has more than {cap} items. Use a large read request instead"
        )));
    }
    let cube = Cube::new(model, &tenant.users);
    let all = call.query.is_true("includeAll");
    if call.wants_csv() {
        return Ok(Reply::text(StatusCode::OK, "text/csv;charset=UTF-8", csv(&cube, list, all)));
    }
    let entries: Vec<Value> = list.items.iter().map(|item| entry(&cube, list, item, all)).collect();
    let answer = if call.state.options.nasty.list_item_paging {
        page(call, "objects/list", "listItems", entries)?
    } else if entries.is_empty() {
        envelope("objects/list")
    } else {
        single("objects/list", "listItems", entries.into())
    };
    Ok(Reply::json(StatusCode::OK, &answer))
}

/// `POST …/lists/{l}/items?action=add|delete`
pub(super) fn post(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    match call.query.get("action") {
        Some("add") => write(call, access, id, "added"),
        Some("delete") => write(call, access, id, "deleted"),
        Some(other) => Err(Refusal::bad(&format!("Invalid value for parameter 'action': {other}"))),
        None => Err(Refusal::bad("Required parameter 'action' is not present")),
    }
}

/// `PUT …/lists/{l}/items`
pub(super) fn put(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    write(call, access, id, "updated")
}

/// `POST …/lists/{l}/resetIndex`: for workspace administrators.
pub(super) fn reset_index(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    call.administrators_only()?;
    let mut tenant = call.state.tenant_mut();
    let model_id = access.enter_to_change(call, &tenant)?.id.clone();
    let (model, _) = tenant.parts_mut(&model_id).ok_or_else(Refusal::not_found)?;
    let is_deployed = model.is_deployed();
    let list = model.lists.iter_mut().find(|list| list.id == id).ok_or_else(Refusal::not_found)?;
    if is_deployed && !list.production_data {
        return Err(Refusal::bad(
            "We cannot reset a list if the list is not production data and the model is in deployed mode.",
        ));
    }
    if !list.items.is_empty() {
        return Err(Refusal::bad(
            "We can't reset the list item index of a list that contains data. Select an empty list that doesn't contain any list items.",
        ));
    }
    list.next_index = 1;
    Ok(Reply::empty(StatusCode::OK))
}

/// Adds, updates or deletes; `done` is the key of the number of those that succeeded.
fn write(
    call: &Call<'_>,
    access: Access<'_>,
    id: &str,
    done: &'static str,
) -> Result<Reply, Refusal> {
    let mut tenant = call.state.tenant_mut();
    let model = access.enter_to_change(call, &tenant)?;
    let (model_id, list) = (model.id.clone(), find(model, id)?);
    if model.is_deployed() && !list.production_data {
        return Err(Refusal::new(StatusCode::TOO_EARLY, "Model is deployed: its lists are locked"));
    }
    let inputs = inputs(call)?;
    let (model, users) = tenant.parts_mut(&model_id).ok_or_else(Refusal::not_found)?;
    let failures = match done {
        "added" => add_items(model, users, id, &inputs),
        "deleted" => delete_items(model, id, &inputs),
        _ => update_items(model, users, id, &inputs),
    };
    let mut answer = single("objects/list", done, (inputs.len() - failures.len()).into());
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("ignored".to_owned(), failures.len().into());
        answer.insert("total".to_owned(), inputs.len().into());
        if !failures.is_empty() {
            let failures = failures.iter().map(Failure::to_json).collect();
            answer.insert("failures".to_owned(), Value::Array(failures));
        }
    }
    Ok(Reply::json(StatusCode::OK, &answer))
}

fn inputs(call: &Call<'_>) -> Result<Vec<ItemInput>, Refusal> {
    let malformed = || Refusal::bad("Malformed JSON request");
    let body: Value = serde_json::from_slice(&call.body).map_err(|_| malformed())?;
    let items = body["items"].as_array().ok_or_else(malformed)?;
    if items.len() > MAX_ITEMS {
        return Err(Refusal::bad(&format!("A request may hold at most {MAX_ITEMS} items")));
    }
    items.iter().map(|item| ItemInput::parse(item).ok_or_else(malformed)).collect()
}

fn find<'t>(model: &'t Model, id: &str) -> Result<&'t List, Refusal> {
    model.lists.iter().find(|list| list.id == id).ok_or_else(Refusal::not_found)
}

fn schema(model: &Model) -> String {
    format!("models/{}/objects/list", model.id)
}

/// The metadata of a list. What isn't set is missing.
fn metadata(model: &Model, list: &List, odd_spellings: bool) -> Value {
    let mut metadata = json!({
        "id": list.id,
        "name": list.name,
        "hasSelectiveAccess": list.selective_access,
        "managedBy": "",
        "numberedList": list.numbered,
        "useTopLevelAsPageDefault": list.top_level_as_page_default,
        "itemCount": list.item_count(),
        "permittedItems": MAX_INDEX.saturating_sub(list.item_count()),
        "workflowEnabled": list.workflow,
        "productionData": list.production_data,
    });
    let mut set = |key: &str, value: Value| {
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert(key.to_owned(), value);
        }
    };
    if !list.properties.is_empty() {
        set("properties", list.properties.iter().map(property_entry).collect());
    }
    if let Some(parent) = list.parent.as_deref().and_then(|parent| model.find_list(parent)) {
        set("parent", json!({"id": parent.id, "name": parent.name}));
    }
    if !list.subsets.is_empty() {
        let entry = |subset: &Subset| json!({"id": subset.id, "name": subset.name});
        set("subsets", list.subsets.iter().map(entry).collect());
    }
    if list.numbered {
        let key = if odd_spellings { "nextitemIndex" } else { "nextItemIndex" };
        set(key, list.next_index.max(1).into());
    }
    if let Some(name) = &list.top_level {
        set("topLevelItem", json!({"id": list.top_level_id, "name": name}));
    }
    if let Some(category) = &list.category {
        set("category", category.clone().into());
    }
    if !list.data_tags.is_empty() {
        set("dataTags", list.data_tags.clone().into());
    }
    let modules = modules_of(model, list);
    if !modules.is_empty() {
        set("usedInAppliesTo", modules.join(", ").into());
    }
    metadata
}

fn property_entry(property: &Property) -> Value {
    let mut entry = json!({
        "name": property.name,
        "format": property.format.name(),
        "notes": property.notes.as_deref().unwrap_or_default(),
        "referencedBy": "",
    });
    if let (Some(formula), Some(entry)) = (&property.formula, entry.as_object_mut()) {
        entry.insert("formula".to_owned(), formula.clone().into());
    }
    entry
}

/// The names of the modules that a list is a dimension of.
fn modules_of<'m>(model: &'m Model, list: &List) -> Vec<&'m str> {
    let is_list = |name: &str| model.find_list(name).is_some_and(|found| found.id == list.id);
    let modules = model.modules.iter().filter(|module| {
        let mut dims = module.line_items.iter().flat_map(|item| module.dimensions_of(item));
        dims.any(|dim| matches!(dim, Dim::List(name) if is_list(name)))
    });
    modules.map(|module| module.name.as_str()).collect()
}

/// An item as JSON. What isn't set is missing.
fn entry(cube: &Cube<'_>, list: &List, item: &Item, all: bool) -> Value {
    let mut entry = Map::new();
    let mut set = |key: &str, value: Value| entry.insert(key.to_owned(), value);
    set("id", item.id.clone().into());
    set("name", item.name.clone().into());
    if let Some(code) = &item.code {
        set("code", code.clone().into());
    }
    if let Some(parent) = parent_of(cube, list, item) {
        set("parent", parent.name.into());
        set("parentId", parent.id.into());
        if let Some((id, name)) = parent.list {
            set("listId", id.into());
            set("listName", name.into());
        }
    }
    if !all {
        return Value::Object(entry);
    }
    if !list.subsets.is_empty() {
        let members = list.subsets.iter().enumerate();
        let members = members.map(|(at, it)| (it.name.clone(), is_member(item, at).into()));
        set("subsets", Value::Object(members.collect()));
    }
    if !list.properties.is_empty() {
        let values = list.properties.iter().enumerate();
        let values =
            values.map(|(at, it)| (it.name.clone(), property(cube, list, item, at).into()));
        set("properties", Value::Object(values.collect()));
    }
    if list.selective_access {
        set("read", item.read.clone().into());
        set("write", item.write.clone().into());
    }
    Value::Object(entry)
}

fn csv(cube: &Cube<'_>, list: &List, all: bool) -> String {
    let mut text = String::new();
    let mut push = |mut row: Vec<String>| {
        if !all {
            row.truncate(FIXED_COLUMNS);
        }
        push_csv_line(&mut text, &row);
    };
    push(list_csv_header(list));
    for item in &list.items {
        push(list_csv_row(cube, list, item));
    }
    text
}
