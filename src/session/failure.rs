//! What to say when a statement can't be planned.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::{SchemaError, TableReference};
use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::parser::ParserError;

use super::call::CALL_USAGE;
use crate::error::{Error, ErrorKind};
use crate::names::quoted;
use crate::secret::is_like_token;
use crate::table::information;
use crate::table::module::ModuleTable;

/// What stands in a text that shows the tree of a statement, with the literals in it.
const PLACE: &str = "Span(";

/// What the parser puts before a token that it has met.
const FOUND: &str = "found: ";

/// Says why a statement can't be parsed.
pub(super) fn unparsed(error: DataFusionError, sql: &str) -> Error {
    match error.find_root() {
        DataFusionError::SQL(parser, _) if mentions_call(sql) => {
            let error = match parser.as_ref() {
                // Words that nobody knows, which may repeat what stands there.
                ParserError::ParserError(text) if !text.contains(FOUND) => {
                    Error::new(ErrorKind::Query, "syntax error: the call can't be read")
                }
                other => syntax(other, without_word),
            };
            error.with_hint(CALL_USAGE)
        }
        _ => improve(error),
    }
}

/// Says what DataFusion says in this program's way.
pub(super) fn improve(error: DataFusionError) -> Error {
    match error.find_root() {
        DataFusionError::SQL(parser, _) => syntax(parser, without_literal),
        DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
            SchemaError::FieldNotFound { field, valid_fields } => {
                let names: Vec<&str> = valid_fields.iter().map(|f| f.name.as_str()).collect();
                let near = crate::names::near(&field.name, names.into_iter());
                let table = match &field.relation {
                    Some(
                        TableReference::Bare { table }
                        | TableReference::Partial { table, .. }
                        | TableReference::Full { table, .. },
                    ) => format!(" in \"{table}\""),
                    None => String::new(),
                };
                let error = Error::new(
                    ErrorKind::NotFound,
                    format!("there is no column \"{}\"{table}", field.name),
                )
                .with_sqlstate("42703");
                if valid_fields.is_empty() {
                    error.with_hint("a text is written in single quotes: 'text'")
                } else if near.is_empty() {
                    error.with_hint(
                        "DESCRIBE the table, or \\d it, to see its columns; a text is written in \
                         single quotes: 'text'",
                    )
                } else {
                    let mut near: Vec<&str> = near.into_iter().collect();
                    near.dedup();
                    error.with_hint(format!("did you mean {}?", quoted(near)))
                }
            }
            _ => Error::from(error),
        },
        DataFusionError::Execution(text) => match unprepared(text) {
            Some(name) => crate::procedure::unknown(name),
            None => Error::from(error),
        },
        DataFusionError::NotImplemented(text) if text.contains(PLACE) => {
            let what = text.split(['{', '(']).next().unwrap_or_default().trim_end();
            Error::new(ErrorKind::Unsupported, format!("this SQL is not supported: {what}"))
        }
        root if root.message().starts_with("SHOW TABLES ") => Error::from(error).with_hint(
            "SHOW TABLES alone lists those of the model that USE has chosen, and \
             information_schema.tables can be filtered",
        ),
        _ => Error::from(error),
    }
}

/// What to say of a column that is missing because it has a table of its own.
pub(super) fn own_table(
    error: &DataFusionError,
    tables: &[Arc<dyn TableProvider>],
) -> Option<Error> {
    let DataFusionError::SchemaError(schema, _) = error.find_root() else { return None };
    let SchemaError::FieldNotFound { field, .. } = schema.as_ref() else { return None };
    let mut modules = tables.iter().filter_map(|table| table.downcast_ref::<ModuleTable>());
    let table = modules.find_map(|module| module.table_of(&field.name))?;
    let text =
        format!("line item \"{}\" extends over other dimensions than its module", field.name);
    let hint = format!("it has a table of its own: {}", quoted([table.as_str()]));
    Some(Error::new(ErrorKind::NotFound, text).with_hint(hint))
}

/// What to say of a query that shows no column, if its table has none: a module without dimensions
/// whose line items, if there are any, nobody sees in it.
pub(super) fn without_columns(table: &dyn TableProvider) -> Option<Error> {
    let module = table.downcast_ref::<ModuleTable>()?;
    let shape = module.shape();
    if !table.schema().fields().is_empty() {
        return None;
    }
    let text = format!(
        "module \"{}\" has no columns: no dimensions, and no line items of its own that the \
         signed-in user sees",
        module.name()
    );
    let hint = match shape.others.first().and_then(|item| module.table_of(&item.name)) {
        Some(table) => {
            format!("its line items have tables of their own, such as {}", quoted([table.as_str()]))
        }
        None => "if it got some since this session began, REFRESH METADATA shows them".to_owned(),
    };
    Some(Error::new(ErrorKind::NotFound, text).with_hint(hint))
}

/// What `EXECUTE` names, if no prepared statement has that name.
fn unprepared(text: &str) -> Option<&str> {
    text.strip_prefix("Prepared statement '")?.strip_suffix("' does not exist")
}

/// Whether a call may be in a text that can't be parsed.
fn mentions_call(sql: &str) -> bool {
    let mut words = sql.split(|letter: char| !letter.is_alphanumeric());
    words.any(|word| ["CALL", "EXEC", "EXECUTE"].iter().any(|it| it.eq_ignore_ascii_case(word)))
}

/// The error about a mistake, with what `kind` calls the token that the parser has met.
fn syntax(error: &ParserError, kind: fn(&str) -> Option<&'static str>) -> Error {
    match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => {
            Error::new(ErrorKind::Query, format!("syntax error: {}", naming(text, kind)))
                .with_sqlstate("42601")
        }
        ParserError::RecursionLimitExceeded => {
            Error::new(ErrorKind::Query, "the statement is nested too deeply")
                .with_sqlstate("54001")
        }
    }
}

/// What the parser says, with a name for the token that it has met, if there is one.
fn naming(text: &str, kind: fn(&str) -> Option<&'static str>) -> Cow<'_, str> {
    let Some(start) = text.find(FOUND).map(|at| at + FOUND.len()) else { return text.into() };
    let end = text.rfind(" at Line: ").filter(|end| *end >= start).unwrap_or(text.len());
    match kind(&text[start..end]) {
        Some(what) => format!("{}{what}{}", &text[..start], &text[end..]).into(),
        None => text.into(),
    }
}

/// What a token is whose text may be a secret.
fn without_literal(token: &str) -> Option<&'static str> {
    match token {
        // Somebody may take double quotes for those of a text.
        name if name.starts_with(['"', '`']) && !name.starts_with("\"\"\"") => {
            Some("a quoted name")
        }
        text if text.contains('\'') || text.starts_with(['"', '$']) => Some("a string"),
        word if is_like_token(word) => Some("a word"),
        _ => None,
    }
}

/// The same in a call. Where the quotes around a secret are forgotten, the parser sees numbers and
/// words in it, however short: none of them is shown.
fn without_word(token: &str) -> Option<&'static str> {
    without_literal(token).or_else(|| match token {
        "EOF" => None,
        number if number.starts_with(|it: char| it.is_ascii_digit()) => Some("a number"),
        word if word.contains(char::is_alphanumeric) => Some("a word"),
        _ => None,
    })
}

pub(super) fn no_table(
    table: &str,
    schema: &str,
    others: &[String],
    is_information: bool,
) -> Error {
    let others = others.iter().map(String::as_str);
    let near = if is_information {
        // Few as they are, listing them all would hide that the name lacks its model.
        crate::names::alike(table, others)
    } else {
        crate::names::near(table, others)
    };
    let error =
        Error::new(ErrorKind::NotFound, format!("there is no table \"{table}\" in \"{schema}\""));
    if near.is_empty() && is_information {
        let all = information::TABLES.iter().map(|table| table.name);
        return error.with_hint(format!(
            "tables of a model are named \"Workspace\".\"Model\".\"Export\"; here are {}",
            quoted(all)
        ));
    }
    if near.is_empty() {
        return error.with_hint("SHOW TABLES, or \\dt, lists the tables of the default model");
    }
    error.with_hint(format!("did you mean {}?", quoted(near)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_that_the_parser_met_is_not_shown() {
        for (token, shown) in [
            ("'marker'", "a string"),
            ("'it's, found: marker at Line: 1'", "a string"),
            ("N'marker'", "a string"),
            ("E'marker'", "a string"),
            ("$$marker$$", "a string"),
            ("$tag$marker$tag$", "a string"),
            (r#""""marker""""#, "a string"),
            ("SELEC", "SELEC"),
            ("EOF", "EOF"),
            (r#""Bob's""#, "a quoted name"),
            ("c32f00562225311cfc1648c280257e82", "a word"),
            ("customer_dimension_2026", "customer_dimension_2026"),
        ] {
            let said = format!("Expected: end of statement, found: {token} at Line: 1, Column: 8");
            let hidden =
                format!("Expected: end of statement, found: {shown} at Line: 1, Column: 8");
            assert_eq!(naming(&said, without_literal), hidden);
        }
        let other = "Unterminated string literal at Line: 1, Column: 8";
        assert_eq!(naming(other, without_literal), other);
    }

    #[test]
    fn nothing_that_may_be_of_a_secret_is_shown_of_a_call() {
        for (token, shown) in [
            ("c32f", "a word"),
            ("é", "a word"),
            ("8", "a number"),
            ("'marker'", "a string"),
            (r#""marker""#, "a quoted name"),
            ("EOF", "EOF"),
            (")", ")"),
        ] {
            let said = format!("Expected: ), found: {token} at Line: 1, Column: 8");
            let hidden = format!("Expected: ), found: {shown} at Line: 1, Column: 8");
            assert_eq!(naming(&said, without_word), hidden);
        }
        for sql in ["EXEC x", "explain execute(x)", "\n/* now */ call x"] {
            assert!(mentions_call(sql), "{sql}");
        }
        assert!(!mentions_call("SELECT calls FROM executed"));
    }
}
