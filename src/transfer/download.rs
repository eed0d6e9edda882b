//! Downloads.

use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::client::Client;
use crate::client::model::ModelId;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;

/// Chunks that are under way at the same time. The service cuts them at 10 MB.
const PARALLEL: usize = 4;

/// What was downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Downloaded {
    /// The number of chunks.
    pub chunks: usize,
    /// The bytes in them.
    pub bytes: u64,
}

/// Downloads the signed-in user's content of one of the model's files, export files among them,
/// into `sink`. `name` is for messages. Memory doesn't grow with its size.
///
/// # Errors
/// Kind [`NotFound`](ErrorKind::NotFound) when there is no content; [`Data`](ErrorKind::Data) when
/// the file was replaced meanwhile; [`Io`](ErrorKind::Io) when the sink fails; else as every call.
pub async fn download(
    client: &Client,
    (model, file): (&ModelId, &str),
    name: &str,
    mut sink: impl AsyncWrite + Send + Unpin,
    observer: Arc<dyn Observer>,
) -> Result<Downloaded> {
    let chunks = client.chunks(model, file, Arc::clone(&observer)).await?;
    if chunks.is_empty() {
        return Err(Error::new(
            ErrorKind::NotFound,
            format!("{name} has no content for this user"),
        )
        .with_hint(
            "content is each user's own and kept for 48 hours: run the export, or upload the \
                 file, as this user",
        ));
    }
    let unwritable = |e: std::io::Error| {
        Error::new(ErrorKind::Io, format!("{name} can't be written")).with_source(e)
    };
    let watch = observer.as_ref();
    let mut bodies = stream::iter(&chunks)
        .map(|chunk| async move {
            client.chunk(model, file, chunk, None, watch).await.map_err(|error| {
                error.context(format!("chunk {} of {name} can't be read", chunk.id))
            })
        })
        .buffered(PARALLEL);
    let mut done = Downloaded { chunks: 0, bytes: 0 };
    while let Some(body) = bodies.try_next().await? {
        sink.write_all(&body).await.map_err(unwritable)?;
        done = Downloaded { chunks: done.chunks + 1, bytes: done.bytes + body.len() as u64 };
    }
    sink.flush().await.map_err(unwritable)?;
    let now = client.chunks(model, file, Arc::clone(&observer)).await?;
    if now.len() != chunks.len() {
        return Err(Error::new(
            ErrorKind::Data,
            format!("{name} was replaced while it was downloaded"),
        )
        .with_hint("download it again when nothing else writes it"));
    }
    Ok(done)
}
