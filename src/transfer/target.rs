//! Local files that are complete or not there.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use crate::error::{Error, ErrorKind, Result};

/// A local file that is being written. What was there before stays until [`commit`](Self::commit).
#[derive(Debug)]
pub struct Target {
    file: File,
    /// What the user called it.
    name: PathBuf,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Written beside the file it is to become.
    Temporary(TempPath, PathBuf),
    /// A device or a pipe, which can't be replaced.
    Direct,
}

impl Target {
    /// Begins to write a file. Behind a symbolic link it is the file that is replaced, not the
    /// link; devices and pipes are written directly.
    ///
    /// # Errors
    /// Kind [`Io`](ErrorKind::Io) when it can't be written there.
    pub fn create(path: &Path) -> Result<Self> {
        Self::try_create(path).map_err(|e| unwritable(path, e))
    }

    fn try_create(path: &Path) -> io::Result<Self> {
        let existing = match fs::metadata(path) {
            Ok(metadata) => Some(metadata),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(e),
        };
        let name = path.to_owned();
        // What is named by a descriptor may be a regular file, but it isn't ours to replace.
        let descriptors = ["/dev/fd", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/proc"];
        let descriptor = descriptors.iter().any(|descriptor| path.starts_with(descriptor));
        let special = |metadata: &fs::Metadata| !metadata.is_file() && !metadata.is_dir();
        if existing.as_ref().is_some_and(|metadata| descriptor || special(metadata)) {
            let file = File::options().append(true).open(path)?;
            return Ok(Self { file, name, kind: Kind::Direct });
        }
        if existing.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let target = if existing.is_some() { fs::canonicalize(path)? } else { path.to_owned() };
        let directory = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".anaplan-sql-").suffix(".partial");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // As any new file: what the user's umask leaves of it.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let (file, temporary) = builder.tempfile_in(directory)?.into_parts();
        if let Some(metadata) = existing {
            if metadata.permissions().readonly() {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            file.set_permissions(metadata.permissions())?;
        }
        Ok(Self { file, name, kind: Kind::Temporary(temporary, target) })
    }

    /// The file, to write to.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Whether what was written can be taken back.
    pub fn is_replaceable(&self) -> bool {
        matches!(self.kind, Kind::Temporary(..))
    }

    /// An error about this file.
    pub fn unwritable(&self, error: io::Error) -> Error {
        unwritable(&self.name, error)
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// When it can't be put there; what was there before is still there then.
    pub fn commit(self) -> Result<()> {
        let Self { file, name, kind } = self;
        match kind {
            Kind::Direct => Ok(()),
            Kind::Temporary(temporary, target) => file
                .sync_all()
                .and_then(|()| temporary.persist(target).map_err(|e| e.error))
                .map_err(|e| unwritable(&name, e)),
        }
    }
}

fn unwritable(path: &Path, error: io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("{} can't be written", path.display())).with_source(error)
}
