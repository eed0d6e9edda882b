//! Where values come from, and which source wins.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

use super::connection_string::ConnectionString;
use super::key::{ENV_PREFIX, KEYS, Key};
use super::problem::Problems;
use crate::secret::Secret;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Set by the program that uses the library.
    Code,
    /// The connection string.
    ConnectionString,
    /// The key's environment variable.
    Environment,
    /// Nobody has set it.
    Default,
}

impl Source {
    /// The name of the source, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::ConnectionString => "connection string",
            Self::Environment => "environment",
            Self::Default => "default",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Values by key; none is empty, because an empty value means unset.
pub(super) type Layer = BTreeMap<Key, Secret>;

/// The values of all sources.
#[derive(Debug)]
pub(super) struct Values {
    pub(super) code: Layer,
    pub(super) connection_string: Layer,
    pub(super) environment: Layer,
}

impl Values {
    /// The value of a key that counts, and its source: what is set in code wins over the connection
    /// string, that over the environment, that over the default. This is the only place that
    /// decides it.
    pub(super) fn get(&self, key: Key) -> Option<(&str, Source)> {
        self.layers()
            .find_map(|(layer, source)| Some((layer.get(&key)?.expose(), source)))
            .or_else(|| Some((key.info().default?, Source::Default)))
    }

    /// The sources that somebody has filled, the strongest first.
    pub(super) fn layers(&self) -> impl Iterator<Item = (&Layer, Source)> {
        [
            (&self.code, Source::Code),
            (&self.connection_string, Source::ConnectionString),
            (&self.environment, Source::Environment),
        ]
        .into_iter()
    }
}

/// The values of a connection string.
pub(super) fn from_connection_string(parsed: &ConnectionString) -> Layer {
    parsed.pairs().map(|(key, value)| (key, Secret::new(value))).collect()
}

/// The environment that settings are read from.
#[derive(Debug, Default)]
pub(super) enum Environment {
    /// The variables of this process.
    #[default]
    Process,
    /// These variables.
    Given(Vec<(String, Secret)>),
}

impl Environment {
    /// The values of the keys' variables.
    pub(super) fn read(self, problems: &mut Problems) -> Layer {
        match self {
            // The one place where settings are read from the process's environment. `vars` would
            // panic on a variable that is not Unicode.
            Self::Process => Self::take_all(std::env::vars_os(), problems),
            Self::Given(variables) => {
                let mut layer = Layer::new();
                for (name, value) in variables {
                    if let Some(key) = key_of_variable(&name) {
                        insert(&mut layer, key, value);
                    }
                }
                layer
            }
        }
    }

    /// The values of the keys' variables among those of a process, which need not be Unicode.
    pub(super) fn take_all(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        problems: &mut Problems,
    ) -> Layer {
        let mut layer = Layer::new();
        for (name, value) in variables {
            let Some(key) = name.to_str().and_then(key_of_variable) else { continue };
            match value.into_string() {
                Ok(value) => insert(&mut layer, key, value.into()),
                Err(_) => {
                    problems.add_value(key, Source::Environment, "must be Unicode text");
                    problems.garbled(key);
                }
            }
        }
        layer
    }
}

/// Adds a value, unless it is empty.
fn insert(layer: &mut Layer, key: Key, value: Secret) {
    if !value.expose().is_empty() {
        layer.insert(key, value);
    }
}

/// The key whose environment variable this is. Others are left alone, but one that is nearly a
/// key's is warned of: a slip there would go unnoticed.
fn key_of_variable(name: &str) -> Option<Key> {
    let rest = name.strip_prefix(ENV_PREFIX)?;
    let found = KEYS.iter().find(|info| info.name.to_ascii_uppercase() == rest);
    if found.is_none()
        && let Some(nearest) = Key::meant_by(rest)
    {
        tracing::warn!("{name} has no meaning; did you mean {}?", nearest.env_name());
    }
    found.map(|info| info.key)
}
