//! Reads a stretch of a file in blocks, making the lines as it goes.

use std::sync::Arc;

use bytes::Bytes;

use super::encode::FileSource;
use super::gzip::ChunkId;
use super::index::{Index, Mark};

/// The size of a block: big enough for the socket, small enough to hold hundreds of them.
const BLOCK: usize = 64 * 1024;

/// A stretch of a file that is being read.
#[derive(Debug)]
pub(crate) struct FileReader {
    source: Arc<FileSource>,
    at: Mark,
    remaining: u64,
    scratch: Vec<u8>,
    id: Option<ChunkId>,
}

impl FileReader {
    /// Reads a whole file.
    pub(crate) fn whole(source: Arc<FileSource>, index: &Index) -> Self {
        let (at, remaining) = (Mark::default(), index.total);
        Self { source, at, remaining, scratch: Vec::new(), id: None }
    }

    /// Reads one chunk, or gives `None` when the file has no such chunk.
    pub(crate) fn chunk(source: Arc<FileSource>, index: &Index, number: usize) -> Option<Self> {
        let (at, remaining) = index.chunk(number)?;
        let id = Some((index.number, number));
        Some(Self { source, at, remaining, scratch: Vec::new(), id })
    }

    /// Tells which chunk this is, if it is one.
    pub(crate) fn id(&self) -> Option<ChunkId> {
        self.id
    }

    /// Returns how many bytes are still to come.
    pub(crate) fn remaining(&self) -> u64 {
        self.remaining
    }

    /// Returns the next block, or `None` at the end of the stretch.
    pub(crate) fn next_block(&mut self) -> Option<Bytes> {
        if self.remaining == 0 {
            return None;
        }
        if let Some(raw) = self.source.raw() {
            let start = usize::try_from(self.at.skip).ok()?;
            let length = usize::try_from(self.remaining).unwrap_or(BLOCK).min(BLOCK);
            let block = Bytes::copy_from_slice(raw.get(start..start.checked_add(length)?)?);
            self.at.skip += length as u64;
            self.remaining -= length as u64;
            return Some(block);
        }
        let mut block = Vec::with_capacity(BLOCK + BLOCK / 16);
        while block.len() < BLOCK
            && (block.len() as u64) < self.remaining
            && self.at.line < self.source.lines()
        {
            let start = block.len();
            self.source.write_line(self.at.line, &mut self.scratch, &mut block);
            if self.at.skip > 0 {
                // A chunk may start anywhere.
                let written = block.len() - start;
                let skip = usize::try_from(self.at.skip).map_or(written, |skip| skip.min(written));
                block.drain(start..start + skip);
                self.at.skip -= skip as u64;
            }
            self.at.line += 1;
        }
        if block.is_empty() {
            // The generator gave fewer bytes than when the index was built; the connection will be cut.
            return None;
        }
        block.truncate(usize::try_from(self.remaining).unwrap_or(usize::MAX));
        self.remaining -= block.len() as u64;
        Some(block.into())
    }
}
