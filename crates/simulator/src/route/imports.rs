//! `…/imports`: definitions and metadata.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::page::{page, single, sort_leniently};
use super::super::reply::Reply;
use super::super::tenant::{Import, ImportSource, Model, Tenant};
use super::models::Access;
use super::{Call, Refusal};

/// `GET …/imports`
pub(super) fn list(call: &Call<'_>, access: Access<'_>) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let mut imports: Vec<Value> =
        model.imports.iter().map(|import| listing(&tenant, model, import)).collect();
    sort_leniently(&call.query, &["name", "id"], &mut imports);
    let schema = format!("models/{}/objects/import", model.id);
    Ok(Reply::json(StatusCode::OK, &page(call, &schema, "imports", imports)?))
}

/// `GET …/imports/{i}`: an id that isn't there is the service's own error.
pub(super) fn one(call: &Call<'_>, access: Access<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let model = access.enter(call, &tenant)?;
    let import = find(model, id).map_err(|_| Refusal::plain(StatusCode::INTERNAL_SERVER_ERROR))?;
    let mut metadata = json!({"name": import.name, "type": "MODEL"});
    if let Some(file) = import.file(model) {
        metadata = json!({"name": import.name, "type": "FILE", "source": {
            "textEncoding": file.encoding,
            "columnSeparator": file.separator,
            "textDelimiter": file.delimiter,
            "headerRow": file.header_row,
            "firstDataRow": file.first_data_row,
            "decimalSeparator": file.decimal_separator,
            "headerNames": file.headers,
            "columnCount": file.headers.len(),
        }});
    }
    let schema = format!("models/{}/objects/importMetadata", model.id);
    Ok(Reply::json(StatusCode::OK, &single(&schema, "importMetadata", metadata)))
}

/// Finds an import of a model.
pub(super) fn find<'t>(model: &'t Model, id: &str) -> Result<&'t Import, Refusal> {
    model.imports.iter().find(|import| import.id == id).ok_or_else(Refusal::not_found)
}

/// The entry of a listing.
pub(super) fn listing(tenant: &Tenant, model: &Model, import: &Import) -> Value {
    json!({
        "id": import.id,
        "name": import.name,
        "importDataSourceId": source(tenant, model, import)["importDataSourceId"],
        "importType": import.type_name(),
    })
}

/// Where the rows come from. The id of a view is none of a file; one that is gone has none.
pub(super) fn source(tenant: &Tenant, model: &Model, import: &Import) -> Value {
    match &import.source {
        ImportSource::File(_) => {
            let id = import.file(model).map_or("", |file| file.id.as_str());
            json!({"importDataSourceId": id, "type": "FILE"})
        }
        ImportSource::View { model, module, view } => {
            let home = tenant.find_model(model).and_then(|model| tenant.home_of(&model.id));
            let module = home.and_then(|(_, model)| model.find_module(module));
            let id = module.map_or("", |module| {
                let view = module.views.iter().find(|it| it.id == *view || it.name == *view);
                view.map_or(module.id.as_str(), |view| view.id.as_str())
            });
            let mut source = json!({"importDataSourceId": id, "type": "MODEL"});
            if let (Some((workspace, model)), Some(object)) = (home, source.as_object_mut()) {
                object.insert("sourceModelId".to_owned(), model.id.clone().into());
                object.insert("sourceModelName".to_owned(), model.name.clone().into());
                object.insert("sourceWorkspaceId".to_owned(), workspace.id.clone().into());
            }
            source
        }
    }
}
