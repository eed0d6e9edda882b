//! What can be wrong with a settings file, and the way out.

use std::io;
use std::path::Path;

use super::armour::Protection;
use crate::config::Key;
use crate::error::{Error, ErrorKind};

/// Why a settings file can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    Empty,
    /// Something else than a settings file.
    Foreign,
    Damaged,
    /// Of this later version of the form.
    Newer(u64),
    OtherClient,
    WrongKey(Protection),
    /// Protected by something that was not given.
    NoKey(Protection),
    /// The key file is none.
    DamagedKey,
}

impl Problem {
    /// The error for a file at this path.
    pub(super) fn at(&self, path: &Path) -> Error {
        let path = path.display();
        let away =
            format!("away (mv '{path}' '{path}.old') and sign in again: `anaplan-sql auth login`");
        let replace = format!("copy it again from where it was made; or move it {away}");
        let (what, hint) = match self {
            Self::Empty => ("is empty".to_owned(), replace),
            Self::Foreign => (
                "is not an OAuth settings file of anaplan-sql".to_owned(),
                "check OAuthSettingsLocation; files of other programs can't be read".to_owned(),
            ),
            Self::Damaged => ("is damaged".to_owned(), replace),
            Self::Newer(version) => (
                format!("was written by a newer anaplan-sql (version {version} of its form)"),
                "update anaplan-sql here, or set another OAuthSettingsLocation".to_owned(),
            ),
            Self::OtherClient => (
                "belongs to another OAuthClientId".to_owned(),
                "check OAuthClientId, or set an OAuthSettingsLocation of its own for each client"
                    .to_owned(),
            ),
            Self::WrongKey(Protection::KeyFile) => (
                "was encrypted with another key than that in the key file beside it".to_owned(),
                format!(
                    "put back the right {path}.key; or on the machine where it works, \
                     `anaplan-sql auth export` makes a copy that travels; if there \
                     is none, move the settings {away}"
                ),
            ),
            Self::WrongKey(protection) => (
                format!("was encrypted with another {}", protection.describe()),
                format!(
                    "give the {} with which it was made; if that is gone, move it {away}",
                    protection.describe()
                ),
            ),
            Self::NoKey(Protection::KeyFile) => (
                format!("was encrypted with a key file, and {path}.key is not there"),
                format!(
                    "such settings stay on the machine where they were made: there, \
                     `anaplan-sql auth export` makes a copy that travels; if that is this machine, \
                     put back the key, or move the settings {away}"
                ),
            ),
            Self::NoKey(protection) => (
                format!("is protected by {}, which is not set", protection.describe()),
                format!("set {}", protection.describe()),
            ),
            Self::DamagedKey => (
                format!("has a key file that is damaged: {path}.key"),
                format!(
                    "put back the right key; if that is gone, move both away (mv '{path}' \
                     '{path}.old'; mv '{path}.key' '{path}.key.old') and sign in again: \
                     `anaplan-sql auth login`; or set another OAuthSettingsLocation"
                ),
            ),
        };
        Error::new(ErrorKind::SignIn, format!("the OAuth settings file {path} {what}"))
            .with_hint(hint)
    }
}

impl Problem {
    /// The error for a copy at this path that `auth export` should have written.
    pub(super) fn of_copy(&self, path: &Path) -> Error {
        let variable = Key::OAuthSettingsPassword.env_name();
        let again = "copy it again from where `anaplan-sql auth export` has written it";
        let (what, hint) = match self {
            Self::Empty => ("is empty".to_owned(), again.to_owned()),
            Self::Foreign => (
                "is not a copy of an anaplan-sql sign-in".to_owned(),
                "give the file that `anaplan-sql auth export` has written".to_owned(),
            ),
            Self::Damaged | Self::DamagedKey => ("is damaged".to_owned(), again.to_owned()),
            Self::Newer(version) => (
                format!("was written by a newer anaplan-sql (version {version} of its form)"),
                "update anaplan-sql here".to_owned(),
            ),
            Self::OtherClient => (
                "belongs to another OAuthClientId".to_owned(),
                "set OAuthClientId to that of the sign-in that was exported".to_owned(),
            ),
            Self::WrongKey(_) => (
                "has another password than the one given".to_owned(),
                format!(
                    "give the password that was chosen at `anaplan-sql auth export`: when asked, or \
                     in the variable {variable}, or in the one that --password-env names"
                ),
            ),
            Self::NoKey(protection) => (
                format!("is no copy under a password: {} protects it", protection.describe()),
                "make a copy with `anaplan-sql auth export`; or use the file as it is, as \
                 OAuthSettingsLocation"
                    .to_owned(),
            ),
        };
        Error::new(ErrorKind::SignIn, format!("{} {what}", path.display())).with_hint(hint)
    }
}

/// The error of the file system for something done to a settings file.
pub(super) fn failed(doing: &str, path: &Path, error: io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "the file and its directory must be readable and writable for the user who runs this; \
             set OAuthSettingsLocation to such a place"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "there is no room for the file: make some, or set OAuthSettingsLocation to another place"
        }
        _ => "check OAuthSettingsLocation: it must be a file in a directory that can be written",
    };
    Error::new(
        ErrorKind::SignIn,
        format!("the OAuth settings file {} can't be {doing}", path.display()),
    )
    .with_source(error)
    .with_hint(hint)
}

/// The error of the file system for a copy of a settings file.
pub(super) fn not_copied(path: &Path, error: io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("{} can't be written", path.display()))
        .with_source(error)
        .with_hint("give a file in a directory that has room and can be written")
}

/// The error for a settings file that is none, such as a device, a pipe or a directory.
pub(super) fn not_regular(path: &Path, is_directory: bool) -> Error {
    let what = if is_directory { "it is a directory" } else { "it is not a regular file" };
    failed("read", path, io::Error::other(what)).with_hint(
        "set OAuthSettingsLocation to a regular file, or to a name that no file has yet; \
         memory://NAME stores nothing on disk",
    )
}

/// What a file holds that others may read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Held {
    Tokens,
    Key,
}

/// The error for a file that others may read.
pub(super) fn exposed(path: &Path, mode: u32, held: Held) -> Error {
    let held = match held {
        Held::Tokens => "it holds tokens",
        Held::Key => "it is the key to the OAuth settings beside it",
    };
    let path = path.display();
    Error::new(
        ErrorKind::SignIn,
        format!("the permissions of {path} are too open (mode {:03o})", mode & 0o777),
    )
    .with_source(format!("{held}, and other users may read or change it"))
    .with_hint(format!("chmod 600 '{path}'"))
}
