//! `pg_catalog` and `information_schema`, as PostgreSQL's clients ask them.
//!
//! A statement about the catalog is planned apart from Anaplan's tables, in a context of its own that
//! holds nothing but these tables and PostgreSQL's functions. What it asks is read from the names
//! that the session has: of the default model, and of what the statement names. So browsing costs no
//! request for each table.

mod absent;
mod definition;
mod empty;
mod functions;
mod information;
mod names;
mod provider;
mod rewrite;
mod snapshot;
mod tables;

use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::dataframe::DataFrame;
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{self, Expr, Function, ObjectName, Visit, Visitor};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use self::provider::Database;
pub(super) use self::snapshot::{Oids, Snapshot, Whom};
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;

/// The schemas of the catalog.
pub(super) const PG_CATALOG: &str = "pg_catalog";
pub(super) const INFORMATION_SCHEMA: &str = "information_schema";

/// What stands in every statement about the catalog, and in few others.
const SIGNS: &[&str] = &[
    "pg_",
    "information_schema",
    "current_",
    "session_user",
    "version",
    "set_config",
    "format_type",
    "has_",
    "to_reg",
    "obj_description",
    "col_description",
    "::reg",
];

/// A statement about the catalog.
#[derive(Debug)]
pub(super) struct Asked {
    statement: ast::Statement,
    /// What its calls of `set_config` set.
    pub(super) sets: Vec<(String, String)>,
}

/// Finds out whether a statement is about the catalog: its tables are all of the catalog, or it has
/// none and calls a function of PostgreSQL's.
///
/// # Errors
/// Kind [`Unsupported`](ErrorKind::Unsupported) when it joins the catalog with other tables.
pub(super) fn find(sql: &str) -> Result<Option<Asked>> {
    let lower = sql.to_ascii_lowercase();
    if !SIGNS.iter().any(|sign| lower.contains(sign)) {
        return Ok(None);
    }
    let Ok(mut parser) = Parser::new(&GenericDialect {}).try_with_sql(sql) else { return Ok(None) };
    let Ok(mut statements) = parser.parse_statements() else {
        return Ok(None);
    };
    let (Some(mut statement), true) = (statements.pop(), statements.is_empty()) else {
        return Ok(None);
    };
    if !matches!(statement, ast::Statement::Query(_) | ast::Statement::Explain { .. }) {
        return Ok(None);
    }
    let mut found = Found::default();
    let flow = statement.visit(&mut found);
    debug_assert!(flow.is_continue(), "everything is looked at");
    match (found.tables, found.others, found.functions) {
        (0, 0, 0) | (0, 1.., _) => return Ok(None),
        (1.., 1.., _) => {
            let text = "tables of the catalog can't be joined with Anaplan's";
            return Err(Error::new(ErrorKind::Unsupported, text));
        }
        _ => {}
    }
    rewrite::rewrite(&mut statement);
    Ok(Some(Asked { statement, sets: found.sets }))
}

/// What a statement mentions.
#[derive(Default)]
struct Found {
    tables: usize,
    others: usize,
    functions: usize,
    /// The names that its own WITH defines.
    own: Vec<String>,
    sets: Vec<(String, String)>,
}

/// The parts of a name.
fn parts(name: &ObjectName) -> Vec<&str> {
    name.0.iter().filter_map(|it| it.as_ident().map(|ident| ident.value.as_str())).collect()
}

impl Visitor for Found {
    type Break = ();

    fn pre_visit_query(&mut self, query: &ast::Query) -> ControlFlow<()> {
        let with = query.with.iter().flat_map(|with| &with.cte_tables);
        self.own.extend(with.map(|table| table.alias.name.value.clone()));
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        match parts(relation).as_slice() {
            [.., schema, _]
                if schema.eq_ignore_ascii_case(PG_CATALOG)
                    || schema.eq_ignore_ascii_case(INFORMATION_SCHEMA) =>
            {
                self.tables += 1;
            }
            [name] if self.own.iter().any(|own| own == name) => {}
            [name] if provider::is_table(name) => self.tables += 1,
            [name]
                if matches!(name.to_ascii_lowercase().as_str(), "generate_series" | "unnest") => {}
            _ => self.others += 1,
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Function(function) => self.function(function),
            // A cast of a name to its oid.
            Expr::Cast { data_type: ast::DataType::Regclass, .. } => self.functions += 1,
            Expr::Cast { data_type: ast::DataType::Custom(name, _), .. } => {
                let is_own = |name: &&str| name.eq_ignore_ascii_case(PG_CATALOG);
                let names = parts(name);
                let is_number = names.last().is_some_and(|name| name.starts_with("reg"));
                self.functions += usize::from(names.first().is_some_and(is_own) || is_number);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl Found {
    fn function(&mut self, function: &Function) {
        let names = parts(&function.name);
        let Some(name) = names.last().map(|name| name.to_ascii_lowercase()) else { return };
        let is_qualified = names.len() > 1 && names[0].eq_ignore_ascii_case(PG_CATALOG);
        if is_qualified || functions::is_function(&name) {
            self.functions += 1;
        }
        if name == "set_config"
            && let Some([name, value, ..]) = rewrite::texts(function).as_deref()
        {
            self.sets.push((name.clone(), value.clone()));
        }
    }
}

/// Plans a statement about the catalog.
///
/// # Errors
/// As reading the names that it needs, and as planning.
pub(super) async fn plan(session: &Session, whom: Whom, asked: Asked) -> Result<DataFrame> {
    session.sign_in().await?;
    let named = snapshot::Named::in_statement(&asked.statement);
    let snapshot = Arc::new(Snapshot::read(session, whom, &named).await?);
    let mut statement = asked.statement;
    names::replace(&mut statement, &snapshot);
    let config = SessionConfig::new()
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(false)
        .with_target_partitions(1)
        .with_default_catalog_and_schema(&snapshot.database, PG_CATALOG);
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(session.context().runtime_env())
        .with_default_features()
        .build();
    functions::register(&mut state, &snapshot)?;
    let context = SessionContext::new_with_state(state);
    let database = Arc::new(Database::new(Arc::clone(&snapshot)));
    context.register_catalog(&snapshot.database, database);
    let statement = Statement::Statement(Box::new(statement));
    let plan = context.state().statement_to_plan(statement).await?;
    Ok(context.execute_logical_plan(plan).await?)
}
