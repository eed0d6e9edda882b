//! Columns of the same name, which PostgreSQL allows.

use std::collections::HashSet;

use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, SelectItem, SetExpr, Statement};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use crate::postgres::command::first_word;

/// What stands between a name and the number that makes it another one.
const MARK: char = '\u{1f}';

/// The name as clients are to see it.
pub(super) fn shown(name: &str) -> &str {
    name.split_once(MARK).map_or(name, |(name, _)| name)
}

/// The statement with other names for columns that would have the same one, if there are some.
pub(super) fn told_apart(sql: &str) -> Option<String> {
    if !["SELECT", "WITH"].contains(&first_word(sql).as_str()) {
        return None;
    }
    let mut statements =
        Parser::new(&GenericDialect {}).try_with_sql(sql).ok()?.parse_statements().ok()?;
    let [Statement::Query(query)] = statements.as_mut_slice() else { return None };
    tell_apart(query).then(|| query.to_string())
}

fn tell_apart(query: &mut Query) -> bool {
    let mut body = query.body.as_mut();
    // Of a UNION, the first gives the names.
    while let SetExpr::SetOperation { left, .. } = body {
        body = left.as_mut();
    }
    let SetExpr::Select(select) = body else { return false };
    let is_wild = |item: &SelectItem| {
        matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..))
    };
    let is_wild = select.projection.iter().any(is_wild);
    let (mut known, mut found) = (HashSet::new(), false);
    for (number, item) in select.projection.iter_mut().enumerate() {
        let is_column =
            |expr: &Expr| matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
        let (key, name, expr) = match item {
            SelectItem::UnnamedExpr(expr) => (key(expr), name(expr), expr.clone()),
            SelectItem::ExprWithAlias { expr, alias } => {
                (alias.value.clone(), alias.value.clone(), expr.clone())
            }
            _ => continue,
        };
        let is_new = known.insert(key);
        if is_new && !(is_wild && is_column(&expr)) {
            continue;
        }
        found = true;
        let alias = Ident::with_quote('"', format!("{name}{MARK}{number}"));
        *item = SelectItem::ExprWithAlias { expr, alias };
    }
    found
}

/// What the column of an expression is taken for: casts don't count.
fn key(expr: &Expr) -> String {
    match expr {
        Expr::Cast { expr, .. } | Expr::Nested(expr) => key(expr),
        Expr::CompoundIdentifier(parts) => {
            parts.last().map(|it| it.value.clone()).unwrap_or_default()
        }
        Expr::Identifier(ident) => ident.value.clone(),
        other => other.to_string(),
    }
}

fn name(expr: &Expr) -> String {
    match expr {
        Expr::Value(_) => "?column?".to_owned(),
        other => key(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_one_name_are_told_apart_and_shown_alike() {
        let apart = |sql: &str| told_apart(sql).map(|it| it.replace(MARK, "#"));
        assert_eq!(apart("SELECT 1, 2"), None);
        assert_eq!(apart("SELECT 1, 1").as_deref(), Some("SELECT 1, 1 AS \"?column?#1\""));
        assert_eq!(
            apart("SELECT a.x, b.x FROM a, b").as_deref(),
            Some("SELECT a.x, b.x AS \"x#1\" FROM a, b")
        );
        assert_eq!(
            apart("SELECT n.oid, n.* FROM n").as_deref(),
            Some("SELECT n.oid AS \"oid#0\", n.* FROM n")
        );
        assert_eq!(shown(&format!("x{MARK}1")), "x");
        assert_eq!(shown("x"), "x");
    }
}
