//! Table functions: `import_failures('Import', 'task')` in a `FROM`.
//!
//! DataFusion calls a table function while it plans, and doesn't wait for anything. What the columns
//! are, only the service can say. So functions are found on the parsed statement, their tables are
//! made before it is planned, and the arguments are replaced by a number that picks the table.

use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::catalog::{TableFunctionImpl, TableProvider};
use datafusion::common::{ScalarValue, TableReference, plan_err};
use datafusion::execution::SessionState;
use datafusion::logical_expr::Expr;
use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::{
    self, FunctionArg, FunctionArgExpr, Ident, ObjectName, ObjectNamePart, TableFactor,
    TableFunctionArgs, VisitMut, VisitorMut,
};

use super::{Session, call};
use crate::error::{Error, ErrorKind, Result};
use crate::procedure::{Argument, ProcedureCall, procedure};

/// The rows that an import rejected.
const IMPORT_FAILURES: &str = "import_failures";
/// The procedure that does the same.
const PROCEDURE: &str = "GetImportFailures";
/// What stands without a name in a call with two arguments, and with three.
const POSITIONS: [&[&str]; 2] = [&["Import", "TaskId"], &["Process", "TaskId", "Import"]];

/// The tables of the functions in a statement, in their order.
#[derive(Debug, Default)]
pub(super) struct Functions(Vec<Arc<dyn TableProvider>>);

impl Functions {
    /// Finds the functions in a statement and makes their tables.
    ///
    /// # Errors
    /// Kind [`Query`](ErrorKind::Query) when arguments are wrong; else as every call.
    pub(super) async fn find(session: &Session, statement: &mut Statement) -> Result<Self> {
        let mut calls = Calls::default();
        visit(statement, &mut calls);
        let mut tables = Vec::new();
        for arguments in calls.0 {
            let definition = procedure(PROCEDURE)
                .ok_or_else(|| Error::new(ErrorKind::Internal, "a procedure is missing"))?;
            let arguments = definition.bind(named(arguments?)?)?;
            let (connection, directory) =
                (session.connection.clone(), Arc::clone(&session.directory));
            let defaults = session.defaults();
            tables.push(
                ProcedureCall::table(definition, arguments, connection, directory, defaults)
                    .await?,
            );
        }
        Ok(Self(tables))
    }

    /// Whether this is the name of a function rather than of a table.
    pub(super) fn is_named(&self, reference: &TableReference) -> bool {
        let is_bare = matches!(reference, TableReference::Bare { .. });
        !self.0.is_empty() && is_bare && reference.table() == IMPORT_FAILURES
    }

    /// The columns of each table, by the name that a statement has for it now.
    pub(super) fn columns(&self) -> impl Iterator<Item = (TableReference, Vec<String>)> {
        self.0.iter().enumerate().map(|(number, table)| {
            let columns = table.schema().fields().iter().map(|it| it.name().clone()).collect();
            (TableReference::bare(format!("{IMPORT_FAILURES}({number})")), columns)
        })
    }

    /// Lets a statement be planned with them. Without any, the names are known all the same.
    pub(super) fn register(self, state: &mut SessionState) {
        state.register_udtf(IMPORT_FAILURES, Arc::new(self));
    }
}

impl TableFunctionImpl for Functions {
    fn call(&self, arguments: &[Expr]) -> datafusion::error::Result<Arc<dyn TableProvider>> {
        let table = match arguments {
            [Expr::Literal(ScalarValue::Int64(Some(number)), _)] => {
                usize::try_from(*number).ok().and_then(|number| self.0.get(number))
            }
            _ => None,
        };
        match table {
            Some(table) => Ok(Arc::clone(table)),
            None => plan_err!("{IMPORT_FAILURES} is planned by the session's own sql"),
        }
    }
}

/// Gives arguments without a name the one of their position.
fn named(arguments: Vec<Argument>) -> Result<Vec<Argument>> {
    let wrong = || {
        Error::new(
            ErrorKind::Query,
            format!("{IMPORT_FAILURES} takes an import and the id of a task"),
        )
        .with_hint(
            "import_failures('Import', 'task id'), or import_failures('Process', 'task id', \
             'Import'); in another model import_failures(Import => 'Import', TaskId => 'task id', \
             Workspace => 'Workspace', Model => 'Model')",
        )
    };
    let plain = arguments.iter().filter(|it| it.name.is_none()).count();
    if plain == 0 {
        return Ok(arguments);
    }
    let names = POSITIONS.iter().find(|names| names.len() == plain).ok_or_else(wrong)?;
    let mut names = names.iter();
    let name = |argument: Argument| match argument.name {
        None => Argument { name: names.next().map(|&it| it.to_owned()), ..argument },
        Some(_) => argument,
    };
    Ok(arguments.into_iter().map(name).collect())
}

/// The calls in a statement; their arguments are taken out.
#[derive(Default)]
struct Calls(Vec<Result<Vec<Argument>>>);

impl VisitorMut for Calls {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        let TableFactor::Table { name, args: Some(TableFunctionArgs { args, .. }), .. } = factor
        else {
            return ControlFlow::Continue(());
        };
        let [ObjectNamePart::Identifier(ident)] = name.0.as_slice() else {
            return ControlFlow::Continue(());
        };
        if ident.value.eq_ignore_ascii_case(IMPORT_FAILURES) {
            let number = ast::Value::Number(self.0.len().to_string(), false);
            let number = FunctionArg::Unnamed(FunctionArgExpr::Expr(ast::Expr::value(number)));
            let given = std::mem::replace(args, vec![number]);
            self.0.push(given.iter().map(call::argument).collect());
            *name = ObjectName::from(Ident::new(IMPORT_FAILURES));
        }
        ControlFlow::Continue(())
    }
}

fn visit(statement: &mut Statement, calls: &mut Calls) {
    let flow = match statement {
        Statement::Statement(inner) => inner.visit(calls),
        Statement::Explain(explain) => {
            visit(&mut explain.statement, calls);
            ControlFlow::Continue(())
        }
        Statement::CopyTo(copy) => match &mut copy.source {
            CopyToSource::Query(query) => query.visit(calls),
            CopyToSource::Relation(_) => ControlFlow::Continue(()),
        },
        _ => ControlFlow::Continue(()),
    };
    debug_assert!(flow.is_continue(), "every table is looked at");
}
