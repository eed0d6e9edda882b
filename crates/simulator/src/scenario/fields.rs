//! The values of a table that has been checked.

use std::time::Duration;

use chrono::NaiveDate;

use super::check;
use super::node::{Entry, Node, Table, Value};
use super::schema::{Kind, Section};
use super::value;

/// A table that has been checked against its description.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    pub(crate) section: &'static Section,
    /// Where the table starts.
    pub(crate) at: usize,
    table: &'a Table,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(section: &'static Section, at: usize, table: &'a Table) -> Self {
        Self { section, at, table }
    }

    fn entry(&self, key: &str) -> Option<&'a Entry> {
        debug_assert!(self.section.key(key).is_some(), "{} in {}", key, self.section.heading);
        #[cfg(test)]
        super::tests::asked::note(self.section, key);
        self.table.get(key)
    }

    /// The value under a key.
    pub(crate) fn node(&self, key: &str) -> Option<&'a Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// Where a key's value starts, or the table where there is none.
    pub(crate) fn place(&self, key: &str) -> usize {
        self.node(key).map_or(self.at, |node| node.at)
    }

    /// Tells whether a key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.node(key)?.text()
    }

    pub(crate) fn cell(&self, key: &str) -> Option<&'a str> {
        self.node(key)?.scalar()
    }

    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        if let Value::Boolean(flag) = self.node(key)?.value { Some(flag) } else { None }
    }

    /// A whole number in the type that the key's bounds allow.
    pub(crate) fn whole<T: TryFrom<i64>>(&self, key: &str) -> Option<T> {
        T::try_from(check::whole(self.node(key)?)?).ok()
    }

    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        check::number(self.node(key)?)
    }

    pub(crate) fn duration(&self, key: &str) -> Option<Duration> {
        value::duration(self.text(key)?)
    }

    pub(crate) fn day(&self, key: &str) -> Option<NaiveDate> {
        check::day(self.node(key)?)
    }

    pub(crate) fn moment(&self, key: &str) -> Option<i64> {
        check::moment(self.node(key)?)
    }

    /// The values of an array.
    pub(crate) fn array(&self, key: &str) -> &'a [Node] {
        self.node(key).map_or(&[], Node::array)
    }

    /// The texts of an array.
    pub(crate) fn texts(&self, key: &str) -> Vec<String> {
        self.array(key).iter().filter_map(|node| Some(node.text()?.to_owned())).collect()
    }

    /// The smallest and the largest number of a range.
    pub(crate) fn range(&self, key: &str) -> Option<(f64, f64)> {
        let [low, high] = self.array(key) else { return None };
        Some((check::number(low)?, check::number(high)?))
    }

    /// The first and the last day.
    pub(crate) fn days(&self, key: &str) -> Option<(NaiveDate, NaiveDate)> {
        let [first, last] = self.array(key) else { return None };
        Some((check::day(first)?, check::day(last)?))
    }

    /// The entries of a table under any keys.
    pub(crate) fn map(&self, key: &str) -> &'a [Entry] {
        self.node(key).and_then(Node::table).map_or(&[], |table| &table.entries)
    }

    /// A table inside.
    pub(crate) fn inner(&self, key: &str) -> Option<Fields<'a>> {
        let entry = self.entry(key)?;
        let Kind::Table(section) = self.section.key(key)?.kind else { return None };
        Some(Fields::new(section, entry.at, entry.node.table()?))
    }

    /// The tables inside.
    pub(crate) fn tables(&self, key: &str) -> Vec<Fields<'a>> {
        let Some(Kind::Tables(section)) = self.section.key(key).map(|key| key.kind) else {
            return Vec::new();
        };
        let node = |node: &'a Node| Some(Fields::new(section, node.at, node.table()?));
        self.array(key).iter().filter_map(node).collect()
    }
}
