//! Bytes that users upload, and those of dumps: small ones in memory, big ones in a temporary file.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tempfile::SpooledTempFile;

/// From this size on, what is stored goes into a temporary file.
const IN_MEMORY: usize = 4 * 1024 * 1024;

/// The size of a block that is served.
const BLOCK: usize = 64 * 1024;

/// A store that grows by pieces. What was written stays where it is.
pub(crate) struct Store {
    file: Mutex<Growing>,
}

struct Growing {
    file: SpooledTempFile,
    end: u64,
}

/// A stretch of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    start: u64,
    pub(crate) length: u64,
}

impl Store {
    pub(crate) fn new() -> Self {
        let file = SpooledTempFile::new(IN_MEMORY);
        Self { file: Mutex::new(Growing { file, end: 0 }) }
    }

    /// Adds bytes at the end.
    pub(crate) fn append(&self, bytes: &[u8]) -> io::Result<Piece> {
        let mut store = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let start = store.end;
        store.file.seek(SeekFrom::Start(start))?;
        store.file.write_all(bytes)?;
        let length = bytes.len() as u64;
        store.end = start.saturating_add(length);
        Ok(Piece { start, length })
    }

    fn read(&self, start: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut store = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        store.file.seek(SeekFrom::Start(start))?;
        store.file.read(buffer)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// A file that is whole, in chunks.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    source: Source,
    chunks: Arc<[Piece]>,
}

#[derive(Clone, Debug)]
enum Source {
    Held(Arc<Vec<u8>>),
    Stored(Arc<Store>),
}

impl Content {
    /// Cuts bytes in memory into chunks.
    pub(crate) fn held(bytes: &Arc<Vec<u8>>, chunk_size: usize) -> Self {
        let whole = Piece { start: 0, length: bytes.len() as u64 };
        Self { source: Source::Held(Arc::clone(bytes)), chunks: cut(whole, chunk_size) }
    }

    /// Puts together what was stored piece by piece: each is a chunk.
    pub(crate) fn stored(store: Arc<Store>, chunks: Vec<Piece>) -> Self {
        Self { source: Source::Stored(store), chunks: chunks.into() }
    }

    /// Cuts all that was stored into chunks.
    pub(crate) fn of_store(store: Store, chunk_size: usize) -> Self {
        let end = store.file.lock().unwrap_or_else(PoisonError::into_inner).end;
        let chunks = cut(Piece { start: 0, length: end }, chunk_size);
        Self { source: Source::Stored(Arc::new(store)), chunks }
    }

    pub(crate) fn chunks(&self) -> usize {
        self.chunks.len()
    }

    /// Reads the whole file.
    pub(crate) fn reader(&self) -> ContentReader {
        ContentReader {
            source: self.source.clone(),
            chunks: Arc::clone(&self.chunks),
            next: 0,
            at: 0,
        }
    }

    /// Reads one chunk.
    pub(crate) fn chunk(&self, number: usize) -> Option<ContentReader> {
        let piece = *self.chunks.get(number)?;
        Some(ContentReader { chunks: Arc::new([piece]), ..self.reader() })
    }
}

/// Cuts a stretch into chunks. One without bytes has none.
fn cut(whole: Piece, chunk_size: usize) -> Arc<[Piece]> {
    let size = (chunk_size as u64).max(1);
    let count = whole.length.div_ceil(size);
    let piece = |number: u64| {
        let start = number.saturating_mul(size);
        Piece { start: whole.start + start, length: size.min(whole.length - start) }
    };
    (0..count).map(piece).collect()
}

/// Reads chunks one after the other.
#[derive(Clone, Debug)]
pub(crate) struct ContentReader {
    source: Source,
    chunks: Arc<[Piece]>,
    next: usize,
    /// How much of the next chunk is read.
    at: u64,
}

impl ContentReader {
    /// Returns how many bytes are still to come.
    pub(crate) fn remaining(&self) -> u64 {
        let chunks = self.chunks.iter().skip(self.next);
        chunks.map(|piece| piece.length).sum::<u64>().saturating_sub(self.at)
    }

    /// Returns the next block, or `None` at the end. The answer is cut off where the disk fails.
    pub(crate) fn next_block(&mut self) -> Option<Bytes> {
        let mut block = vec![0; BLOCK];
        let length = self.read(&mut block).ok().filter(|length| *length > 0)?;
        block.truncate(length);
        Some(block.into())
    }
}

impl Read for ContentReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(piece) = self.chunks.get(self.next) {
            let left = piece.length.saturating_sub(self.at);
            if left == 0 {
                self.next += 1;
                self.at = 0;
                continue;
            }
            let start = piece.start.saturating_add(self.at);
            let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let buffer = buffer.get_mut(..wanted).unwrap_or_default();
            let length = match &self.source {
                Source::Stored(store) => store.read(start, buffer)?,
                Source::Held(bytes) => {
                    let start = usize::try_from(start).unwrap_or(usize::MAX);
                    bytes.get(start..).unwrap_or_default().read(buffer)?
                }
            };
            self.at += length as u64;
            return Ok(length);
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(mut reader: ContentReader) -> String {
        let mut text = String::new();
        reader.read_to_string(&mut text).expect("text");
        text
    }

    #[test]
    fn chunks_join_in_their_own_order() {
        let store = Arc::new(Store::new());
        let late = store.append(b"world").expect("stored");
        let early = store.append(b"hello ").expect("stored");
        let content = Content::stored(store, vec![early, late]);
        assert_eq!(text(content.reader()), "hello world");
        assert_eq!(content.reader().remaining(), 11);
        assert_eq!(text(content.chunk(1).expect("a chunk")), "world");
        assert!(content.chunk(2).is_none());
    }

    #[test]
    fn big_content_lies_on_disk() {
        let store = Store::new();
        let line = [b'x'; 1000];
        for _ in 0..5000 {
            store.append(&line).expect("stored");
        }
        assert!(store.file.lock().expect("a lock").file.is_rolled());
        let content = Content::of_store(store, 1_000_001);
        assert_eq!(content.chunks(), 5);
        assert_eq!(content.chunk(4).expect("a chunk").remaining(), 5_000_000 - 4_000_004);
        let mut reader = content.reader();
        let mut length = 0;
        while let Some(block) = reader.next_block() {
            assert!(block.iter().all(|byte| *byte == b'x'));
            length += block.len();
        }
        assert_eq!((length, reader.remaining()), (5_000_000, 0));
    }

    #[test]
    fn held_bytes_are_cut() {
        let content = Content::held(&Arc::new(b"abcde".to_vec()), 2);
        assert_eq!(content.chunks(), 3);
        assert_eq!(text(content.chunk(2).expect("a chunk")), "e");
        assert_eq!(Content::held(&Arc::default(), 2).chunks(), 0);
    }
}
