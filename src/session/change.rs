//! INSERT, UPDATE and DELETE, found on the parsed statement, and their plans with a writer on top.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::catalog::{CatalogProviderList, TableProvider};
use datafusion::common::TableReference;
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::dml::InsertOp;
use datafusion::logical_expr::logical_plan::{self, PlanType};
use datafusion::logical_expr::{DmlStatement, LogicalPlan, ToStringifiedPlan, WriteOp};
use datafusion::sql::parser::Statement;
use datafusion::sql::planner::object_name_to_table_reference;
use datafusion::sql::sqlparser::ast::{
    self, AssignmentTarget, ConflictTarget, FromTable, Ident, Join, JoinOperator, ObjectName,
    OnConflictAction, OnInsert, SelectItem, SetExpr, TableFactor, TableObject, TableWithJoins,
    UpdateTableFromKind,
};

use super::{Session, schema};
use crate::error::{Error, ErrorKind, Result};
use crate::table::list::ListTable;
use crate::write::{Change, ChangeNode, OnConflict, Operation, check, name_casts, refuse, writer};

/// A statement that changes a table.
#[derive(Debug)]
pub(super) struct Asked {
    operation: Operation,
    /// The table that it changes.
    pub(super) target: TableReference,
    /// Whether reading the result changes it; an EXPLAIN doesn't.
    runs: bool,
    /// Whether it is an INSERT that doesn't say which columns it sets.
    sets_all: bool,
}

/// The change that a statement asks for, if it does.
pub(super) fn find(statement: &Statement) -> Option<Asked> {
    match statement {
        Statement::Explain(explain) => {
            let asked = find(&explain.statement)?;
            Some(Asked { runs: asked.runs && explain.options.analyze, ..asked })
        }
        Statement::Statement(inner) => find_inner(inner),
        _ => None,
    }
}

fn find_inner(statement: &ast::Statement) -> Option<Asked> {
    let (operation, name) = match statement {
        ast::Statement::Insert(insert) => match &insert.table {
            TableObject::TableName(name) if insert.overwrite || insert.replace_into => {
                (Operation::Replace, name)
            }
            TableObject::TableName(name) => (Operation::Insert, name),
            _ => return None,
        },
        ast::Statement::Update(update) => (Operation::Update, table_name(&update.table.relation)?),
        ast::Statement::Delete(delete) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
            (Operation::Delete, table_name(&from.first()?.relation)?)
        }
        ast::Statement::Merge(merge) => (Operation::Merge, table_name(&merge.table)?),
        ast::Statement::Truncate(truncate) => {
            (Operation::Truncate, &truncate.table_names.first()?.name)
        }
        ast::Statement::Prepare { statement, .. } => return find_inner(statement),
        _ => return None,
    };
    let target = object_name_to_table_reference(name.clone(), false).ok()?;
    let sets_all = match statement {
        ast::Statement::Insert(insert) => insert.columns.is_empty(),
        _ => false,
    };
    Some(Asked { operation, target, runs: true, sets_all })
}

fn table_name(relation: &TableFactor) -> Option<&ObjectName> {
    match relation {
        TableFactor::Table { name, .. } => Some(name),
        _ => None,
    }
}

/// Puts what stands behind FROM in an UPDATE beside its table, where DataFusion plans it: it refuses
/// the form with FROM, because its own tables can't be changed by it.
pub(super) fn join_from(statement: &mut Statement) {
    let inner = match statement {
        Statement::Explain(explain) => return join_from(&mut explain.statement),
        Statement::Statement(inner) => inner.as_mut(),
        _ => return,
    };
    let inner = match inner {
        ast::Statement::Prepare { statement, .. } => statement.as_mut(),
        inner => inner,
    };
    let ast::Statement::Update(update) = inner else { return };
    let Some(from) = update.from.take() else { return };
    let (UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) = from;
    for TableWithJoins { relation, joins } in from {
        let join_operator = JoinOperator::CrossJoin(ast::JoinConstraint::None);
        update.table.joins.push(Join { relation, global: false, join_operator });
        update.table.joins.extend(joins);
    }
}

/// Takes `ON CONFLICT` out of an INSERT: DataFusion's planner doesn't know it.
///
/// # Errors
/// Kind [`Unsupported`](ErrorKind::Unsupported) for what can't be had.
pub(super) fn take_conflict(statement: &mut Statement) -> Result<Option<OnConflict>> {
    match statement {
        Statement::Explain(explain) => take_conflict(&mut explain.statement),
        Statement::Statement(inner) => match inner.as_mut() {
            ast::Statement::Insert(insert) => conflict(insert),
            ast::Statement::Prepare { statement, .. } => match statement.as_mut() {
                ast::Statement::Insert(insert) => conflict(insert),
                _ => Ok(None),
            },
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

fn conflict(insert: &mut ast::Insert) -> Result<Option<OnConflict>> {
    let refused = |text| {
        Err(Error::new(ErrorKind::Unsupported, text).with_hint(
            "for example: ON CONFLICT (code) DO UPDATE SET name = excluded.name, or DO NOTHING",
        ))
    };
    let asked = match insert.on.take() {
        None => return Ok(None),
        Some(OnInsert::OnConflict(asked)) => asked,
        Some(_) => return refused("ON DUPLICATE KEY is not known here"),
    };
    let key = match asked.conflict_target {
        None => Vec::new(),
        Some(ConflictTarget::Columns(columns)) => columns.into_iter().map(|it| it.value).collect(),
        Some(ConflictTarget::OnConstraint(_)) => {
            return refused("ON CONFLICT takes a column, not a constraint");
        }
    };
    let update = match asked.action {
        OnConflictAction::DoNothing => return Ok(Some(OnConflict { key, set: Vec::new() })),
        OnConflictAction::DoUpdate(update) => update,
    };
    if update.selection.is_some() {
        return refused("DO UPDATE takes no WHERE");
    }
    let mut set = Vec::new();
    for assignment in update.assignments {
        let AssignmentTarget::ColumnName(target) = &assignment.target else {
            return refused("DO UPDATE SET takes one column at a time");
        };
        let Some(column) = target.0.last().and_then(|part| part.as_ident()) else {
            return refused("DO UPDATE SET takes one column at a time");
        };
        match &assignment.value {
            ast::Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [excluded, other]
                    if excluded.value.eq_ignore_ascii_case("excluded")
                        && other.value.eq_ignore_ascii_case(&column.value) => {}
                _ => return refused("DO UPDATE SET takes column = excluded.column"),
            },
            _ => return refused("DO UPDATE SET takes column = excluded.column"),
        }
        set.push(column.value.clone());
    }
    Ok(Some(OnConflict { key, set }))
}

/// Gives expressions of a SELECT names of their own that are there twice: DataFusion takes them for one
/// column. In an INSERT that names its columns, those of its rows don't count.
pub(super) fn tell_apart(query: &mut ast::Query) {
    tell_apart_in(query.body.as_mut());
}

fn tell_apart_in(rows: &mut SetExpr) {
    let select = match rows {
        SetExpr::Select(select) => select,
        SetExpr::Query(query) => return tell_apart(query),
        SetExpr::SetOperation { left, right, .. } => {
            tell_apart_in(left);
            return tell_apart_in(right);
        }
        _ => return,
    };
    let mut seen = HashSet::new();
    for (place, item) in select.projection.iter_mut().enumerate() {
        if let SelectItem::UnnamedExpr(expr) = item
            && !seen.insert(expr.to_string())
        {
            let (expr, alias) = (expr.clone(), Ident::with_quote('"', format!("value {place}")));
            *item = SelectItem::ExprWithAlias { expr, alias };
        }
    }
}

/// The same for the rows of a statement.
pub(super) fn tell_rows_apart(statement: &mut Statement) {
    let inner = match statement {
        Statement::Explain(explain) => return tell_rows_apart(&mut explain.statement),
        Statement::Statement(inner) => inner.as_mut(),
        _ => return,
    };
    let inner = match inner {
        ast::Statement::Prepare { statement, .. } => statement.as_mut(),
        inner => inner,
    };
    if let ast::Statement::Insert(ast::Insert { source: Some(source), .. }) = inner {
        tell_apart(source);
    }
}

impl Asked {
    /// Refuses what a read-only connection may not do, before anything is sent. What the user made
    /// may be changed: it isn't Anaplan's.
    pub(super) fn may_run(&self, session: &Session) -> Result<()> {
        if !self.runs || !session.settings().read_only || self.is_local(session) {
            return Ok(());
        }
        let (word, table) = (self.operation.word(), self.target.table());
        let text = format!("{word} \"{table}\" is refused: the connection is read-only");
        Err(Error::new(ErrorKind::Denied, text)
            .with_hint("connect without ReadOnly=true to change something"))
    }

    fn is_local(&self, session: &Session) -> bool {
        let (catalog, schema) = session.defaults();
        let name = self.target.clone().resolve(&catalog, &schema);
        if session.catalogs.is_other(&name.catalog) {
            return true;
        }
        let schema = session.catalogs.catalog(&name.catalog).and_then(|c| c.schema(&name.schema));
        schema.is_some_and(|schema| schema::is_local(schema.as_ref(), &name.table))
    }

    /// Refuses what no table of the target's kind can be made to do.
    pub(super) fn refuse(&self, table: &dyn TableProvider) -> Result<()> {
        let name = self.target.table();
        refuse(table, name, self.operation)?;
        // No list takes all of its columns: Anaplan gives items their ids.
        if self.sets_all && table.downcast_ref::<ListTable>().is_some() {
            let text = format!("INSERT INTO \"{name}\" doesn't say which columns it sets");
            return Err(Error::new(ErrorKind::Query, text)
                .with_hint(format!("name them: INSERT INTO \"{name}\" (name, code) …")));
        }
        Ok(())
    }

    /// Refuses columns of the target that can't be set.
    pub(super) fn check(&self, table: &dyn TableProvider, columns: &[String]) -> Result<()> {
        check(table, self.operation, columns)
    }
}

/// The columns that a statement gives values, as it names them.
pub(super) fn columns(statement: &Statement) -> Vec<String> {
    match statement {
        Statement::Explain(explain) => columns(&explain.statement),
        Statement::Statement(inner) => columns_inner(inner),
        _ => Vec::new(),
    }
}

fn columns_inner(statement: &ast::Statement) -> Vec<String> {
    let last = |name: &ObjectName| Some(name.0.last()?.as_ident()?.value.clone());
    match statement {
        ast::Statement::Insert(insert) => insert.columns.iter().filter_map(last).collect(),
        ast::Statement::Update(update) => {
            let target = |assignment: &ast::Assignment| match &assignment.target {
                AssignmentTarget::ColumnName(name) => last(name),
                AssignmentTarget::Tuple(_) => None,
            };
            update.assignments.iter().filter_map(target).collect()
        }
        ast::Statement::Prepare { statement, .. } => columns_inner(statement),
        _ => Vec::new(),
    }
}

/// What DataFusion's plan of a change doesn't tell.
#[derive(Debug)]
pub(super) struct Given {
    /// The columns that it gives values, as it names them.
    pub(super) columns: Vec<String>,
    pub(super) conflict: Option<OnConflict>,
}

/// Puts a writer on top of the rows of a change, if it is one of Anaplan's tables; other plans stay.
/// Also inside an EXPLAIN or a PREPARE.
pub(super) fn plan(session: &Session, plan: LogicalPlan, given: Given) -> Result<LogicalPlan> {
    inside(
        plan,
        Box::new(|plan| match plan {
            LogicalPlan::Dml(dml) => change(session, dml, given),
            other => Ok(other),
        }),
    )
}

/// What takes the place of a plan.
type Replace<'a> = Box<dyn FnOnce(LogicalPlan) -> Result<LogicalPlan> + 'a>;

/// Replaces the plan inside an EXPLAIN or a PREPARE, or the plan itself.
pub(super) fn inside(plan: LogicalPlan, replace: Replace<'_>) -> Result<LogicalPlan> {
    Ok(match plan {
        LogicalPlan::Explain(mut explain) => {
            let inner = inside(explain.plan.as_ref().clone(), replace)?;
            explain.stringified_plans = vec![inner.to_stringified(PlanType::InitialLogicalPlan)];
            explain.plan = Arc::new(inner);
            LogicalPlan::Explain(explain)
        }
        LogicalPlan::Analyze(mut analyze) => {
            analyze.input = Arc::new(inside(analyze.input.as_ref().clone(), replace)?);
            LogicalPlan::Analyze(analyze)
        }
        LogicalPlan::Statement(logical_plan::Statement::Prepare(mut prepare)) => {
            prepare.input = Arc::new(inside(prepare.input.as_ref().clone(), replace)?);
            LogicalPlan::Statement(logical_plan::Statement::Prepare(prepare))
        }
        other => replace(other)?,
    })
}

/// Has the writer of an EXPLAIN say how much it is going to write; other plans stay.
///
/// # Errors
/// As every call.
pub(super) async fn count(session: &Session, plan: LogicalPlan) -> Result<LogicalPlan> {
    let LogicalPlan::Explain(mut explain) = plan else { return Ok(plan) };
    let inner = explain.plan.as_ref().clone();
    explain.plan = Arc::new(ChangeNode::counted(inner, &session.context.state()).await?);
    Ok(LogicalPlan::Explain(explain))
}

fn change(session: &Session, dml: DmlStatement, given: Given) -> Result<LogicalPlan> {
    let Given { columns, conflict } = given;
    let operation = match &dml.op {
        WriteOp::Insert(InsertOp::Append) => Operation::Insert,
        WriteOp::Update => Operation::Update,
        WriteOp::Delete => Operation::Delete,
        // OVERWRITE and REPLACE, of the user's own tables.
        _ => return Ok(LogicalPlan::Dml(dml)),
    };
    let table = source_as_provider(&dml.target)?;
    let columns = if columns.is_empty() && operation == Operation::Insert {
        table.schema().fields().iter().map(|field| field.name().clone()).collect()
    } else {
        columns
    };
    let change = Change { operation, columns, conflict, rows: dml.input.as_ref().clone() };
    match writer(table.as_ref(), &change, &session.directory)? {
        Some(writer) => Ok(ChangeNode::plan(writer, name_casts(change.rows)?)?),
        None => Ok(LogicalPlan::Dml(dml)),
    }
}
