//! `anaplan-sql adbc`: the manifest by which driver managers find the ADBC driver.
//!
//! Its form and its place are those of ADBC's [driver manifests](https://arrow.apache.org/adbc/current/format/driver_manifests.html).

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::error::{Error, ErrorKind, Result};

/// What driver managers call the driver.
const NAME: &str = "anaplan";

/// What the library exports.
const ENTRY_POINT: &str = "AdbcAnaplanInit";

/// The arguments of `adbc`.
#[derive(Debug, Args)]
pub(super) struct Adbc {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Let driver managers find the driver as "anaplan"; prints the path of what it writes
    Install {
        /// The driver's library [default: beside this program, or in ../lib]
        #[arg(long, value_name = "FILE")]
        library: Option<PathBuf>,
    },
    /// Remove what install has written
    Uninstall,
}

/// Does what the arguments ask for.
///
/// # Errors
/// Kind [`Config`](ErrorKind::Config) when the library isn't there, and kind
/// [`Io`](ErrorKind::Io) when the manifest can't be written or removed.
pub(super) fn run(adbc: &Adbc) -> Result<()> {
    let manifest = directory()?.join(format!("{NAME}.toml"));
    match &adbc.action {
        Action::Install { library } => {
            let library = match library {
                Some(given) => existing(given)?,
                None => beside_program()?,
            };
            write(&manifest, &content(&library)?)?;
            // Nobody reads it, then.
            let _ = writeln!(std::io::stdout(), "{}", manifest.display());
            Ok(())
        }
        Action::Uninstall => match std::fs::remove_file(&manifest) {
            // What is gone is gone.
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(failed("removed", &manifest).with_source(error))
            }
            _ => Ok(()),
        },
    }
}

fn failed(what: &str, manifest: &Path) -> Error {
    Error::new(ErrorKind::Io, format!("{} can't be {what}", manifest.display()))
}

/// Where the user's driver manifests are.
fn directory() -> Result<PathBuf> {
    let Some(directories) = directories::BaseDirs::new() else {
        return Err(Error::new(ErrorKind::Io, "the user has no home directory"));
    };
    Ok(if cfg!(windows) {
        directories.data_local_dir().join("ADBC").join("Drivers")
    } else if cfg!(target_os = "macos") {
        directories.data_dir().join("ADBC").join("Drivers")
    } else {
        directories.config_dir().join("adbc").join("drivers")
    })
}

fn file_name() -> String {
    let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    format!("{prefix}adbc_driver_anaplan{suffix}")
}

fn existing(library: &Path) -> Result<PathBuf> {
    let found = std::fs::canonicalize(library).ok().filter(|path| path.is_file());
    found.ok_or_else(|| {
        Error::new(ErrorKind::Config, format!("there is no library {}", library.display()))
    })
}

fn beside_program() -> Result<PathBuf> {
    let program = std::env::current_exe().and_then(std::fs::canonicalize)?;
    let folder = program.parent().unwrap_or(Path::new("."));
    let name = file_name();
    let places = [folder.join(&name), folder.join("..").join("lib").join(&name)];
    places.iter().find_map(|place| existing(place).ok()).ok_or_else(|| {
        Error::new(
            ErrorKind::Config,
            format!("{name} is neither beside this program nor in ../lib"),
        )
        .with_hint("say where it is: anaplan-sql adbc install --library FILE")
    })
}

/// What driver managers call this platform.
fn platform() -> String {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{}_{architecture}", std::env::consts::OS)
}

fn content(library: &Path) -> Result<String> {
    let Some(path) = library.to_str() else {
        let text = format!("the path {} is not Unicode", library.display());
        return Err(Error::new(ErrorKind::Config, text)
            .with_hint("driver manifests hold Unicode only: move the library"));
    };
    Ok(format!(
        "manifest_version = 1\n\
         name = \"Anaplan\"\n\
         version = \"{}\"\n\
         publisher = \"anaplan-sql\"\n\
         license = \"Apache-2.0\"\n\
         \n\
         [ADBC]\n\
         version = \"1.1.0\"\n\
         \n\
         [Driver]\n\
         entrypoint = \"{ENTRY_POINT}\"\n\
         \n\
         [Driver.shared]\n\
         {} = {}\n",
        env!("CARGO_PKG_VERSION"),
        platform(),
        quoted(path)
    ))
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(control)));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Writes the whole file or nothing.
fn write(manifest: &Path, content: &str) -> Result<()> {
    let written = || -> std::io::Result<()> {
        let folder = manifest.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(content.as_bytes())?;
        file.persist(manifest)?;
        Ok(())
    };
    written().map_err(|error| failed("written", manifest).with_source(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_their_quotes() {
        assert_eq!(quoted(r#"C:\a "b"\ü"#), r#""C:\\a \"b\"\\ü""#);
        assert_eq!(quoted("a\nb"), "\"a\\u000Ab\"");
    }

    #[test]
    fn a_manifest_names_platform_entry_point_and_library() {
        let content = content(Path::new("/opt/lib.so")).expect("Unicode");
        assert!(content.contains("entrypoint = \"AdbcAnaplanInit\""), "{content}");
        let line = format!("{} = \"/opt/lib.so\"\n", platform());
        assert!(content.ends_with(&line), "{content}");
    }
}
