//! PostgreSQL's ways of saying things, said in DataFusion's.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    self, BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentList, FunctionArguments, Ident, ObjectName, Query, Value, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::definition::As;
use super::{INFORMATION_SCHEMA, PG_CATALOG, empty, information, parts, tables};

/// Rewrites what doesn't depend on what is there.
pub(super) fn rewrite(statement: &mut ast::Statement) {
    let flow = statement.visit(&mut Rewriter::default());
    debug_assert!(flow.is_continue(), "everything is looked at");
}

/// The parts of a name in SQL, `a."b c"`.
pub(super) fn identifiers(text: &str) -> Vec<String> {
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, text).tokenize() else {
        return Vec::new();
    };
    let words = tokens.into_iter().filter_map(|token| match token {
        Token::Word(word) => Some(word.value),
        _ => None,
    });
    words.collect()
}

/// The texts that a function is called with, if nothing but literals.
pub(super) fn texts(function: &Function) -> Option<Vec<String>> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let text = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => literal(expr),
        _ => None,
    };
    list.args.iter().map(text).collect()
}

pub(super) fn literal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => Some(number.clone()),
            Value::Boolean(truth) => Some(truth.to_string()),
            other => other.clone().into_string(),
        },
        Expr::Cast { expr, .. } | Expr::Nested(expr) => literal(expr),
        _ => None,
    }
}

fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let args = arguments.into_iter().map(|it| FunctionArg::Unnamed(FunctionArgExpr::Expr(it)));
    let args = FunctionArgumentList {
        duplicate_treatment: None,
        args: args.collect(),
        clauses: Vec::new(),
    };
    Expr::Function(Function {
        name: ObjectName::from(Ident::new(name)),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(args),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

pub(super) fn value(value: Value) -> Expr {
    Expr::Value(value.into())
}

pub(super) fn take(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, value(Value::Null))
}

/// The elements of `'{a,b}'`.
fn elements(text: &str) -> Option<Vec<Expr>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let items = inner.split(',').filter(|it| !it.is_empty());
    let items = items.map(|it| value(Value::SingleQuotedString(it.trim_matches('"').to_owned())));
    Some(items.collect())
}

#[derive(Default)]
struct Rewriter {
    /// The names of a WITH that have no rows.
    nothing: empty::Names,
}

impl VisitorMut for Rewriter {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            if empty::query(&table.query, &self.nothing) {
                self.nothing.push(table.alias.name.value.clone());
            }
        }
        empty::simplify(query, &self.nothing);
        query.locks.clear();
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        self.expr(expr);
        ControlFlow::Continue(())
    }
}

impl Rewriter {
    fn expr(&self, expr: &mut Expr) {
        match expr {
            Expr::Subquery(query) if empty::query(query, &self.nothing) => {
                *expr = value(Value::Null);
            }
            Expr::Exists { subquery, negated } if empty::query(subquery, &self.nothing) => {
                *expr = value(Value::Boolean(*negated));
            }
            Expr::InSubquery { subquery, negated, .. } if empty::query(subquery, &self.nothing) => {
                *expr = value(Value::Boolean(*negated));
            }
            Expr::Subquery(query) => one_value(query),
            Expr::Collate { expr: inner, .. } => *expr = take(inner),
            Expr::Like { pattern, escape_char, .. } | Expr::ILike { pattern, escape_char, .. } => {
                if let Some(escape) = escape_char.take()
                    && escape.value != Value::SingleQuotedString("\\".to_owned())
                {
                    let backslash = value(Value::SingleQuotedString("\\".to_owned()));
                    let pattern_given = take(pattern);
                    let arguments = vec![pattern_given, Expr::Value(escape), backslash];
                    **pattern = call("replace", arguments);
                }
            }
            Expr::Cast { .. } => cast(expr),
            Expr::Function(_) => self.function(expr),
            Expr::BinaryOp { left, op, right } => {
                operator(op);
                if matches!(op, BinaryOperator::Eq | BinaryOperator::NotEq) {
                    truth(left, right);
                    truth(right, left);
                }
            }
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. }
                if !matches!(right.as_ref(), Expr::Subquery(_)) =>
            {
                *expr = call("array_has", vec![list(take(right)), take(left)]);
            }
            Expr::AllOp { left, compare_op: BinaryOperator::NotEq, right }
                if !matches!(right.as_ref(), Expr::Subquery(_)) =>
            {
                let has = call("array_has", vec![list(take(right)), take(left)]);
                *expr = Expr::UnaryOp { op: ast::UnaryOperator::Not, expr: Box::new(has) };
            }
            _ => {}
        }
    }

    fn function(&self, expr: &mut Expr) {
        let Expr::Function(function) = expr else { return };
        if let [schema, name] = parts(&function.name).as_slice()
            && [PG_CATALOG, INFORMATION_SCHEMA].contains(&schema.to_ascii_lowercase().as_str())
        {
            function.name = ObjectName::from(Ident::new(name.to_ascii_lowercase()));
        }
        let name = parts(&function.name).last().map(|name| name.to_ascii_lowercase());
        match &function.args {
            // As current_user has none.
            FunctionArguments::None => {
                *expr = call(&name.unwrap_or_default(), Vec::new());
            }
            FunctionArguments::Subquery(query) if name.as_deref() == Some("array") => {
                *expr = match empty::query(query, &self.nothing) {
                    true => parse("arrow_cast(make_array(), 'List(Utf8)')"),
                    false => collected(query),
                }
                .unwrap_or_else(|| value(Value::Null));
            }
            _ => {}
        }
    }
}

fn parse(text: &str) -> Option<Expr> {
    Parser::new(&GenericDialect {}).try_with_sql(text).ok()?.parse_expr().ok()
}

/// The only column of a query that is nothing but a SELECT.
fn column(query: &mut Query) -> Option<&mut Expr> {
    if query.with.is_some() || query.limit_clause.is_some() || query.fetch.is_some() {
        return None;
    }
    let ast::SetExpr::Select(select) = query.body.as_mut() else { return None };
    if select.distinct.is_some() || select.from.is_empty() || empty::is_one_row(select) {
        return None;
    }
    let is_grouped = match &select.group_by {
        ast::GroupByExpr::All(_) => true,
        ast::GroupByExpr::Expressions(all, _) => !all.is_empty(),
    };
    match select.projection.as_mut_slice() {
        [ast::SelectItem::UnnamedExpr(expr) | ast::SelectItem::ExprWithAlias { expr, .. }]
            if !is_grouped =>
        {
            Some(expr)
        }
        _ => None,
    }
}

/// Makes a subquery one that can be seen to give one value at most: DataFusion has no others that
/// depend on what is around them.
fn one_value(query: &mut Query) {
    if let Some(expr) = column(query) {
        *expr = call("max", vec![take(expr)]);
        query.order_by = None;
    }
}

/// `ARRAY(SELECT …)`
fn collected(query: &Query) -> Option<Expr> {
    let mut query = query.clone();
    if let Some(expr) = column(&mut query) {
        *expr = call("array_agg", vec![take(expr)]);
        query.order_by = None;
        return Some(Expr::Subquery(Box::new(query)));
    }
    parse(&format!("(SELECT array_agg(\"x\") FROM ({query}) AS \"array\"(\"x\"))"))
}

/// What ANY and ALL look through.
fn list(expr: Expr) -> Expr {
    match literal(&expr).as_deref().and_then(elements) {
        Some(elements) => call("make_array", elements),
        None => expr,
    }
}

/// `OPERATOR(pg_catalog.~)`
fn operator(op: &mut BinaryOperator) {
    let BinaryOperator::PGCustomBinaryOperator(names) = op else { return };
    let found = match names.last().map(String::as_str) {
        Some("~") => BinaryOperator::PGRegexMatch,
        Some("~*") => BinaryOperator::PGRegexIMatch,
        Some("!~") => BinaryOperator::PGRegexNotMatch,
        Some("!~*") => BinaryOperator::PGRegexNotIMatch,
        Some("~~") => BinaryOperator::PGLikeMatch,
        Some("!~~") => BinaryOperator::PGNotLikeMatch,
        Some("=") => BinaryOperator::Eq,
        Some("<>") => BinaryOperator::NotEq,
        Some("||") => BinaryOperator::StringConcat,
        _ => return,
    };
    *op = found;
}

/// Makes a truth value of a text that a truth value is compared with.
fn truth(column: &Expr, other: &mut Expr) {
    let name = match column {
        Expr::Identifier(ident) => &ident.value,
        Expr::CompoundIdentifier(parts) => match parts.last() {
            Some(ident) => &ident.value,
            None => return,
        },
        _ => return,
    };
    let all = tables::all().chain(information::TABLES).flat_map(|it| it.columns);
    let mut all = all.filter(|(column, _)| name.eq_ignore_ascii_case(column));
    if !all.any(|(_, kind)| *kind == As::Bool) {
        return;
    }
    match literal(other).as_deref() {
        Some("t" | "true" | "y" | "1") => *other = value(Value::Boolean(true)),
        Some("f" | "false" | "n" | "0") => *other = value(Value::Boolean(false)),
        _ => {}
    }
}

/// The name of a type of PostgreSQL's.
fn type_name(data_type: &DataType) -> Option<String> {
    match data_type {
        DataType::Regclass => Some("regclass".to_owned()),
        DataType::Custom(name, _) => parts(name).last().map(|name| name.to_ascii_lowercase()),
        _ => None,
    }
}

fn cast(expr: &mut Expr) {
    let Expr::Cast { expr: inner, data_type, array, .. } = expr else { return };
    // The number of an object, shown as its name.
    if let (true, Expr::Function(function)) = (is_text(data_type), inner.as_ref()) {
        let shown = match parts(&function.name).last().copied() {
            Some("as_regclass") => Some("regclass_name"),
            Some("as_regtype") => Some("regtype_name"),
            Some("as_regproc") => Some("regproc_name"),
            Some("as_regnamespace") => Some("regnamespace_name"),
            Some("as_regrole") => Some("pg_get_userbyid"),
            _ => None,
        };
        if let (Some(shown), FunctionArguments::List(list)) = (shown, &function.args)
            && let [FunctionArg::Unnamed(FunctionArgExpr::Expr(number))] = list.args.as_slice()
        {
            *expr = call(shown, vec![number.clone()]);
            return;
        }
    }
    if let DataType::Array(_) = data_type {
        if let Some(elements) = literal(inner).as_deref().and_then(elements) {
            *expr = call("make_array", elements);
        } else if *array || !matches!(inner.as_ref(), Expr::Value(_)) {
            *expr = take(inner);
        }
        return;
    }
    let Some(name) = type_name(data_type) else { return };
    match name.as_str() {
        "regclass" => *expr = call("as_regclass", vec![take(inner)]),
        "regtype" => *expr = call("as_regtype", vec![take(inner)]),
        "regproc" | "regprocedure" => *expr = call("as_regproc", vec![take(inner)]),
        "regnamespace" => *expr = call("as_regnamespace", vec![take(inner)]),
        "regrole" => *expr = call("as_regrole", vec![take(inner)]),
        "oid" | "xid" | "cid" | "int8" | "cardinal_number" => {
            *data_type = DataType::BigInt(None);
        }
        "int2" => *data_type = DataType::SmallInt(None),
        "int4" => *data_type = DataType::Int(None),
        "float8" => *data_type = DataType::DoublePrecision,
        "float4" => *data_type = DataType::Real,
        "bool" | "boolean" => *data_type = DataType::Boolean,
        "int2vector" | "oidvector" | "_text" | "_name" | "_int2" | "anyarray" => {
            *expr = take(inner);
        }
        // All others are shown as texts.
        _ => *data_type = DataType::Varchar(None),
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Text | DataType::Varchar(_) | DataType::Char(_))
        || type_name(data_type).is_some_and(|it| ["text", "varchar", "name"].contains(&it.as_str()))
}
