//! Downloads.

use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};

use crate::client::Client;
use crate::client::model::{Chunk, ModelId};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;
use crate::progress::{Phase, ScanProgress};

/// Chunks that are under way at the same time, as far as they fit into [`MEMORY`]. The service
/// cuts them at 10 MB, users at up to 50.
const PARALLEL: usize = 2;
/// What the chunks that are under way may hold together.
const MEMORY: usize = 64 << 20;

/// The content of a file while it comes.
pub struct Download {
    /// How many chunks it has.
    pub chunks: usize,
    /// Their bytes, in order, each chunk whole. The last word is an error if the file was
    /// replaced meanwhile: only a stream that ends without one has given a whole file.
    pub bodies: BoxStream<'static, Result<Bytes>>,
}

impl std::fmt::Debug for Download {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Download").field("chunks", &self.chunks).finish_non_exhaustive()
    }
}

/// A file at the service.
#[derive(Clone)]
struct Remote {
    client: Client,
    model: ModelId,
    file: String,
    name: String,
    observer: Arc<dyn Observer>,
    progress: Option<Arc<ScanProgress>>,
}

/// Downloads the signed-in user's content of one of the model's files, export files among them.
/// `name` is for messages. Memory doesn't grow with its size.
///
/// # Errors
/// Kind [`NotFound`](ErrorKind::NotFound) when there is no content; in the stream also
/// [`Data`](ErrorKind::Data) when the file was replaced meanwhile; else as every call.
pub async fn download(
    client: &Client,
    (model, file): (&ModelId, &str),
    name: &str,
    observer: Arc<dyn Observer>,
    progress: Option<Arc<ScanProgress>>,
) -> Result<Download> {
    let remote = Remote {
        client: client.clone(),
        model: model.clone(),
        file: file.to_owned(),
        name: name.to_owned(),
        observer,
        progress,
    };
    let chunks = remote.chunks().await?;
    let Some(first) = chunks.first() else {
        let text = format!("{name} has no content for this user");
        return Err(Error::new(ErrorKind::NotFound, text).with_hint(
            "content is each user's own and kept for 48 hours: run the export, or upload the \
             file, as this user",
        ));
    };
    if let Some(progress) = &remote.progress {
        progress.set(Phase::Receiving);
        progress.chunks(chunks.len());
    }
    // Nobody tells how large chunks are before one has come; all but the last are alike.
    let body = remote.chunk(first).await?;
    let parallel = (MEMORY / body.len().max(1)).clamp(1, PARALLEL);
    let count = chunks.len();
    let fetching = remote.clone();
    let others = stream::iter(chunks.into_iter().skip(1))
        .map(move |chunk| {
            let remote = fetching.clone();
            async move { remote.chunk(&chunk).await }
        })
        .buffered(parallel);
    let check = stream::once(async move { remote.check_unchanged(count).await.err().map(Err) });
    let bodies =
        stream::iter([Ok(body)]).chain(others).chain(check.filter_map(|last| async { last }));
    Ok(Download { chunks: count, bodies: bodies.boxed() })
}

impl Remote {
    async fn chunks(&self) -> Result<Vec<Chunk>> {
        self.client.chunks(&self.model, &self.file, Arc::clone(&self.observer)).await
    }

    async fn chunk(&self, chunk: &Chunk) -> Result<Bytes> {
        let body = self.client.chunk(&self.model, &self.file, chunk, None, self.observer.as_ref());
        let body = body.await.map_err(|error| {
            error.context(format!("chunk {} of {} can't be read", chunk.id, self.name))
        })?;
        if let Some(progress) = &self.progress {
            progress.chunk();
            progress.bytes(body.len());
        }
        Ok(body)
    }

    async fn check_unchanged(&self, chunks: usize) -> Result<()> {
        if self.chunks().await?.len() == chunks {
            return Ok(());
        }
        let text = format!("{} was replaced while it was downloaded", self.name);
        Err(Error::new(ErrorKind::Data, text)
            .with_hint("download it again when nothing else writes it"))
    }
}
