//! What a scenario file says, as a tree that knows where everything stands.

/// A value and the byte where it starts.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) at: usize,
    pub(crate) value: Value,
}

/// A value. Numbers are kept as they were written, so that a cell shows `1.50` if the file does.
#[derive(Clone)]
pub(crate) enum Value {
    Text(String),
    Number(String),
    Boolean(bool),
    /// A date, with or without a time, as TOML has them.
    Moment(String),
    Null,
    Array(Vec<Node>),
    Table(Table),
}

/// Keys and values, in the order of the file.
#[derive(Clone, Default)]
pub(crate) struct Table {
    pub(crate) entries: Vec<Entry>,
}

/// A key, the byte where it starts, and its value.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) at: usize,
    pub(crate) node: Node,
}

impl Table {
    /// Finds an entry; one that is null counts as missing.
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        let found = self.entries.iter().find(|entry| entry.key == key);
        found.filter(|entry| !matches!(entry.node.value, Value::Null))
    }
}

impl Node {
    /// Names the kind of the value, for errors.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "text",
            Value::Number(_) => "a number",
            Value::Boolean(_) => "true or false",
            Value::Moment(_) => "a date",
            Value::Null => "null",
            Value::Array(_) => "an array",
            Value::Table(_) => "a table",
        }
    }

    /// The text of a value that has no parts.
    pub(crate) fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Number(text) | Value::Moment(text) => Some(text),
            Value::Boolean(true) => Some("true"),
            Value::Boolean(false) => Some("false"),
            Value::Null | Value::Array(_) | Value::Table(_) => None,
        }
    }

    /// The text of a text.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// The values of an array; none for anything else.
    pub(crate) fn array(&self) -> &[Node] {
        if let Value::Array(nodes) = &self.value { nodes } else { &[] }
    }

    /// The table, if it is one.
    pub(crate) fn table(&self) -> Option<&Table> {
        if let Value::Table(table) = &self.value { Some(table) } else { None }
    }
}
