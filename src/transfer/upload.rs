//! Uploads.

use std::hash::{DefaultHasher, Hasher};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt, TryStreamExt};
use libdeflater::{CompressionLvl, Compressor};
use tokio::io::AsyncRead;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::cut::{Cutter, MAX_CHUNKS, Sizes, room_for};
use super::form::TextForm;
use super::source;
use crate::client::Client;
use crate::client::model::ModelId;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Buffer, Observer, Unobserved};
use crate::progress::{Phase, ScanProgress};

/// Chunks that are under way at the same time, as far as they fit into [`MEMORY`].
const PARALLEL: usize = 4;
/// What the chunks that are under way, and the one that is being cut, may hold together before
/// compression: bytes, in units of [`UNIT`].
const MEMORY: usize = 32 << 20;
const UNIT: usize = 1 << 10;

/// How a file is uploaded.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct UploadOptions {
    /// What tells records apart in it: chunks end with a record.
    pub form: TextForm,
    /// The size of a chunk in bytes, before compression; None: 10 MB, or what keeps the file
    /// below 1,000 chunks.
    pub chunk_size: Option<usize>,
    /// Hears how far it is.
    pub progress: Option<Arc<ScanProgress>>,
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

/// An upload: where it goes and how.
#[derive(Clone, Copy)]
struct Upload<'a> {
    client: &'a Client,
    model: &'a ModelId,
    /// The id of one of the model's files.
    file: &'a str,
    /// What is uploaded, for messages.
    name: &'a str,
    options: &'a UploadOptions,
    observer: &'a dyn Observer,
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
    let name = path.display().to_string();
    let upload = Upload { client, model, file, name: &name, options, observer };
    let Some(length) = source::length(path)? else {
        // A pipe can be read only once.
        return upload.stream(source::open(path).await?).await;
    };
    let sizes = match options.chunk_size {
        Some(size) => Sizes::Fixed(size),
        None => Sizes::of(length).ok_or_else(|| upload.too_large())?,
    };
    let marks: Vec<u64> = cut(source::open(path).await?, options.form, sizes)
        .map_ok(|(chunk, _)| digest(&chunk))
        .try_collect()
        .await?;
    if marks.len() > MAX_CHUNKS {
        return Err(upload.too_large());
    }
    upload.announce(Some(marks.len())).await?;
    let sent = upload.send(source::open(path).await?, sizes, Some(&marks)).await?;
    if sent.chunks < marks.len() {
        return Err(upload.changed());
    }
    upload.complete(sent, true).await?;
    Ok(sent)
}

/// Uploads what a reader gives as the signed-in user's content of one of the model's files.
/// `name` is for messages. Memory doesn't grow with its size.
///
/// # Errors
/// As [`upload_file`].
pub async fn upload(
    client: &Client,
    place: (&ModelId, &str),
    source: impl AsyncRead + Send + Unpin,
    name: &str,
    options: &UploadOptions,
    observer: &dyn Observer,
) -> Result<Uploaded> {
    let pieces = source::pieces(source, name.to_owned());
    upload_stream(client, place, pieces, name, options, observer).await
}

/// Uploads a stream of bytes as the signed-in user's content of one of the model's files. The
/// bytes may come in pieces of any size; `name` is for messages.
///
/// A stream that fails, or an upload that is dropped, leaves no content: the end is told only
/// when all has come. What the user had uploaded before is gone by then.
///
/// # Errors
/// Those of the stream; else as [`upload_file`].
///
/// # Examples
/// ```no_run
/// # use anaplan_sql::client::Client;
/// # use anaplan_sql::client::model::{File, ModelId};
/// # use anaplan_sql::http::Unobserved;
/// # use anaplan_sql::transfer::{TextForm, UploadOptions, upload_stream};
/// # async fn example(client: &Client, model: &ModelId, file: &File) -> anaplan_sql::Result<()> {
/// let lines = (1..=3).map(|line| Ok(format!("P{line},Press {line}\n").into()));
/// let mut options = UploadOptions::default();
/// options.form = TextForm::of(file);
/// let place = (model, file.id.as_str());
/// upload_stream(client, place, futures::stream::iter(lines), "the rows", &options, &Unobserved)
///     .await?;
/// # Ok(())
/// # }
/// ```
pub async fn upload_stream(
    client: &Client,
    (model, file): (&ModelId, &str),
    source: impl Stream<Item = Result<Bytes>> + Send,
    name: &str,
    options: &UploadOptions,
    observer: &dyn Observer,
) -> Result<Uploaded> {
    Upload { client, model, file, name, options, observer }.stream(source).await
}

impl Upload<'_> {
    /// Uploads what can be read only once: the number of its chunks is told at the end.
    async fn stream(self, source: impl Stream<Item = Result<Bytes>> + Send) -> Result<Uploaded> {
        let sizes = self.options.chunk_size.map_or(Sizes::Growing, Sizes::Fixed);
        self.announce(None).await?;
        let sent = self.send(source, sizes, None).await?;
        self.complete(sent, false).await?;
        Ok(sent)
    }

    async fn announce(self, chunks: Option<usize>) -> Result<()> {
        if let Some(progress) = &self.options.progress {
            progress.set(Phase::Sending);
            progress.chunks(chunks.unwrap_or_default());
        }
        self.client
            .announce_upload(self.model, self.file, chunks, self.observer)
            .await
            .map_err(|error| error.context("the service doesn't take the upload"))
    }

    /// Sends all chunks, several at a time. The first that fails for good ends it. With `marks`
    /// it sends just the chunks that were seen before: should there be others, the announced
    /// number is never reached, and the service has no file.
    async fn send(
        self,
        source: impl Stream<Item = Result<Bytes>> + Send,
        sizes: Sizes,
        marks: Option<&[u64]>,
    ) -> Result<Uploaded> {
        cut(source, self.options.form, sizes)
            .enumerate()
            .map(|(number, chunk)| async move {
                let (chunk, _room) = chunk?;
                if number >= MAX_CHUNKS {
                    return Err(self.too_large());
                }
                if marks.is_some_and(|marks| marks.get(number) != Some(&digest(&chunk))) {
                    return Err(self.changed());
                }
                self.send_chunk(number, chunk, room_for(sizes.at(number))).await
            })
            .buffer_unordered(PARALLEL)
            .try_fold(Uploaded { chunks: 0, bytes: 0 }, |sum, bytes| async move {
                Ok(Uploaded { chunks: sum.chunks + 1, bytes: sum.bytes + bytes })
            })
            .await
    }

    async fn send_chunk(self, number: usize, chunk: Bytes, room: usize) -> Result<u64> {
        let length = chunk.len();
        let packed = tokio::task::spawn_blocking(move || pack(&chunk, room))
            .await
            .map_err(|_| Error::new(ErrorKind::Cancelled, "the program is ending"))??;
        let sent = self.client.put_chunk(self.model, self.file, number, packed, self.observer);
        sent.await.map_err(|error| {
            error.context(format!("chunk {number} of {} can't be uploaded", self.name))
        })?;
        if let Some(progress) = &self.options.progress {
            progress.chunk();
            progress.bytes(length);
        }
        Ok(length as u64)
    }

    /// Says that all chunks have come, and makes sure that the service has as many. If their
    /// number was announced, the content counts without this; some accounts get a 500 for it.
    async fn complete(self, sent: Uploaded, announced: bool) -> Result<()> {
        let Self { client, model, file, name, .. } = self;
        let told = client.complete_upload(model, file, !announced, self.observer).await;
        let refused = match told {
            Ok(count) if count == Some(sent.chunks) => return Ok(()),
            Ok(_) => None,
            Err(error) => Some(error.context(format!(
                "all chunks of {name} were uploaded, but the service doesn't confirm that it has \
                 the whole file"
            ))),
        };
        if !announced && let Some(error) = refused {
            return Err(error);
        }
        match (client.chunks(model, file, Arc::new(Unobserved)).await, refused) {
            (Ok(chunks), refused) if chunks.len() == sent.chunks => {
                if let Some(error) = refused {
                    tracing::warn!(%error, file, "but it has all chunks");
                }
                Ok(())
            }
            (_, Some(error)) | (Err(error), None) => Err(error),
            (Ok(chunks), None) => {
                let (there, all) = (chunks.len(), sent.chunks);
                let text = format!("the service has {there} of the {all} chunks of {name}");
                Err(Error::new(ErrorKind::Service, text).with_hint(
                    "another upload to the same file by the same user may run: upload it again",
                ))
            }
        }
    }

    fn changed(self) -> Error {
        let text = format!("{} changed while it was being uploaded", self.name);
        Error::new(ErrorKind::Data, text)
            .with_hint("nothing was run on it; upload it again when it is complete")
    }

    fn too_large(self) -> Error {
        let text = format!("{} is too large: Anaplan takes {MAX_CHUNKS} chunks", self.name);
        Error::new(ErrorKind::Data, text)
            .with_hint("give a larger ChunkSize (MB, at most 50), or split it and import the parts")
    }
}

/// The chunks of what comes, each with the room that it takes in memory.
fn cut(
    source: impl Stream<Item = Result<Bytes>> + Send,
    form: TextForm,
    sizes: Sizes,
) -> impl Stream<Item = Result<(Bytes, OwnedSemaphorePermit)>> + Send {
    struct State<S> {
        source: S,
        cutter: Option<Cutter>,
        number: usize,
        room: Arc<Semaphore>,
    }
    let state = State {
        source: Box::pin(source),
        cutter: Some(Cutter::new(form, sizes)),
        number: 0,
        room: Arc::new(Semaphore::new(MEMORY / UNIT)),
    };
    stream::try_unfold(state, move |mut state| async move {
        let size = sizes.at(state.number).min(MEMORY) / UNIT;
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        let room = Arc::clone(&state.room).acquire_many_owned(size).await;
        let room = room.expect("the semaphore is never closed");
        state.number += 1;
        while let Some(cutter) = &mut state.cutter {
            if let Some(chunk) = cutter.chunk() {
                return Ok(Some(((chunk, room), state)));
            }
            if let Some(piece) = state.source.try_next().await? {
                cutter.push(&piece);
            } else if let Some(rest) = state.cutter.take().and_then(Cutter::finish) {
                return Ok(Some(((rest, room), state)));
            }
        }
        Ok(None)
    })
}

/// Tells whether a chunk is the same as before.
pub(super) fn digest(chunk: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(chunk);
    hasher.finish()
}

/// Compresses a chunk. Lines are slower than processors, but not by so much that much effort pays.
/// The compressor's state is a plain piece of memory: one that must begin at a multiple of something, as
/// other implementations ask for, leaves a hole with each chunk in the heap of the C library.
fn pack(chunk: &[u8], room: usize) -> Result<Bytes> {
    let mut compressor = Compressor::new(CompressionLvl::fastest());
    let most = compressor.gzip_compress_bound(chunk.len());
    let mut packed = Buffer::of_length(most.max(room));
    let length = compressor.gzip_compress(chunk, packed.as_mut()).map_err(|e| {
        Error::new(ErrorKind::Internal, "a chunk can't be compressed").with_source(e)
    })?;
    packed.truncate(length);
    Ok(packed.freeze())
}
