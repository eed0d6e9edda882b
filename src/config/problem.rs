//! Collects everything that is wrong with the settings, to be reported at once.

use super::key::Key;
use super::source::Source;
use crate::error::{Error, ErrorKind, Result};

/// What is wrong with the settings so far. No text in it holds a value.
#[derive(Debug, Default)]
pub(super) struct Problems {
    texts: Vec<String>,
    /// Keys whose value was probably given, but could not be read.
    garbled: Vec<Key>,
}

impl Problems {
    /// Adds a problem that has no single place.
    pub(super) fn add(&mut self, text: impl Into<String>) {
        self.texts.push(text.into());
    }

    /// Adds a problem with the text of the connection string, at a character (the first is 1).
    pub(super) fn add_at(&mut self, position: usize, text: impl AsRef<str>) {
        self.add(format!("connection string, position {position}: {}", text.as_ref()));
    }

    /// Adds a problem with the value of a key, naming where the value came from.
    pub(super) fn add_value(&mut self, key: Key, source: Source, text: impl AsRef<str>) {
        let text = text.as_ref();
        self.add(match source {
            Source::Environment => format!("environment variable {}: {key} {text}", key.env_name()),
            other => format!("{other}: {key} {text}"),
        });
    }

    /// Remembers that the value of a key was probably given, but could not be read: its absence is
    /// not worth another problem.
    pub(super) fn garbled(&mut self, key: Key) {
        self.garbled.push(key);
    }

    /// Whether the value of a key was probably given, but could not be read.
    pub(super) fn is_garbled(&self, key: Key) -> bool {
        self.garbled.contains(&key)
    }

    /// The value, if there is no problem.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] with all problems: the problem itself if it is one, else their number
    /// and each on a line of its own.
    pub(super) fn into_result<T>(self, value: Option<T>) -> Result<T> {
        let message = match (self.texts.as_slice(), value) {
            ([], Some(value)) => return Ok(value),
            ([], None) => {
                return Err(Error::new(ErrorKind::Internal, "settings failed without a problem"));
            }
            ([one], _) => one.clone(),
            (all, _) => {
                format!("{} problems in the connection settings\n  {}", all.len(), all.join("\n  "))
            }
        };
        Err(Error::new(ErrorKind::Config, message)
            .with_hint("`anaplan-sql help connection` lists all keys and their values"))
    }
}
