//! Filters that say which values a column may have: `=`, `IN`, and `OR` of these.

use std::collections::BTreeSet;

use datafusion::logical_expr::{Expr, Operator, TableProviderFilterPushDown};

/// The column and the values that a filter allows it, or nothing if the filter says something
/// else. `key` tells which columns count.
pub(super) fn allowed_values<K: PartialEq>(
    filter: &Expr,
    key: &impl Fn(&str) -> Option<K>,
) -> Option<(K, BTreeSet<String>)> {
    let column = |expr: &Expr| match expr {
        Expr::Column(column) => key(&column.name),
        _ => None,
    };
    match filter {
        Expr::BinaryExpr(binary) if binary.op == Operator::Eq => {
            let (column, value) = match (column(&binary.left), column(&binary.right)) {
                (Some(column), None) => (column, text(&binary.right)?),
                (None, Some(column)) => (column, text(&binary.left)?),
                _ => return None,
            };
            Some((column, BTreeSet::from([value])))
        }
        // DataFusion rewrites a short IN to a chain of ORs.
        Expr::BinaryExpr(binary) if binary.op == Operator::Or => {
            let (left, mut values) = allowed_values(&binary.left, key)?;
            let (right, more) = allowed_values(&binary.right, key)?;
            values.extend(more);
            (left == right).then_some((left, values))
        }
        Expr::InList(list) if !list.negated => {
            let column = column(&list.expr)?;
            Some((column, list.list.iter().map(text).collect::<Option<_>>()?))
        }
        _ => None,
    }
}

/// Which filters travel. Those that do are checked again: the service doesn't mind the case of
/// names and codes, and may ignore a selection.
pub(super) fn pushdown(
    filters: &[&Expr],
    travels: impl Fn(&Expr) -> bool,
) -> Vec<TableProviderFilterPushDown> {
    let answer = |filter: &&Expr| match travels(filter) {
        true => TableProviderFilterPushDown::Inexact,
        false => TableProviderFilterPushDown::Unsupported,
    };
    filters.iter().map(answer).collect()
}

fn text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Literal(value, _) => value.try_as_str().flatten().map(str::to_owned),
        _ => None,
    }
}
