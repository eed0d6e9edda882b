//! What is known of a database when a statement asks.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::datatypes::Schema;
use datafusion::catalog::SchemaProvider;
use datafusion::logical_expr::TableType;
use datafusion::sql::sqlparser::ast::{self, Expr, Visit, Visitor};

use super::{INFORMATION_SCHEMA, PG_CATALOG};
use crate::error::Result;
use crate::postgres::setting::Settings;
use crate::postgres::value::Kind;
use crate::session::Session;
use crate::table::information;

/// The schema of metadata, and the catalog that knows models by their names alone.
const INFORMATION: &str = "information";
const TENANT: &str = "anaplan";

/// The numbers that PostgreSQL's clients know objects by: the same for all connections, so that a
/// client may use several.
#[derive(Debug, Default)]
pub(in crate::postgres) struct Oids(Mutex<HashMap<String, u32>>);

/// Below are PostgreSQL's own.
const FIRST_OID: u32 = 16_384;

impl Oids {
    /// The number of the object of this name.
    pub(super) fn of(&self, kind: &str, name: &[&str]) -> i64 {
        let key = format!("{kind}\0{}", name.join("\0"));
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = FIRST_OID.saturating_add(u32::try_from(known.len()).unwrap_or(u32::MAX));
        i64::from(*known.entry(key).or_insert(next))
    }
}

/// Who asks.
#[derive(Debug, Clone)]
pub(in crate::postgres) struct Whom {
    pub(in crate::postgres) user: String,
    pub(in crate::postgres) process: i32,
    pub(in crate::postgres) settings: Settings,
    pub(in crate::postgres) oids: Arc<Oids>,
}

/// A database: a workspace, or the tenant.
#[derive(Debug)]
pub(in crate::postgres) struct Snapshot {
    pub(super) whom: Whom,
    pub(super) database: String,
    pub(super) databases: Vec<String>,
    /// Where names without a schema are looked up.
    pub(super) default: String,
    /// The schemas, by number and name.
    pub(super) schemas: Vec<(i64, String)>,
    pub(super) tables: Vec<Table>,
}

/// A table in it.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) oid: i64,
    pub(super) schema: (i64, String),
    pub(super) name: String,
    pub(super) is_view: bool,
    pub(super) doc: Option<&'static str>,
    /// Its columns, if they are known, or asked for.
    pub(super) columns: Option<Vec<Column>>,
}

/// A column of it.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) doc: Option<&'static str>,
}

/// What a statement may mean by its literals.
#[derive(Debug, Default)]
pub(super) struct Named(Vec<String>);

impl Visitor for Named {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Value(value) = expr {
            match &value.value {
                ast::Value::Number(number, _) => self.0.push(number.clone()),
                other => {
                    if let Some(text) = other.clone().into_string() {
                        self.add(&text);
                    }
                }
            }
        }
        ControlFlow::Continue(())
    }
}

impl Named {
    pub(super) fn in_statement(statement: &ast::Statement) -> Self {
        let mut named = Self::default();
        let flow = statement.visit(&mut named);
        debug_assert!(flow.is_continue(), "everything is looked at");
        named
    }

    /// Takes a text for a name, a pattern that fits one name only, and a name with its schema.
    fn add(&mut self, text: &str) {
        self.0.push(text.to_owned());
        let pattern = text.strip_prefix("^(").and_then(|it| it.strip_suffix(")$"));
        if let Some(plain) = plain(pattern.unwrap_or(text), pattern.is_some()) {
            self.0.push(plain);
        }
        if text.starts_with('{') && text.ends_with('}') {
            let items = text[1..text.len() - 1].split(',');
            self.0.extend(items.map(|it| it.trim_matches('"').to_owned()));
        }
        self.0.extend(super::rewrite::identifiers(text));
    }

    /// Whether a name, or a number, is one of them.
    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|named| named == name)
    }
}

/// What a pattern fits, if that is one text: one without placeholders of LIKE, or of a regular
/// expression.
fn plain(pattern: &str, is_regular: bool) -> Option<String> {
    let mut plain = String::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.push(characters.next()?),
            '%' if !is_regular => return None,
            '.' | '*' | '+' | '?' | '[' | '(' | '|' | '^' | '$' | '{' if is_regular => return None,
            other => plain.push(other),
        }
    }
    Some(plain)
}

impl Snapshot {
    /// Reads what a statement asks about. Tables are listed of the default schema, and of models that
    /// the statement names; of others those that are known already. Columns are told of metadata
    /// tables, and of tables that it names.
    ///
    /// # Errors
    /// As reading the names.
    pub(super) async fn read(session: &Session, whom: Whom, named: &Named) -> Result<Self> {
        let names = session.directory().names().await?;
        let (database, default) = session.defaults();
        let provider = session.context().catalog(&database);
        let mut schemas =
            vec![(11, PG_CATALOG.to_owned()), (13_000, INFORMATION_SCHEMA.to_owned())];
        let mut tables = Vec::new();
        let own = provider.iter().flat_map(|it| it.schema_names());
        let own: Vec<(i64, String)> =
            own.map(|name| (whom.oids.of("schema", &[&database, &name]), name)).collect();
        for schema in &own {
            let (oid, name) = schema;
            let is_asked = *name == default || named.has(name) || named.has(&oid.to_string());
            if is_asked && *name != INFORMATION && database != TENANT {
                let model = names.workspace(&database).and_then(|it| it.model(name));
                if let Ok(model) = model {
                    session.directory().read_tables(model).await?;
                }
            }
            let place = Place { session, database: &database, schema, named, oids: &whom.oids };
            if let Some(found) = provider.as_ref().and_then(|it| it.schema(name)) {
                tables.extend(place.tables(found.as_ref()).await?);
            }
        }
        schemas.extend(own);
        let databases = session.context().catalog_names();
        Ok(Self { whom, database, databases, default, schemas, tables })
    }

    /// The number of a schema.
    pub(super) fn schema(&self, name: &str) -> Option<i64> {
        self.schemas.iter().find(|(_, other)| other == name).map(|(oid, _)| *oid)
    }

    pub(super) fn table(&self, oid: i64) -> Option<&Table> {
        self.tables.iter().find(|table| table.oid == oid)
    }

    /// The table that a name means, with its schema or without.
    pub(super) fn named(&self, name: &str) -> Option<&Table> {
        let parts = super::rewrite::identifiers(name);
        let whole = |table: &&Table| table.name == name && table.schema.1 == self.default;
        if let Some(table) = self.tables.iter().find(whole) {
            return Some(table);
        }
        let (schema, table) = match parts.as_slice() {
            [table] => (self.default.as_str(), table),
            [.., schema, table] => (schema.as_str(), table),
            [] => return None,
        };
        self.tables.iter().find(|it| it.name == *table && it.schema.1 == schema)
    }
}

/// A schema that is being read.
struct Place<'a> {
    session: &'a Session,
    database: &'a str,
    schema: &'a (i64, String),
    named: &'a Named,
    oids: &'a Oids,
}

impl Place<'_> {
    async fn tables(&self, provider: &dyn SchemaProvider) -> Result<Vec<Table>> {
        let schema = &self.schema.1;
        let mut names = provider.table_names();
        names.sort();
        let mut tables = Vec::new();
        for name in names {
            let oid = self.oids.of("table", &[self.database, schema, &name]);
            let definition = information::table(&name).filter(|_| schema == INFORMATION);
            if let Some(definition) = definition {
                let columns = definition.columns.iter().map(|column| Column {
                    name: column.name.to_owned(),
                    kind: Kind::of(&column.field()),
                    doc: Some(column.doc),
                });
                tables.push(Table {
                    oid,
                    schema: self.schema.clone(),
                    is_view: false,
                    doc: Some(definition.doc),
                    columns: Some(columns.collect()),
                    name,
                });
                continue;
            }
            let is_named = self.named.has(&name) || self.named.has(&oid.to_string());
            let columns = if is_named { self.columns(&name).await } else { None };
            let is_view = matches!(self.local_type(provider, &name).await?, Some(TableType::View));
            let schema = self.schema.clone();
            tables.push(Table { oid, schema, name, is_view, doc: None, columns });
        }
        Ok(tables)
    }

    /// What a table that somebody has made is. Of Anaplan's, a provider would have to be made to say
    /// so: that costs requests.
    async fn local_type(
        &self,
        provider: &dyn SchemaProvider,
        name: &str,
    ) -> Result<Option<TableType>> {
        let directory = self.session.directory();
        let names = directory.names().await?;
        let model = names.workspace(self.database).and_then(|it| it.model(&self.schema.1));
        if model.is_ok_and(|model| directory.is_known_table(&model.id, name)) {
            return Ok(None);
        }
        Ok(provider.table_type(name).await?)
    }

    /// The columns of a table. One that can't be read is shown without.
    async fn columns(&self, name: &str) -> Option<Vec<Column>> {
        let found =
            self.session.table_schema(Some(self.database), Some(&self.schema.1), name).await;
        let columns = |schema: &Schema| {
            let fields = schema.fields().iter();
            let column = |field: &Arc<_>| of_field(field);
            fields.map(column).collect()
        };
        match found {
            Ok(schema) => Some(columns(&schema)),
            Err(error) => {
                tracing::warn!(table = name, %error, "shown without its columns");
                None
            }
        }
    }
}

fn of_field(field: &Arc<datafusion::arrow::datatypes::Field>) -> Column {
    Column { name: field.name().clone(), kind: Kind::of(field), doc: None }
}
