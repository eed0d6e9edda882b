//! Catalogs, schemas, tables and columns, as far as browsing may go.
//!
//! Names of workspaces and models are read at once. Tables are listed for the default model, and for
//! models that the caller names; of others those that are known already. Columns are told of metadata
//! tables, and of tables that the caller names: nothing costs a request for each table.

mod arrow;

use std::sync::Arc;

use adbc_core::options::ObjectDepth;
use anaplan_sql::table::information;
use anaplan_sql::{Result, Session};
use datafusion::catalog::SchemaProvider;
use datafusion::logical_expr::TableType;

pub(crate) use self::arrow::batch;
use crate::pattern::Pattern;

/// The catalog of the tenant as a whole, and the schema of metadata in every catalog.
const TENANT: &str = "anaplan";
const INFORMATION: &str = "information";

/// What tables may be.
pub(crate) const TABLE_TYPES: [&str; 4] = ["TABLE", "VIEW", "SYSTEM TABLE", "LOCAL TEMPORARY"];

/// What a caller asks for.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) depth: ObjectDepth,
    pub(crate) catalog: Pattern,
    pub(crate) schema: Pattern,
    pub(crate) table: Pattern,
    pub(crate) table_types: Option<Vec<String>>,
    pub(crate) column: Pattern,
}

impl Wanted {
    fn schemas(&self) -> bool {
        self.depth != ObjectDepth::Catalogs
    }

    fn tables(&self) -> bool {
        self.schemas() && self.depth != ObjectDepth::Schemas
    }

    fn columns(&self) -> bool {
        matches!(self.depth, ObjectDepth::All | ObjectDepth::Columns)
    }
}

/// A catalog; nothing below the depth that is asked for.
#[derive(Debug)]
pub(crate) struct CatalogObject {
    pub(crate) name: String,
    pub(crate) schemas: Option<Vec<SchemaObject>>,
}

/// A schema of it.
#[derive(Debug)]
pub(crate) struct SchemaObject {
    pub(crate) name: String,
    pub(crate) tables: Option<Vec<TableObject>>,
}

/// A table of it.
#[derive(Debug)]
pub(crate) struct TableObject {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) columns: Option<Vec<ColumnObject>>,
}

/// A column of it.
#[derive(Debug)]
pub(crate) struct ColumnObject {
    pub(crate) position: i32,
    pub(crate) field: ::arrow::datatypes::FieldRef,
    pub(crate) remarks: Option<&'static str>,
}

/// Looks for what is wanted.
///
/// # Errors
/// As reading the names, tables and columns that have to be read.
pub(crate) async fn find(session: Session, wanted: Wanted) -> Result<Vec<CatalogObject>> {
    session.directory().names().await?;
    let mut catalogs = Vec::new();
    for name in session.catalog_names() {
        if !wanted.catalog.fits(&name) {
            continue;
        }
        let schemas = match wanted.schemas() {
            true => Some(schemas(&session, &wanted, &name).await?),
            false => None,
        };
        catalogs.push(CatalogObject { name, schemas });
    }
    Ok(catalogs)
}

async fn schemas(session: &Session, wanted: &Wanted, catalog: &str) -> Result<Vec<SchemaObject>> {
    let Some(provider) = session.catalog(catalog) else { return Ok(Vec::new()) };
    let mut schemas = Vec::new();
    for name in provider.schema_names() {
        if !wanted.schema.fits(&name) {
            continue;
        }
        let tables = match (wanted.tables(), provider.schema(&name)) {
            (true, Some(schema)) => Some(tables(session, wanted, (catalog, &name), &schema).await?),
            (true, None) => Some(Vec::new()),
            (false, _) => None,
        };
        schemas.push(SchemaObject { name, tables });
    }
    Ok(schemas)
}

async fn tables(
    session: &Session,
    wanted: &Wanted,
    (catalog, schema): (&str, &str),
    provider: &Arc<dyn SchemaProvider>,
) -> Result<Vec<TableObject>> {
    let is_information = schema == INFORMATION;
    let (default_catalog, default_schema) = session.defaults();
    let is_default = default_catalog == catalog && default_schema == schema;
    let names = session.directory().names().await?;
    let model = match is_information || catalog == TENANT {
        true => None,
        // What somebody has registered is in no workspace.
        false => names.workspace(catalog).and_then(|workspace| workspace.model(schema)).ok(),
    };
    if let Some(model) = model
        && (is_default || wanted.schema.names_one())
    {
        session.directory().read_tables(model).await?;
    }
    let mut tables = Vec::new();
    let mut names = provider.table_names();
    names.sort();
    for name in names {
        if !wanted.table.fits(&name) {
            continue;
        }
        let definition = information::table(&name).filter(|_| is_information);
        let is_anaplans =
            model.is_some_and(|model| session.directory().is_known_table(&model.id, &name));
        let kind = if definition.is_some() {
            "SYSTEM TABLE"
        } else if is_anaplans {
            "TABLE"
        } else {
            // Asked for its type, a provider may look at the whole table: of these, that is here.
            match provider.table_type(&name).await?.unwrap_or(TableType::Base) {
                TableType::Base => "TABLE",
                TableType::View => "VIEW",
                TableType::Temporary => "LOCAL TEMPORARY",
            }
        };
        let is_wanted = |types: &Vec<String>| types.iter().any(|wanted| wanted == kind);
        if !wanted.table_types.as_ref().is_none_or(is_wanted) {
            continue;
        }
        let columns = if !wanted.columns() {
            None
        } else if definition.is_some() || wanted.table.names_one() {
            let schema = session.table_schema(Some(catalog), Some(schema), &name).await?;
            let doc = |column: &str| {
                let columns = definition.iter().flat_map(|definition| definition.columns);
                columns.into_iter().find(|it| it.name == column).map(|it| it.doc)
            };
            let columns = (1..).zip(schema.fields()).map(|(position, field)| ColumnObject {
                position,
                field: Arc::clone(field),
                remarks: doc(field.name()),
            });
            Some(columns.filter(|it| wanted.column.fits(it.field.name())).collect())
        } else {
            None
        };
        tables.push(TableObject { name, kind, columns });
    }
    Ok(tables)
}
