//! `…/exports`: definitions and metadata.

use http::StatusCode;
use serde_json::Value;

use super::super::page::{page, single, sort_leniently};
use super::super::reply::Reply;
use super::super::tenant::{Export, Model};
use super::models::Access;
use super::{Call, Refusal};

/// `GET …/exports`
pub(super) fn list(call: &Call<'_>, access: Access<'_>) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let mut exports: Vec<Value> = model.exports.iter().map(Export::listing).collect();
    sort_leniently(&call.query, &["name", "id"], &mut exports);
    let schema = format!("models/{}/objects/export", model.id);
    Ok(Reply::json(StatusCode::OK, &page(call, &schema, "exports", exports)?))
}

/// `GET …/exports/{e}`
pub(super) fn one(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let export = call.state.resolve(&tenant, model, find(model, id)?);
    let schema = format!("models/{}/objects/exportMetadata", model.id);
    Ok(Reply::json(StatusCode::OK, &single(&schema, "exportMetadata", export.metadata_answer())))
}

/// Finds an export of a model.
pub(super) fn find<'t>(model: &'t Model, id: &str) -> Result<&'t Export, Refusal> {
    model.exports.iter().find(|export| export.id == id).ok_or_else(Refusal::not_found)
}
