//! The file of an export in parts that can be parsed by themselves.

use anaplan_sql_csv::{Cut, Cutter, Dialect};
use bytes::Bytes;
use memchr::memchr_iter;

use super::shape::ExportShape;
use crate::error::Result;
use crate::table::csv::{Decoder, check_length};

/// What a part has at least, unless its chunk ends: what is parsed of it stays in the processor's cache, and little
/// waits while parts before it are parsed.
const LEAST: usize = 1 << 20;

/// How many lines a part should have: batches of a few rows cost more than they hold.
const LINES: usize = 2048;

/// Makes parts of chunks, which may be cut anywhere: inside a record, inside quotes, inside a character.
pub(super) struct Cutting {
    decoder: Decoder,
    cutter: Cutter,
    /// The line of the file at which the next part begins.
    line: u64,
    /// The bytes of the parts so far.
    length: u64,
}

/// Text that begins and ends with a record; only the last one of a file may be cut short.
#[derive(Debug)]
pub(super) struct Part {
    /// A record that began in an earlier chunk.
    edge: Bytes,
    text: Bytes,
    /// The line at which it begins.
    pub(super) line: u64,
}

impl Cutting {
    pub(super) fn new(shape: &ExportShape) -> Self {
        let dialect = Dialect { separator: shape.separator, quote: shape.quote };
        let (decoder, cutter) = (Decoder::new(shape.encoding), Cutter::new(dialect));
        Self { decoder, cutter, line: 1, length: 0 }
    }

    /// Takes the next chunk, and gives the records that end in it.
    ///
    /// # Errors
    /// When a record doesn't end for too long.
    pub(super) fn push(&mut self, chunk: Bytes) -> Result<Vec<Part>> {
        let mut text = self.decoder.decode_owned(chunk, false);
        let mut parts = Vec::new();
        while !text.is_empty() {
            let line = usize::try_from(self.length / self.line).unwrap_or(usize::MAX);
            let length = line.saturating_mul(LINES).max(LEAST).min(text.len());
            let part = self.cut(text.split_to(length));
            check_length(self.cutter.tail_len(), self.line)?;
            if part.len() > 0 {
                parts.push(part);
            }
        }
        Ok(parts)
    }

    /// Gives what is left when there is no more chunk.
    pub(super) fn finish(mut self) -> Part {
        let text = self.decoder.decode_owned(Bytes::new(), true);
        let mut part = self.cut(text);
        part.edge = [&part.edge, &part.text, &self.cutter.finish()[..]].concat().into();
        part.text = Bytes::new();
        part
    }

    fn cut(&mut self, text: Bytes) -> Part {
        let Cut { edge, body } = self.cutter.push(&text);
        let part = Part { edge: edge.into(), text: text.slice(body), line: self.line };
        let lines = part.pieces().map(|piece| memchr_iter(b'\n', &piece).count() as u64);
        self.line += lines.sum::<u64>();
        self.length += part.len() as u64;
        part
    }
}

impl Part {
    /// Its text: what is in each follows what is in the one before.
    pub(super) fn pieces(&self) -> impl Iterator<Item = Bytes> + use<> {
        [self.edge.clone(), self.text.clone()].into_iter()
    }

    pub(super) fn len(&self) -> usize {
        self.edge.len() + self.text.len()
    }
}
