//! `…/files`: what there is, and its content: private output of exports, uploads, and default files.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};

use super::super::content::Content;
use super::super::file::FileReader;
use super::super::page::{page, sort_leniently};
use super::super::reply::Reply;
use super::super::task::StoredFile;
use super::super::tenant::{Model, SourceFile};
use super::super::upload::Owner;
use super::models::Access;
use super::{Call, Refusal};

/// `GET …/files`
pub(super) fn list(call: &Call<'_>, access: Access<'_>) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let mut files: Vec<Value> = model.files.iter().map(|file| entry(call, model, file)).collect();
    files.extend(model.exports.iter().map(|export| {
        let owner = owner(call, model, &export.id);
        let chunks = call.state.tasks().chunks(&owner, call.now);
        json!({"id": export.id, "name": export.name, "chunkCount": chunks, "firstDataRow": 0, "headerRow": 0})
    }));
    sort_leniently(&call.query, &["name", "id", "chunkCount"], &mut files);
    Ok(Reply::json(StatusCode::OK, &page(call, &schema(&model.id), "files", files)?))
}

/// `GET …/files/{f}`
pub(super) fn whole(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    match stored(call, access, id)? {
        Stored::Export(Some(file)) => {
            Ok(Reply::file(FileReader::whole(Arc::clone(&file.source), &file.index)))
        }
        Stored::Source { content: Some(content), is_whole: true, .. } => {
            Ok(Reply::content("application/octet-stream", content.reader()))
        }
        _ => Err(Refusal::not_found()),
    }
}

/// `GET …/files/{f}/chunks`
pub(super) fn chunks(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let numbers = match stored(call, access, id)? {
        Stored::Export(file) => (0..file.map_or(0, |file| file.index.chunks() as u64)).collect(),
        Stored::Source { numbers, .. } => numbers,
    };
    let schema = format!("models/{}/objects/chunk", access.model);
    Ok(Reply::json(StatusCode::OK, &page(call, &schema, "chunks", chunk_entries(numbers))?))
}

/// `GET …/files/{f}/chunks/{n}`
pub(super) fn chunk(
    call: &Call<'_>,
    access: Access<'_>,
    id: &str,
    number: &str,
) -> Result<Reply, Refusal> {
    let file = stored(call, access, id)?;
    let number: usize = number.parse().map_err(|_| Refusal::not_found())?;
    let reply = match file {
        Stored::Export(file) => file.and_then(|file| {
            FileReader::chunk(Arc::clone(&file.source), &file.index, number).map(Reply::file)
        }),
        Stored::Source { numbers, content, .. } => {
            let place = numbers.iter().position(|it| *it == number as u64);
            let reader = content.zip(place).and_then(|(content, place)| content.chunk(place));
            reader.map(|reader| Reply::content("application/octet-stream", reader))
        }
    };
    reply.ok_or_else(Refusal::not_found)
}

/// The entries of a list of chunks.
pub(super) fn chunk_entries(numbers: Vec<u64>) -> Vec<Value> {
    let entry = |number: u64| json!({"id": number.to_string(), "name": format!("Chunk {number}")});
    numbers.into_iter().map(entry).collect()
}

/// The entry of a file that imports read.
pub(super) fn entry(call: &Call<'_>, model: &Model, file: &SourceFile) -> Value {
    let listed = call.state.uploads().listed(&owner(call, model, &file.id));
    let default = || default_content(call, file).map_or(0, |content| content.chunks() as i64);
    json!({
        "id": file.id,
        "name": file.name,
        "chunkCount": listed.unwrap_or_else(default),
        "delimiter": file.delimiter,
        "encoding": file.encoding,
        "firstDataRow": file.first_data_row,
        "format": file.format,
        "headerRow": file.header_row,
        "separator": file.separator,
    })
}

/// The caller's copy of a file.
pub(super) fn owner(call: &Call<'_>, model: &Model, file_id: &str) -> Owner {
    Owner { model_id: model.id.clone(), file_id: file_id.to_owned(), user_id: call.user.id.clone() }
}

/// What an import reads for the caller: their own content, else the default file.
pub(super) fn source_content(call: &Call<'_>, model: &Model, file: &SourceFile) -> Option<Content> {
    let own = call.state.uploads().content(&owner(call, model, &file.id), call.now);
    own.or_else(|| default_content(call, file))
}

fn default_content(call: &Call<'_>, file: &SourceFile) -> Option<Content> {
    let bytes = file.default.as_ref()?;
    Some(Content::held(bytes, call.state.limits().chunk_size))
}

pub(super) fn schema(model_id: &str) -> String {
    format!("models/{model_id}/objects/file")
}

/// What a file holds for the caller.
enum Stored {
    Export(Option<StoredFile>),
    Source {
        numbers: Vec<u64>,
        content: Option<Content>,
        /// Whether all announced chunks are there.
        is_whole: bool,
    },
}

fn stored(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Stored, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let owner = owner(call, model, id);
    let Some(file) = model.files.iter().find(|file| file.id == id) else {
        super::exports::find(model, id)?;
        return Ok(Stored::Export(call.state.tasks().file(&owner, call.now)));
    };
    let mut uploads = call.state.uploads();
    if let Some((numbers, content)) = uploads.chunks(&owner, call.now) {
        let is_whole = uploads.content(&owner, call.now).is_some();
        return Ok(Stored::Source { numbers, content: Some(content), is_whole });
    }
    let content = default_content(call, file);
    let count = content.as_ref().map_or(0, Content::chunks) as u64;
    Ok(Stored::Source { numbers: (0..count).collect(), content, is_whole: true })
}
