//! Downloads.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};

use super::upload::digest;
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
    /// replaced meanwhile, as its first and its last chunk tell, which are fetched again then: only
    /// a stream that ends without one has given a whole file.
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
/// `name` is for messages; `announced` is how many chunks an upload has announced, below 0 for not
/// known yet. Memory doesn't grow with its size.
///
/// # Errors
/// Kind [`NotFound`](ErrorKind::NotFound) when there is no content; [`Data`](ErrorKind::Data) when an
/// upload has left a part of it only, in the stream also when the file was replaced meanwhile; else as
/// every call.
pub async fn download(
    client: &Client,
    (model, file): (&ModelId, &str),
    name: &str,
    announced: Option<i64>,
    (observer, progress): (Arc<dyn Observer>, Option<Arc<ScanProgress>>),
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
    check_whole(name, &chunks, announced)?;
    if let Some(progress) = &remote.progress {
        progress.set(Phase::Receiving);
        progress.chunks(chunks.len());
    }
    // Nobody tells how large chunks are before one has come; all but the last are alike.
    let body = remote.chunk(first).await?;
    let parallel = (MEMORY / body.len().max(1)).clamp(1, PARALLEL);
    let count = chunks.len();
    let before = Before { count, first: (first.clone(), digest(&body)), last: Arc::default() };
    let (fetching, last) = (remote.clone(), Arc::clone(&before.last));
    let others = stream::iter(chunks.into_iter().enumerate().skip(1))
        .map(move |(number, chunk)| {
            let (remote, last) = (fetching.clone(), Arc::clone(&last));
            async move {
                let body = remote.chunk(&chunk).await?;
                if number + 1 == count {
                    *last.lock().unwrap_or_else(PoisonError::into_inner) =
                        Some((chunk, digest(&body)));
                }
                Ok(body)
            }
        })
        .buffered(parallel);
    let check = stream::once(async move { remote.check_unchanged(before).await.err().map(Err) });
    let bodies =
        stream::iter([Ok(body)]).chain(others).chain(check.filter_map(|last| async { last }));
    Ok(Download { chunks: count, bodies: bodies.boxed() })
}

/// What was seen of a file: the number of its chunks, and what the first and the last were.
struct Before {
    count: usize,
    first: (Chunk, u64),
    last: Arc<Mutex<Option<(Chunk, u64)>>>,
}

/// Makes sure that all chunks of a file are there.
fn check_whole(name: &str, chunks: &[Chunk], announced: Option<i64>) -> Result<()> {
    let there = chunks.len() as u64;
    let last = chunks.iter().filter_map(|chunk| chunk.id.parse::<u64>().ok()).max();
    let all = match announced {
        Some(count) if count < 0 => None,
        Some(count) => Some(count.unsigned_abs()),
        None => Some(0),
    };
    let all = all.map(|all| all.max(last.map_or(0, |last| last.saturating_add(1))));
    let of = match all {
        Some(all) if all <= there => return Ok(()),
        Some(all) => format!("it has {there} of {all} chunks"),
        None => format!("it has {there} chunks, and no end has been announced"),
    };
    Err(Error::new(ErrorKind::Data, format!("{name} is incomplete: {of}")).with_hint(
        "an upload of it is under way, or has broken off: upload it again. Or the count is that of \
         content which was deleted, or has expired: DownloadFileChunk reads what is there, chunk by \
         chunk",
    ))
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

    async fn check_unchanged(&self, before: Before) -> Result<()> {
        let Before { count, first, last } = before;
        let last = last.lock().unwrap_or_else(PoisonError::into_inner).take();
        let is_same = self.chunks().await?.len() == count
            && match last {
                Some(last) => self.is_same(&first).await? && self.is_same(&last).await?,
                // One chunk is of one file.
                None => true,
            };
        if is_same {
            return Ok(());
        }
        let text = format!("{} was replaced while it was downloaded", self.name);
        Err(Error::new(ErrorKind::Data, text)
            .with_hint("download it again when nothing else writes it"))
    }

    async fn is_same(&self, (chunk, before): &(Chunk, u64)) -> Result<bool> {
        let observer = self.observer.as_ref();
        let now = self.client.chunk(&self.model, &self.file, chunk, None, observer).await;
        match now {
            Ok(body) => Ok(digest(&body) == *before),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => {
                Err(error.context(format!("chunk {} of {} can't be read", chunk.id, self.name)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_file_are_told_from_the_whole() {
        let chunks = |ids: &[&str]| -> Vec<Chunk> {
            ids.iter().map(|&id| Chunk { id: id.to_owned() }).collect()
        };
        let told = |ids: &[&str], announced| {
            check_whole("file \"F\"", &chunks(ids), announced).err().map(|error| error.to_string())
        };
        for announced in [None, Some(0), Some(1), Some(2)] {
            assert_eq!(told(&["0", "1"], announced), None, "{announced:?}");
        }
        let part = Some("file \"F\" is incomplete: it has 2 of 3 chunks".to_owned());
        assert_eq!(told(&["0", "1"], Some(3)), part);
        assert_eq!(told(&["0", "2"], None), part);
        assert!(told(&["0"], Some(-1)).is_some_and(|text| text.ends_with("announced")));
    }
}
