//! `…/dump` and `…/dumps`: the rows that an import rejected.

use http::StatusCode;

use super::super::content::Content;
use super::super::page::page;
use super::super::reply::Reply;
use super::super::task::Kind;
use super::files::{chunk_entries, owner};
use super::models::Access;
use super::{Call, Refusal};

/// Whose rejected rows are asked for.
#[derive(Debug)]
pub(super) struct DumpOf {
    /// The import, or the process that ran it.
    pub(super) kind: Kind,
    pub(super) parent: String,
    pub(super) task: String,
    /// The import itself.
    pub(super) object: String,
}

/// The whole dump: 204 where no rows were rejected.
pub(super) fn whole(call: &Call<'_>, access: Access<'_>, of: &DumpOf) -> Result<Reply, Refusal> {
    Ok(match find(call, access, of)? {
        Some(content) => Reply::content("text/plain", content.reader()),
        None => Reply::empty(StatusCode::NO_CONTENT),
    })
}

/// The list of its chunks.
pub(super) fn chunks(call: &Call<'_>, access: Access<'_>, of: &DumpOf) -> Result<Reply, Refusal> {
    let count = find(call, access, of)?.map_or(0, |content| content.chunks()) as u64;
    let schema = format!("models/{}/objects/chunk", access.model);
    let chunks = chunk_entries((0..count).collect());
    Ok(Reply::json(StatusCode::OK, &page(call, &schema, "chunks", chunks)?))
}

/// One chunk.
pub(super) fn chunk(
    call: &Call<'_>,
    access: Access<'_>,
    of: &DumpOf,
    number: &str,
) -> Result<Reply, Refusal> {
    let content = find(call, access, of)?.ok_or_else(Refusal::not_found)?;
    let number = number.parse().map_err(|_| Refusal::not_found())?;
    let reader = content.chunk(number).ok_or_else(Refusal::not_found)?;
    Ok(Reply::content("text/plain", reader))
}

/// Finds the rejected rows of a task, or nothing where none were rejected.
///
/// # Errors
/// 404 for a task that isn't there or hasn't ended, and for rows that are gone: those of an earlier run,
/// of another user, or not looked at for 48 hours.
fn find(call: &Call<'_>, access: Access<'_>, of: &DumpOf) -> Result<Option<Content>, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let owner = owner(call, model, &of.object);
    let mut tasks = call.state.tasks();
    if let Some(content) = tasks.dump(&owner, &of.task, call.now) {
        let is_here = tasks.rejected(&owner, (of.kind, &of.parent), &of.task).is_some();
        return if is_here { Ok(Some(content)) } else { Err(Refusal::not_found()) };
    }
    match tasks.rejected(&owner, (of.kind, &of.parent), &of.task) {
        Some(false) => Ok(None),
        Some(true) | None => Err(Refusal::not_found()),
    }
}
