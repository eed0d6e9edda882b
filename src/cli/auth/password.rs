//! The password of a settings file that travels.

use super::super::report;
use super::super::terminal::Terminal;
use super::lines::{self, Line};
use crate::config::Key;
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// Where the password comes from, and what it is for.
#[derive(Debug)]
pub(super) struct Source<'a> {
    /// The variable that the command line names.
    pub(super) variable: Option<&'a str>,
    /// The value of the key OAuthSettingsPassword.
    pub(super) key: Option<&'a Secret>,
    /// Whether a person is there to ask.
    pub(super) terminal: &'a Terminal,
}

impl Source<'_> {
    /// The password for a new file; a person has to type it twice.
    ///
    /// # Errors
    /// Kind [`Config`](ErrorKind::Config) when there is none.
    pub(super) async fn choose(&self) -> Result<Secret> {
        if let Some(given) = self.given()? {
            return Ok(given);
        }
        self.need_person()?;
        loop {
            let first = ask("Password for the copy: ").await?;
            if first.expose().is_empty() {
                report::line("It must not be empty.");
                continue;
            }
            if ask("The same again: ").await? == first {
                return Ok(first);
            }
            report::line("The two differ.");
        }
    }

    /// The password of a file that is there.
    ///
    /// # Errors
    /// Kind [`Config`](ErrorKind::Config) when there is none.
    pub(super) async fn know(&self) -> Result<Secret> {
        if let Some(given) = self.given()? {
            return Ok(given);
        }
        self.need_person()?;
        ask("Password of the copy: ").await
    }

    fn given(&self) -> Result<Option<Secret>> {
        let Some(name) = self.variable else { return Ok(self.key.cloned()) };
        match std::env::var(name).ok().filter(|value| !value.is_empty()) {
            Some(value) => Ok(Some(Secret::from(value))),
            None => Err(Error::new(
                ErrorKind::Config,
                format!("the environment variable {name} holds no password"),
            )),
        }
    }

    fn need_person(&self) -> Result<()> {
        if self.terminal.is_attended() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Config, "there is no password for the copy, and nobody to ask")
            .with_hint(format!(
                "put it into {}, or into another variable and name that with --password-env",
                Key::OAuthSettingsPassword.env_name()
            )))
    }
}

async fn ask(question: &'static str) -> Result<Secret> {
    match lines::read(Line::Password(question)).await? {
        Some(line) => Ok(line),
        None => Err(Error::new(ErrorKind::Cancelled, "no password was typed")),
    }
}
