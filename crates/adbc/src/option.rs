//! Options of databases: what leads to a session.

use adbc_core::error::{Error, Result};
use adbc_core::options::{OptionDatabase, OptionValue};
use anaplan_sql::{Key, Secret, SessionBuilder};

use crate::error::{invalid, not_found, not_implemented, text};
use crate::uri;

/// What stands before the keys of a connection string.
pub(crate) const PREFIX: &str = "adbc.anaplan.";
/// A whole connection string.
const CONNECTION_STRING: &str = "adbc.anaplan.connection_string";
/// The variable that holds a whole connection string, for the program too.
const VARIABLE: &str = "ANAPLAN_SQL_CONNECTION";

/// What was set before the database was made.
#[derive(Debug, Default)]
pub(crate) struct DatabaseOptions {
    /// Whether the simulated tenant is meant.
    pub(crate) demo: bool,
    connection_string: Option<Secret>,
    values: Vec<(Key, Secret)>,
}

impl DatabaseOptions {
    /// Puts the options together, in whichever order they come. A key that is set singly wins over
    /// one in the URI or the connection string.
    ///
    /// # Errors
    /// When one is unknown, or of a type that can't be meant, or contradicts another.
    pub(crate) fn read(
        options: impl IntoIterator<Item = (OptionDatabase, OptionValue)>,
    ) -> Result<Self> {
        let (mut all, mut singly) = (Self::default(), Vec::new());
        for (option, value) in options {
            let name = option.as_ref().to_owned();
            let value = secret_text(&name, value)?;
            match option {
                OptionDatabase::Uri => all.add_uri(&value)?,
                OptionDatabase::Username => singly.push((Key::User, value)),
                OptionDatabase::Password => singly.push((Key::Password, value)),
                OptionDatabase::Other(name) if name == CONNECTION_STRING => {
                    all.add_connection_string(value)?;
                }
                OptionDatabase::Other(name) => singly.push((key(&name)?, value)),
                other => return Err(unknown(other.as_ref())),
            }
        }
        all.values.extend(singly);
        Ok(all)
    }

    fn add_uri(&mut self, text: &Secret) -> Result<()> {
        let parsed = uri::parse(text.expose())?;
        self.demo |= parsed.demo;
        self.values.extend(parsed.values);
        match parsed.connection_string {
            Some(string) => self.add_connection_string(string),
            None => Ok(()),
        }
    }

    fn add_connection_string(&mut self, text: Secret) -> Result<()> {
        if self.connection_string.replace(text).is_some() {
            return Err(invalid(format!(
                "uri and {CONNECTION_STRING} both hold a connection string"
            )));
        }
        Ok(())
    }

    /// Sets what a session begins with.
    pub(crate) fn apply(&self, mut builder: SessionBuilder) -> SessionBuilder {
        let given = self.connection_string.as_ref().map(|text| text.expose().to_owned());
        // With a URL or single keys, they are meant alone.
        let from_environment = || {
            let nothing = self.values.is_empty() && !self.demo;
            nothing.then(|| std::env::var(VARIABLE).ok()).flatten()
        };
        if let Some(text) = given.or_else(from_environment) {
            builder = builder.connection_string(&text);
        }
        for (key, value) in &self.values {
            builder = builder.set(*key, value.expose());
        }
        builder
    }
}

/// The key of an option.
fn key(name: &str) -> Result<Key> {
    let Some(key) = name.strip_prefix(PREFIX) else { return Err(unknown(name)) };
    key.parse().map_err(|error: anaplan_sql::Error| {
        not_implemented(format!("option \"{name}\": {}", text(&error)))
    })
}

/// Setting an option that nobody knows.
pub(crate) fn unknown(name: &str) -> Error {
    not_implemented(format!("there is no option \"{name}\""))
}

/// Getting an option that nobody knows, or has set.
pub(crate) fn unset(name: &str) -> Error {
    not_found(format!("option \"{name}\" is not set"))
}

/// The value of an option as text: profiles hold numbers where a connection string has text.
pub(crate) fn value_text(name: &str, value: OptionValue) -> Result<String> {
    match value {
        OptionValue::String(text) => Ok(text),
        OptionValue::Int(number) => Ok(number.to_string()),
        OptionValue::Double(number) => Ok(number.to_string()),
        OptionValue::Bytes(bytes) => String::from_utf8(bytes)
            .map_err(|_| invalid(format!("the value of option \"{name}\" is not UTF-8"))),
        _ => Err(invalid(format!("the value of option \"{name}\" is of an unknown type"))),
    }
}

fn secret_text(name: &str, value: OptionValue) -> Result<Secret> {
    value_text(name, value).map(Secret::from)
}

/// The number that an option's text is.
pub(crate) fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T> {
    text.parse().map_err(|_| not_found(format!("option \"{name}\" is no number of this type")))
}

/// The value of a database's option. What may hold a secret is not handed out.
pub(crate) fn get(settings: &anaplan_sql::Settings, name: &str) -> Result<String> {
    let key = match name.strip_prefix(PREFIX).map(str::parse::<Key>) {
        Some(Ok(key)) => key,
        _ if name == "username" => Key::User,
        _ => return Err(unset(name)),
    };
    if key.info().secret {
        return Err(not_found(format!("option \"{name}\" holds a secret")));
    }
    let property = settings.properties().find(|property| property.name == key.name());
    property.and_then(|property| property.value).ok_or_else(|| unset(name))
}

#[cfg(test)]
mod tests {
    use adbc_core::error::Status;

    use super::*;

    fn options(pairs: &[(&str, OptionValue)]) -> Result<DatabaseOptions> {
        DatabaseOptions::read(pairs.iter().map(|(key, value)| ((*key).into(), value.clone())))
    }

    fn settings(pairs: &[(&str, OptionValue)]) -> anaplan_sql::Settings {
        let builder = anaplan_sql::builder().no_environment();
        let session = options(pairs).expect("valid").apply(builder).open().expect("complete");
        session.settings().clone()
    }

    #[test]
    fn keys_come_from_a_uri_a_string_or_singly() {
        let all = settings(&[
            ("uri", "anaplan://me@EU1/Finance".into()),
            ("password", "secret".into()),
            ("adbc.anaplan.pagesize", 100.into()),
            ("adbc.anaplan.connection_string", "PageSize=7;BatchSize=9".into()),
        ]);
        let get = |name| get(&all, name);
        assert_eq!(get("username").as_deref(), Ok("me"));
        assert_eq!(get("adbc.anaplan.User").as_deref(), Ok("me"));
        assert_eq!(get("adbc.anaplan.Workspace").as_deref(), Ok("Finance"));
        assert_eq!(get("adbc.anaplan.PageSize").as_deref(), Ok("100"));
        assert_eq!(get("adbc.anaplan.BatchSize").as_deref(), Ok("9"));
        for secret in ["password", "adbc.anaplan.Password", "uri", "adbc.anaplan.connection_string"]
        {
            assert_eq!(get(secret).expect_err("kept").status, Status::NotFound);
        }
    }

    #[test]
    fn unknown_options_are_not_implemented() {
        for name in ["colour", "adbc.anaplan.Colour", "adbc.connection.autocommit"] {
            let error = options(&[(name, "marker".into())]).expect_err("unknown");
            assert_eq!(error.status, Status::NotImplemented, "{name}");
            assert!(error.message.contains(name) && !error.message.contains("marker"));
        }
        let slip = options(&[("adbc.anaplan.Pasword", "x".into())]).expect_err("unknown");
        assert!(slip.message.contains("Password"), "{}", slip.message);
    }

    #[test]
    fn contradictions_and_bytes_are_refused() {
        let two = [("uri", "User=x".into()), ("adbc.anaplan.connection_string", "User=y".into())];
        assert_eq!(options(&two).expect_err("two").status, Status::InvalidArguments);
        let bytes = [("password", vec![0xff_u8].into())];
        assert_eq!(options(&bytes).expect_err("bytes").status, Status::InvalidArguments);
    }

    #[test]
    fn nothing_shows_a_secret() {
        let all =
            options(&[("uri", "User=x;Password=marker".into()), ("password", "marker".into())]);
        assert!(!format!("{all:?}").contains("marker"));
    }
}
