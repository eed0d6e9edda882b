//! What clients of a server may not do: reach its files, its settings, its sign-in.

use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::sqlparser::ast;

use super::problem::{Outcome, Problem};
use crate::procedure::{ProcedureDefinition, ProcedureScope, procedure};

/// Refuses a statement that reaches what is the server's.
///
/// # Errors
/// When it does. What can't be parsed passes: planning says why.
pub(super) fn check(sql: &str) -> Outcome<()> {
    let Ok(statements) = DFParser::parse_sql(sql) else { return Ok(()) };
    statements.iter().try_for_each(statement)
}

fn files() -> Problem {
    Problem::forbidden("statements can't reach the server's files")
}

fn statement(statement: &Statement) -> Outcome<()> {
    match statement {
        Statement::CopyTo(_) => {
            Err(files()
                .with_hint("COPY (query) TO STDOUT, as psql's \\copy, writes to the client's"))
        }
        Statement::CreateExternalTable(_) => Err(files()),
        Statement::Explain(explain) => self::statement(&explain.statement),
        Statement::Reset(_) => Err(settings()),
        Statement::Statement(inner) => plain(inner),
    }
}

fn settings() -> Problem {
    Problem::forbidden("settings of the server can't be changed from here")
}

fn plain(statement: &ast::Statement) -> Outcome<()> {
    match statement {
        ast::Statement::Set(_) => Err(settings()),
        ast::Statement::Copy { .. } => Err(files()),
        ast::Statement::Prepare { statement, .. } => plain(statement),
        ast::Statement::CreateTable(table) if table.external => Err(files()),
        ast::Statement::CreateFunction(_) => {
            Err(Problem::unsupported("functions can't be made here"))
        }
        ast::Statement::Call(call) => {
            let arguments = match &call.args {
                ast::FunctionArguments::List(list) => list.args.as_slice(),
                _ => &[],
            };
            let named = arguments.iter().filter_map(|argument| match argument {
                ast::FunctionArg::Named { name, .. } => Some(name.value.as_str()),
                ast::FunctionArg::ExprNamed { name: ast::Expr::Identifier(name), .. } => {
                    Some(name.value.as_str())
                }
                ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) => assigned(expr),
                _ => None,
            });
            match last(&call.name).and_then(procedure) {
                Some(definition) => may_call(definition, named),
                None => Ok(()),
            }
        }
        ast::Statement::Execute { name: Some(name), parameters, .. } => {
            match last(name).and_then(procedure) {
                Some(definition) => may_call(definition, parameters.iter().filter_map(assigned)),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

fn last(name: &ast::ObjectName) -> Option<&str> {
    Some(name.0.last()?.as_ident()?.value.as_str())
}

/// The name in `Parameter = value`.
fn assigned(expr: &ast::Expr) -> Option<&str> {
    match expr {
        ast::Expr::BinaryOp { left, op: ast::BinaryOperator::Eq, .. } => match left.as_ref() {
            ast::Expr::Identifier(name) => Some(name.value.as_str()),
            _ => None,
        },
        _ => None,
    }
}

fn may_call<'a>(
    definition: &ProcedureDefinition,
    named: impl Iterator<Item = &'a str>,
) -> Outcome<()> {
    if definition.scope == ProcedureScope::SignIn {
        let text = format!("{} is the business of whoever runs the server", definition.name);
        return Err(Problem::forbidden(text));
    }
    let mut named = named.map(|name| name.trim_start_matches('@').to_ascii_lowercase());
    if named.any(|name| name == "inputfile" || name == "outputfile") {
        let text = format!("{} can't reach the server's files", definition.name);
        return Err(Problem::forbidden(text).with_hint("leave out InputFile and OutputFile"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_settings_and_the_sign_in_are_the_servers() {
        for sql in [
            "COPY (SELECT 1) TO '/tmp/x.csv'",
            "COPY t TO 'x.parquet' STORED AS PARQUET",
            "EXPLAIN COPY (SELECT 1) TO 'x.csv'",
            "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
            "CREATE UNBOUNDED EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
            "SET datafusion.execution.batch_size = 1",
            "RESET datafusion.execution.batch_size",
            "CALL UploadFile(File => 'x', InputFile => '/etc/passwd')",
            "EXEC UploadFile @File = 'x', @InputFile = '/etc/passwd'",
            "EXECUTE DownloadFile File = 'x', outputfile = '/etc/passwd'",
            "CALL runexport(Export => 'x', OutputFile = '/etc/passwd')",
            "EXPLAIN ANALYZE CALL DownloadFile(File => 'x', \"OutputFile\" => 'y')",
            "CALL Logout()",
            "EXEC GetOAuthAccessToken AuthMode = 'WEB'",
            "SELECT 1; COPY (SELECT 1) TO 'x.csv'",
        ] {
            assert_eq!(check(sql).map_err(|it| it.sqlstate), Err("42501"), "{sql}");
        }
        for sql in [
            "SELECT 1",
            "CALL RunExport(Export => 'x')",
            "EXEC DownloadFile File = 'x'",
            "CREATE VIEW v AS SELECT 1",
            "no SQL",
        ] {
            assert!(check(sql).is_ok(), "{sql}");
        }
    }
}
