//! Reads JSON into a tree with places: `serde_json` judges the form, and a walk over the text finds
//! where things stand.

use super::node::{Entry, Node, Table, Value};
use super::problem::Problems;

/// Reads a text. What is wrong with its form goes to the problems.
pub(super) fn read(text: &str, problems: &mut Problems) -> Table {
    if let Err(error) = serde_json::from_str::<serde_json::Value>(text) {
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        problems.add(place(text, error.line(), error.column()), message);
        return Table::default();
    }
    let root = Walk { text, at: 0, problems }.value();
    let at = root.at;
    match root.value {
        Value::Table(table) => table,
        _ => {
            problems.add(at, format!("expected an object, not {}", root.kind()));
            Table::default()
        }
    }
}

/// The byte of a line and a column as `serde_json` counts them, in bytes.
fn place(text: &str, line: usize, column: usize) -> usize {
    let before = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len);
    let at = before.sum::<usize>().saturating_add(column.saturating_sub(1)).min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Walks over a text that is known to be JSON.
struct Walk<'a> {
    text: &'a str,
    at: usize,
    problems: &'a mut Problems,
}

impl Walk<'_> {
    fn value(&mut self) -> Node {
        self.skip(|byte| byte.is_ascii_whitespace());
        let at = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => Value::Text(self.string()),
            _ => {
                self.skip(|byte| !byte.is_ascii_whitespace() && !b",]}".contains(&byte));
                match self.text.get(at..self.at).unwrap_or_default() {
                    "true" => Value::Boolean(true),
                    "false" => Value::Boolean(false),
                    "null" => Value::Null,
                    number => Value::Number(number.to_owned()),
                }
            }
        };
        Node { at, value }
    }

    fn object(&mut self) -> Value {
        let mut table = Table::default();
        while self.goes_on(b'}') {
            let at = self.at;
            let key = self.string();
            if table.entries.iter().any(|entry| entry.key == key) {
                self.problems.add(at, format!("the key `{key}` is there already"));
            }
            self.skip(|byte| byte.is_ascii_whitespace() || byte == b':');
            table.entries.push(Entry { key, at, node: self.value() });
        }
        Value::Table(table)
    }

    fn array(&mut self) -> Value {
        let mut nodes = Vec::new();
        while self.goes_on(b']') {
            nodes.push(self.value());
        }
        Value::Array(nodes)
    }

    /// Steps over an opening bracket or a comma to the next entry, or behind the closing bracket.
    fn goes_on(&mut self, end: u8) -> bool {
        self.skip(|byte| byte.is_ascii_whitespace());
        if self.peek() != Some(end) {
            self.at += 1;
            self.skip(|byte| byte.is_ascii_whitespace());
        }
        let is_over = self.peek().is_none_or(|byte| byte == end);
        if is_over {
            self.at += 1;
        }
        !is_over
    }

    fn string(&mut self) -> String {
        let start = self.at;
        self.at += 1;
        let mut escaped = false;
        self.skip(|byte| {
            let goes_on = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            goes_on
        });
        self.at += 1;
        let quoted = self.text.get(start..self.at).unwrap_or_default();
        serde_json::from_str(quoted).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self, mut may: impl FnMut(u8) -> bool) {
        while self.peek().is_some_and(&mut may) {
            self.at += 1;
        }
    }
}
