//! What a statement is, and its plan.

use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::dataframe::DataFrame;
use datafusion::sql::sqlparser::ast::{
    Expr, SetExpr, Statement, TableFactor, Value, Visit, Visitor,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::names::told_apart;
use crate::postgres::catalog::{self, Whom};
use crate::postgres::command::{self, Command};
use crate::postgres::guard;
use crate::postgres::problem::Outcome;
use crate::postgres::value::{Kind as ValueKind, literal, placeholder, type_named};
use crate::procedure::procedure;
use crate::session::Session;
use crate::session::parameter::{Kind, Template};

/// A statement that has been read.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub(super) sql: String,
    /// What it is, if the server does it itself.
    pub(super) command: Option<Command>,
    pub(super) template: Template,
    /// Its first words.
    word: String,
    second: String,
}

/// Reads a statement.
///
/// # Errors
/// When it is a command that isn't understood, or isn't done.
pub(super) fn read(sql: String) -> Outcome<Read> {
    let sql = as_call(&sql).unwrap_or(sql);
    let command = command::read(&sql)?;
    let template = Template::parse(&sql, &GenericDialect {})?;
    let word = command::first_word(&sql);
    let rest = sql.trim_start().get(word.len()..).unwrap_or_default();
    let second = command::first_word(rest);
    Ok(Read { sql, command, template, word, second })
}

impl Read {
    pub(super) fn is_empty(&self) -> bool {
        self.sql.trim().is_empty()
    }

    /// Whether it gives rows, and not only how many it has changed.
    pub(super) fn gives_rows(&self) -> bool {
        match self.template.kind() {
            Kind::Query => true,
            Kind::Change => ["CALL", "EXEC", "EXECUTE", "EXPLAIN"].contains(&self.word.as_str()),
            Kind::Definition => false,
        }
    }

    /// Whether it changes something in Anaplan.
    pub(super) fn changes(&self) -> bool {
        self.template.kind() == Kind::Change && self.word != "EXPLAIN"
    }

    fn is_call(&self) -> bool {
        ["CALL", "EXEC", "EXECUTE"].contains(&self.word.as_str())
    }

    /// What clients are told at the end.
    pub(super) fn tag(&self, rows: u64) -> String {
        match self.word.as_str() {
            "INSERT" => format!("INSERT 0 {rows}"),
            "UPDATE" | "DELETE" => format!("{} {rows}", self.word),
            "CALL" | "EXEC" | "EXECUTE" => "CALL".to_owned(),
            "SHOW" | "EXPLAIN" | "USE" | "PREPARE" => self.word.clone(),
            "CREATE" | "DROP" | "REFRESH" => format!("{} {}", self.word, self.second),
            _ => format!("SELECT {rows}"),
        }
    }

    /// The statement with values.
    ///
    /// # Errors
    /// When a value is none of its type, or is missing.
    pub(super) fn with(
        &self,
        values: &[Option<bytes::Bytes>],
        types: &[u32],
        is_binary: impl Fn(usize) -> bool,
    ) -> Outcome<String> {
        let literals = values.iter().enumerate().map(|(index, value)| {
            let oid = types.get(index).copied().unwrap_or_default();
            literal(value.as_ref(), oid, is_binary(index), self.is_call())
        });
        let literals = literals.collect::<Outcome<Vec<_>>>()?;
        Ok(self.template.with_texts(&literals)?)
    }

    /// The statement with NULL for every value.
    fn without_values(&self, types: &[u32]) -> Outcome<String> {
        let nulls = types.iter().map(|oid| placeholder(*oid, self.is_call()));
        Ok(self.template.with_texts(&nulls.collect::<Vec<_>>())?)
    }
}

/// `SELECT * FROM procedure(…)`, which ODBC and JDBC make of `{call procedure(…)}`.
fn as_call(sql: &str) -> Option<String> {
    if !sql.contains('(') || command::first_word(sql) != "SELECT" || sql.len() > 100_000 {
        return None;
    }
    let mut parser = Parser::new(&GenericDialect {}).try_with_sql(sql).ok()?;
    let statements = parser.parse_statements().ok()?;
    let [Statement::Query(query)] = statements.as_slice() else { return None };
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    let [from] = select.from.as_slice() else { return None };
    let TableFactor::Table { name, args: Some(arguments), .. } = &from.relation else {
        return None;
    };
    let name = &name.0.last()?.as_ident()?.value;
    let is_all = select.projection.len() == 1 && select.projection[0].to_string() == "*";
    let is_alone = from.joins.is_empty() && select.selection.is_none();
    let definition = procedure(name).filter(|_| is_all && is_alone)?;
    let arguments = arguments.args.iter().map(ToString::to_string).collect::<Vec<_>>();
    Some(format!("CALL {}({})", definition.name, arguments.join(", ")))
}

/// A plan.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) frame: DataFrame,
    /// What running it sets besides.
    pub(super) sets: Vec<(String, String)>,
}

/// Plans a statement. To be called where statements are run.
///
/// # Errors
/// When it reaches what is the server's, and as planning.
pub(super) async fn plan(session: Session, whom: Whom, sql: String) -> Outcome<Planned> {
    guard::check(&sql)?;
    let sql = told_apart(&sql).unwrap_or(sql);
    Ok(match catalog::find(&sql)? {
        Some(mut asked) => {
            let sets = std::mem::take(&mut asked.sets);
            Planned { frame: catalog::plan(&session, whom, asked).await?, sets }
        }
        None => Planned { frame: session.sql(&sql).await?, sets: Vec::new() },
    })
}

/// The parameters that a statement casts, by place, and what it casts them to.
fn casts(sql: &str) -> Vec<(usize, u32)> {
    let parser = Parser::new(&GenericDialect {}).try_with_sql(sql);
    let Ok(statements) = parser.and_then(|mut parser| parser.parse_statements()) else {
        return Vec::new();
    };
    let mut casts = Casts(Vec::new());
    for statement in &statements {
        let flow = statement.visit(&mut casts);
        debug_assert!(flow.is_continue(), "everything is looked at");
    }
    casts.0
}

struct Casts(Vec<(usize, u32)>);

impl Visitor for Casts {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Cast { expr, data_type, .. } = expr
            && let Expr::Value(value) = expr.as_ref()
            && let Value::Placeholder(sign) = &value.value
            && let Some(place) = sign.strip_prefix('$').and_then(|it| it.parse::<usize>().ok())
        {
            let name = data_type.to_string().to_ascii_lowercase();
            let oid = match name.split('(').next().unwrap_or_default() {
                "int" => 23,
                "double" | "float" => 701,
                "decimal" => 1700,
                "timestamp" => 1114,
                "timestamptz" | "timestamp with time zone" => 1184,
                // The number of an object, by its name.
                name if name.contains("reg") => 25,
                name => type_named(name).map_or(25, |row| row.oid),
            };
            self.0.push((place.saturating_sub(1), oid));
        }
        ControlFlow::Continue(())
    }
}

/// What a statement's parameters and columns are.
#[derive(Debug, Clone)]
pub(super) struct Described {
    pub(super) types: Vec<u32>,
    pub(super) columns: Option<SchemaRef>,
}

/// Finds out of what types the parameters are that the client leaves open, and the columns if they are
/// wanted. To be called where statements are run.
///
/// # Errors
/// As planning.
pub(super) async fn describe(
    session: Session,
    whom: Whom,
    read: Read,
    given: Vec<u32>,
    wants_columns: bool,
) -> Outcome<Described> {
    let count = read.template.count();
    let mut types = given;
    types.resize(count.max(types.len()), 0);
    if types.contains(&0) {
        let open = |oid: &&mut u32| **oid == 0;
        for (place, oid) in casts(&read.sql) {
            if let Some(known) = types.get_mut(place).filter(open) {
                *known = oid;
            }
        }
    }
    if types.contains(&0) && read.template.kind() != Kind::Definition {
        // What can't be planned with parameters in it has texts for them.
        if let Ok(planned) = plan(session.clone(), whom.clone(), read.sql.clone()).await
            && let Ok(found) = planned.frame.logical_plan().get_parameter_types()
        {
            for (index, oid) in types.iter_mut().enumerate().filter(|(_, oid)| **oid == 0) {
                if let Some(Some(kind)) = found.get(&format!("${}", index + 1)) {
                    *oid = ValueKind::plain(kind).oid();
                }
            }
        }
    }
    types.iter_mut().filter(|oid| **oid == 0).for_each(|oid| *oid = 25);
    let columns = match wants_columns && read.gives_rows() {
        false => None,
        true => {
            let planned = plan(session, whom, read.without_values(&types)?).await?;
            Some(Arc::new(planned.frame.schema().as_arrow().clone()))
        }
    };
    Ok(Described { types, columns })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_procedure_in_a_from_is_a_call() {
        let call = |sql: &str| as_call(sql);
        assert_eq!(
            call("SELECT * FROM runexport('A (b)', 5)").as_deref(),
            Some("CALL RunExport('A (b)', 5)")
        );
        assert_eq!(call("SELECT * FROM RunExport('A') WHERE x = 1"), None);
        assert_eq!(call("SELECT * FROM import_failures('A', 'b')"), None);
        assert_eq!(call("SELECT count(*) FROM t"), None);
    }

    #[test]
    fn parameters_are_what_they_are_cast_to() {
        let sql = "SELECT $1::int, CAST($2 AS text), $3::regclass, $4, $5::date WHERE x > $6::numeric(5, 2)";
        assert_eq!(casts(sql), [(0, 23), (1, 25), (2, 25), (4, 1082), (5, 1700)]);
    }

    #[test]
    fn tags_are_postgresqls() {
        let tag = |sql: &str| read(sql.to_owned()).expect("read").tag(3);
        assert_eq!(tag("INSERT INTO t VALUES (1)"), "INSERT 0 3");
        assert_eq!(tag("with x as (select 1) select * from x"), "SELECT 3");
        assert_eq!(tag("(SELECT 1)"), "SELECT 3");
        assert_eq!(tag("create view v as select 1"), "CREATE VIEW");
        assert_eq!(tag("EXEC RunExport Export = 'x'"), "CALL");
    }
}
