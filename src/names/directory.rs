//! What is in a tenant, by name: read once, when it is needed.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio::sync::OnceCell;

use super::exports::Exports;
use super::index::NameIndex;
use super::kind::Kind;
use super::objects::Objects;
use super::tenant::{Names, one};
use crate::client::Client;
use crate::client::model::{
    ExportId, ExportMetadata, List, ListId, ListMetadata, Model, ModelId, Module, View, WorkspaceId,
};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Observer, Unobserved};

/// The names of a tenant, as far as they were needed.
#[derive(Debug)]
pub struct Directory {
    client: Client,
    /// The one workspace and the one model that the connection is narrowed to: names or ids.
    only: (Option<String>, Option<String>),
    names: RwLock<Arc<OnceCell<Arc<Names>>>>,
    exports: Cells<ModelId, Exports>,
    metadata: Cells<(ModelId, ExportId), ExportMetadata>,
    lists: Cells<ModelId, Objects<List>>,
    list_metadata: Cells<(ModelId, ListId), ListMetadata>,
    modules: Cells<ModelId, Objects<Module>>,
    views: Cells<ModelId, Objects<View>>,
    /// The names of the tables of single line items.
    line_items: Cells<ModelId, Vec<String>>,
}

/// Values that are read once for each key, and in one go however many ask at once.
type Cells<K, V> = Mutex<HashMap<K, Arc<OnceCell<Arc<V>>>>>;

impl Directory {
    /// A directory that knows nothing yet, narrowed to a workspace or a model if named.
    pub fn new(client: Client, workspace: Option<String>, model: Option<String>) -> Self {
        Self {
            client,
            only: (workspace, model),
            names: RwLock::default(),
            exports: Mutex::default(),
            metadata: Mutex::default(),
            lists: Mutex::default(),
            list_metadata: Mutex::default(),
            modules: Mutex::default(),
            views: Mutex::default(),
            line_items: Mutex::default(),
        }
    }

    /// The workspaces and models; two requests the first time.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](ErrorKind::NotFound) when the workspace or model that the
    /// connection names is not there.
    pub async fn names(&self) -> Result<Arc<Names>> {
        self.names_cell().get_or_try_init(|| self.read_names()).await.cloned()
    }

    /// The workspaces and models, if they have been read.
    pub fn known_names(&self) -> Option<Arc<Names>> {
        self.names_cell().get().cloned()
    }

    fn names_cell(&self) -> Arc<OnceCell<Arc<Names>>> {
        Arc::clone(&self.names.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets everything. Names of workspaces and models that have been read are read anew before
    /// that, at once: whoever plans without waiting needs them. What is being read at this moment
    /// reaches those who asked for it, and nobody else.
    ///
    /// # Errors
    /// As [`names`](Self::names); then nothing is forgotten.
    pub async fn refresh(&self) -> Result<()> {
        let names = match self.known_names() {
            Some(_) => Some(self.read_names().await?),
            None => None,
        };
        *self.names.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(OnceCell::new_with(names));
        forget(&self.exports);
        forget(&self.metadata);
        forget(&self.lists);
        forget(&self.list_metadata);
        forget(&self.modules);
        forget(&self.views);
        forget(&self.line_items);
        Ok(())
    }

    /// The workspace that the connection is narrowed to.
    ///
    /// # Errors
    /// As [`names`](Self::names).
    pub async fn only_workspace(&self) -> Result<Option<WorkspaceId>> {
        if self.only == (None, None) {
            return Ok(None);
        }
        Ok(self.names().await?.narrowed.0.clone())
    }

    /// The model that the connection is narrowed to.
    ///
    /// # Errors
    /// As [`names`](Self::names).
    pub async fn only_model(&self) -> Result<Option<ModelId>> {
        if self.only.1.is_none() {
            return Ok(None);
        }
        Ok(self.names().await?.narrowed.1.clone())
    }

    /// The exports of a model; one request the first time.
    ///
    /// # Errors
    /// As every call.
    pub async fn exports(&self, model: &Model) -> Result<Arc<Exports>> {
        self.read_exports(model, Arc::new(Unobserved)).await
    }

    /// The same, observed.
    pub(crate) async fn read_exports(
        &self,
        model: &Model,
        observer: Arc<dyn Observer>,
    ) -> Result<Arc<Exports>> {
        let read = async {
            let all = self.client.exports(&model.id, observer).await.map_err(|error| {
                error.context(format!("the exports of model \"{}\" can't be listed", model.name))
            })?;
            Ok(Arc::new(Exports::new(all)))
        };
        cell(&self.exports, &model.id).get_or_try_init(|| read).await.cloned()
    }

    /// The exports of a model, if they have been read.
    pub fn known_exports(&self, model: &ModelId) -> Option<Arc<Exports>> {
        known(&self.exports, model)
    }

    /// What an export's file looks like; one request the first time.
    pub(crate) async fn export_metadata(
        &self,
        model: &ModelId,
        export: &ExportId,
        observer: Arc<dyn Observer>,
    ) -> Result<Arc<ExportMetadata>> {
        let read =
            async { self.client.export_metadata(model, export, observer).await.map(Arc::new) };
        cell(&self.metadata, &(model.clone(), export.clone()))
            .get_or_try_init(|| read)
            .await
            .cloned()
    }

    /// Reads the listings that the names of a model's tables come from: a request for each, at the
    /// same time. What the user may not list is left out.
    ///
    /// # Errors
    /// As every call.
    pub async fn read_tables(&self, model: &Model) -> Result<()> {
        let lists = async { may_be_refused(self.lists(model).await) };
        // Those of views need the names of modules.
        let views = async { may_be_refused(self.line_item_tables(model).await) };
        tokio::try_join!(self.exports(model), lists, views)?;
        Ok(())
    }

    /// The names of a model's tables, as far as they have been read.
    pub fn known_tables(&self, model: &ModelId) -> Vec<String> {
        let exports = self.known_exports(model);
        let mut names: Vec<String> =
            exports.iter().flat_map(|it| it.table_names().map(str::to_owned)).collect();
        names.extend(known(&self.lists, model).iter().flat_map(|it| it.table_names()));
        names.extend(known(&self.modules, model).iter().flat_map(|it| it.table_names()));
        names.extend(known(&self.line_items, model).iter().flat_map(|it| it.iter().cloned()));
        names.extend(known(&self.views, model).iter().flat_map(|it| it.table_names()));
        names
    }

    /// Whether a name is that of a table that has been read, or of several.
    pub fn is_known_table(&self, model: &ModelId, name: &str) -> bool {
        let fits = match Kind::split(name) {
            Some((Kind::List, name)) => is_known(&self.lists, model, name),
            Some((Kind::Module, own)) => {
                let line_items = known(&self.line_items, model);
                is_known(&self.modules, model, own)
                    || line_items.is_some_and(|all| all.iter().any(|it| it == name))
            }
            Some((Kind::View, name)) => is_known(&self.views, model, name),
            Some((Kind::Import, _)) | None => false,
        };
        let exports = self.known_exports(model);
        fits || exports.is_some_and(|exports| !matches!(exports.find(name), Ok(None)))
    }

    /// The lists of a model; one request the first time.
    ///
    /// # Errors
    /// As every call.
    pub async fn lists(&self, model: &Model) -> Result<Arc<Objects<List>>> {
        self.read_lists(model, Arc::new(Unobserved)).await
    }

    /// The same, observed.
    pub(crate) async fn read_lists(
        &self,
        model: &Model,
        observer: Arc<dyn Observer>,
    ) -> Result<Arc<Objects<List>>> {
        let read = async {
            let all = self.client.lists(&model.id, observer).await;
            Ok(Arc::new(Objects::lists(all.map_err(unlisted(model, "lists"))?)))
        };
        cell(&self.lists, &model.id).get_or_try_init(|| read).await.cloned()
    }

    /// What a list is made of; one request the first time.
    pub(crate) async fn list_metadata(
        &self,
        model: &ModelId,
        list: &ListId,
        observer: Arc<dyn Observer>,
    ) -> Result<Arc<ListMetadata>> {
        let read = async { self.client.list_metadata(model, list, observer).await.map(Arc::new) };
        let key = (model.clone(), list.clone());
        cell(&self.list_metadata, &key).get_or_try_init(|| read).await.cloned()
    }

    /// Forgets what a list is made of, so that it is read again when it is needed.
    pub(crate) fn forget_list(&self, model: &ModelId, list: &ListId) {
        let mut lists = self.list_metadata.lock().unwrap_or_else(PoisonError::into_inner);
        lists.remove(&(model.clone(), list.clone()));
    }

    /// The modules of a model; one request the first time.
    ///
    /// # Errors
    /// As every call.
    pub async fn modules(&self, model: &Model) -> Result<Arc<Objects<Module>>> {
        self.read_modules(model, Arc::new(Unobserved)).await
    }

    /// The same, observed.
    pub(crate) async fn read_modules(
        &self,
        model: &Model,
        observer: Arc<dyn Observer>,
    ) -> Result<Arc<Objects<Module>>> {
        let read = async {
            let all = self.client.modules(&model.id, observer).await;
            Ok(Arc::new(Objects::modules(all.map_err(unlisted(model, "modules"))?)))
        };
        cell(&self.modules, &model.id).get_or_try_init(|| read).await.cloned()
    }

    /// The saved views of a model; one request the first time, and that for its modules.
    ///
    /// # Errors
    /// As every call.
    pub async fn views(&self, model: &Model) -> Result<Arc<Objects<View>>> {
        self.read_views(model, Arc::new(Unobserved)).await
    }

    /// The same, observed.
    pub(crate) async fn read_views(
        &self,
        model: &Model,
        observer: Arc<dyn Observer>,
    ) -> Result<Arc<Objects<View>>> {
        let read = async {
            let modules = self.read_modules(model, Arc::clone(&observer)).await?;
            let all = self.client.views(&model.id, observer).await;
            Ok(Arc::new(Objects::views(all.map_err(unlisted(model, "views"))?, &modules)))
        };
        cell(&self.views, &model.id).get_or_try_init(|| read).await.cloned()
    }

    /// The names of the tables of line items that have dimensions of their own; one request the
    /// first time, and those for the model's views.
    async fn line_item_tables(&self, model: &Model) -> Result<Arc<Vec<String>>> {
        let read = async {
            let views = self.views(model).await?;
            let modules = self.modules(model).await?;
            let observer = Arc::new(Unobserved);
            let all = self.client.views_and_subsidiary_ones(&model.id, observer).await;
            let all = all.map_err(unlisted(model, "line items' views"))?;
            Ok(Arc::new(views.tables_of_line_items(&all, &modules)))
        };
        cell(&self.line_items, &model.id).get_or_try_init(|| read).await.cloned()
    }

    async fn read_names(&self) -> Result<Arc<Names>> {
        let observer = || Arc::new(Unobserved) as Arc<dyn Observer>;
        let (workspaces, models) = match &self.only.0 {
            None => tokio::try_join!(
                self.client.workspaces(observer()),
                self.client.models(None, observer())
            )?,
            Some(wanted) => {
                let mut all = self.client.workspaces(observer()).await?;
                let pairs = all.iter().map(|w| (w.id.as_str(), w.name.as_str()));
                let found = one("workspace", wanted, &NameIndex::new(pairs, &[]))?;
                let workspace = all.swap_remove(found);
                let models = self.client.models(Some(&workspace.id), observer()).await?;
                (vec![workspace], models)
            }
        };
        let mut names = Names::new(
            workspaces.into_iter().map(|w| (w.id, w.name)).collect(),
            models.into_iter().map(Arc::new).collect(),
        );
        if self.only.0.is_some() {
            names.narrowed.0 = names.workspaces.first().map(|workspace| workspace.id.clone());
        }
        if let Some(wanted) = &self.only.1 {
            names = names.only_model(wanted)?;
        }
        Ok(Arc::new(names))
    }
}

/// The cell of a key.
fn cell<K: Clone + Eq + Hash, V>(cells: &Cells<K, V>, key: &K) -> Arc<OnceCell<Arc<V>>> {
    let mut cells = cells.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(cells.entry(key.clone()).or_default())
}

fn forget<K, V>(cells: &Cells<K, V>) {
    cells.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

/// The value of a key, if it has been read.
fn known<K: Eq + Hash, V>(cells: &Cells<K, V>, key: &K) -> Option<Arc<V>> {
    let cells = cells.lock().unwrap_or_else(PoisonError::into_inner);
    cells.get(key)?.get().cloned()
}

/// Leaves out a listing that the user isn't allowed to see.
fn may_be_refused<T>(listed: Result<T>) -> Result<Option<T>> {
    match listed {
        Err(error) if matches!(error.kind(), ErrorKind::Denied | ErrorKind::NotFound) => {
            tracing::warn!(%error, "left out");
            Ok(None)
        }
        listed => listed.map(Some),
    }
}

/// Whether a name is that of an object of a kind that has been listed, or of several.
fn is_known<T>(cells: &Cells<ModelId, Objects<T>>, model: &ModelId, name: &str) -> bool {
    known(cells, model).is_some_and(|objects| !matches!(objects.find(name), Ok(None)))
}

/// Says what can't be listed.
fn unlisted(model: &Model, what: &str) -> impl FnOnce(Error) -> Error {
    let text = format!("the {what} of model \"{}\" can't be listed", model.name);
    move |error| error.context(text)
}
