//! Catalogs, schemas, tables and columns, as far as browsing may go.
//!
//! Names of workspaces and models are read at once. Tables are listed for the default model, and for
//! models that the caller names; of others those that are known already. Columns are told of metadata
//! tables, and of tables that the caller names: nothing costs a request for each table. Imports are
//! found by their names only.

mod arrow;

use std::sync::Arc;

use ::arrow::datatypes::SchemaRef;
use adbc_core::options::ObjectDepth;
use anaplan_sql::names::Kind;
use anaplan_sql::table::information;
use anaplan_sql::{Error, ErrorKind, Result, Session};
use datafusion::catalog::SchemaProvider;
use datafusion::logical_expr::TableType;

pub(crate) use self::arrow::batch;
use crate::pattern::Pattern;

/// The catalog of the tenant as a whole, and the schema of metadata in every catalog.
const TENANT: &str = "anaplan";
const INFORMATION: &str = "information";

/// What tables may be.
pub(crate) const TABLE_TYPES: [&str; 5] =
    ["TABLE", "VIEW", "SYSTEM TABLE", "LOCAL TEMPORARY", IMPORT];

/// What takes rows and can't be read. Only a caller that names one finds it: pandas and others ask
/// whether a table is there before they append to it.
const IMPORT: &str = "IMPORT";

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
    if let Some(name) = wanted.table.name()
        && model.is_some()
        && (is_default || wanted.schema.names_one())
        && wanted.table_types.as_ref().is_none_or(|types| types.iter().any(|it| it == IMPORT))
        // An export may be called so.
        && !names.iter().any(|other| other == name)
    {
        tables.extend(import(wanted, provider, name).await?);
    }
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
            Some(columns(wanted, &schema, doc))
        } else {
            None
        };
        tables.push(TableObject { name, kind, columns });
    }
    Ok(tables)
}

/// An import of this name, if there is one.
async fn import(
    wanted: &Wanted,
    provider: &Arc<dyn SchemaProvider>,
    name: &str,
) -> Result<Option<TableObject>> {
    if !matches!(Kind::split(name), Some((Kind::Import, _))) {
        return Ok(None);
    }
    let found = match provider.table(name).await.map_err(Error::from) {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        found => found?,
    };
    Ok(found.map(|table| TableObject {
        name: name.to_owned(),
        kind: IMPORT,
        columns: wanted.columns().then(|| columns(wanted, &table.schema(), |_| None)),
    }))
}

/// The columns that are wanted of these.
fn columns(
    wanted: &Wanted,
    schema: &SchemaRef,
    doc: impl Fn(&str) -> Option<&'static str>,
) -> Vec<ColumnObject> {
    let columns = (1..).zip(schema.fields()).map(|(position, field)| ColumnObject {
        position,
        field: Arc::clone(field),
        remarks: doc(field.name()),
    });
    columns.filter(|it| wanted.column.fits(it.field.name())).collect()
}
