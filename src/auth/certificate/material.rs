//! Where a certificate or key comes from.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
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
            let all = File::open(path).and_then(|it| it.take(LARGEST + 1).read_to_end(&mut bytes));
            if let Err(error) = all {
                return Err(place.error("can't be read").with_source(error).with_hint(
                    "check the path and who may read the file; a relative path starts at the \
                     working directory",
                ));
            }
            if bytes.len() as u64 > LARGEST {
                return Err(place.error("is larger than 1 MiB: it holds something else"));
            }
            Ok((place, bytes))
        }
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
    fn files_of_another_size_are_not_read_whole() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        file.as_file().set_len(LARGEST + 100).expect("a large file");
        let material = Material::File(file.path().into());
        let error = read(Key::Certificate, &material).expect_err("too large");
        assert!(error.to_string().ends_with("is larger than 1 MiB: it holds something else"));
    }
}
