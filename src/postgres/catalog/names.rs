//! Names of tables, types and the like that stand for their numbers.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    self, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Value, VisitMut, VisitorMut,
};

use super::rewrite::{identifiers, literal, take, value};
use super::snapshot::Snapshot;
use super::{parts, tables};
use crate::postgres::value::type_named;

/// Replaces names that are cast to numbers by these.
pub(super) fn replace(statement: &mut ast::Statement, snapshot: &Snapshot) {
    let flow = statement.visit(&mut Names(snapshot));
    debug_assert!(flow.is_continue(), "everything is looked at");
}

/// Replaces literals that are cast to `regclass` and the like.
struct Names<'a>(&'a Snapshot);

impl VisitorMut for Names<'_> {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let Expr::Function(function) = expr else { return ControlFlow::Continue(()) };
        let name = parts(&function.name).last().map(|name| name.to_ascii_lowercase());
        let name = name.unwrap_or_default();
        let FunctionArguments::List(list) = &mut function.args else {
            return ControlFlow::Continue(());
        };
        let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))) = list.args.first_mut()
        else {
            return ControlFlow::Continue(());
        };
        if !name.starts_with("as_reg") {
            return ControlFlow::Continue(());
        }
        let number = |number: Option<i64>| match number {
            Some(number) => value(Value::Number(number.to_string(), false)),
            None => value(Value::Null),
        };
        *expr = match literal(argument) {
            None => take(argument),
            Some(text) => match text.parse::<i64>() {
                Ok(oid) => number(Some(oid)),
                Err(_) => number(self.number(&name, &text)),
            },
        };
        ControlFlow::Continue(())
    }
}

impl Names<'_> {
    fn number(&self, kind: &str, text: &str) -> Option<i64> {
        match kind {
            "as_regclass" => {
                let last = identifiers(text).pop()?;
                self.0.named(text).map(|it| it.oid).or_else(|| tables::class(&last))
            }
            "as_regtype" => {
                let name = text.strip_suffix("[]");
                let found = type_named(name.unwrap_or(text))?;
                Some(i64::from(if name.is_some() { found.array } else { found.oid }))
            }
            "as_regproc" => tables::procedure_named(&identifiers(text).pop()?),
            "as_regnamespace" => self.0.schema(&identifiers(text).pop()?),
            "as_regrole" => Some(10),
            _ => None,
        }
    }
}
