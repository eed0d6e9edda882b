//! What `\d`, `\dn` and `\dt` show, as rows like any other result.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};

use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;
use crate::table::{information, sql_type};

/// The catalog of the tenant as a whole, and the schema of metadata in every catalog.
const TENANT: &str = "anaplan";
const INFORMATION: &str = "information";

/// Catalogs and their schemas.
///
/// # Errors
/// When the names can't be read.
pub(super) async fn schemas(session: Session) -> Result<RecordBatch> {
    session.directory().names().await?;
    let mut rows = Vec::new();
    for catalog in session.catalog_names() {
        let schemas = session.catalog(&catalog).map(|c| c.schema_names()).unwrap_or_default();
        rows.extend(schemas.into_iter().map(|schema| [catalog.clone(), schema]));
    }
    batch(["catalog", "schema"], &rows)
}

/// The tables of a schema: `schema`, `catalog.schema`, or nothing for the default one.
///
/// # Errors
/// Kind [`NotFound`](ErrorKind::NotFound), with near names, when it isn't there; and when the names
/// can't be read.
pub(super) async fn tables(session: Session, path: Option<Vec<String>>) -> Result<RecordBatch> {
    let (default_catalog, default_schema) = session.defaults();
    let (catalog, schema) = match path.as_deref() {
        None => (default_catalog, default_schema),
        Some([schema]) => return tables_of_one(&session, &default_catalog, schema).await,
        Some([catalog, schema]) => (catalog.clone(), schema.clone()),
        Some(_) => {
            return Err(Error::new(ErrorKind::Config, "\\dt takes SCHEMA or CATALOG.SCHEMA"));
        }
    };
    list(&session, &catalog, &schema).await
}

/// The tables of a schema that is named alone: in the default catalog, else wherever it is.
async fn tables_of_one(session: &Session, catalog: &str, schema: &str) -> Result<RecordBatch> {
    let found = list(session, catalog, schema).await;
    match found {
        Err(error) if error.kind() == ErrorKind::NotFound => list(session, TENANT, schema).await,
        other => other,
    }
}

async fn list(session: &Session, catalog: &str, schema: &str) -> Result<RecordBatch> {
    let names = session.directory().names().await?;
    if schema.eq_ignore_ascii_case(INFORMATION) {
        if !catalog.eq_ignore_ascii_case(TENANT) {
            names.workspace(catalog)?;
        }
    } else {
        let model = if catalog.eq_ignore_ascii_case(TENANT) {
            names.model_anywhere(schema)?.1
        } else {
            names.workspace(catalog)?.model(schema)?
        };
        session.directory().read_tables(model).await?;
    }
    let provider =
        session.catalog(catalog).and_then(|catalog| catalog.schema(schema)).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("there is no schema \"{schema}\""))
        })?;
    let mut tables = provider.table_names();
    tables.sort();
    let rows: Vec<[String; 2]> = tables
        .into_iter()
        .map(|table| {
            let definition = information::table(&table).filter(|_| is_information(schema));
            let doc = definition.map(|definition| definition.doc.to_owned());
            [table, doc.unwrap_or_default()]
        })
        .collect();
    if is_information(schema) {
        return batch(["table", "description"], &rows);
    }
    batch(["table"], &rows.into_iter().map(|[table, _]| [table]).collect::<Vec<_>>())
}

fn is_information(schema: &str) -> bool {
    schema.eq_ignore_ascii_case(INFORMATION)
}

/// The columns of a table.
///
/// # Errors
/// As planning a query of it; a misspelt name gives near ones.
pub(super) async fn columns(session: Session, path: Vec<String>) -> Result<RecordBatch> {
    let quoted: Vec<String> =
        path.iter().map(|part| format!("\"{}\"", part.replace('"', "\"\""))).collect();
    // Planned, not run: this reads what the table's columns are, and nothing else.
    let frame = session.sql(&format!("SELECT * FROM {}", quoted.join("."))).await?;
    let (_, default_schema) = session.defaults();
    let schema = match path.as_slice() {
        [.., schema, _] => schema,
        _ => &default_schema,
    };
    let definition =
        path.last().filter(|_| is_information(schema)).and_then(|table| information::table(table));
    let fields = frame.schema().fields().iter();
    let rows: Vec<[String; 3]> = fields
        .map(|field| {
            let mut columns = definition.iter().flat_map(|definition| definition.columns);
            let doc = columns.find(|column| column.name == field.name()).map(|column| column.doc);
            [field.name().clone(), sql_type(field.data_type()), doc.unwrap_or_default().to_owned()]
        })
        .collect();
    if definition.is_some() {
        return batch(["column", "type", "description"], &rows);
    }
    batch(["column", "type"], &rows.into_iter().map(|[c, t, _]| [c, t]).collect::<Vec<_>>())
}

/// Rows of text.
fn batch<const N: usize>(names: [&str; N], rows: &[[String; N]]) -> Result<RecordBatch> {
    let columns = names.iter().enumerate().map(|(i, name)| {
        let column: StringArray = rows.iter().map(|row| Some(row[i].as_str())).collect();
        (*name, Arc::new(column) as ArrayRef)
    });
    RecordBatch::try_from_iter(columns)
        .map_err(|e| Error::new(ErrorKind::Internal, "a list can't be shown").with_source(e))
}
