//! What can be seen to have no rows.
//!
//! Most of the catalog is about things that Anaplan hasn't: indexes, triggers, constraints, sequences.
//! Clients ask for them in long statements with functions of their own. A query of a table that is
//! always empty has no rows, whatever it computes of them; so it need not be understood.

use datafusion::sql::sqlparser::ast::{
    self, Expr, FunctionArg, FunctionArgExpr, GroupByExpr, Ident, JoinOperator, ObjectName, Query,
    Select, SelectItem, SetExpr, SetOperator, TableFactor, TableWithJoins, Value,
};

use super::definition::As;
use super::{INFORMATION_SCHEMA, PG_CATALOG, parts, provider, tables};

/// The names of a WITH that have no rows.
pub(super) type Names = Vec<String>;

/// Whether a table never has rows.
fn table(name: &ObjectName, names: &Names) -> bool {
    let is_empty = |schema: &str, name: &str| {
        provider::definition(&schema.to_ascii_lowercase(), name)
            .is_some_and(|definition| definition.rows.is_none())
    };
    match parts(name).as_slice() {
        // What returns rows of nothing that is here.
        [.., name]
            if matches!(*name, "pg_get_keywords" | "_pg_expandarray" | "pg_options_to_table") =>
        {
            true
        }
        [name] => names.iter().any(|it| it == name) || is_empty(PG_CATALOG, name),
        [.., schema, name] => {
            let schema = schema.to_ascii_lowercase();
            [PG_CATALOG, INFORMATION_SCHEMA].contains(&schema.as_str()) && is_empty(&schema, name)
        }
        [] => false,
    }
}

fn factor(factor: &TableFactor, names: &Names) -> bool {
    match factor {
        TableFactor::Table { name, args: Some(args), .. } if is_unnest(name) => {
            args.args.iter().all(|it| matches!(it, FunctionArg::Unnamed(it) if is_of_nulls(it)))
        }
        TableFactor::Table { name, .. } | TableFactor::Function { name, .. } => table(name, names),
        TableFactor::UNNEST { array_exprs, .. } => array_exprs.iter().all(is_column_of_nulls),
        TableFactor::Derived { subquery, .. } => query(subquery, names),
        TableFactor::NestedJoin { table_with_joins, .. } => joined(table_with_joins, names),
        _ => false,
    }
}

fn is_unnest(name: &ObjectName) -> bool {
    parts(name).last().is_some_and(|name| name.eq_ignore_ascii_case("unnest"))
}

fn is_of_nulls(argument: &FunctionArgExpr) -> bool {
    matches!(argument, FunctionArgExpr::Expr(expr) if is_column_of_nulls(expr))
}

/// Whether it is a column of lists of texts: options, and who may do what. There are none here.
fn is_column_of_nulls(expr: &Expr) -> bool {
    let name = match expr {
        Expr::Identifier(ident) => ident,
        Expr::CompoundIdentifier(parts) => match parts.last() {
            Some(ident) => ident,
            None => return false,
        },
        Expr::Cast { expr, .. } | Expr::Nested(expr) => return is_column_of_nulls(expr),
        _ => return false,
    };
    let mut columns = tables::all().flat_map(|it| it.columns);
    columns.any(|(column, kind)| *kind == As::Texts && name.value.eq_ignore_ascii_case(column))
}

fn joined(table: &TableWithJoins, names: &Names) -> bool {
    let mut is_empty = factor(&table.relation, names);
    for join in &table.joins {
        let right = factor(&join.relation, names);
        is_empty = match join.join_operator {
            JoinOperator::Join(_)
            | JoinOperator::Inner(_)
            | JoinOperator::CrossJoin(_)
            | JoinOperator::CrossApply => is_empty || right,
            JoinOperator::Left(_) | JoinOperator::LeftOuter(_) | JoinOperator::OuterApply => {
                is_empty
            }
            JoinOperator::Right(_) | JoinOperator::RightOuter(_) => right,
            _ => is_empty && right,
        };
    }
    is_empty
}

/// Whether a query's rows come from nothing.
pub(super) fn query(query: &Query, names: &Names) -> bool {
    set(&query.body, names)
}

fn set(body: &SetExpr, names: &Names) -> bool {
    match body {
        SetExpr::Select(it) => select(it, names) && !is_one_row(it),
        SetExpr::Query(it) => query(it, names),
        SetExpr::SetOperation { left, op, right, .. } => {
            let (left, right) = (set(left, names), set(right, names));
            match op {
                SetOperator::Union => left && right,
                SetOperator::Intersect => left || right,
                _ => left,
            }
        }
        _ => false,
    }
}

fn select(select: &Select, names: &Names) -> bool {
    let is_false =
        |expr: &Expr| matches!(expr, Expr::Value(value) if value.value == Value::Boolean(false));
    select.from.iter().any(|it| joined(it, names))
        || select.selection.as_ref().is_some_and(is_false)
}

/// Whether it counts or sums up everything: then there is a row, even of nothing.
pub(super) fn is_one_row(select: &Select) -> bool {
    let is_grouped = match &select.group_by {
        GroupByExpr::All(_) => true,
        GroupByExpr::Expressions(all, _) => !all.is_empty(),
    };
    !is_grouped && select.projection.iter().any(|item| expr(item).is_some_and(is_aggregate))
}

fn is_aggregate(expr: &Expr) -> bool {
    match expr {
        Expr::Function(function) => {
            let name = parts(&function.name).last().map(|it| it.to_ascii_lowercase());
            let name = name.unwrap_or_default();
            let all =
                ["count", "sum", "min", "max", "string_agg", "array_agg", "bool_or", "bool_and"];
            function.over.is_none() && all.contains(&name.as_str())
        }
        Expr::Cast { expr, .. } | Expr::Nested(expr) => is_aggregate(expr),
        Expr::BinaryOp { left, right, .. } => is_aggregate(left) || is_aggregate(right),
        _ => false,
    }
}

fn expr(item: &SelectItem) -> Option<&Expr> {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

/// Puts nothing in the place of what has no rows, under the same names.
pub(super) fn simplify(query: &mut Query, names: &Names) {
    if simplify_set(&mut query.body, names) {
        // They may name what isn't there any more.
        query.order_by = None;
    }
}

fn simplify_set(body: &mut SetExpr, names: &Names) -> bool {
    match body {
        SetExpr::Select(it) if select(it, names) => nothing(it),
        SetExpr::SetOperation { left, right, .. } => {
            simplify_set(left, names);
            simplify_set(right, names);
            false
        }
        _ => false,
    }
}

fn nothing(select: &mut Select) -> bool {
    let is_one_row = is_one_row(select);
    let null = || Expr::Value(Value::Null.into());
    let mut projection = Vec::new();
    for item in &select.projection {
        let (expr, name) = match item {
            SelectItem::UnnamedExpr(expr) => (expr, name(expr)),
            SelectItem::ExprWithAlias { expr, alias } => (expr, alias.clone()),
            // Of which columns only the tables know.
            _ => return false,
        };
        let function = match expr {
            Expr::Function(function) if is_one_row => parts(&function.name).last().copied(),
            _ => None,
        };
        let value = match function {
            Some("count") => Expr::Value(Value::Number("0".into(), false).into()),
            // NULL, in PostgreSQL; but where it has something to say, clients don't expect that.
            Some("string_agg") => Expr::Value(Value::SingleQuotedString(String::new()).into()),
            _ => null(),
        };
        projection.push(SelectItem::ExprWithAlias { expr: value, alias: name });
    }
    // Two of one name would be refused.
    for index in 0..projection.len() {
        let (before, rest) = projection.split_at_mut(index);
        if let [SelectItem::ExprWithAlias { alias, .. }, ..] = rest {
            let is_taken = |it: &SelectItem| {
                matches!(it, SelectItem::ExprWithAlias { alias: other, .. }
                    if other.value == alias.value)
            };
            if before.iter().any(is_taken) {
                alias.value = format!("{}_{index}", alias.value);
            }
        }
    }
    select.projection = projection;
    select.distinct = None;
    select.from = Vec::new();
    select.group_by = GroupByExpr::Expressions(Vec::new(), Vec::new());
    select.having = None;
    select.sort_by = Vec::new();
    let no_rows = Expr::Value(Value::Boolean(false).into());
    select.selection = (!is_one_row).then_some(no_rows);
    true
}

/// What PostgreSQL calls a column that has no alias.
pub(super) fn name(expr: &Expr) -> Ident {
    let text = match expr {
        Expr::Identifier(ident) => return ident.clone(),
        Expr::CompoundIdentifier(parts) => match parts.last() {
            Some(ident) => return ident.clone(),
            None => "?column?",
        },
        Expr::Function(function) => match parts(&function.name).last() {
            Some(name) => return Ident::with_quote('"', name.to_ascii_lowercase()),
            None => "?column?",
        },
        Expr::Cast { expr, data_type, .. } => {
            let inner = name(expr);
            if inner.value != "?column?" {
                return inner;
            }
            return Ident::with_quote('"', data_type.to_string().to_ascii_lowercase());
        }
        Expr::Nested(expr) => return name(expr),
        Expr::Case { .. } => "case",
        Expr::Exists { .. } => "exists",
        Expr::Subquery(query) => match query.body.as_ref() {
            SetExpr::Select(select) => match select.projection.as_slice() {
                [ast::SelectItem::UnnamedExpr(expr)] => return name(expr),
                [ast::SelectItem::ExprWithAlias { alias, .. }] => return alias.clone(),
                _ => "?column?",
            },
            _ => "?column?",
        },
        _ => "?column?",
    };
    Ident::with_quote('"', text)
}
