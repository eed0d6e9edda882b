//! Filters that travel: `name` and `code` with `=` and `IN`.

use std::collections::BTreeSet;

use datafusion::logical_expr::{Expr, Operator};

/// The column and the texts that a filter allows, or nothing if it says something else. The answer
/// to "is it pushed down" is this function too.
pub(super) fn translate<'a>(
    filter: &'a Expr,
    is_key: &impl Fn(&str) -> bool,
) -> Option<(&'a str, BTreeSet<String>)> {
    let key = |expr: &'a Expr| match expr {
        Expr::Column(column) if is_key(&column.name) => Some(column.name.as_str()),
        _ => None,
    };
    match filter {
        Expr::BinaryExpr(binary) if binary.op == Operator::Eq => {
            let (column, value) = match (key(&binary.left), key(&binary.right)) {
                (Some(column), None) => (column, text(&binary.right)?),
                (None, Some(column)) => (column, text(&binary.left)?),
                _ => return None,
            };
            Some((column, BTreeSet::from([value])))
        }
        // DataFusion rewrites a short IN to a chain of ORs.
        Expr::BinaryExpr(binary) if binary.op == Operator::Or => {
            let (left, mut values) = translate(&binary.left, is_key)?;
            let (right, more) = translate(&binary.right, is_key)?;
            values.extend(more);
            (left == right).then_some((left, values))
        }
        Expr::InList(list) if !list.negated => {
            let column = key(&list.expr)?;
            Some((column, list.list.iter().map(text).collect::<Option<_>>()?))
        }
        _ => None,
    }
}

fn text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Literal(value, _) => value.try_as_str().flatten().map(str::to_owned),
        _ => None,
    }
}
