//! Puts settings together from code, a connection string and the environment.

use std::fmt;

use super::connection_string::ConnectionString;
use super::key::Key;
use super::problem::Problems;
use super::reader::Reader;
use super::settings::Settings;
use super::source::{Environment, Layer, Values, from_connection_string};
use crate::error::Result;
use crate::secret::Secret;

/// Collects the sources of [`Settings`]. The order of calls does not matter: what is
/// [`set`](Self::set) wins over the connection string, and that over the environment.
///
/// Nothing is checked before [`build`](Self::build). `Debug` shows the names of keys only.
#[derive(Default)]
#[must_use]
pub struct SettingsBuilder {
    code: Layer,
    connection_string: Option<Secret>,
    environment: Environment,
}

impl SettingsBuilder {
    /// Takes a connection string, in place of any given before. Its grammar is
    /// [`ConnectionString`]'s.
    pub fn connection_string(mut self, text: &str) -> Self {
        self.connection_string = Some(Secret::new(text));
        self
    }

    /// Sets the value of one key, in place of any set before. The text is what would stand in a
    /// connection string, without quotes around it; an empty text means unset.
    pub fn set(mut self, key: Key, value: impl Into<String>) -> Self {
        let value = Secret::new(value);
        if value.expose().is_empty() {
            self.code.remove(&key);
        } else {
            self.code.insert(key, value);
        }
        self
    }

    /// Takes these environment variables instead of the process's. Only those named as
    /// [`Key::env_name`] says are read.
    pub fn environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let secret = |(name, value): (String, String)| (name, Secret::from(value));
        self.environment = Environment::Given(variables.into_iter().map(secret).collect());
        self
    }

    /// Reads no environment variables.
    pub fn no_environment(self) -> Self {
        self.environment([])
    }

    /// Puts the settings together and validates them. Files that they name are not opened.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::error::ErrorKind::Config) with all problems at once, each with
    /// the place where its value was given: what [`ConnectionString::parse`] reports, values that
    /// are not of their key's kind or set, keys missing for the scheme, and contradictions. No
    /// value is repeated.
    pub fn build(self) -> Result<Settings> {
        let mut problems = Problems::default();
        let text = self.connection_string.as_ref().map_or("", Secret::expose);
        let values = Values {
            code: self.code,
            connection_string: from_connection_string(&ConnectionString::read(text, &mut problems)),
            environment: self.environment.read(&mut problems),
        };
        let mut reader = Reader::new(&values, &mut problems);
        let settings = Settings::read(&mut reader);
        reader.check_rest();
        problems.into_result(settings)
    }
}

impl fmt::Debug for SettingsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SettingsBuilder")
            .field("code", &self.code.keys())
            .field("connection_string", &self.connection_string)
            .field("environment", &self.environment)
            .finish()
    }
}
