//! The catalog's tables as DataFusion finds them.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, SchemaProvider, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::error::Result;

use super::definition::Definition;
use super::snapshot::Snapshot;
use super::{INFORMATION_SCHEMA, PG_CATALOG, information, tables};

/// The definition of a table of `pg_catalog`.
pub(super) fn definition(schema: &str, name: &str) -> Option<&'static Definition> {
    let fits = |it: &&Definition| it.name.eq_ignore_ascii_case(name);
    match schema {
        PG_CATALOG => tables::all().find(fits),
        INFORMATION_SCHEMA => information::TABLES.iter().find(fits),
        _ => None,
    }
}

/// Whether `pg_catalog`, whose tables are found without it, has a table of this name.
pub(super) fn is_table(name: &str) -> bool {
    name.to_ascii_lowercase().starts_with("pg_") && definition(PG_CATALOG, name).is_some()
}

/// The schemas of the catalog.
#[derive(Debug)]
pub(super) struct Database(Arc<Snapshot>);

impl Database {
    pub(super) fn new(snapshot: Arc<Snapshot>) -> Self {
        Self(snapshot)
    }
}

impl CatalogProvider for Database {
    fn schema_names(&self) -> Vec<String> {
        vec![PG_CATALOG.to_owned(), INFORMATION_SCHEMA.to_owned()]
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let name = match name {
            PG_CATALOG => PG_CATALOG,
            INFORMATION_SCHEMA => INFORMATION_SCHEMA,
            _ => return None,
        };
        Some(Arc::new(Tables { name, snapshot: Arc::clone(&self.0) }))
    }
}

#[derive(Debug)]
struct Tables {
    name: &'static str,
    snapshot: Arc<Snapshot>,
}

#[async_trait]
impl SchemaProvider for Tables {
    fn table_names(&self) -> Vec<String> {
        let name = |it: &Definition| it.name.to_owned();
        match self.name {
            PG_CATALOG => tables::all().map(name).collect(),
            _ => information::TABLES.iter().map(name).collect(),
        }
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some(definition) = definition(self.name, name) else { return Ok(None) };
        let batch = definition.batch(&self.snapshot)?;
        let table = MemTable::try_new(batch.schema(), vec![vec![batch]])?;
        Ok(Some(Arc::new(table)))
    }

    fn table_exist(&self, name: &str) -> bool {
        definition(self.name, name).is_some()
    }
}
