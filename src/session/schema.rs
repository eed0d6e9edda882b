//! Models as schemas, and the schema of metadata.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::TableType;

use super::catalog::Shared;
use crate::client::model::{List, Model, Module};
use crate::error::{Error, ErrorKind};
use crate::http::Unobserved;
use crate::names::{Kind, Objects, quoted};
use crate::procedure::place;
use crate::table::export::ExportTable;
use crate::table::import::ImportTable;
use crate::table::information::{self, InformationTable, Scope};
use crate::table::list::ListTable;
use crate::table::module::ModuleTable;
use crate::table::view::ViewTable;

type Table = Arc<dyn TableProvider>;

/// Tables and views that the user made in a schema, kept for the session.
#[derive(Debug, Default)]
pub(super) struct LocalTables(RwLock<BTreeMap<String, Table>>);

impl LocalTables {
    fn get(&self, name: &str) -> Option<Table> {
        let tables = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = tables.get(name) {
            return Some(Arc::clone(table));
        }
        let mut alike = tables.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        match (alike.next(), alike.next()) {
            (Some((_, table)), None) => Some(Arc::clone(table)),
            _ => None,
        }
    }

    fn names(&self) -> Vec<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    fn insert(&self, name: String, table: Table) -> Option<Table> {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(name, table)
    }

    fn remove(&self, name: &str) -> Option<Table> {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(name)
    }
}

/// Gives a schema the parts that deal with the user's own tables.
macro_rules! local_tables {
    () => {
        fn register_table(&self, name: String, table: Table) -> Result<Option<Table>> {
            if self.is_taken(&name) {
                return Err(DataFusionError::Plan(format!(
                    "there is already a table \"{name}\" here"
                )));
            }
            Ok(self.local.insert(name, table))
        }

        fn deregister_table(&self, name: &str) -> Result<Option<Table>> {
            Ok(self.local.remove(name))
        }

        fn table_exist(&self, name: &str) -> bool {
            self.local.get(name).is_some() || self.is_taken(name)
        }
    };
}

/// Refuses to drop a table that isn't the user's own.
pub(super) fn may_drop(schema: &dyn SchemaProvider, name: &str) -> crate::Result<()> {
    let is_taken = schema.downcast_ref::<ModelSchema>().is_some_and(|s| s.is_taken(name))
        || schema.downcast_ref::<InformationSchema>().is_some_and(|s| s.is_taken(name));
    if is_taken {
        let text = format!("\"{name}\" is Anaplan's: it can't be dropped from here");
        return Err(crate::Error::new(crate::ErrorKind::Unsupported, text));
    }
    Ok(())
}

/// Whether a table is the user's own.
pub(super) fn is_local(schema: &dyn SchemaProvider, name: &str) -> bool {
    let local = schema
        .downcast_ref::<ModelSchema>()
        .map(|schema| &schema.local)
        .or_else(|| schema.downcast_ref::<InformationSchema>().map(|schema| &schema.local));
    local.is_some_and(|local| local.get(name).is_some())
}

/// What an object is looked up by.
#[derive(Debug, Clone, Copy)]
enum By<'a> {
    /// Its name, or its id.
    Name(&'a str),
    /// Its id.
    Id(&'a str),
}

impl By<'_> {
    fn find<T>(self, objects: &Objects<T>) -> crate::Result<Option<&T>> {
        match self {
            Self::Name(name) => objects.find(name),
            Self::Id(id) => Ok(objects.with_id(id)),
        }
    }
}

/// A model as a schema: its tables are its exports, lists, modules and saved views.
#[derive(Debug)]
pub(super) struct ModelSchema {
    shared: Arc<Shared>,
    model: Arc<Model>,
    local: Arc<LocalTables>,
}

impl ModelSchema {
    pub(super) fn new(shared: Arc<Shared>, model: Arc<Model>, local: Arc<LocalTables>) -> Self {
        Self { shared, model, local }
    }

    fn is_taken(&self, name: &str) -> bool {
        self.shared.directory.is_known_table(&self.model.id, name)
    }

    /// The table of an export.
    async fn export(&self, name: &str) -> crate::Result<Option<Table>> {
        let directory = &self.shared.directory;
        let exports = directory.exports(&self.model).await?;
        let Some(export) = exports.find(name)? else { return Ok(None) };
        let metadata = directory
            .export_metadata(&self.model.id, &export.id, Arc::new(Unobserved))
            .await
            .map_err(|error| {
                error.context(format!("the columns of export \"{}\" can't be read", export.name))
            })?;
        let connection = self.shared.connection.clone();
        let shape = Arc::new(connection.shape(&self.model.id, export, &metadata)?);
        Ok(Some(Arc::new(ExportTable::new(connection, &self.model, export, shape))))
    }

    /// The table of an object of this kind.
    async fn object(&self, kind: Kind, by: By<'_>) -> crate::Result<Option<Table>> {
        match kind {
            Kind::List => {
                let lists = self.shared.directory.lists(&self.model).await?;
                match by.find(&lists)? {
                    Some(list) => self.list(list).await.map(Some),
                    None => Ok(None),
                }
            }
            Kind::Module => {
                let modules = self.shared.directory.modules(&self.model).await?;
                match (by.find(&modules)?, by) {
                    (Some(module), _) => Ok(Some(Arc::new(self.module(module).await?))),
                    (None, By::Name(name)) => self.line_item(&modules, name).await,
                    (None, By::Id(_)) => Ok(None),
                }
            }
            Kind::View => {
                let views = self.shared.directory.views(&self.model).await?;
                let Some(view) = by.find(&views)? else { return Ok(None) };
                let (connection, model) = (self.shared.connection.clone(), &self.model);
                let table = views.table_name(view.id.as_str());
                let name = table.as_deref().and_then(Kind::split).map_or(&*view.name, |it| it.1);
                Ok(Some(Arc::new(ViewTable::open(connection, model, view, name).await?)))
            }
            Kind::Import => self.import(by).await,
        }
    }

    /// The table that takes rows for an import.
    async fn import(&self, by: By<'_>) -> crate::Result<Option<Table>> {
        let (connection, model) = (self.shared.connection.clone(), &self.model);
        let imports = connection.client.imports(&model.id, Arc::new(Unobserved)).await;
        let imports = imports.map_err(|error| {
            error.context(format!("the imports of model \"{}\" can't be listed", model.name))
        })?;
        let found = match by {
            By::Name(name) => {
                match place("import", name, &imports, |it| (it.id.as_str(), it.name.as_str())) {
                    Ok(found) => Some(found),
                    // Exports have no prefix: one may be named so.
                    Err(_) if self.export(&Kind::Import.table(name)).await?.is_some() => None,
                    Err(error) => return Err(error),
                }
            }
            By::Id(id) => imports.iter().position(|import| import.id.as_str() == id),
        };
        let Some(found) = found else { return Ok(None) };
        let model = Arc::clone(model);
        let table = ImportTable::open(connection, model, &imports[found], &Unobserved).await?;
        Ok(Some(Arc::new(table)))
    }

    async fn module(&self, module: &Module) -> crate::Result<ModuleTable> {
        let connection = self.shared.connection.clone();
        ModuleTable::open(connection, &self.model, (&module.id, &module.name)).await
    }

    /// The table of a line item with dimensions of its own, behind its module's name and a dot.
    /// Either may hold dots.
    async fn line_item(
        &self,
        modules: &Objects<Module>,
        name: &str,
    ) -> crate::Result<Option<Table>> {
        for (module, name) in modules.before_dots(name) {
            let table = self.module(module).await?;
            if let Some(own) = table.open_line_item(name).await? {
                return Ok(Some(Arc::new(own)));
            }
            if table.shape().line_items.iter().any(|item| item.name == name) {
                let what = format!("line item \"{name}\" has no table of its own");
                let place = quoted([Kind::Module.table(&module.name).as_str()]);
                return Err(Error::new(ErrorKind::NotFound, what)
                    .with_hint(format!("it is a column of {place}")));
            }
        }
        Ok(None)
    }

    async fn list(&self, list: &List) -> crate::Result<Table> {
        let directory = &self.shared.directory;
        let metadata = directory
            .list_metadata(&self.model.id, &list.id, Arc::new(Unobserved))
            .await
            .map_err(|error| {
                error.context(format!("the columns of list \"{}\" can't be read", list.name))
            })?;
        let connection = self.shared.connection.clone();
        Ok(Arc::new(ListTable::new(connection, Arc::clone(&self.model), metadata)))
    }
}

#[async_trait]
impl SchemaProvider for ModelSchema {
    /// Only what has been read: a session reads it before it plans a statement that needs it.
    fn table_names(&self) -> Vec<String> {
        let mut names = self.local.names();
        names.extend(self.shared.directory.known_tables(&self.model.id));
        names
    }

    async fn table(&self, name: &str) -> Result<Option<Table>> {
        if let Some(table) = self.local.get(name) {
            return Ok(Some(table));
        }
        // What has a prefix costs no other listing than that of its kind, as long as it is found.
        if let Some((kind, name)) = Kind::split(name)
            && let Some(table) = self.object(kind, By::Name(name)).await?
        {
            return Ok(Some(table));
        }
        if let Some(table) = self.export(name).await? {
            return Ok(Some(table));
        }
        for kind in Kind::with_id(name) {
            if let Some(table) = self.object(kind, By::Id(name)).await? {
                return Ok(Some(table));
            }
        }
        Ok(None)
    }

    /// Without reading the columns, which listings of tables would do for each of them.
    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        match self.local.get(name) {
            Some(table) => Ok(Some(table.table_type())),
            None => Ok(self.table_exist(name).then_some(TableType::Base)),
        }
    }

    local_tables!();
}

/// The schema of metadata, of the tenant or of a workspace.
#[derive(Debug)]
pub(super) struct InformationSchema {
    scope: Scope,
    local: Arc<LocalTables>,
}

impl InformationSchema {
    pub(super) fn new(scope: Scope, local: Arc<LocalTables>) -> Self {
        Self { scope, local }
    }

    fn is_taken(&self, name: &str) -> bool {
        information::table(name).is_some()
    }
}

#[async_trait]
impl SchemaProvider for InformationSchema {
    fn table_names(&self) -> Vec<String> {
        let mut names = self.local.names();
        names.extend(information::TABLES.iter().map(|table| table.name.to_owned()));
        names
    }

    async fn table(&self, name: &str) -> Result<Option<Table>> {
        if let Some(definition) = information::table(name) {
            return Ok(Some(Arc::new(InformationTable::new(definition, self.scope.clone()))));
        }
        Ok(self.local.get(name))
    }

    local_tables!();
}

/// A schema as `information_schema` sees it: a table that can't be read is left out instead of
/// hiding all others behind an error.
#[derive(Debug)]
pub(super) struct Reachable(pub(super) Arc<dyn SchemaProvider>);

#[async_trait]
impl SchemaProvider for Reachable {
    fn table_names(&self) -> Vec<String> {
        self.0.table_names()
    }

    async fn table(&self, name: &str) -> Result<Option<Table>> {
        match self.0.table(name).await {
            Err(error) => {
                tracing::warn!(table = name, %error, "left out");
                Ok(None)
            }
            found => found,
        }
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        self.0.table_type(name).await
    }

    fn table_exist(&self, name: &str) -> bool {
        self.0.table_exist(name)
    }
}
