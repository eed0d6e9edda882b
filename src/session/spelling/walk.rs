//! The way through a statement, scope by scope.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, ExcludeSelectItem, Expr, FromTable, Ident, Insert,
    ObjectName, ObjectNamePart, OrderBy, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, Statement, TableObject, TableWithJoins, Update,
    UpdateTableFromKind, VisitMut, VisitorMut, WildcardAdditionalOptions, With,
};

use super::Tables;
use super::scope::{Relation, Scope, Spelling, relation, respell, spelling, unqualified};

type Flow = ControlFlow<()>;
const ON: Flow = ControlFlow::Continue(());

/// Walks through a statement and spells names as tables do.
pub(super) struct Walk<'a> {
    pub(super) tables: &'a Tables,
    /// Those of the queries around, innermost last.
    pub(super) scopes: Vec<Scope>,
    /// The subqueries that have names, innermost last.
    pub(super) ctes: Vec<Relation>,
    /// The queries around.
    queries: Vec<Around>,
    /// What was taken out of the selects around, to be walked in its own order.
    froms: Vec<Vec<TableWithJoins>>,
    /// What the select that was left last saw.
    left: Scope,
    /// The columns of the query that was left last.
    pub(super) output: Option<Vec<String>>,
}

/// A query that the walk is in.
#[derive(Default)]
struct Around {
    /// What was taken out of it, to be walked in its own order.
    with: Option<With>,
    order_by: Option<OrderBy>,
    /// How many named subqueries there were before it.
    ctes: usize,
    /// The columns of its first select, once that was left.
    first: Option<Option<Vec<String>>>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(tables: &'a Tables) -> Self {
        Self {
            tables,
            scopes: Vec::new(),
            ctes: Vec::new(),
            queries: Vec::new(),
            froms: Vec::new(),
            left: Scope::default(),
            output: None,
        }
    }

    /// Names the subqueries of a `WITH`.
    fn with(&mut self, with: &mut With) {
        for cte in &mut with.cte_tables {
            if with.recursive {
                // Its own columns are those of its first part, which nobody has looked at yet.
                let own = Relation { path: Vec::new(), columns: None }.named(Some(&cte.alias));
                self.ctes.push(own);
            }
            let _ = cte.query.visit(self);
            if with.recursive {
                self.ctes.pop();
            }
            let columns = self.output.take();
            self.ctes.push(Relation { path: Vec::new(), columns }.named(Some(&cte.alias)));
        }
    }

    /// Spells an identifier that stands alone.
    fn identifier(&self, ident: &mut Ident) {
        if let Spelling::Other(text) = unqualified(&ident.value, &self.scopes) {
            respell(ident, text);
        }
    }

    /// Spells `table.column`, or `column.field`.
    fn compound(&self, parts: &mut Vec<Ident>) {
        for length in (1..parts.len()).rev() {
            let qualifier: Vec<&str> = parts[..length].iter().map(|p| p.value.as_str()).collect();
            let Some((found, exact)) = relation(&qualifier, &self.scopes) else { continue };
            let known = found.columns();
            if let Spelling::Other(text) = spelling(&parts[length].value, known) {
                respell(&mut parts[length], text);
            }
            if !exact {
                let path = found.path.clone();
                self.requalify(parts, length, &path);
            }
            return;
        }
        if let Some(first) = parts.first_mut() {
            self.identifier(first);
        }
    }

    /// Puts the path of a relation in the place of the first `length` parts.
    fn requalify(&self, parts: &mut Vec<Ident>, length: usize, path: &[String]) {
        let path = path.iter().map(|part| Ident::with_quote('"', part.as_str()));
        parts.splice(..length, path);
    }

    /// Spells the names in the output list of a `SELECT`, apart from its expressions.
    fn projection(&mut self, items: &mut [SelectItem]) {
        for item in items {
            match item {
                SelectItem::QualifiedWildcard(kind, options) => {
                    let mut own = None;
                    if let SelectItemQualifiedWildcardKind::ObjectName(name) = kind {
                        let path: Option<Vec<&str>> = name
                            .0
                            .iter()
                            .map(|part| part.as_ident().map(|ident| ident.value.as_str()))
                            .collect();
                        if let Some((found, exact)) =
                            path.and_then(|path| relation(&path, &self.scopes))
                        {
                            own = found.columns.clone();
                            if !exact {
                                let parts = found.path.iter();
                                let parts = parts.map(|it| Ident::with_quote('"', it.as_str()));
                                name.0 = parts.map(ObjectNamePart::Identifier).collect();
                            }
                        }
                    }
                    wildcard(options, own.as_deref().unwrap_or_default());
                }
                SelectItem::Wildcard(options) => {
                    let own = self.scopes.last().and_then(|scope| columns(&scope.relations));
                    wildcard(options, own.as_deref().unwrap_or_default());
                }
                _ => {}
            }
        }
    }

    /// The columns of a select's result, as far as they have names of their own.
    fn selected(&self, items: &[SelectItem]) -> Option<Vec<String>> {
        let scope = self.scopes.last()?;
        let mut names = Vec::new();
        for item in items {
            match item {
                SelectItem::ExprWithAlias { alias, .. } => names.push(alias.value.clone()),
                SelectItem::UnnamedExpr(Expr::Identifier(ident)) => names.push(ident.value.clone()),
                SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => {
                    names.extend(parts.last().map(|part| part.value.clone()));
                }
                SelectItem::Wildcard(options) if options.opt_rename.is_none() => {
                    names.extend(columns(&scope.relations)?);
                }
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    options,
                ) if options.opt_rename.is_none() => {
                    let path: Option<Vec<&str>> = name
                        .0
                        .iter()
                        .map(|part| part.as_ident().map(|ident| ident.value.as_str()))
                        .collect();
                    names.extend(relation(&path?, &self.scopes)?.0.columns.clone()?);
                }
                // Nobody writes the name that an expression gets by itself in other cases.
                SelectItem::UnnamedExpr(_) => {}
                _ => return None,
            }
        }
        Some(names)
    }
}

/// The columns of all these, unless one's aren't known.
pub(super) fn columns(relations: &[Relation]) -> Option<Vec<String>> {
    let all: Option<Vec<_>> = relations.iter().map(|it| it.columns.clone()).collect();
    Some(all?.concat())
}

/// The columns of a query's result, of which its first select has these.
fn output(body: &SetExpr, first: Option<Vec<String>>) -> Option<Vec<String>> {
    match body {
        SetExpr::Select(_) => first,
        SetExpr::SetOperation { left, .. } => output(left, first),
        SetExpr::Values(values) => {
            let count = values.rows.first().map_or(0, |row| row.len());
            Some((1..=count).map(|number| format!("column{number}")).collect())
        }
        _ => None,
    }
}

/// Spells a column that stands by itself.
pub(super) fn column(name: &mut ObjectName, known: &[impl AsRef<str>]) {
    if let Some(ObjectNamePart::Identifier(ident)) = name.0.last_mut() {
        ident_of(ident, known);
    }
}

fn ident_of(ident: &mut Ident, known: &[impl AsRef<str>]) {
    if let Spelling::Other(text) = spelling(&ident.value, known.iter().map(AsRef::as_ref)) {
        respell(ident, text);
    }
}

fn wildcard(options: &mut WildcardAdditionalOptions, known: &[String]) {
    match &mut options.opt_exclude {
        Some(ExcludeSelectItem::Single(name)) => column(name, known),
        Some(ExcludeSelectItem::Multiple(names)) => {
            names.iter_mut().for_each(|name| column(name, known));
        }
        None => {}
    }
    if let Some(except) = &mut options.opt_except {
        ident_of(&mut except.first_element, known);
        except.additional_elements.iter_mut().for_each(|ident| ident_of(ident, known));
    }
    if let Some(replace) = &mut options.opt_replace {
        replace.items.iter_mut().for_each(|item| ident_of(&mut item.column_name, known));
    }
}

fn targets(assignments: &mut [Assignment], known: &[String]) {
    for assignment in assignments {
        match &mut assignment.target {
            AssignmentTarget::ColumnName(name) => column(name, known),
            AssignmentTarget::Tuple(names) => {
                names.iter_mut().for_each(|name| column(name, known));
            }
        }
    }
}

impl VisitorMut for Walk<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> Flow {
        let ctes = self.ctes.len();
        // Walked here, and put back behind the query.
        let mut with = query.with.take();
        if let Some(with) = &mut with {
            self.with(with);
        }
        let order_by = query.order_by.take();
        self.queries.push(Around { with, order_by, ctes, first: None });
        ON
    }

    fn post_visit_query(&mut self, query: &mut Query) -> Flow {
        let Around { with, mut order_by, ctes, first } = self.queries.pop().unwrap_or_default();
        let output = match query.body.as_ref() {
            SetExpr::Query(_) => self.output.take(),
            body => output(body, first.flatten()),
        };
        if let Some(order_by) = &mut order_by {
            let mut scope = match query.body.as_ref() {
                SetExpr::Select(_) => std::mem::take(&mut self.left),
                _ => Scope::default(),
            };
            // The columns of the result come first, and others where there are none.
            scope.aliases = output.clone().unwrap_or_default();
            if output.is_none() {
                scope.relations.push(Relation::default());
            }
            self.scopes.push(scope);
            let _ = order_by.visit(self);
            self.scopes.pop();
        }
        (query.with, query.order_by) = (with, order_by);
        self.ctes.truncate(ctes);
        self.output = output;
        ON
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> Flow {
        self.scopes.push(Scope::default());
        let mut from = std::mem::take(&mut select.from);
        self.from(&mut from);
        self.froms.push(from);
        let aliases = select.projection.iter().filter_map(|item| match item {
            SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
            _ => None,
        });
        let aliases = aliases.collect();
        if let Some(scope) = self.scopes.last_mut() {
            scope.aliases = aliases;
        }
        self.projection(&mut select.projection);
        ON
    }

    fn post_visit_select(&mut self, select: &mut Select) -> Flow {
        let output = self.selected(&select.projection);
        self.left = self.scopes.pop().unwrap_or_default();
        select.from = self.froms.pop().unwrap_or_default();
        if let Some(query) = self.queries.last_mut() {
            query.first.get_or_insert(output);
        }
        ON
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> Flow {
        match expr {
            Expr::Identifier(ident) if !ident.value.starts_with('@') => self.identifier(ident),
            Expr::CompoundIdentifier(parts) => self.compound(parts),
            _ => {}
        }
        ON
    }

    fn pre_visit_statement(&mut self, statement: &mut Statement) -> Flow {
        match statement {
            Statement::Insert(Insert { table: TableObject::TableName(name), columns, .. }) => {
                let known = self.table(name).columns.unwrap_or_default();
                columns.iter_mut().for_each(|name| column(name, &known));
            }
            Statement::Update(Update { table, assignments, from, .. }) => {
                self.scopes.push(Scope::default());
                self.from(std::slice::from_mut(table));
                let known = columns(self.relations()).unwrap_or_default();
                targets(assignments, &known);
                if let Some(
                    UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from),
                ) = from
                {
                    self.from(from);
                }
            }
            Statement::Delete(Delete {
                from: FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from),
                ..
            }) => {
                self.scopes.push(Scope::default());
                self.from(from);
            }
            _ => {}
        }
        ON
    }

    fn post_visit_statement(&mut self, statement: &mut Statement) -> Flow {
        if matches!(statement, Statement::Update(_) | Statement::Delete(_)) {
            self.scopes.pop();
        }
        ON
    }
}
