//! `…/dimensions/{d}/items` of models, views and line items, and the lookup by name or code.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};

use super::super::super::cube::{Cube, Dimension, LINE_ITEM_AXIS, USERS};
use super::super::super::page::whole;
use super::super::super::reply::Reply;
use super::super::super::sheet::Sheet;
use super::super::super::tenant::{Dim, Model, Scale, TIME, VERSIONS};
use super::super::models::Access;
use super::super::{Call, Refusal};
use super::{check_id, find_line_item, find_view, schema};

/// `GET …/dimensions/{d}/items`: of lists, subsets of lists and of line items, and users.
///
/// Those of lists come with the items above them, as on the axes of views: pages are chosen by these ids,
/// totals among them. Whether the service lists them is not settled; a client must not take them for leaves.
pub(super) fn of_model(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let frozen = call.state.frozen(&tenant, model);
    if let Some(subset) = model.line_item_subsets.iter().find(|subset| subset.id == id) {
        let items = subset.line_items.iter().filter_map(|(module, name)| {
            let item = model.find_module(module)?.find_line_item(name)?;
            Some(entry(&item.id, &item.name, item.code.as_deref()))
        });
        return answer(call, model, items.collect());
    }
    if [TIME, VERSIONS].contains(&id) {
        return Err(Refusal::bad(&format!(
            "Dimension {id} is not supported at model level. Use the dimension of a view instead"
        )));
    }
    if let Some(list) = model.lists.iter().find(|list| list.id == id) {
        check_size(call, list.items.len())?;
    }
    let dimension = find(&frozen.cube(), id)?;
    answer(call, model, dimension_items(&dimension))
}

/// `GET …/views/{v}/dimensions/{d}/items`: what the view shows, in no order that means anything.
pub(super) fn of_view(
    call: &Call<'_>,
    access: Access<'_>,
    view: &str,
    id: &str,
) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let frozen = call.state.frozen(&tenant, model);
    let sheet =
        Sheet::open(&frozen, find_view(call, model, view)?).ok_or_else(Refusal::not_found)?;
    let axis = sheet.axes().find(|axis| axis.id == id).ok_or_else(Refusal::not_found)?;
    let mut items: Vec<_> = axis.shown_items().collect();
    items.sort_by(|left, right| left.id.cmp(right.id));
    let entries = items.iter().map(|item| entry(item.id, item.label, item.code)).collect();
    answer(call, model, entries)
}

/// `GET …/lineItems/{li}/dimensions/{d}/items`
pub(super) fn of_line_item(
    call: &Call<'_>,
    access: Access<'_>,
    line_item: &str,
    id: &str,
) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let (module, item) = find_line_item(model, line_item)?;
    check_id(id, "dimensionId")?;
    let frozen = call.state.frozen(&tenant, model);
    let dimensions = frozen.cube().dimensions(module, item);
    let dimension = dimensions.iter().find(|it| it.id == id).ok_or_else(Refusal::not_found)?;
    answer(call, model, dimension_items(dimension))
}

/// `POST …/dimensions/{d}/items`: whatever their case; names and codes of nobody are left out.
pub(super) fn look_up(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let frozen = call.state.frozen(&tenant, model);
    let cube = frozen.cube();
    let dimension = match id {
        TIME => cube.dimension(&Dim::Time(Scale::Day)).ok_or_else(Refusal::not_found)?,
        VERSIONS => cube.dimension(&Dim::Versions).ok_or_else(Refusal::not_found)?,
        _ => find(&cube, id)?,
    };
    let body: Value =
        serde_json::from_slice(&call.body).map_err(|_| Refusal::bad("Malformed JSON request"))?;
    let (names, codes) = (texts(&body, "names")?, texts(&body, "codes")?);
    if names.is_empty() && codes.is_empty() {
        return Err(Refusal::bad("names or codes must be provided"));
    }
    if !codes.is_empty() && [TIME, VERSIONS].contains(&id) {
        return Err(Refusal::bad(&format!("Dimension {id} does not support codes")));
    }
    let names = names.into_iter().filter_map(|name| dimension.find_name(name));
    let codes = codes.into_iter().filter_map(|code| dimension.find_code(code));
    // Found by name and by code is found once.
    let found: BTreeSet<usize> = names.chain(codes).collect();
    let members = found.into_iter().filter_map(|place| dimension.members.get(place));
    let items = members.map(|it| entry(&it.id, &it.name, it.code.as_deref())).collect();
    answer(call, model, items)
}

/// Finds a list, a subset or the users. The id that views use for line items means users here.
fn find(cube: &Cube<'_>, id: &str) -> Result<Arc<Dimension>, Refusal> {
    let own = || id.to_owned();
    let lists = &cube.model.lists;
    let dim = if [LINE_ITEM_AXIS, USERS].contains(&id) {
        Dim::Users
    } else if lists.iter().any(|list| list.id == id) {
        Dim::List(own())
    } else if lists.iter().flat_map(|list| &list.subsets).any(|subset| subset.id == id) {
        Dim::Subset(own())
    } else {
        return Err(Refusal::not_found());
    };
    cube.dimension(&dim).ok_or_else(Refusal::not_found)
}

fn texts<'b>(body: &'b Value, key: &str) -> Result<Vec<&'b str>, Refusal> {
    let malformed = || Refusal::bad("Malformed JSON request");
    match &body[key] {
        Value::Null => Ok(Vec::new()),
        Value::Array(texts) => {
            texts.iter().map(|text| text.as_str().ok_or_else(malformed)).collect()
        }
        _ => Err(malformed()),
    }
}

fn dimension_items(dimension: &Dimension) -> Vec<Value> {
    let members = dimension.members.iter();
    members.map(|it| entry(&it.id, &it.name, it.code.as_deref())).collect()
}

fn entry(id: &str, name: &str, code: Option<&str>) -> Value {
    let mut entry = json!({"id": id, "name": name});
    if let (Some(code), Some(entry)) = (code, entry.as_object_mut()) {
        entry.insert("code".to_owned(), code.into());
    }
    entry
}

fn answer(call: &Call<'_>, model: &Model, items: Vec<Value>) -> Result<Reply, Refusal> {
    check_size(call, items.len())?;
    Ok(Reply::json(StatusCode::OK, &whole(&schema(model, "dimension"), "items", items)))
}

fn check_size(call: &Call<'_>, count: usize) -> Result<(), Refusal> {
    let limit = call.state.limits().items;
    if count > limit {
        return Err(Refusal::bad(&format!("The dimension has more than {limit} items")));
    }
    Ok(())
}
