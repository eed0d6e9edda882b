//! Where an upload comes from: a local file, a pipe, standard input.

use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;
use futures::stream::{self, BoxStream, Stream, StreamExt};
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::sink::STANDARD;
use crate::error::{Error, ErrorKind, Result};

/// Read at once.
const PIECE: usize = 256 << 10;

/// The length of a regular file; None for a pipe or a device.
///
/// # Errors
/// Kind [`Io`](ErrorKind::Io) when there is no such file, or it is a directory.
pub(super) fn length(path: &Path) -> Result<Option<u64>> {
    let metadata = std::fs::metadata(path).map_err(|e| unreadable(path, e))?;
    if metadata.is_dir() {
        return Err(unreadable(path, io::ErrorKind::IsADirectory.into()));
    }
    Ok(metadata.is_file().then_some(metadata.len()))
}

/// Makes sure that a file can be read, before anything else is done.
///
/// # Errors
/// Kind [`Io`](ErrorKind::Io) when it can't.
pub fn check_readable(path: &Path) -> Result<()> {
    if length(path)?.is_some() {
        std::fs::File::open(path).map_err(|e| unreadable(path, e))?;
    }
    Ok(())
}

/// The bytes of a file.
pub(super) async fn open(path: &Path) -> Result<BoxStream<'static, Result<Bytes>>> {
    let file = File::open(path).await.map_err(|e| unreadable(path, e))?;
    Ok(pieces(file, path.display().to_string()).boxed())
}

/// What a reader gives; `name` is for messages.
pub(super) fn pieces(
    source: impl AsyncRead + Send + Unpin,
    name: String,
) -> impl Stream<Item = Result<Bytes>> + Send {
    stream::try_unfold((source, name), |(mut source, name)| async move {
        let mut piece = bytes::BytesMut::with_capacity(PIECE);
        match source.read_buf(&mut piece).await {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some((piece.freeze(), (source, name)))),
            Err(e) => Err(broken(&name, e)),
        }
    })
}

/// Whether this name means standard input.
pub fn is_standard_input(name: &str) -> bool {
    name == STANDARD || name == "/dev/stdin"
}

/// What comes from standard input, as it is.
pub fn standard_input() -> impl Stream<Item = Result<Bytes>> + Send {
    stream::try_unfold((), |()| async {
        // A thread of its own waits, however long it takes.
        let piece = tokio::task::spawn_blocking(|| {
            let mut piece = vec![0; PIECE];
            let read = loop {
                match io::stdin().lock().read(&mut piece) {
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    read => break read?,
                }
            };
            piece.truncate(read);
            Ok(piece)
        });
        match piece.await {
            Ok(Ok(piece)) if piece.is_empty() => Ok(None),
            Ok(Ok(piece)) => Ok(Some((Bytes::from(piece), ()))),
            Ok(Err(e)) => Err(broken("standard input", e)),
            Err(_) => Err(Error::new(ErrorKind::Cancelled, "the program is ending")),
        }
    })
}

fn unreadable(path: &Path, error: io::Error) -> Error {
    broken(&path.display().to_string(), error)
}

fn broken(name: &str, error: io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("{name} can't be read")).with_source(error)
}
