//! Reads TOML into a tree with places.

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::node::{Entry, Node, Table, Value};
use super::problem::Problems;

/// Reads a file. What is wrong with its form goes to the problems.
pub(super) fn read(text: &str, problems: &mut Problems) -> Table {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        problems.add(at, error.message().replace('\n', ", "));
    }
    self::table(table.into_inner())
}

fn table(table: DeTable<'_>) -> Table {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, value)| Entry {
            at: key.span().start,
            key: key.into_inner().into_owned(),
            node: node(value),
        })
        .collect();
    // They come sorted by name.
    entries.sort_by_key(|entry| entry.at);
    Table { entries }
}

fn array(array: DeArray<'_>) -> Vec<Node> {
    array.into_iter().map(node).collect()
}

fn node(value: Spanned<DeValue<'_>>) -> Node {
    let at = value.span().start;
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) if number.radix() == 10 => {
            Value::Number(number.as_str().to_owned())
        }
        DeValue::Integer(number) => {
            let decimal = i128::from_str_radix(number.as_str(), number.radix());
            Value::Number(decimal.map_or_else(|_| number.to_string(), |number| number.to_string()))
        }
        DeValue::Float(number) => Value::Number(number.as_str().to_owned()),
        DeValue::Boolean(flag) => Value::Boolean(flag),
        DeValue::Datetime(moment) => Value::Moment(moment.to_string()),
        DeValue::Array(values) => Value::Array(array(values)),
        DeValue::Table(entries) => Value::Table(table(entries)),
    };
    Node { at, value }
}
