//! `…/modules` and `…/views`: which there are, and what stands on a view's axes.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::super::page::{envelope, page, sort_leniently};
use super::super::super::reply::Reply;
use super::super::super::sheet::{FoundView, Sheet, SheetAxis, ViewKind};
use super::super::models::Access;
use super::super::{Call, Refusal};
use super::{find_module, find_view, schema};

/// `GET …/modules`
pub(super) fn list(call: &Call<'_>, access: Access<'_>) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let modules = model.modules.iter().map(|it| json!({"id": it.id, "name": it.name}));
    let mut modules: Vec<Value> = modules.collect();
    sort_leniently(&call.query, &["name", "id"], &mut modules);
    let answer = page(call, &schema(model, "module"), "modules", modules)?;
    Ok(Reply::json(StatusCode::OK, &answer))
}

/// `GET …/views`
pub(super) fn views(call: &Call<'_>, access: Access<'_>) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let all = model.modules.iter().flat_map(|module| FoundView::all(module, subsidiary(call)));
    let entries = all.map(|view| entry(&view, view.long_name())).collect();
    answer(call, &schema(model, "view"), entries)
}

/// `GET …/modules/{mod}/views`: names without the module's.
pub(super) fn views_of(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let all = FoundView::all(find_module(model, id)?, subsidiary(call));
    let entries = all.map(|view| entry(&view, view.short_name().to_owned())).collect();
    answer(call, &schema(model, "view"), entries)
}

/// `GET …/views/{v}`: beside the envelope, not in a key of its own.
pub(super) fn view(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let view = find_view(call, model, id)?;
    let frozen = call.state.frozen(&tenant, model);
    let sheet = Sheet::open(&frozen, view).ok_or_else(Refusal::not_found)?;
    let name = match view.kind {
        ViewKind::Default => &view.module.name,
        ViewKind::Saved(_) | ViewKind::Subsidiary(_) => view.short_name(),
    };
    let mut answer = envelope(&schema(model, "view"));
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("viewName".to_owned(), name.into());
        answer.insert("viewId".to_owned(), view.id().into());
        for (key, axes) in
            [("rows", &sheet.rows), ("columns", &sheet.columns), ("pages", &sheet.pages)]
        {
            let entry = |axis: &SheetAxis| json!({"id": axis.id, "name": axis.name});
            // An axis without dimensions has no key at all.
            if !axes.is_empty() {
                answer.insert(key.to_owned(), axes.iter().map(entry).collect());
            }
        }
    }
    Ok(Reply::json(StatusCode::OK, &answer))
}

/// Anything but `true` is false; the parameter is all lower case.
fn subsidiary(call: &Call<'_>) -> bool {
    call.query.is_true("includesubsidiaryviews")
}

fn entry(view: &FoundView<'_>, name: String) -> Value {
    json!({"code": "", "id": view.id(), "name": name, "moduleId": view.module.id})
}

fn answer(call: &Call<'_>, schema: &str, mut entries: Vec<Value>) -> Result<Reply, Refusal> {
    sort_leniently(&call.query, &["name", "id", "moduleId"], &mut entries);
    Ok(Reply::json(StatusCode::OK, &page(call, schema, "views", entries)?))
}
