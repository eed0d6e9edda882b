//! Files on their way out compressed, and the cache of what was compressed before.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::read::FileReader;

/// Bodies shorter than this are sent as they are.
const LEAST: u64 = 1024;

/// Takes hardly longer than level 1 and makes a third less.
const LEVEL: u32 = 2;

/// Tells whether a body of this length is worth compressing.
pub(crate) fn is_worth_it(length: u64) -> bool {
    length >= LEAST
}

/// Compresses a body that is in memory. Gives `None` where that fails, which it can't.
pub(crate) fn compress(body: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(LEVEL));
    encoder.write_all(body).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

/// Compresses a body that is made block by block.
pub(crate) fn compress_blocks(
    mut blocks: impl Iterator<Item = Bytes>,
) -> impl Iterator<Item = Bytes> {
    let mut encoder = Some(GzEncoder::new(Vec::new(), Compression::new(LEVEL)));
    std::iter::from_fn(move || {
        loop {
            let block = match (blocks.next(), encoder.as_mut()) {
                (Some(plain), Some(encoder)) => {
                    encoder.write_all(&plain).ok()?;
                    std::mem::take(encoder.get_mut())
                }
                _ => encoder.take()?.finish().ok()?,
            };
            if !block.is_empty() {
                return Some(block.into());
            }
        }
    })
}

/// A chunk of a file: the number of its index, and its own.
pub(crate) type ChunkId = (u64, usize);

/// Compressed chunks, as many as fit: compressing costs several times what making them does.
#[derive(Debug)]
pub(crate) struct GzipCache {
    most: usize,
    chunks: Mutex<Chunks>,
}

#[derive(Debug, Default)]
struct Chunks {
    /// With the turn in which each was last asked for.
    known: HashMap<ChunkId, (u64, Bytes)>,
    size: usize,
    turn: u64,
}

impl GzipCache {
    /// Makes a cache of so many bytes.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, chunks: Mutex::default() }
    }

    /// Returns a chunk that was compressed before.
    pub(crate) fn get(&self, id: ChunkId) -> Option<Bytes> {
        let mut chunks = self.chunks.lock().unwrap_or_else(PoisonError::into_inner);
        chunks.turn += 1;
        let turn = chunks.turn;
        let (last, bytes) = chunks.known.get_mut(&id)?;
        *last = turn;
        Some(bytes.clone())
    }

    fn put(&self, id: ChunkId, parts: &[Bytes]) {
        let bytes = Bytes::from(parts.concat());
        let mut chunks = self.chunks.lock().unwrap_or_else(PoisonError::into_inner);
        chunks.turn += 1;
        let turn = chunks.turn;
        chunks.size += bytes.len();
        if let Some((_, old)) = chunks.known.insert(id, (turn, bytes)) {
            chunks.size -= old.len();
        }
        while chunks.size > self.most {
            let oldest = chunks.known.iter().min_by_key(|(_, (turn, _))| *turn).map(|(id, _)| *id);
            let Some((_, old)) = oldest.and_then(|id| chunks.known.remove(&id)) else { break };
            chunks.size -= old.len();
        }
    }
}

/// A stretch of a file that is compressed as it is read.
#[derive(Debug)]
pub(crate) struct GzipReader {
    reader: FileReader,
    /// `None` after the end.
    encoder: Option<GzEncoder<Vec<u8>>>,
    /// What came so far, as long as it fits into the cache.
    parts: Option<Vec<Bytes>>,
    size: usize,
    cache: Arc<GzipCache>,
}

impl GzipReader {
    /// Compresses what a reader gives.
    pub(crate) fn new(reader: FileReader, cache: Arc<GzipCache>) -> Self {
        let encoder = Some(GzEncoder::new(Vec::new(), Compression::new(LEVEL)));
        // A whole file isn't kept: it has no bounds.
        let parts = reader.id().map(|_| Vec::new());
        Self { reader, encoder, parts, size: 0, cache }
    }

    /// Returns the next block, or `None` at the end of the stretch.
    pub(crate) fn next_block(&mut self) -> Option<Bytes> {
        loop {
            let block = if let Some(plain) = self.reader.next_block() {
                let encoder = self.encoder.as_mut()?;
                encoder.write_all(&plain).ok()?;
                std::mem::take(encoder.get_mut())
            } else if self.is_short() {
                return None;
            } else {
                self.encoder.take()?.finish().ok()?
            };
            if !block.is_empty() {
                let block = Bytes::from(block);
                self.keep(&block);
                return Some(block);
            }
        }
    }

    /// Tells whether the file has fewer bytes than it should, once it has ended.
    pub(crate) fn is_short(&self) -> bool {
        self.reader.remaining() > 0
    }

    fn keep(&mut self, block: &Bytes) {
        self.size += block.len();
        let Some(parts) = &mut self.parts else { return };
        parts.push(block.clone());
        if self.size > self.cache.most {
            self.parts = None;
        } else if self.encoder.is_none()
            && let Some(id) = self.reader.id()
        {
            self.cache.put(id, parts);
        }
    }
}
