//! `…/files`: the private output files of exports and their chunks.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};

use super::super::file::FileReader;
use super::super::page::{page, sort_leniently};
use super::super::reply::Reply;
use super::super::task::StoredFile;
use super::exports::find;
use super::models::Access;
use super::{Call, Refusal};

/// `GET …/files`
pub(super) fn list(call: &Call<'_>, access: Access<'_>) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let mut tasks = call.state.tasks();
    let mut files: Vec<Value> = model
        .exports
        .iter()
        .map(|export| {
            let file = tasks.file(&model.id, &export.id, &call.user.id, call.now);
            let chunks = file.map_or(0, |file| file.index.chunks());
            json!({"id": export.id, "name": export.name, "chunkCount": chunks, "firstDataRow": 0, "headerRow": 0})
        })
        .collect();
    drop(tasks);
    sort_leniently(&call.query, &["name", "id", "chunkCount"], &mut files);
    let schema = format!("models/{}/objects/file", model.id);
    Ok(Reply::json(StatusCode::OK, &page(call, &schema, "files", files)?))
}

/// `GET …/files/{f}`
pub(super) fn whole(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let file = stored(call, access, id)?.ok_or_else(Refusal::not_found)?;
    Ok(Reply::file(FileReader::whole(Arc::clone(&file.source), &file.index)))
}

/// `GET …/files/{f}/chunks`
pub(super) fn chunks(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let count = stored(call, access, id)?.map_or(0, |file| file.index.chunks());
    let chunks = (0..count)
        .map(|number| json!({"id": number.to_string(), "name": format!("Chunk {number}")}))
        .collect();
    let schema = format!("models/{}/objects/chunk", access.model);
    Ok(Reply::json(StatusCode::OK, &page(call, &schema, "chunks", chunks)?))
}

/// `GET …/files/{f}/chunks/{n}`
pub(super) fn chunk(
    call: &Call<'_>,
    access: Access<'_>,
    id: &str,
    number: &str,
) -> Result<Reply, Refusal> {
    let file = stored(call, access, id)?.ok_or_else(Refusal::not_found)?;
    let number = number.parse().map_err(|_| Refusal::not_found())?;
    let reader = FileReader::chunk(Arc::clone(&file.source), &file.index, number)
        .ok_or_else(Refusal::not_found)?;
    Ok(Reply::file(reader))
}

/// Returns the caller's own content of a file that exists, if there is any.
fn stored(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Option<StoredFile>, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let export = find(model, id)?;
    Ok(call.state.tasks().file(&model.id, &export.id, &call.user.id, call.now))
}
