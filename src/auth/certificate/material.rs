//! Where a certificate or key comes from.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

use crate::config::{Key, Material};
use crate::error::{Error, ErrorKind, Result};

/// The largest file that is read. Keys and chains have some kilobytes.
const LARGEST: u64 = 1 << 20;

/// What messages call the origin of some bytes: the key of the connection string, and the file.
#[derive(Debug, Clone)]
pub(super) struct Place {
    key: Key,
    file: Option<String>,
}

impl Place {
    /// An error about what is there.
    pub(super) fn error(&self, what: impl fmt::Display) -> Error {
        Error::new(ErrorKind::Config, format!("{self} {what}"))
    }
}

impl Place {
    /// The file as a command takes it. Content without one must be put into a file first, which is
    /// called as the key then.
    pub(super) fn operand(&self) -> String {
        self.file.as_deref().map_or_else(|| self.key.to_string().to_uppercase(), quoted)
    }
}

/// A word that a shell takes as it is.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:@%".contains(c);
    let is_plain = |c: char| plain(c) || cfg!(windows) && c == '\\';
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(is_plain) {
        return word.to_owned();
    }
    // What begins with a dash would be taken for an option.
    let path = if word.starts_with('-') { format!("./{word}") } else { word.to_owned() };
    format!("'{}'", path.replace('\'', r"'\''"))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{} ({file})", self.key),
            None => write!(f, "{}", self.key),
        }
    }
}

/// Reads the value of a key.
pub(super) fn read(key: Key, material: &Material) -> Result<(Place, Zeroizing<Vec<u8>>)> {
    let place = |file| Place { key, file };
    match material {
        Material::Content(bytes) => Ok((place(None), bytes.clone())),
        Material::File(path) => {
            let place = place(shown(path));
            let mut bytes = Zeroizing::new(Vec::new());
            let all = open(path).and_then(|it| it.take(LARGEST + 1).read_to_end(&mut bytes));
            if let Err(error) = all {
                let hint = match path.metadata() {
                    Ok(it) if !it.is_file() => format!(
                        "give a regular file; or its content, for which {key}Type must be a BLOB type"
                    ),
                    _ => "check the path and who may read the file; a relative path starts at the \
                          working directory"
                        .to_owned(),
                };
                return Err(place.error("can't be read").with_source(error).with_hint(hint));
            }
            if bytes.len() as u64 > LARGEST {
                return Err(place.error("is larger than 1 MiB: it holds something else"));
            }
            Ok((place, bytes))
        }
    }
}

/// Opens a file. A pipe would be waited for, and brings what is in it only once.
fn open(path: &Path) -> io::Result<File> {
    match std::fs::metadata(path)? {
        it if it.is_file() || it.is_dir() => File::open(path),
        _ => Err(io::Error::other("it is not a regular file")),
    }
}

/// A path, unless it may be the content of a file that somebody put in the place of its path.
fn shown(path: &Path) -> Option<String> {
    let text = path.to_string_lossy();
    let base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_');
    (text.len() < 60 || !text.chars().all(base64)).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_in_the_place_of_a_path_is_not_shown() {
        let key = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v+m4rker/9cGxYcP4k7Xh1sQ0n5t3Ww8yK2Xv";
        let error = read(Key::PrivateKey, &Material::File(key.into())).expect_err("no file");
        assert_eq!(error.to_string(), "PrivateKey can't be read");
        assert!(!format!("{error:?}").contains("m4rker"));
        let error = read(Key::PrivateKey, &Material::File("/no/job.key".into())).expect_err("none");
        assert_eq!(error.to_string(), "PrivateKey (/no/job.key) can't be read");
        assert_eq!(error.kind(), ErrorKind::Config);
    }

    #[test]
    fn commands_take_the_file_as_it_is_called() {
        for (file, operand) in [
            (Some("/keys/job-1.key"), "/keys/job-1.key"),
            (Some("my key's.pem"), r"'my key'\''s.pem'"),
            (Some("-in.pem"), "'./-in.pem'"),
            (Some("$(rm -rf).pem"), "'$(rm -rf).pem'"),
            (None, "PRIVATEKEY"),
        ] {
            let place = Place { key: Key::PrivateKey, file: file.map(str::to_owned) };
            assert_eq!(place.operand(), operand);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_refused_and_not_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
        assert!(made.success());
        let error = read(Key::PrivateKey, &Material::File(pipe)).expect_err("refused");
        assert!(error.to_string().ends_with("can't be read"), "{error:?}");
        assert_eq!(error.causes(), ["it is not a regular file"]);
        let hint =
            "give a regular file; or its content, for which PrivateKeyType must be a BLOB type";
        assert_eq!(error.hint(), Some(hint));
    }

    #[test]
    fn files_of_another_size_are_not_read_whole() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        file.as_file().set_len(LARGEST + 100).expect("a large file");
        let material = Material::File(file.path().into());
        let error = read(Key::Certificate, &material).expect_err("too large");
        assert!(error.to_string().ends_with("is larger than 1 MiB: it holds something else"));
    }
}
