//! `/models`, and who gets into a model in which state.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::ids;
use super::super::page::{page, search, single, sort_strictly};
use super::super::reply::Reply;
use super::super::tenant::{Model, Role, Tenant, Workspace};
use super::{Call, Refusal};

const SCHEMA: &str = "objects/model";

/// `GET /models` and `GET /workspaces/{w}/models`
pub(super) fn list(call: &Call<'_>, workspace: Option<&str>) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let seen: Vec<&Workspace> = tenant
        .workspaces
        .iter()
        .filter(|candidate| {
            call.user.sees(candidate) && workspace.is_none_or(|id| candidate.id == id)
        })
        .collect();
    if workspace.is_some() && seen.is_empty() {
        return Err(Refusal::not_found());
    }
    let without_archived =
        call.query.get("archived").is_some_and(|value| value.eq_ignore_ascii_case("false"));
    let mut models: Vec<Value> = seen
        .into_iter()
        .flat_map(|workspace| workspace.models.iter().map(move |model| (workspace, model)))
        .filter(|(_, model)| !(without_archived && model.state == "ARCHIVED"))
        .map(|(workspace, model)| entry(call, &tenant, workspace, model))
        .collect();
    search(call, Role::TenantAdmin, &["name", "id"], &mut models);
    sort_strictly(&call.query, &["name", "activeState"], &mut models)?;
    Ok(Reply::json(StatusCode::OK, &page(call, SCHEMA, "models", models)?))
}

/// `GET /models/{m}`: answered even to a user without access to the model's content.
pub(super) fn one(call: &Call<'_>, id: &str) -> Result<Reply, Refusal> {
    let tenant = call.state.tenant();
    let (workspace, model) = tenant
        .home_of(id)
        .filter(|(workspace, _)| call.user.sees(workspace))
        .ok_or_else(Refusal::not_found)?;
    let mut entry = entry(call, &tenant, workspace, model);
    if let (true, Some(object)) = (call.query.is_true("modelDetails"), entry.as_object_mut()) {
        let busy = call.state.tasks().is_busy(id, call.now);
        object.insert("modelTransactionRunning".to_owned(), busy.into());
        // Seen as text and as a number: as text in listings here, as a number alone.
        object.insert("lastSavedSerialNumber".to_owned(), 12.into());
    }
    Ok(Reply::json(StatusCode::OK, &single(SCHEMA, "model", entry)))
}

fn entry(call: &Call<'_>, tenant: &Tenant, workspace: &Workspace, model: &Model) -> Value {
    let mut entry = json!({
        "id": model.id,
        "name": model.name,
        "activeState": model.state,
        "currentWorkspaceId": workspace.id,
        "currentWorkspaceName": workspace.name,
        "modelUrl": format!("https://us1a.app.anaplan.com/a/modeler/selected-model/{}", model.id),
        "categoryValues": categories(tenant, model),
    });
    if let (true, Some(object)) = (call.query.is_true("modelDetails"), entry.as_object_mut()) {
        // An archived model takes no memory, and its field is missing.
        if model.state != "ARCHIVED" {
            object.insert("memoryUsage".to_owned(), model.memory_usage.into());
        }
        let modified_by = tenant.users.first().map_or(&call.user.id, |user| &user.id);
        object.insert("lastSavedSerialNumber".to_owned(), "12".into());
        object.insert("lastModifiedByUserGuid".to_owned(), modified_by.clone().into());
        object.insert("isoCreationDate".to_owned(), "2025-02-03T09:12:44.000+0000".into());
        object.insert("lastModified".to_owned(), "2026-01-12T16:05:10.000+0000".into());
    }
    entry
}

fn categories(tenant: &Tenant, model: &Model) -> Vec<Value> {
    let entry = |(name, value): &(String, String)| {
        json!({
            "id": ids::guid(&format!("category value\u{1f}{name}\u{1f}{value}")),
            "attribute": value,
            "categoryId": ids::guid(&format!("category\u{1f}{name}")),
            "categoryName": name,
            "customerId": tenant.customer_id,
        })
    };
    model.categories.iter().map(entry).collect()
}

/// What a path says about the model that it goes into.
#[derive(Clone, Copy, Debug)]
pub(super) struct Access<'a> {
    pub(super) workspace: Option<&'a str>,
    pub(super) model: &'a str,
}

impl Access<'_> {
    /// Finds the model, whatever its state and the user's role.
    ///
    /// # Errors
    /// 404 for a model that is absent, in another workspace, or in one that the user doesn't see.
    fn find<'t>(&self, call: &Call<'_>, tenant: &'t Tenant) -> Result<&'t Model, Refusal> {
        tenant
            .home_of(self.model)
            .filter(|(home, _)| {
                call.user.sees(home) && self.workspace.is_none_or(|id| id == home.id)
            })
            .map(|(_, model)| model)
            .ok_or_else(Refusal::not_found)
    }

    /// Finds the model in whatever state, unless the user's role in it is NO ACCESS.
    ///
    /// # Errors
    /// 404 for a model that the user doesn't find or whose content they don't see.
    pub(super) fn reach<'t>(
        &self,
        call: &Call<'_>,
        tenant: &'t Tenant,
    ) -> Result<&'t Model, Refusal> {
        let model = self.find(call, tenant)?;
        if call.user.is_shut_out(model) {
            return Err(Refusal::not_found());
        }
        Ok(model)
    }

    /// Finds the model and enters it: a closed one opens.
    ///
    /// # Errors
    /// Also 404 for the role NO ACCESS, 422 for an archived model and 424 for one in maintenance.
    pub(super) fn enter<'t>(
        &self,
        call: &Call<'_>,
        tenant: &'t Tenant,
    ) -> Result<&'t Model, Refusal> {
        let model = self.reach(call, tenant)?;
        refuse_state(model)?;
        call.state.loaded().touch(&model.id, call.now);
        Ok(model)
    }

    /// Enters the model to change it.
    ///
    /// # Errors
    /// As [`Access::enter`], and 423 for a locked model.
    pub(super) fn enter_to_change<'t>(
        &self,
        call: &Call<'_>,
        tenant: &'t Tenant,
    ) -> Result<&'t Model, Refusal> {
        let model = self.enter(call, tenant)?;
        if model.state == "LOCKED" {
            return Err(Refusal::new(StatusCode::LOCKED, "Model is locked"));
        }
        Ok(model)
    }

    /// Tells whether the model is there, but the user's role is NO ACCESS.
    pub(super) fn is_shut_out(&self, call: &Call<'_>, tenant: &Tenant) -> bool {
        self.find(call, tenant).is_ok_and(|model| call.user.is_shut_out(model))
    }
}

/// Refuses a model that is archived or offline.
pub(super) fn refuse_state(model: &Model) -> Result<(), Refusal> {
    refuse_archived(model)?;
    if model.is_offline() {
        let message = "Model is offline for maintenance";
        return Err(Refusal::new(StatusCode::FAILED_DEPENDENCY, message));
    }
    Ok(())
}

/// Refuses a model that is archived.
pub(super) fn refuse_archived(model: &Model) -> Result<(), Refusal> {
    if model.state == "ARCHIVED" {
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "Model is archived"));
    }
    Ok(())
}
