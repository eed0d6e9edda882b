//! `…/files`: announcing an upload, sending its chunks, ending it, deleting it.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::super::content::Store;
use super::super::page::single;
use super::super::reply::Reply;
use super::super::tenant::{Model, SourceFile};
use super::super::upload::{MAX_CHUNKS, Problem};
use super::files::{entry, owner, schema};
use super::models::Access;
use super::{Call, Refusal};

/// The largest chunk, without compression.
const MAX_CHUNK: usize = 50 * 1024 * 1024;

/// `POST …/files/{f}`: announces the count of chunks. A name that isn't known makes a new file.
pub(super) fn announce(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let body: Value =
        serde_json::from_slice(&call.body).map_err(|_| Refusal::bad("Malformed JSON request"))?;
    let count = match &body["chunkCount"] {
        Value::Null => None,
        count => {
            let count = count.as_i64().filter(|count| (-1..=MAX_CHUNKS as i64).contains(count));
            Some(count.ok_or_else(|| Refusal::bad("chunkCount must be -1, or from 0 to 1000"))?)
        }
    };
    let is_known = {
        let tenant = call.state.tenant();
        let model = access.enter(call, &tenant)?;
        if model.exports.iter().any(|export| export.id == id) {
            return Err(Refusal::bad("The file is the output of an export"));
        }
        let is_known = model.find_file(id).is_some();
        if !is_known {
            refuse_new(model)?;
        } else if count.is_none() {
            return Err(Refusal::bad("chunkCount must be provided"));
        }
        is_known
    };
    if !is_known {
        create(call, access, id, &body);
    }
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let file = model.find_file(id).ok_or_else(Refusal::not_found)?;
    if let Some(count) = count {
        call.state.uploads().announce(owner(call, model, &file.id), count, call.now);
    }
    answer(call, model, file)
}

/// `PUT …/files/{f}/chunks/{n}`
pub(super) fn put_chunk(
    call: &Call<'_>,
    access: Access<'_>,
    id: &str,
    number: &str,
) -> Result<Reply, Refusal> {
    let owner = {
        let tenant = call.state.tenant();
        let model = access.enter(call, &tenant)?;
        owner(call, model, &source(model, id)?.id)
    };
    let is_compressed = match content_type(call).as_str() {
        "application/octet-stream" => false,
        "application/x-gzip" => true,
        _ => return Err(Refusal::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
    };
    let number =
        number.parse().map_err(|_| Refusal::bad(&format!("Invalid chunk id '{number}'")))?;
    let store = call.state.uploads().store(&owner, number, call.now).map_err(refusal)?;
    let piece = if is_compressed {
        let limit = MAX_CHUNK as u64 + 1;
        let mut bytes = Vec::new();
        let read = MultiGzDecoder::new(call.body.as_ref()).take(limit).read_to_end(&mut bytes);
        read.map_err(|_| Refusal::bad("The chunk is not in gzip format"))?;
        check_size(bytes.len())?;
        store.append(&bytes)
    } else {
        check_size(call.body.len())?;
        store.append(&call.body)
    };
    let piece = piece.map_err(|_| Refusal::plain(StatusCode::INTERNAL_SERVER_ERROR))?;
    call.state.uploads().enter(&owner, number, &store, piece);
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

/// `PUT …/files/{f}`: the whole file, which can't be compressed.
pub(super) fn put_whole(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let owner = {
        let tenant = call.state.tenant();
        let model = access.enter(call, &tenant)?;
        owner(call, model, &source(model, id)?.id)
    };
    if content_type(call) != "application/octet-stream" {
        return Err(Refusal::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    check_size(call.body.len())?;
    let store = Store::new();
    let piece = store.append(&call.body);
    let piece = piece.map_err(|_| Refusal::plain(StatusCode::INTERNAL_SERVER_ERROR))?;
    call.state.uploads().put(owner, store, piece, call.now);
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

/// `POST …/files/{f}/complete`: compulsory where the count was not known.
pub(super) fn complete(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let file = source(model, id)?;
    let owner = owner(call, model, &file.id);
    call.state.uploads().complete(&owner, call.now).map_err(refusal)?;
    answer(call, model, file)
}

/// `DELETE …/files/{f}`: removes what is the caller's alone.
pub(super) fn delete(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let owner = owner(call, model, id);
    if source(model, id).is_ok() {
        call.state.uploads().delete(&owner);
    } else {
        super::exports::find(model, id)?;
        call.state.tasks().delete_file(&owner);
    }
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

/// Adds a file to a model, with the settings that the body gives. Others are found out at the first import.
fn create(call: &Call<'_>, access: Access<'_>, name: &str, body: &Value) {
    let mut tenant = call.state.tenant_mut();
    let Some(model) = tenant.model_mut(access.model) else { return };
    // Two requests may create it at the same time.
    if model.find_file(name).is_some() {
        return;
    }
    let text = |key: &str, default: &str| body[key].as_str().unwrap_or(default).to_owned();
    let row = |key: &str| body[key].as_i64().and_then(|row| i32::try_from(row).ok()).unwrap_or(-1);
    let mut file = SourceFile::new(name, &[])
        .separator(&text("separator", ","), &text("delimiter", "\""))
        .encoding(&text("encoding", "UTF-8"))
        .rows(row("headerRow"), row("firstDataRow"));
    file.format = text("format", "txt");
    model.files.push(file);
    model.fill_ids();
}

/// Refuses what only a model that may change can have.
fn refuse_new(model: &Model) -> Result<(), Refusal> {
    match model.state.as_str() {
        "LOCKED" => Err(Refusal::new(StatusCode::LOCKED, "Model is locked")),
        "PRODUCTION" => Err(Refusal::new(StatusCode::TOO_EARLY, "Model is deployed")),
        _ => Ok(()),
    }
}

fn source<'m>(model: &'m Model, id: &str) -> Result<&'m SourceFile, Refusal> {
    model.files.iter().find(|file| file.id == id).ok_or_else(Refusal::not_found)
}

fn answer(call: &Call<'_>, model: &Model, file: &SourceFile) -> Result<Reply, Refusal> {
    let file = json!(entry(call, model, file));
    Ok(Reply::json(StatusCode::OK, &single(&schema(&model.id), "file", file)))
}

fn check_size(length: usize) -> Result<(), Refusal> {
    if length > MAX_CHUNK {
        let message = "The chunk is larger than 50 MB";
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message));
    }
    Ok(())
}

fn refusal(problem: Problem) -> Refusal {
    Refusal::bad(match problem {
        Problem::NotAnnounced => "chunkCount must be set before the upload",
        Problem::BeyondCount => "The chunk id is beyond the chunk count",
        Problem::Incomplete => "Chunks are missing",
    })
}

fn content_type(call: &Call<'_>) -> String {
    let text = call.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    text.and_then(|text| text.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase()
}
