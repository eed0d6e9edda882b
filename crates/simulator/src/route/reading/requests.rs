//! `…/readRequests` of views and lists, and `…/lists/{l}/preview`.

use std::sync::Arc;

use http::StatusCode;
use serde_json::Value;

use super::super::super::file::{FileSource, LineReader};
use super::super::super::page::single;
use super::super::super::read::{NewRead, ReadKind, ReadOwner};
use super::super::super::reply::Reply;
use super::super::super::sheet::{Layout, Sheet, list_file};
use super::super::super::tenant::{Export, List, Model, Tenant};
use super::super::models::Access;
use super::super::{Call, Refusal};
use super::find_view;

/// How many items of a list a preview shows.
const PREVIEW: u64 = 1000;

/// `POST …/views/{v}/readRequests`
pub(super) fn start_view(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let view = find_view(call, model, id)?;
    let body: Value =
        serde_json::from_slice(&call.body).map_err(|_| Refusal::bad("Malformed JSON request"))?;
    let export_type = body["exportType"].as_str().unwrap_or_default();
    let layout = Layout::named(export_type)
        .ok_or_else(|| Refusal::bad(&format!("Invalid exportType '{export_type}'")))?;
    let frozen = call.state.frozen(&tenant, model);
    let sheet = Arc::new(Sheet::open(&frozen, view).ok_or_else(Refusal::not_found)?);
    let export = Export::tabular("", Vec::new()).export_type(layout.name());
    // Grids have their header on every page of the view, wherever that comes in the file.
    let header = u64::from(layout.is_tabular());
    let source = FileSource::of(&sheet.fill(layout, export));
    start(call, &tenant, model, owner_in(call, model, ReadKind::View, id), source, header)
}

/// `POST …/lists/{l}/readRequests`
pub(super) fn start_list(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let list = find_list(model, id)?;
    let file = list_file(&call.state.frozen(&tenant, model), list);
    start(call, &tenant, model, owner_in(call, model, ReadKind::List, id), FileSource::of(&file), 1)
}

/// `GET …/readRequests/{id}`
pub(super) fn state(
    call: &Call<'_>,
    access: Access<'_>,
    kind: ReadKind,
    parent: &str,
    id: &str,
) -> Result<Reply, Refusal> {
    let owner = owner(call, access, kind, parent)?;
    let read = call.state.reads().find(&owner, id, call.now);
    answer(&owner, read.ok_or_else(Refusal::not_found)?)
}

/// `GET …/readRequests/{id}/pages/{n}`
pub(super) fn page(
    call: &Call<'_>,
    access: Access<'_>,
    kind: ReadKind,
    parent: &str,
    id: &str,
    number: &str,
) -> Result<Reply, Refusal> {
    let owner = owner(call, access, kind, parent)?;
    let number = number.parse().map_err(|_| Refusal::not_found())?;
    let repeat = call.state.options.nasty.repeat_read_header;
    let lines = call.state.reads().page(&owner, id, number, repeat, call.now);
    Ok(Reply::blocks("text/csv;charset=UTF-8", lines.ok_or_else(Refusal::not_found)?))
}

/// `DELETE …/readRequests/{id}`
pub(super) fn delete(
    call: &Call<'_>,
    access: Access<'_>,
    kind: ReadKind,
    parent: &str,
    id: &str,
) -> Result<Reply, Refusal> {
    let owner = owner(call, access, kind, parent)?;
    let read = call.state.reads().delete(&owner, id, call.now);
    answer(&owner, read.ok_or_else(Refusal::not_found)?)
}

/// `GET …/lists/{l}/preview`
pub(super) fn preview(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let file = list_file(&call.state.frozen(&tenant, model), find_list(model, id)?);
    let lines = LineReader::first(Arc::new(FileSource::of(&file)), PREVIEW + 1);
    Ok(Reply::blocks("text/csv;charset=UTF-8", lines))
}

fn start(
    call: &Call<'_>,
    tenant: &Tenant,
    model: &Model,
    owner: ReadOwner,
    source: FileSource,
    header: u64,
) -> Result<Reply, Refusal> {
    let (home, _) = tenant.home_of(&model.id).ok_or_else(Refusal::not_found)?;
    let (kind, parent) = (owner.kind.path(), &owner.parent_id);
    let (queued_ms, running_ms) = call.state.usual_time();
    let new = NewRead {
        owner: owner.clone(),
        // The form with the workspace, whatever the caller's.
        url: format!(
            "{}/2/0/workspaces/{}/models/{}/{kind}/{parent}/readRequests",
            call.state.url, home.id, model.id
        ),
        source: Arc::new(source),
        header,
        queued_ms,
        running_ms,
    };
    let read = call.state.reads().start(new, call.state.limits().read_page_rows, call.now);
    answer(&owner, read)
}

/// Checks the way to a request and tells whose it must be.
fn owner(
    call: &Call<'_>,
    access: Access<'_>,
    kind: ReadKind,
    parent: &str,
) -> Result<ReadOwner, Refusal> {
    let tenant = call.state.tenant();
    Ok(owner_in(call, access.enter(call, &tenant)?, kind, parent))
}

fn owner_in(call: &Call<'_>, model: &Model, kind: ReadKind, parent: &str) -> ReadOwner {
    ReadOwner {
        user_id: call.user.id.clone(),
        model_id: model.id.clone(),
        kind,
        parent_id: parent.to_owned(),
    }
}

fn answer(owner: &ReadOwner, read: Value) -> Result<Reply, Refusal> {
    let key = owner.kind.key();
    Ok(Reply::json(StatusCode::OK, &single(&format!("objects/{key}"), key, read)))
}

fn find_list<'t>(model: &'t Model, id: &str) -> Result<&'t List, Refusal> {
    model.lists.iter().find(|list| list.id == id).ok_or_else(Refusal::not_found)
}
