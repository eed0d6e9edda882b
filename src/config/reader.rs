//! Reads values into their types, and notes what is wrong with them.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::choice::Choice;
use super::key::{KEYS, Key};
use super::problem::Problems;
use super::source::{Source, Values};
use super::value;
use crate::secret::Secret;

/// The values of all keys, and the problems found in them so far.
///
/// A method that must return a value, but found none that can be used, reports that and returns a
/// placeholder: the settings are not handed out then.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    values: &'a Values,
    problems: &'a mut Problems,
    read: BTreeSet<Key>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(values: &'a Values, problems: &'a mut Problems) -> Self {
        Self { values, problems, read: BTreeSet::new() }
    }

    /// Checks the values that nothing has read, such as those of keys for another scheme: a slip in
    /// them is reported too.
    pub(super) fn check_rest(mut self) {
        for info in KEYS {
            if !self.read.contains(&info.key) {
                self.parsed(info.key, |text| value::check(info.key, text));
            }
        }
    }

    /// Where each value comes from that somebody has set.
    pub(super) fn values(&self) -> &'a Values {
        self.values
    }

    /// The value as it is.
    pub(super) fn text(&self, key: Key) -> Option<&'a str> {
        self.values.get(key).map(|(text, _)| text)
    }

    /// The value as it is, owned.
    pub(super) fn string(&self, key: Key) -> Option<String> {
        self.text(key).map(str::to_owned)
    }

    /// The value as a secret.
    pub(super) fn secret(&self, key: Key) -> Option<Secret> {
        self.text(key).map(Secret::new)
    }

    /// The value in some type. A failure is reported.
    pub(super) fn parsed<T>(
        &mut self,
        key: Key,
        parse: impl FnOnce(&'a str) -> Result<T, String>,
    ) -> Option<T> {
        self.read.insert(key);
        let (text, source) = self.values.get(key)?;
        let report = |text| self.problems.add_value(key, source, text);
        parse(text).map_err(report).ok()
    }

    pub(super) fn integer<T: TryFrom<u64>>(&mut self, key: Key) -> Option<T> {
        self.parsed(key, |text| value::integer(key, text))
    }

    pub(super) fn seconds(&mut self, key: Key) -> Option<Duration> {
        self.integer(key).map(Duration::from_secs)
    }

    pub(super) fn choice<T: Choice>(&mut self, key: Key) -> Option<T> {
        self.parsed(key, |text| value::choice(key, text))
    }

    pub(super) fn boolean(&mut self, key: Key) -> Option<bool> {
        self.parsed(key, value::boolean)
    }

    pub(super) fn path(&mut self, key: Key) -> Option<PathBuf> {
        self.parsed(key, value::path)
    }

    pub(super) fn base_url(&mut self, key: Key) -> Option<Url> {
        self.parsed(key, value::base_url)
    }

    /// Reports that a key has no value, unless a problem has been reported that explains it.
    pub(super) fn missing(&mut self, key: Key, why: &str) {
        if !self.is_garbled(key) {
            self.problems.add(format!("{key} is missing: {why}"));
        }
    }

    /// Whether a problem has been reported that explains why the key has no value.
    pub(super) fn is_garbled(&self, key: Key) -> bool {
        self.problems.is_garbled(key)
    }

    /// The value as it is; reported if there is none.
    pub(super) fn required(&mut self, key: Key, why: &str) -> &'a str {
        self.text(key).unwrap_or_else(|| {
            self.missing(key, why);
            ""
        })
    }

    /// Reports a problem that is not one key's.
    pub(super) fn problem(&mut self, text: impl Into<String>) {
        self.problems.add(text);
    }

    /// Reports a value that other values do not allow.
    pub(super) fn contradiction(&mut self, key: Key, text: &str) {
        let source = self.values.get(key).map_or(Source::Default, |(_, source)| source);
        self.problems.add_value(key, source, text);
    }
}
