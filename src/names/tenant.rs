//! Workspaces and models, by name.

use std::collections::HashMap;
use std::sync::Arc;

use super::index::{Lookup, NameIndex, quoted};
use crate::client::model::{Model, ModelId, WorkspaceId};
use crate::error::{Error, ErrorKind, Result};

/// Names that the workspaces' catalogs and the tenant's own catalog keep for themselves.
const RESERVED_SCHEMAS: &[&str] = &["information", "information_schema"];
const RESERVED_CATALOGS: &[&str] = &["anaplan"];

/// The workspaces and models of a tenant.
#[derive(Debug)]
pub struct Names {
    pub(super) workspaces: Vec<Workspace>,
    index: NameIndex,
    pub(super) narrowed: (Option<WorkspaceId>, Option<ModelId>),
}

/// A workspace and its models.
#[derive(Debug)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    name: String,
    /// The name of its catalog.
    pub catalog: String,
    models: Vec<Arc<Model>>,
    /// Over the models that are not archived.
    index: NameIndex,
    live: Vec<usize>,
}

/// The one object that a text means.
pub(super) fn one(kind: &str, text: &str, index: &NameIndex) -> Result<usize> {
    match index.find(text) {
        Lookup::Found(i) => Ok(i),
        Lookup::Ambiguous(several) => {
            let names = several.iter().map(|&i| index.listed()[i].as_str());
            Err(Error::new(
                ErrorKind::NotFound,
                format!("there are several {kind}s that \"{text}\" may mean"),
            )
            .with_hint(format!("name one of them: {}", quoted(names))))
        }
        Lookup::Missing => {
            let error = Error::new(ErrorKind::NotFound, format!("there is no {kind} \"{text}\""));
            Err(match index.near(text) {
                near if near.is_empty() => {
                    error.with_hint(format!("is it shared with the signed-in user? The tables information.workspaces and information.models list what is; {kind}s can be named by id too"))
                }
                near => error.with_hint(format!("did you mean {}?", quoted(near))),
            })
        }
    }
}

impl Names {
    pub(super) fn new(listed: Vec<(WorkspaceId, String)>, models: Vec<Arc<Model>>) -> Self {
        let mut workspaces = listed;
        let mut by_workspace: HashMap<WorkspaceId, Vec<Arc<Model>>> = HashMap::new();
        for model in models {
            let id = &model.current_workspace_id;
            // The service lists models in workspaces that it doesn't list.
            if !by_workspace.contains_key(id) && !workspaces.iter().any(|(known, _)| known == id) {
                let name = model.current_workspace_name.clone();
                workspaces.push((id.clone(), name.unwrap_or_else(|| id.to_string())));
            }
            by_workspace.entry(id.clone()).or_default().push(model);
        }
        let mut workspaces: Vec<Workspace> = workspaces
            .into_iter()
            .map(|(id, name)| {
                let models = by_workspace.remove(&id).unwrap_or_default();
                Workspace::new(id, name, models)
            })
            .collect();
        let index = NameIndex::new(
            workspaces.iter().map(|w| (w.id.as_str(), w.name.as_str())),
            RESERVED_CATALOGS,
        );
        for (workspace, listed) in workspaces.iter_mut().zip(index.listed()) {
            workspace.catalog.clone_from(listed);
        }
        Self { workspaces, index, narrowed: (None, None) }
    }

    /// Keeps one model and its workspace.
    pub(super) fn only_model(self, wanted: &str) -> Result<Self> {
        let (workspace, model) = self.model_anywhere(wanted)?;
        let (id, name) = (workspace.id.clone(), workspace.name.clone());
        let model = Arc::clone(model);
        let narrowed = (Some(id.clone()), Some(model.id.clone()));
        Ok(Self { narrowed, ..Self::new(vec![(id, name)], vec![model]) })
    }

    /// The workspaces.
    pub fn workspaces(&self) -> &[Workspace] {
        &self.workspaces
    }

    /// The names of the workspaces, in their order.
    pub fn workspace_names(&self) -> &[String] {
        self.index.listed()
    }

    /// The workspace that a text means.
    ///
    /// # Errors
    /// Kind [`NotFound`](ErrorKind::NotFound), listing near names, when it means none or several.
    pub fn workspace(&self, text: &str) -> Result<&Workspace> {
        one("workspace", text, &self.index).map(|i| &self.workspaces[i])
    }

    /// The workspace with this id. A text may mean another one, whose name is that id.
    pub fn workspace_with_id(&self, id: &WorkspaceId) -> Option<&Workspace> {
        self.workspaces.iter().find(|workspace| workspace.id == *id)
    }

    /// Every model, archived ones too.
    pub fn models(&self) -> impl Iterator<Item = &Arc<Model>> {
        self.workspaces.iter().flat_map(|workspace| &workspace.models)
    }

    /// The model that a text means in whichever workspace.
    ///
    /// # Errors
    /// As [`workspace`](Self::workspace).
    pub fn model_anywhere(&self, text: &str) -> Result<(&Workspace, &Arc<Model>)> {
        let live: Vec<(&Workspace, &Arc<Model>)> = self
            .workspaces
            .iter()
            .flat_map(|workspace| workspace.live_models().map(move |model| (workspace, model)))
            .collect();
        let index = NameIndex::new(
            live.iter().map(|(_, model)| (model.id.as_str(), model.name.as_str())),
            RESERVED_SCHEMAS,
        );
        one("model", text, &index).map(|i| live[i])
    }
}

impl Workspace {
    fn new(id: WorkspaceId, name: String, models: Vec<Arc<Model>>) -> Self {
        let live: Vec<usize> = (0..models.len()).filter(|&i| !models[i].is_archived()).collect();
        let index = NameIndex::new(
            live.iter().map(|&i| (models[i].id.as_str(), models[i].name.as_str())),
            RESERVED_SCHEMAS,
        );
        Self { id, catalog: name.clone(), name, models, index, live }
    }

    fn live_models(&self) -> impl Iterator<Item = &Arc<Model>> {
        self.live.iter().map(|&i| &self.models[i])
    }

    /// The names of the models that are not archived, in their order: the catalog's schemas.
    pub fn model_names(&self) -> &[String] {
        self.index.listed()
    }

    /// The name of a model's schema.
    pub fn schema(&self, model: &ModelId) -> Option<&str> {
        let place = self.live_models().position(|live| live.id == *model)?;
        Some(&self.index.listed()[place])
    }

    /// The model that a text means.
    ///
    /// # Errors
    /// As [`Names::workspace`].
    pub fn model(&self, text: &str) -> Result<&Arc<Model>> {
        one("model", text, &self.index).map(|i| &self.models[self.live[i]])
    }
}
