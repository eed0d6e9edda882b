//! Where a download goes: a local file that is complete or not there, or standard output.

use std::io::{self, Write};
use std::path::Path;

use bytes::Bytes;

use super::target::Target;
use crate::error::{Error, ErrorKind, Result};

/// What standard input and standard output are called where a file could be named.
pub const STANDARD: &str = "-";

/// A place for bytes.
#[derive(Debug)]
pub enum Sink {
    /// A local file.
    File(Target),
    /// Standard output.
    StandardOutput,
}

impl Sink {
    /// Whether this name means standard output.
    pub fn is_standard_output(name: &str) -> bool {
        name == STANDARD || name == "/dev/stdout"
    }

    /// Begins to write to a file, or to standard output if the name is `-`.
    ///
    /// # Errors
    /// As [`Target::create`].
    pub fn open(name: &str) -> Result<Self> {
        if Self::is_standard_output(name) {
            return Ok(Self::StandardOutput);
        }
        Target::create(Path::new(name)).map(Self::File)
    }

    /// Writes some bytes, as they are.
    ///
    /// # Errors
    /// Kind [`Io`](ErrorKind::Io) when that fails.
    pub async fn write(&self, bytes: Bytes) -> Result<()> {
        let file = match self {
            Self::File(target) => {
                Some(target.file().try_clone().map_err(|e| target.unwritable(e))?)
            }
            Self::StandardOutput => None,
        };
        // A slow disk or reader must not keep a thread that others need.
        let written = tokio::task::spawn_blocking(move || match file {
            Some(mut file) => file.write_all(&bytes),
            None => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(&bytes).and_then(|()| stdout.flush())
            }
        });
        let ended = |_| Error::new(ErrorKind::Cancelled, "the program is ending");
        written.await.map_err(ended)?.map_err(|e| match self {
            Self::File(target) => target.unwritable(e),
            Self::StandardOutput => {
                Error::new(ErrorKind::Io, "standard output can't be written").with_source(e)
            }
        })
    }

    /// Says that all is written: a file appears in its place.
    ///
    /// # Errors
    /// As [`Target::commit`].
    pub fn commit(self) -> Result<()> {
        match self {
            Self::File(target) => target.commit(),
            Self::StandardOutput => Ok(()),
        }
    }
}
