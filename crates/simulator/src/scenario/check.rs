//! Checks a tree against the description of the language: keys, kinds of values, what must be there.

use super::node::{Entry, Node, Table, Value};
use super::problem::Problems;
use super::schema::{Key, Kind, Section};
use super::value;

/// Checks a table that starts at a byte of the file.
pub(crate) fn check(section: &'static Section, table: &Table, at: usize, problems: &mut Problems) {
    for entry in &table.entries {
        match section.key(&entry.key) {
            Some(key) => check_entry(section, key, entry, problems),
            None => {
                let what = format!("unknown key `{}`{}", entry.key, inside(section));
                let known = section.keys.iter().map(|key| key.name);
                problems.unknown(entry.at, what, &entry.key, known);
            }
        }
    }
    for key in section.keys.iter().filter(|key| key.is_required && table.get(key.name).is_none()) {
        problems.add(at, format!("`{}` is missing{}", key.name, inside(section)));
    }
}

/// Says in which table a key stands.
fn inside(section: &Section) -> String {
    if section.heading.is_empty() { String::new() } else { format!(" in {}", section.heading) }
}

fn check_entry(section: &Section, key: &'static Key, entry: &Entry, problems: &mut Problems) {
    let node = &entry.node;
    match (key.kind, &node.value) {
        (_, Value::Null) => return,
        (Kind::Table(part), Value::Table(table)) => return check(part, table, entry.at, problems),
        (Kind::Tables(part), Value::Array(nodes)) => {
            for node in nodes {
                match node.table() {
                    Some(table) => check(part, table, node.at, problems),
                    None => problems.add(
                        node.at,
                        format!("`{}`{} must be an array of tables", key.name, inside(section)),
                    ),
                }
            }
            return;
        }
        _ => {}
    }
    if fits(key.kind, node) {
        return;
    }
    let what = format!("`{}`{} must be {}", key.name, inside(section), key.kind.expected());
    match (key.kind, &node.value) {
        (Kind::Word(words), Value::Text(text)) => {
            problems.unknown(node.at, format!("{what}, not `{text}`"), text, words.iter().copied());
        }
        // Beyond that, a value isn't shown: it may be a secret that stands in the wrong place.
        (Kind::Whole(..), Value::Number(number)) => {
            problems.add(node.at, format!("{what}, not {number}"));
        }
        (Kind::Duration | Kind::Day | Kind::Moment, Value::Text(_)) => problems.add(node.at, what),
        _ if what.contains(node.kind()) => problems.add(node.at, what),
        _ => problems.add(node.at, format!("{what}, not {}", node.kind())),
    }
}

/// Tells whether a value is of a kind.
fn fits(kind: Kind, node: &Node) -> bool {
    let all = |fits: &dyn Fn(&Node) -> bool| matches!(&node.value, Value::Array(nodes) if nodes.iter().all(fits));
    let map = |fits: &dyn Fn(&Node) -> bool| matches!(&node.value, Value::Table(table) if table.entries.iter().all(|it| fits(&it.node)));
    let is_text = |node: &Node| node.text().is_some();
    let is_cell = |node: &Node| node.scalar().is_some();
    let is_number = |node: &Node| number(node).is_some();
    let is_day = |node: &Node| day(node).is_some();
    match kind {
        Kind::Text | Kind::Secret | Kind::Path => is_text(node),
        Kind::Cell => is_cell(node),
        Kind::Flag => matches!(node.value, Value::Boolean(_)),
        Kind::Whole(low, high) => whole(node).is_some_and(|it| (low..=high).contains(&it)),
        Kind::Number => is_number(node),
        Kind::Duration => node.text().is_some_and(|text| value::duration(text).is_some()),
        Kind::Day => is_day(node),
        Kind::Moment => moment(node).is_some(),
        Kind::Word(words) => node.text().is_some_and(|text| words.contains(&text)),
        Kind::Words(words) => all(&|node| node.text().is_some_and(|text| words.contains(&text))),
        Kind::Texts => all(&is_text),
        Kind::Pairs => all(&|pair| pair.array().len() == 2 && pair.array().iter().all(is_text)),
        Kind::Range => node.array().len() == 2 && all(&is_number),
        Kind::Days => node.array().len() == 2 && all(&is_day),
        Kind::Rows => all(
            &|row| matches!(&row.value, Value::Array(cells) if cells.iter().all(|it| is_cell(it) || matches!(it.value, Value::Null))),
        ),
        Kind::WordOrWholes(words) => {
            node.text().is_some_and(|text| words.contains(&text))
                || all(&|node| whole(node).is_some_and(|number| number >= 0))
        }
        Kind::TextMap => map(&is_text),
        Kind::TextsMap => {
            map(&|node| matches!(&node.value, Value::Array(nodes) if nodes.iter().all(is_text)))
        }
        Kind::CellMap => map(&is_cell),
        Kind::Any => true,
        Kind::Table(_) => node.table().is_some(),
        Kind::Tables(_) => all(&|node| node.table().is_some()),
    }
}

/// Reads a whole number.
pub(crate) fn whole(node: &Node) -> Option<i64> {
    if let Value::Number(text) = &node.value { text.parse().ok() } else { None }
}

/// Reads a number.
pub(crate) fn number(node: &Node) -> Option<f64> {
    let Value::Number(text) = &node.value else { return None };
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Reads a day.
pub(crate) fn day(node: &Node) -> Option<chrono::NaiveDate> {
    match &node.value {
        Value::Text(text) | Value::Moment(text) => value::day(text),
        _ => None,
    }
}

/// Reads a time, in milliseconds since 1970.
pub(crate) fn moment(node: &Node) -> Option<i64> {
    match &node.value {
        Value::Text(text) | Value::Moment(text) => value::moment(text),
        _ => None,
    }
}
