//! `SHOW COLUMNS`, for any table.
//!
//! DataFusion's own looks into `information_schema`, which covers the default model only.

use std::sync::Arc;

use datafusion::catalog::information_schema::InformationSchemaProvider;
use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList,
    MemorySchemaProvider, SchemaProvider,
};
use datafusion::common::ResolvedTableReference;
use datafusion::dataframe::DataFrame;
use datafusion::sql::sqlparser::ast::Statement;
use datafusion::sql::sqlparser::ast::{ObjectName, ShowStatementIn, ShowStatementOptions};

use super::Session;
use super::plan::find;
use crate::error::Result;

/// What is shown unless everything is asked for.
const USUAL: &[&str] =
    &["table_catalog", "table_schema", "table_name", "column_name", "data_type", "is_nullable"];

/// The table of a `SHOW COLUMNS FROM table`, and whether everything about its columns is wanted.
/// DataFusion refuses what else may follow.
pub(super) fn columns_of(statement: &Statement) -> Option<(&ObjectName, bool)> {
    let Statement::ShowColumns { extended, full, show_options } = statement else { return None };
    match show_options {
        ShowStatementOptions {
            show_in: Some(ShowStatementIn { parent_type: None, parent_name: Some(name), .. }),
            starts_with: None,
            limit: None,
            limit_from: None,
            filter_position: None,
        } => Some((name, *extended || *full)),
        _ => None,
    }
}

/// Answers as `information_schema.columns` would if this table were the only one. Nothing runs.
pub(super) async fn columns(
    session: &Session,
    name: ResolvedTableReference,
    all: bool,
) -> Result<DataFrame> {
    let table = match find(session, &name).await? {
        Some(table) => table,
        None => session.context.table_provider(name.clone()).await?,
    };
    let schema = MemorySchemaProvider::new();
    schema.register_table(name.table.to_string(), table)?;
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema(&name.schema, Arc::new(schema))?;
    let catalogs = MemoryCatalogProviderList::new();
    catalogs.register_catalog(name.catalog.to_string(), Arc::new(catalog));
    let information = InformationSchemaProvider::new(Arc::new(catalogs));
    let Some(columns) = information.table("columns").await? else {
        return Ok(session.context.read_empty()?);
    };
    let frame = session.context.read_table(columns)?;
    Ok(if all { frame } else { frame.select_columns(USUAL)? })
}
