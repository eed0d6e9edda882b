//! Uploads.

use std::path::Path;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::stream::{self, StreamExt, TryStreamExt};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::cut::{Cutter, MAX_CHUNKS, Sizes, TextForm};
use crate::client::Client;
use crate::client::model::ModelId;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;

/// Read at once.
const PIECE: usize = 256 << 10;
/// Chunks that are under way at the same time, as far as they fit into [`MEMORY`].
const PARALLEL: usize = 4;
/// What the chunks that are under way may hold together, before compression.
const MEMORY: usize = 64 << 20;

/// How a file is uploaded.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct UploadOptions {
    /// What tells records apart in it: chunks end with a record.
    pub form: TextForm,
    /// The size of a chunk in bytes, before compression; None: 10 MB, or what keeps the file
    /// below 1,000 chunks.
    pub chunk_size: Option<usize>,
}

/// What was uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Uploaded {
    /// The number of chunks.
    pub chunks: usize,
    /// The bytes in them, before compression.
    pub bytes: u64,
}

/// Where an upload goes.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    client: &'a Client,
    model: &'a ModelId,
    /// The id of one of the model's files.
    file: &'a str,
}

/// Uploads a local file as the signed-in user's content of one of the model's files.
///
/// It is read twice: first to see where its chunks end, so that their number can be announced.
/// Memory doesn't grow with its size.
///
/// # Errors
/// Kind [`Io`](ErrorKind::Io) when it can't be read, [`Data`](ErrorKind::Data) when it is too
/// large or changes meanwhile; else as every call. The upload then counts for nothing.
pub async fn upload_file(
    client: &Client,
    (model, file): (&ModelId, &str),
    path: &Path,
    options: &UploadOptions,
    observer: &dyn Observer,
) -> Result<Uploaded> {
    let unreadable = |e: std::io::Error| {
        Error::new(ErrorKind::Io, format!("{} can't be read", path.display())).with_source(e)
    };
    let metadata = tokio::fs::metadata(path).await.map_err(unreadable)?;
    let place = Place { client, model, file };
    if !metadata.is_file() {
        // A pipe can be read only once.
        let source = tokio::fs::File::open(path).await.map_err(unreadable)?;
        return place.upload(source, &path.display().to_string(), options, observer).await;
    }
    let sizes = match options.chunk_size {
        Some(size) => Sizes::Fixed(size),
        None => Sizes::of(metadata.len()).ok_or_else(|| too_large(&path.display().to_string()))?,
    };
    let name = path.display().to_string();
    let open = || async { tokio::fs::File::open(path).await.map_err(unreadable) };
    let chunks = cut(open().await?, &name, options.form, sizes);
    let (count, bytes) = chunks
        .try_fold((0, 0), |(count, bytes), chunk| async move {
            Ok((count + 1, bytes + chunk.len() as u64))
        })
        .await?;
    if count > MAX_CHUNKS {
        return Err(too_large(&name));
    }
    place.announce(Some(count), observer).await?;
    let sent = place.send(open().await?, &name, (options.form, sizes), observer).await?;
    if (sent.chunks, sent.bytes) != (count, bytes) {
        return Err(Error::new(
            ErrorKind::Data,
            format!("{name} changed while it was being uploaded"),
        )
        .with_hint("nothing was run on it; upload it again when it is complete"));
    }
    // With an announced number the content counts without this; some accounts get a 500 for it.
    if let Err(error) = place.complete(observer).await {
        tracing::warn!(%error, file, "the end of the upload can't be told; all chunks have come");
    }
    Ok(sent)
}

/// Uploads what a reader gives as the signed-in user's content of one of the model's files.
/// `name` is for messages. Memory doesn't grow with its size.
///
/// # Errors
/// As [`upload_file`].
pub async fn upload(
    client: &Client,
    (model, file): (&ModelId, &str),
    source: impl AsyncRead + Send + Unpin,
    name: &str,
    options: &UploadOptions,
    observer: &dyn Observer,
) -> Result<Uploaded> {
    Place { client, model, file }.upload(source, name, options, observer).await
}

impl Place<'_> {
    /// Uploads what can be read only once: the number of its chunks is told at the end.
    async fn upload(
        self,
        source: impl AsyncRead + Send + Unpin,
        name: &str,
        options: &UploadOptions,
        observer: &dyn Observer,
    ) -> Result<Uploaded> {
        let sizes = options.chunk_size.map_or(Sizes::Growing, Sizes::Fixed);
        self.announce(None, observer).await?;
        let sent = self.send(source, name, (options.form, sizes), observer).await?;
        self.complete(observer).await?;
        Ok(sent)
    }

    async fn announce(self, chunks: Option<usize>, observer: &dyn Observer) -> Result<()> {
        self.client
            .announce_upload(self.model, self.file, chunks, observer)
            .await
            .map_err(|error| error.context("the service doesn't take the upload"))
    }

    async fn complete(self, observer: &dyn Observer) -> Result<()> {
        self.client.complete_upload(self.model, self.file, observer).await.map_err(|error| {
            error.context("all chunks were uploaded, but the service doesn't confirm that it has the whole file")
        })
    }

    /// Sends all chunks, several at a time. The first that fails for good ends it.
    async fn send(
        self,
        source: impl AsyncRead + Send + Unpin,
        name: &str,
        (form, sizes): (TextForm, Sizes),
        observer: &dyn Observer,
    ) -> Result<Uploaded> {
        let parallel = (MEMORY / sizes.largest().max(1)).clamp(1, PARALLEL);
        cut(source, name, form, sizes)
            .enumerate()
            .map(|(number, chunk)| async move {
                if number >= MAX_CHUNKS {
                    return Err(too_large(name));
                }
                let chunk = chunk?;
                let bytes = chunk.len() as u64;
                let packed = tokio::task::spawn_blocking(move || pack(&chunk))
                    .await
                    .map_err(|_| Error::new(ErrorKind::Cancelled, "the program is ending"))??;
                self.client
                    .put_chunk(self.model, self.file, number, packed, observer)
                    .await
                    .map_err(|error| {
                        error.context(format!("chunk {number} of {name} can't be uploaded"))
                    })?;
                Ok(bytes)
            })
            .buffer_unordered(parallel)
            .try_fold(Uploaded { chunks: 0, bytes: 0 }, |sum, bytes| async move {
                Ok(Uploaded { chunks: sum.chunks + 1, bytes: sum.bytes + bytes })
            })
            .await
    }
}

/// The chunks of what a reader gives.
fn cut(
    source: impl AsyncRead + Send + Unpin,
    name: &str,
    form: TextForm,
    sizes: Sizes,
) -> impl stream::Stream<Item = Result<Bytes>> + Send {
    struct State<R> {
        source: R,
        cutter: Option<Cutter>,
        piece: Vec<u8>,
    }
    let cutter = Some(Cutter::new(form, sizes));
    let state = State { source, cutter, piece: vec![0; PIECE] };
    stream::try_unfold(state, move |mut state| async move {
        while let Some(cutter) = &mut state.cutter {
            if let Some(chunk) = cutter.chunk() {
                return Ok(Some((chunk, state)));
            }
            let read = state.source.read(&mut state.piece).await.map_err(|e| {
                Error::new(ErrorKind::Io, format!("{name} can't be read")).with_source(e)
            })?;
            if read > 0 {
                cutter.push(&state.piece[..read]);
            } else if let Some(rest) = state.cutter.take().and_then(Cutter::finish) {
                return Ok(Some((rest, state)));
            }
        }
        Ok(None)
    })
}

/// Compresses a chunk. Lines are slower than processors, but not by so much that much effort pays.
fn pack(chunk: &[u8]) -> Result<Bytes> {
    use std::io::Write as _;
    let mut encoder = GzEncoder::new(Vec::with_capacity(chunk.len() / 3), Compression::fast());
    encoder
        .write_all(chunk)
        .and_then(|()| encoder.finish())
        .map(Bytes::from)
        .map_err(|e| Error::new(ErrorKind::Internal, "a chunk can't be compressed").with_source(e))
}

fn too_large(name: &str) -> Error {
    Error::new(ErrorKind::Data, format!("{name} is too large: Anaplan takes {MAX_CHUNKS} chunks"))
        .with_hint("give a larger ChunkSize (MB, at most 50), or split it and import the parts")
}
