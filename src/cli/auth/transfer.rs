//! `auth export` and `auth import`: a sign-in moves to another machine.

use std::path::Path;

use super::super::report;
use super::super::terminal::Terminal;
use super::CopyOptions;
use super::password::Source;
use crate::auth::oauth::outdate_given;
use crate::auth::store::{SettingsStore, Stored};
use crate::config::{AuthSettings, OAuthSettings, Settings};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// Writes what is stored to a file of its own, under a password.
///
/// # Errors
/// Kind [`Config`](ErrorKind::Config) when the file is there already, or there is no password;
/// [`SignIn`](ErrorKind::SignIn) when nobody is signed in, or what is stored can't be read;
/// [`Io`](ErrorKind::Io) when the file can't be written.
pub(super) async fn export(
    settings: &Settings,
    file: &Path,
    options: &CopyOptions,
    terminal: Terminal,
    quiet: bool,
) -> Result<()> {
    let oauth = oauth(settings)?;
    if !options.force && std::fs::symlink_metadata(file).is_ok() {
        return Err(exists(&format!("{} is there already", file.display())));
    }
    let store = SettingsStore::new(oauth);
    if store.needs(file) {
        return Err(Error::new(
            ErrorKind::Config,
            "the copy would take the place of the settings that are in use, or of a file that they \
             need",
        )
        .with_hint("write it to another file"));
    }
    // Before anybody is asked for a password. Nothing there: no file is made for a lock, either.
    let nothing = || {
        Error::new(ErrorKind::SignIn, "there is nothing to export: nobody is signed in")
            .with_hint("sign in: `anaplan-sql auth login`")
    };
    store.read().await?.filter(Stored::holds_tokens).ok_or_else(nothing)?;
    let password = source(oauth, options, &terminal).choose().await?;
    // Under the lock nobody is just spending the refresh token.
    let stored = store.lock().await?.read()?.filter(Stored::holds_tokens).ok_or_else(nothing)?;
    copy(file, oauth, password).write_copy(&stored).await?;
    if !quiet {
        report::line(&format!("Written to {}, under the password.", file.display()));
        if stored.refresh_token.is_some() && stored.rotates != Some(false) {
            report::line(
                "Use one of the two copies only: a refresh token that rotates works once, so the \
                 first of them that refreshes makes the other worthless.",
            );
        }
    }
    Ok(())
}

/// Stores what a copy holds.
///
/// # Errors
/// As [`export`]; and kind [`SignIn`](ErrorKind::SignIn) when the copy is another client's.
pub(super) async fn import(
    settings: &Settings,
    file: &Path,
    options: &CopyOptions,
    terminal: Terminal,
    quiet: bool,
) -> Result<()> {
    let oauth = oauth(settings)?;
    super::outlasts(oauth)?;
    let store = SettingsStore::new(oauth);
    let location = store.describe().location;
    let taken = || exists(&format!("{location} holds a sign-in already"));
    if !options.force && store.read().await?.is_some_and(|stored| stored.holds_tokens()) {
        return Err(taken());
    }
    let regular = std::fs::metadata(file).and_then(|it| match it.is_file() {
        true => Ok(()),
        false => Err(std::io::Error::other("it is not a regular file")),
    });
    if let Err(error) = regular {
        return Err(Error::new(ErrorKind::Config, format!("{} can't be read", file.display()))
            .with_source(error)
            .with_hint("give the file that `anaplan-sql auth export` has written"));
    }
    let password = source(oauth, options, &terminal).know().await?;
    let stored = copy(file, oauth, password).read().await?;
    let mut stored = stored.ok_or_else(|| {
        Error::new(ErrorKind::Config, format!("there is no sign-in in {}", file.display()))
    })?;
    let mut locked = store.lock().await?;
    if let Some(before) = locked.read()? {
        if !options.force && before.holds_tokens() {
            return Err(taken());
        }
        stored.inherit(before);
    }
    outdate_given(oauth, &mut stored);
    locked.write(&stored)?;
    if !quiet {
        let user = stored.user.as_deref().unwrap_or("a user whom the service has not named");
        report::line(&format!("Stored in {location}: signed in as {user}."));
        report::line(&super::usage(settings, oauth));
    }
    Ok(())
}

fn oauth(settings: &Settings) -> Result<&OAuthSettings> {
    match &settings.auth {
        AuthSettings::OAuth(oauth) => Ok(oauth),
        other => Err(Error::new(
            ErrorKind::Config,
            format!("nothing is stored with AuthScheme={}", other.scheme()),
        )
        .with_hint("only OAuth stores something that could be moved")),
    }
}

fn source<'a>(
    oauth: &'a OAuthSettings,
    options: &'a CopyOptions,
    terminal: &'a Terminal,
) -> Source<'a> {
    Source {
        variable: options.password_env.as_deref(),
        key: oauth.settings_password.as_ref(),
        terminal,
    }
}

/// The file that travels.
fn copy(file: &Path, oauth: &OAuthSettings, password: Secret) -> SettingsStore {
    SettingsStore::copy(file.to_owned(), oauth.client_id.clone(), password)
}

fn exists(text: &str) -> Error {
    Error::new(ErrorKind::Config, text.to_owned()).with_hint("replace it with --force")
}
