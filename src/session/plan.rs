//! From a statement's text to its plan.

use std::cell::Cell;
use std::sync::Arc;

use datafusion::catalog::{CatalogProviderList, TableProvider};
use datafusion::common::{ResolvedTableReference, TableReference};
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{DdlStatement, LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::parser::Statement;
use datafusion::sql::planner::object_name_to_table_reference;
use datafusion::sql::sqlparser::ast::{self, ObjectName};

use super::catalog::{INFORMATION, INFORMATION_SCHEMA, TENANT};
use super::failure::{improve, no_table, own_table, unparsed, without_columns};
use super::functions::Functions;
use super::into_import::IntoImport;
use super::refresh::is_refresh;
use super::{Session, call, change, schema, show, spelling};
use crate::error::{Error, ErrorKind, Result};
use crate::table::export::{ExportTable, HeldRuns};
use crate::table::import::ImportTable;
use crate::table::list::ListTable;
use crate::write::ChangeNode;

/// Plans one statement.
pub(super) async fn sql(session: &Session, sql: &str) -> Result<DataFrame> {
    if is_refresh(sql) {
        session.refresh_metadata().await?;
        return nothing(session);
    }
    let mut statement = parse(session, sql)?;
    if let Some(call) = call::find(&statement)? {
        return call.plan(session).await;
    }
    if let Some(asked) = change::find(&statement) {
        asked.may_run(session)?;
    }
    session.sign_in().await?;
    let mut state = session.context.state();
    join_prefixes(session, &mut statement).await?;
    if let Statement::Statement(inner) = &statement
        && let ast::Statement::Use(ast::Use::Object(name)) = inner.as_ref()
    {
        return use_model(session, name).await;
    }
    let catalog = state.config_options().catalog.clone();
    if let Statement::Statement(inner) = &statement
        && let Some((name, all)) = show::columns_of(inner)
    {
        let name = object_name_to_table_reference(name.clone(), false).map_err(improve)?;
        let name = name.resolve(&catalog.default_catalog, &catalog.default_schema);
        return show::columns(session, name, all).await;
    }
    session.catalogs.cover(&catalog.default_catalog, &catalog.default_schema);
    change::join_from(&mut statement);
    let conflict = change::take_conflict(&mut statement)?;

    let asked = change::find(&statement);
    let mut target = None;
    let mut missing = None;
    let functions = Functions::find(session, &mut statement).await?;
    let mut tables: spelling::Tables = functions.columns().collect();
    let mut read = Vec::new();
    let held = HeldRuns::default();
    let changed = changed(&statement);
    for reference in state.resolve_table_references(&statement)? {
        if functions.is_named(&reference) {
            continue;
        }
        let is_read = !changed.contains(&reference);
        let resolved = reference.clone().resolve(&catalog.default_catalog, &catalog.default_schema);
        let mut table = match find(session, &resolved).await {
            Ok(table) => table,
            // It may be the name of something that the statement makes, or a table function.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                missing.get_or_insert(error);
                None
            }
            Err(error) => return Err(error),
        };
        if let (Some(asked), Some(table)) = (&asked, &table)
            && asked.target == reference
        {
            asked.refuse(table.as_ref())?;
            target = Some(Arc::clone(table));
        }
        if let (true, Some(export)) =
            (is_read, table.as_ref().and_then(|table| table.downcast_ref::<ExportTable>()))
            && export.learn_columns(&held).await?
        {
            table = find(session, &resolved).await?;
        }
        if table.is_none() {
            table = session.context.table_provider(resolved).await.ok();
        }
        if let Some(table) = table {
            let columns = table.schema().fields().iter().map(|it| it.name().clone()).collect();
            tables.insert(reference, columns);
            read.push(table);
        }
    }
    spelling::columns(&mut statement, &tables);
    let given = change::Given { columns: change::columns(&statement), conflict };
    if let (Some(asked), Some(target)) = (&asked, &target) {
        asked.check(target.as_ref(), &given.columns)?;
    }
    functions.register(&mut state);
    let into = target.as_ref().and_then(|table| table.downcast_ref::<ImportTable>().cloned());
    if target.as_ref().is_some_and(|table| table.downcast_ref::<ListTable>().is_some()) {
        change::tell_rows_apart(&mut statement);
    }
    let into = into.map(|table| IntoImport::take(&mut statement, table, given.conflict.as_ref()));
    let into = into.transpose()?;
    let planned = match state.statement_to_plan(statement).await {
        Ok(plan) => {
            let plan = match (into, asked) {
                (Some(into), _) => into.plan(plan)?,
                (None, Some(_)) => {
                    change::count(session, change::plan(session, plan, given)?).await?
                }
                (None, None) => plan,
            };
            if let LogicalPlan::Ddl(DdlStatement::DropTable(drop)) = &plan {
                may_drop(session, &drop.name).await?;
            }
            session.context.execute_logical_plan(plan).await
        }
        Err(error) => Err(error),
    };
    let frame = planned.map_err(|error| match missing {
        Some(missing) if is_unknown_table(&error) => missing,
        _ => own_table(&error, &read).unwrap_or_else(|| improve(error)),
    })?;
    if frame.schema().fields().is_empty()
        && let Some(error) = read.iter().find_map(|table| without_columns(table.as_ref()))
    {
        return Err(error);
    }
    let (state, plan) = frame.into_parts();
    let frame = DataFrame::new(state, ChangeNode::renewed(plan));
    // What is done by now has read the runs that planning took; else they live as long as what may.
    let Some(held) = held.reserve() else { return Ok(frame) };
    let (mut state, plan) = frame.into_parts();
    state.config_mut().set_extension(Arc::new(held));
    Ok(DataFrame::new(state, plan))
}

fn parse(session: &Session, sql: &str) -> Result<Statement> {
    let state = session.context.state();
    let dialect = state.config_options().sql_parser.dialect;
    state.sql_to_statement(sql, &dialect).map_err(|error| unparsed(error, sql))
}

/// Whether planning a statement begins with signing in.
pub(super) fn needs_sign_in(session: &Session, sql: &str) -> bool {
    if is_refresh(sql) {
        return true;
    }
    let Ok(statement) = parse(session, sql) else { return false };
    match call::find(&statement) {
        Ok(None) => change::find(&statement).is_none_or(|asked| asked.may_run(session).is_ok()),
        Ok(Some(call)) => call.needs_sign_in(session),
        Err(_) => false,
    }
}

/// Whether `Lists` may be the name of a model here.
fn asks_for_models(statement: &Statement) -> bool {
    let asked = Cell::new(false);
    spelling::join_prefixes(&mut statement.clone(), &|_, _| {
        asked.set(true);
        false
    });
    asked.get()
}

/// Takes `Lists.Products` for the one name that it is, unless it names a model and its table.
async fn join_prefixes(session: &Session, statement: &mut Statement) -> Result<()> {
    if asks_for_models(statement) {
        session.directory.names().await?;
    }
    let default = session.defaults().0;
    let is_schema = |catalog: Option<&str>, schema: &str| {
        let catalog = session.catalogs.catalog(catalog.unwrap_or(&default));
        catalog.and_then(|catalog| catalog.schema(schema)).is_some()
    };
    spelling::join_prefixes(statement, &is_schema);
    Ok(())
}

/// The tables that a statement makes, changes or drops. Their columns need not be known.
fn changed(statement: &Statement) -> Vec<TableReference> {
    let names: Vec<&ObjectName> = match statement {
        Statement::CreateExternalTable(table) => vec![&table.name],
        Statement::Explain(explain) => return changed(&explain.statement),
        Statement::Statement(inner) => match inner.as_ref() {
            ast::Statement::CreateTable(table) => vec![&table.name],
            ast::Statement::CreateView(view) => vec![&view.name],
            ast::Statement::Insert(ast::Insert {
                table: ast::TableObject::TableName(name),
                ..
            }) => vec![name],
            ast::Statement::Drop { names, .. } => names.iter().collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let reference = |name: &ObjectName| object_name_to_table_reference(name.clone(), false).ok();
    names.into_iter().filter_map(reference).collect()
}

/// Says that Workspace and Model hide what is outside of them.
fn narrowed(session: &Session, error: Error) -> Error {
    let settings = session.settings();
    let keys: Vec<&str> = [("Workspace", &settings.workspace), ("Model", &settings.model)]
        .into_iter()
        .filter_map(|(key, value)| value.as_ref().map(|_| key))
        .collect();
    if keys.is_empty() {
        return error;
    }
    let hint = error.hint().map_or_else(String::new, |hint| format!("{hint} "));
    let keys = keys.join(" and ");
    error.with_hint(format!("{hint}(the connection is narrowed by {keys}: leave out to see all)"))
}

/// Refuses to drop what is Anaplan's. DataFusion asks the schema too, but takes its refusal for a
/// table that isn't there.
async fn may_drop(session: &Session, name: &TableReference) -> Result<()> {
    let (catalog, schema) = session.defaults();
    let name = name.clone().resolve(&catalog, &schema);
    if find(session, &name).await.is_err() {
        return Ok(());
    }
    match session.catalogs.catalog(&name.catalog).and_then(|c| c.schema(&name.schema)) {
        Some(schema) => schema::may_drop(schema.as_ref(), &name.table),
        None => Ok(()),
    }
}

/// Whether DataFusion has missed a table. Any other error is told as it is: a statement that makes
/// a table mentions a name that isn't there yet, and fails for another reason.
fn is_unknown_table(error: &DataFusionError) -> bool {
    match error.find_root() {
        DataFusionError::Plan(text) => text.starts_with("table '") && text.ends_with("not found"),
        DataFusionError::Execution(text) => text.ends_with("doesn't exist."),
        _ => false,
    }
}

/// Reads what is needed to find a table, and says what is wrong if it can't be found.
pub(super) async fn find(
    session: &Session,
    reference: &ResolvedTableReference,
) -> Result<Option<Arc<dyn TableProvider>>> {
    let ResolvedTableReference { catalog, schema, table } = reference;
    if session.catalogs.is_other(catalog) {
        return Ok(None);
    }
    let in_tenant = catalog.eq_ignore_ascii_case(TENANT);
    if schema.eq_ignore_ascii_case(INFORMATION_SCHEMA) {
        cover(session).await?;
        return Ok(None);
    }
    let is_information = schema.eq_ignore_ascii_case(INFORMATION);
    if !(in_tenant && is_information) {
        let names = session.directory.names().await?;
        let found = if in_tenant {
            names.model_anywhere(schema).map(drop)
        } else {
            names.workspace(catalog).and_then(|workspace| match is_information {
                true => Ok(()),
                false => workspace.model(schema).map(drop),
            })
        };
        found.map_err(|error| narrowed(session, error))?;
    }
    let found = match session.catalogs.catalog(catalog).and_then(|c| c.schema(schema)) {
        Some(schema) => (schema.table(table).await?, schema.table_names()),
        None => (None, Vec::new()),
    };
    match found {
        (Some(table), _) => Ok(Some(table)),
        (None, others) => Err(no_table(table, schema, &others, is_information)),
    }
}

/// Reads the names that `information_schema` shows.
async fn cover(session: &Session) -> Result<()> {
    let (catalog, schema) = session.defaults();
    if schema.eq_ignore_ascii_case(INFORMATION) || session.catalogs.is_other(&catalog) {
        return Ok(());
    }
    let names = session.directory.names().await?;
    let model = if catalog.eq_ignore_ascii_case(TENANT) {
        names.model_anywhere(&schema)?.1
    } else {
        names.workspace(&catalog)?.model(&schema)?
    };
    session.directory.read_tables(model).await
}

/// `USE "Model"`, `USE "Workspace"."Model"`, `USE anaplan`.
async fn use_model(session: &Session, name: &ObjectName) -> Result<DataFrame> {
    let parts: Vec<&str> =
        name.0.iter().filter_map(|part| Some(part.as_ident()?.value.as_str())).collect();
    let names = session.directory.names().await?;
    let (workspace, model) = match parts.as_slice() {
        [TENANT] | [TENANT, INFORMATION] => {
            session.set_defaults(TENANT, INFORMATION);
            return nothing(session);
        }
        [model] => names.model_anywhere(model)?,
        [workspace, model] => {
            let workspace = names.workspace(workspace)?;
            (workspace, workspace.model(model)?)
        }
        _ => {
            return Err(Error::new(ErrorKind::Query, "USE takes a model, or workspace.model")
                .with_hint("for example: USE \"Finance\".\"Sales Planning\""));
        }
    };
    let schema = workspace.schema(&model.id).unwrap_or_else(|| model.id.as_str());
    session.set_defaults(&workspace.catalog, schema);
    nothing(session)
}

/// The result of a statement that gives no rows.
fn nothing(session: &Session) -> Result<DataFrame> {
    let nothing = LogicalPlanBuilder::empty(false).build()?;
    Ok(DataFrame::new(session.context.state(), nothing))
}
