//! The default catalog and schema, and where a table is.

use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;

use super::Session;
use super::catalog::{INFORMATION, TENANT};
use crate::error::Result;

impl Session {
    /// Makes a workspace, or `anaplan`, the default catalog. The schema of metadata, which every
    /// catalog has, is the default one until another is set.
    ///
    /// # Errors
    /// Kind [`NotFound`](crate::ErrorKind::NotFound), with near names, when no workspace has this
    /// name; else as reading the names.
    pub async fn set_catalog(&self, catalog: &str) -> Result<()> {
        if catalog.eq_ignore_ascii_case(TENANT) {
            self.set_defaults(TENANT, INFORMATION);
            return Ok(());
        }
        let names = self.directory.names().await?;
        let found = names.workspace(catalog)?;
        self.set_defaults(&found.catalog, INFORMATION);
        Ok(())
    }

    /// Makes a model of the default catalog, or `information`, the default schema.
    ///
    /// # Errors
    /// Kind [`NotFound`](crate::ErrorKind::NotFound), with near names, when no model there has this
    /// name; else as reading the names.
    pub async fn set_schema(&self, schema: &str) -> Result<()> {
        let catalog = self.defaults().0;
        if schema.eq_ignore_ascii_case(INFORMATION) {
            self.set_defaults(&catalog, INFORMATION);
            return Ok(());
        }
        let names = self.directory.names().await?;
        let (workspace, model) = match catalog.as_str() {
            TENANT => names.model_anywhere(schema)?,
            _ => {
                let workspace = names.workspace(&catalog)?;
                (workspace, workspace.model(schema)?)
            }
        };
        let schema = workspace.schema(&model.id).unwrap_or_else(|| model.id.as_str());
        self.set_defaults(&workspace.catalog, schema);
        Ok(())
    }

    /// The columns of a table, as a query of it gives them.
    ///
    /// # Errors
    /// As planning that query: kind [`NotFound`](crate::ErrorKind::NotFound), with near names, when
    /// there is no such table.
    pub async fn table_schema(
        &self,
        catalog: Option<&str>,
        schema: Option<&str>,
        table: &str,
    ) -> Result<SchemaRef> {
        let name = self.qualified(catalog, schema, table);
        // Planned, not run.
        let frame = self.sql(&format!("SELECT * FROM {name}")).await?;
        Ok(Arc::new(frame.schema().as_arrow().clone()))
    }

    /// The name of a table in a statement.
    pub fn qualified(&self, catalog: Option<&str>, schema: Option<&str>, table: &str) -> String {
        // None and "no name" are the same: everything here has a catalog and a schema.
        let given = |name: Option<&str>| name.filter(|name| !name.is_empty()).map(str::to_owned);
        let (_, default_schema) = self.defaults();
        let parts = match (given(catalog), given(schema)) {
            (None, None) => vec![table.to_owned()],
            (None, Some(schema)) => vec![schema, table.to_owned()],
            (Some(catalog), schema) => {
                vec![catalog, schema.unwrap_or(default_schema), table.to_owned()]
            }
        };
        let quoted = parts.iter().map(|part| format!("\"{}\"", part.replace('"', "\"\"")));
        quoted.collect::<Vec<_>>().join(".")
    }
}
