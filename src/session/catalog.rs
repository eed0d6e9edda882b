//! Workspaces as catalogs.
//!
//! DataFusion looks catalogs and schemas up without waiting, so these answer from the
//! [`Directory`]'s names that have been read; a session reads them before it plans. Tables are
//! looked up with waiting, and read what they need themselves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use datafusion::catalog::information_schema::InformationSchemaProvider;
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider};

use super::schema::{InformationSchema, LocalTables, ModelSchema, Reachable};
use crate::client::model::WorkspaceId;
use crate::error::Result;
use crate::http::Unobserved;
use crate::names::{Directory, Names};
use crate::table::Connection;
use crate::table::information::Scope;

/// The catalog of the tenant as a whole.
pub(super) const TENANT: &str = "anaplan";
/// The schema of metadata in every catalog.
pub(super) const INFORMATION: &str = "information";
/// The schema that the SQL standard has for metadata.
pub(super) const INFORMATION_SCHEMA: &str = "information_schema";

/// All catalogs of a session.
#[derive(Debug)]
pub struct Catalogs {
    shared: Arc<Shared>,
    /// Catalogs that somebody registered beside Anaplan's.
    others: RwLock<HashMap<String, Arc<dyn CatalogProvider>>>,
}

/// What the catalogs and schemas of a session share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) connection: Connection,
    pub(super) directory: Arc<Directory>,
    /// Tables that the user made, by the schema they are in.
    local: Mutex<HashMap<String, Arc<LocalTables>>>,
    /// What `information_schema` covers: the default catalog and schema.
    covered: RwLock<(String, String)>,
}

impl Shared {
    /// The user's own tables of a schema.
    fn local(&self, schema: &str) -> Arc<LocalTables> {
        let mut local = self.local.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(local.entry(schema.to_owned()).or_default())
    }

    fn scope(&self, workspace: Option<WorkspaceId>) -> Scope {
        Scope {
            connection: self.connection.clone(),
            directory: Arc::clone(&self.directory),
            workspace,
            observer: Arc::new(Unobserved),
        }
    }
}

impl Catalogs {
    pub(super) fn new(connection: Connection, directory: Arc<Directory>) -> Self {
        let shared = Shared {
            connection,
            directory,
            local: Mutex::default(),
            covered: RwLock::new((TENANT.to_owned(), INFORMATION.to_owned())),
        };
        Self { shared: Arc::new(shared), others: RwLock::default() }
    }

    /// Says what `information_schema` covers.
    pub(super) fn cover(&self, catalog: &str, schema: &str) {
        *self.shared.covered.write().unwrap_or_else(PoisonError::into_inner) =
            (catalog.to_owned(), schema.to_owned());
    }

    /// Every catalog by name, after reading the names from the service.
    pub(super) async fn all(&self) -> Result<Vec<(String, Arc<dyn CatalogProvider>)>> {
        self.shared.directory.names().await?;
        Ok(self
            .catalog_names()
            .into_iter()
            .filter_map(|name| self.catalog(&name).map(|catalog| (name, catalog)))
            .collect())
    }

    /// Whether somebody registered a catalog of this name.
    pub(super) fn is_other(&self, name: &str) -> bool {
        self.others.read().unwrap_or_else(PoisonError::into_inner).contains_key(name)
    }
}

impl CatalogProviderList for Catalogs {
    fn register_catalog(
        &self,
        name: String,
        catalog: Arc<dyn CatalogProvider>,
    ) -> Option<Arc<dyn CatalogProvider>> {
        self.others.write().unwrap_or_else(PoisonError::into_inner).insert(name, catalog)
    }

    fn catalog_names(&self) -> Vec<String> {
        let mut names = vec![TENANT.to_owned()];
        if let Some(known) = self.shared.directory.known_names() {
            names.extend_from_slice(known.workspace_names());
        }
        names.extend(self.others.read().unwrap_or_else(PoisonError::into_inner).keys().cloned());
        names
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        if let Some(other) = self.others.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Some(Arc::clone(other));
        }
        let shared = Arc::clone(&self.shared);
        if name.eq_ignore_ascii_case(TENANT) {
            return Some(Arc::new(Catalog { shared, workspace: None }));
        }
        let names = self.shared.directory.known_names()?;
        let id = names.workspace(name).ok()?.id.clone();
        Some(Arc::new(Catalog { shared, workspace: Some(id) }))
    }
}

/// The catalog of a workspace, or of the whole tenant.
#[derive(Debug)]
struct Catalog {
    shared: Arc<Shared>,
    workspace: Option<WorkspaceId>,
}

impl Catalog {
    fn information(&self) -> Arc<dyn SchemaProvider> {
        let place = self.workspace.as_ref().map_or(TENANT, WorkspaceId::as_str);
        let local = self.shared.local(place);
        Arc::new(InformationSchema::new(self.shared.scope(self.workspace.clone()), local))
    }

    fn model(&self, names: &Names, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let model = match &self.workspace {
            // In the tenant's own catalog a model's name is enough where only one has it.
            None => names.model_anywhere(name).ok()?.1,
            Some(id) => names.workspace_with_id(id)?.model(name).ok()?,
        };
        let local = self.shared.local(model.id.as_str());
        let shared = Arc::clone(&self.shared);
        Some(Arc::new(ModelSchema::new(shared, Arc::clone(model), local)))
    }
}

impl CatalogProvider for Catalog {
    fn schema_names(&self) -> Vec<String> {
        let mut all = vec![INFORMATION.to_owned()];
        if let Some(id) = &self.workspace
            && let Some(names) = self.shared.directory.known_names()
            && let Some(workspace) = names.workspace_with_id(id)
        {
            all.extend_from_slice(workspace.model_names());
        }
        all
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        if name.eq_ignore_ascii_case(INFORMATION) {
            return Some(self.information());
        }
        if name.eq_ignore_ascii_case(INFORMATION_SCHEMA) {
            let covered = Arc::new(Covered(Arc::clone(&self.shared)));
            return Some(Arc::new(InformationSchemaProvider::new(covered)));
        }
        self.model(self.shared.directory.known_names()?.as_ref(), name)
    }
}

/// What `information_schema` covers: of the default catalog the default schema and `information`.
/// DataFusion's own would walk every workspace, model and export of the tenant.
#[derive(Debug)]
struct Covered(Arc<Shared>);

impl Covered {
    fn names(&self) -> (String, String) {
        self.0.covered.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn inner(&self) -> Option<Arc<dyn CatalogProvider>> {
        let all = Catalogs { shared: Arc::clone(&self.0), others: RwLock::default() };
        all.catalog(&self.names().0)
    }
}

impl CatalogProviderList for Covered {
    fn register_catalog(
        &self,
        _name: String,
        _catalog: Arc<dyn CatalogProvider>,
    ) -> Option<Arc<dyn CatalogProvider>> {
        None
    }

    fn catalog_names(&self) -> Vec<String> {
        vec![self.names().0]
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        (name == self.names().0)
            .then(|| Arc::new(Self(Arc::clone(&self.0))) as Arc<dyn CatalogProvider>)
    }
}

impl CatalogProvider for Covered {
    fn schema_names(&self) -> Vec<String> {
        let schema = self.names().1;
        let mut names = vec![INFORMATION.to_owned()];
        if !schema.eq_ignore_ascii_case(INFORMATION) {
            names.push(schema);
        }
        names
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        Some(Arc::new(Reachable(self.inner()?.schema(name)?)))
    }
}
