//! Reads lines of a file by their numbers, without knowing how long the file is.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::encode::FileSource;

/// The size of a block.
const BLOCK: usize = 64 * 1024;

/// Stretches of a file's lines that are being read: an iterator over blocks of bytes.
#[derive(Debug)]
pub(crate) struct LineReader {
    source: Arc<FileSource>,
    stretches: VecDeque<Range<u64>>,
    scratch: Vec<u8>,
}

impl LineReader {
    /// Reads the first lines.
    pub(crate) fn first(source: Arc<FileSource>, lines: u64) -> Self {
        Self::new(source, std::iter::once(0..lines))
    }

    /// Reads stretches of lines, one after the other. Lines that the file hasn't are left out.
    pub(crate) fn new(
        source: Arc<FileSource>,
        stretches: impl IntoIterator<Item = Range<u64>>,
    ) -> Self {
        let lines = source.lines();
        let inside = |stretch: Range<u64>| stretch.start..stretch.end.min(lines);
        let stretches = stretches.into_iter().map(inside).collect();
        Self { source, stretches, scratch: Vec::new() }
    }
}

impl Iterator for LineReader {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let mut block = Vec::new();
        while let Some(stretch) = self.stretches.front_mut() {
            let Some(line) = stretch.next() else {
                self.stretches.pop_front();
                continue;
            };
            self.source.write_line(line, &mut self.scratch, &mut block);
            if block.len() >= BLOCK {
                break;
            }
        }
        (!block.is_empty()).then(|| block.into())
    }
}
