//! `CALL` and `EXEC`, found on the parsed statement: DataFusion knows no procedures.

use std::sync::Arc;

use datafusion::common::TableReference;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::logical_plan::PlanType;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, ToStringifiedPlan};
use datafusion::sql::parser::{ExplainStatement, Statement};
use datafusion::sql::sqlparser::ast::{
    self, BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName,
    UnaryOperator,
};

use super::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::procedure::{
    Argument, Arguments, ProcedureCall, ProcedureDefinition, ProcedureScope, Value, procedure,
    unknown,
};
use crate::secret::Secret;

/// How calls are written.
pub(super) const CALL_USAGE: &str = "a call takes texts, numbers and NULL: CALL Name(Parameter => \
                                     'value'), or EXEC Name Parameter = 'value'";

/// A call in a statement, or in the EXPLAIN of one.
#[derive(Debug)]
pub(super) struct Found<'a> {
    definition: &'static ProcedureDefinition,
    arguments: Arguments,
    explain: Option<&'a ExplainStatement>,
}

/// The call that a statement is, if it is one.
///
/// # Errors
/// Kind [`Query`](ErrorKind::Query) when its arguments are wrong, and
/// [`NotFound`](ErrorKind::NotFound) when no procedure has its name.
pub(super) fn find(statement: &Statement) -> Result<Option<Found<'_>>> {
    match statement {
        Statement::Explain(explain) => {
            Ok(find(&explain.statement)?.map(|found| Found { explain: Some(explain), ..found }))
        }
        Statement::Statement(inner) => find_inner(inner),
        _ => Ok(None),
    }
}

fn find_inner(statement: &ast::Statement) -> Result<Option<Found<'_>>> {
    let (definition, given) = match statement {
        ast::Statement::Call(call) => {
            let definition = named(&call.name)?.ok_or_else(|| unknown(&call.name.to_string()))?;
            let given = match &call.args {
                FunctionArguments::None => Vec::new(),
                FunctionArguments::List(list) if list.clauses.is_empty() => {
                    list.args.iter().map(argument).collect::<Result<_>>()?
                }
                _ => return Err(no_literal("an argument")),
            };
            (definition, given)
        }
        ast::Statement::Execute { name: Some(name), parameters, .. } => {
            // Else it may be the name of a prepared statement.
            let Some(definition) = named(name)? else {
                // Whose parameters have no names.
                let is_call = parameters.iter().any(|it| matches!(it, Expr::BinaryOp { .. }));
                return if is_call { Err(unknown(&name.to_string())) } else { Ok(None) };
            };
            (definition, parameters.iter().map(assignment).collect::<Result<_>>()?)
        }
        _ => return Ok(None),
    };
    let arguments = definition.bind(given)?;
    Ok(Some(Found { definition, arguments, explain: None }))
}

/// The procedure of this name.
fn named(name: &ObjectName) -> Result<Option<&'static ProcedureDefinition>> {
    let [.., last] = name.0.as_slice() else { return Ok(None) };
    let Some(last) = last.as_ident() else { return Ok(None) };
    match procedure(&last.value) {
        Some(_) if name.0.len() > 1 => {
            let text = format!("procedure {} is named alone, without a model", last.value);
            Err(Error::new(ErrorKind::Query, text)
                .with_hint("name the model by the parameters Workspace and Model"))
        }
        found => Ok(found),
    }
}

/// `Parameter => value`, or a value alone.
pub(super) fn argument(argument: &FunctionArg) -> Result<Argument> {
    let (name, value) = match argument {
        FunctionArg::Named { name, arg, .. } => (Some(name.value.as_str()), arg),
        FunctionArg::ExprNamed { name: Expr::Identifier(name), arg, .. } => {
            (Some(name.value.as_str()), arg)
        }
        FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => return assignment(value),
        _ => return Err(no_literal("an argument")),
    };
    match value {
        FunctionArgExpr::Expr(expr) => {
            Ok(Argument { name: name.map(parameter), value: literal(expr)? })
        }
        _ => Err(no_literal("an argument")),
    }
}

/// `Parameter = value`, or a value alone.
fn assignment(expr: &Expr) -> Result<Argument> {
    match expr {
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
            let Expr::Identifier(name) = left.as_ref() else {
                return Err(no_literal("an argument"));
            };
            Ok(Argument { name: Some(parameter(&name.value)), value: literal(right)? })
        }
        value => Ok(Argument { name: None, value: literal(value)? }),
    }
}

/// The name without the sign that some dialects put before parameters.
fn parameter(name: &str) -> String {
    name.strip_prefix('@').unwrap_or(name).to_owned()
}

fn literal(expr: &Expr) -> Result<Value> {
    match expr {
        Expr::Value(value) => match &value.value {
            ast::Value::Number(number, _) => Ok(Value::Number(number.clone())),
            ast::Value::Boolean(truth) => Ok(Value::Boolean(*truth)),
            ast::Value::Null => Ok(Value::Null),
            ast::Value::Placeholder(_) => {
                Err(Error::new(ErrorKind::Unsupported, "a call takes no placeholders")
                    .with_hint("write the value as a literal: Parameter => 'value'"))
            }
            text => match text.clone().into_string() {
                Some(text) => Ok(Value::Text(Secret::from(text))),
                None => Err(no_literal("a value")),
            },
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match literal(expr)? {
            Value::Number(number) => Ok(Value::Number(format!("-{number}"))),
            _ => Err(no_literal("a value")),
        },
        // DATE '2020-01-31'
        Expr::TypedString(typed) => match typed.value.value.clone().into_string() {
            Some(text) => Ok(Value::Text(Secret::from(text))),
            None => Err(no_literal("a value")),
        },
        Expr::Identifier(_) => Err(no_literal("a value")
            .with_hint("a text is written in single quotes: Parameter => 'text'")),
        _ => Err(no_literal("a value")),
    }
}

/// The error about what is computed. It doesn't show it: it may hold a secret.
fn no_literal(what: &str) -> Error {
    Error::new(ErrorKind::Query, format!("{what} of the call is no literal")).with_hint(CALL_USAGE)
}

impl Found<'_> {
    /// Whether planning it signs in.
    pub(super) fn needs_sign_in(&self, session: &Session) -> bool {
        let needs = self.definition.scope != ProcedureScope::SignIn;
        let asks = self.runs() || self.definition.plans_with_service();
        needs && asks && self.may_run(session).is_ok()
    }

    /// Whether reading the result runs the procedure.
    fn runs(&self) -> bool {
        self.explain.is_none_or(|explain| explain.options.analyze)
    }

    fn may_run(&self, session: &Session) -> Result<()> {
        if self.runs() && self.definition.changes && session.settings().read_only {
            let text = format!("{} is refused: the connection is read-only", self.definition.name);
            return Err(Error::new(ErrorKind::Denied, text)
                .with_hint("connect without ReadOnly=true to change something"));
        }
        Ok(())
    }

    /// A plan that runs the procedure when its result is polled.
    pub(super) async fn plan(self, session: &Session) -> Result<DataFrame> {
        self.may_run(session)?;
        if self.needs_sign_in(session) {
            session.sign_in().await?;
        }
        let Found { definition, arguments, explain } = self;
        let (connection, directory) = (session.connection.clone(), Arc::clone(&session.directory));
        let defaults = session.defaults();
        let call =
            ProcedureCall::table(definition, arguments, connection, directory, defaults).await?;
        let name = TableReference::bare(definition.name);
        let plan = LogicalPlanBuilder::scan(name, provider_as_source(call), None)?;
        let plan = Arc::new(plan.build()?);
        let plan = match explain {
            None => Arc::unwrap_or_clone(plan),
            Some(explain) => explained(session, explain, plan).await?,
        };
        Ok(DataFrame::new(session.context.state(), plan))
    }
}

/// The EXPLAIN of a plan, with the options of a statement: DataFusion plans one of nothing, and the
/// plan takes the place of that.
async fn explained(
    session: &Session,
    explain: &ExplainStatement,
    plan: Arc<LogicalPlan>,
) -> Result<LogicalPlan> {
    let state = session.context.state();
    let dialect = state.config_options().sql_parser.dialect;
    let nothing = Box::new(state.sql_to_statement("SELECT 1", &dialect)?);
    let options = explain.options.clone();
    let outer = Statement::Explain(ExplainStatement { options, statement: nothing });
    Ok(match state.statement_to_plan(outer).await? {
        LogicalPlan::Explain(mut outer) => {
            outer.stringified_plans = vec![plan.to_stringified(PlanType::InitialLogicalPlan)];
            outer.plan = plan;
            LogicalPlan::Explain(outer)
        }
        LogicalPlan::Analyze(mut outer) => {
            outer.input = plan;
            LogicalPlan::Analyze(outer)
        }
        other => other,
    })
}
