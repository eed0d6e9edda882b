//! What to say when a statement can't be planned.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::{SchemaError, TableReference};
use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::parser::ParserError;

use crate::error::{Error, ErrorKind};
use crate::names::quoted;
use crate::table::information;
use crate::table::module::ModuleTable;

/// Says what DataFusion says in this program's way.
pub(super) fn improve(error: DataFusionError) -> Error {
    match error.find_root() {
        DataFusionError::SQL(parser, _) => syntax(parser),
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
                    error.with_hint(format!("did you mean {}?", quoted(near)))
                }
            }
            _ => Error::from(error),
        },
        DataFusionError::Execution(text) => match unprepared(text) {
            Some(name) => crate::procedure::unknown(name),
            None => Error::from(error),
        },
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

fn syntax(error: &ParserError) -> Error {
    match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => {
            Error::new(ErrorKind::Query, format!("syntax error: {}", without_literal(text)))
                .with_sqlstate("42601")
        }
        ParserError::RecursionLimitExceeded => {
            Error::new(ErrorKind::Query, "the statement is nested too deeply")
                .with_sqlstate("54001")
        }
    }
}

/// What the parser says, without the text of a literal that it has met: that may be a secret.
fn without_literal(text: &str) -> Cow<'_, str> {
    const FOUND: &str = ", found: ";
    let Some(start) = text.find(FOUND).map(|at| at + FOUND.len()) else { return text.into() };
    let end = text.rfind(" at Line: ").filter(|end| *end >= start).unwrap_or(text.len());
    let token = &text[start..end];
    let what = match token {
        // Somebody may take double quotes for those of a text.
        name if name.starts_with(['"', '`']) && !name.starts_with("\"\"\"") => "a quoted name",
        text if text.contains('\'') || text.starts_with(['"', '$']) => "a string",
        _ => return text.into(),
    };
    format!("{}{what}{}", &text[..start], &text[end..]).into()
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
        ] {
            let said = format!("Expected: end of statement, found: {token} at Line: 1, Column: 8");
            let hidden =
                format!("Expected: end of statement, found: {shown} at Line: 1, Column: 8");
            assert_eq!(without_literal(&said), hidden);
        }
        let other = "Unterminated string literal at Line: 1, Column: 8";
        assert_eq!(without_literal(other), other);
    }
}
