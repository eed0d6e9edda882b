//! Where an upload is cut into chunks.
//!
//! Anaplan asks that a chunk ends where a record does, has at most 50 MB, and that there are at
//! most 1,000 of them.

use bytes::Bytes;

use super::form::{RecordEnds, TextForm};
use crate::http::Buffer;

/// The most chunks of a file.
pub(super) const MAX_CHUNKS: usize = 1000;
/// The largest chunk, before compression.
const MAX_CHUNK: usize = 50_000_000;
/// The usual size of a chunk: as large as those that the service itself cuts.
const CHUNK: usize = 10_000_000;
/// So many chunks of unknown total have the usual size; later ones are large.
const USUAL_CHUNKS: usize = 200;
/// Chunks that are aimed at where a file is large: each is a little smaller than it might be,
/// because it ends with a record.
const AIMED_CHUNKS: u64 = 900;

/// How large chunks may become, by number.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sizes {
    /// All alike.
    Fixed(usize),
    /// Growing, because nobody knows how much will come.
    Growing,
}

impl Sizes {
    /// For a file of so many bytes; None if it is too large to be uploaded at all.
    pub(super) fn of(total: u64) -> Option<Self> {
        let each = usize::try_from(total.div_ceil(AIMED_CHUNKS)).ok()?;
        (each <= MAX_CHUNK).then(|| Self::Fixed(each.max(CHUNK)))
    }

    /// The size of the chunk with this number, from 0.
    pub(super) fn at(self, number: usize) -> usize {
        match self {
            Self::Fixed(size) => size.clamp(1, MAX_CHUNK),
            Self::Growing if number < USUAL_CHUNKS => CHUNK,
            Self::Growing => MAX_CHUNK,
        }
    }
}

/// Bytes that come behind the end of a chunk before it is cut.
const BEHIND: usize = 512 << 10;

/// The room for a chunk of at most so many bytes. It is the same for all, raw and packed: so what one
/// leaves goes to the next.
pub(super) fn room_for(size: usize) -> usize {
    size + BEHIND
}

/// Cuts a stream of bytes into chunks, after records.
#[derive(Debug)]
pub(super) struct Cutter {
    ends: RecordEnds,
    sizes: Sizes,
    number: usize,
    buffer: Buffer,
    /// How much of the buffer has been looked at.
    seen: usize,
    /// Where the last record in it ends; 0 if none does.
    end: usize,
}

impl Cutter {
    pub(super) fn new(form: TextForm, sizes: Sizes) -> Self {
        let (ends, buffer) = (RecordEnds::new(form), Buffer::new(0, false));
        Self { ends, sizes, number: 0, buffer, seen: 0, end: 0 }
    }

    /// Takes some more bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let room = room_for(self.sizes.at(self.number));
        if self.buffer.capacity() < room && self.buffer.len() + bytes.len() <= room {
            // The one before keeps its room until it is sent.
            let mut buffer = Buffer::new(room, false);
            buffer.push(self.buffer.as_ref());
            self.buffer = buffer;
        }
        self.buffer.push(bytes);
    }

    /// The next chunk, if there is enough for one: the records that fit into its size, or a single
    /// one that doesn't.
    pub(super) fn chunk(&mut self) -> Option<Bytes> {
        let wanted = self.sizes.at(self.number);
        while self.look(wanted) {}
        if self.buffer.len() < wanted {
            return None;
        }
        if self.end == 0 {
            self.look(MAX_CHUNK);
        }
        if self.end == 0 && self.buffer.len() < MAX_CHUNK {
            return None;
        }
        Some(match self.end {
            // No record ends for a long while: the service puts the pieces together again. They
            // are cut between characters, though.
            0 => {
                let chunk = self.split(MAX_CHUNK);
                self.seen = 0;
                chunk
            }
            end => {
                let chunk = self.split(end);
                self.ends.begin_record();
                (self.seen, self.end) = (0, 0);
                chunk
            }
        })
    }

    /// What is left at the end. A file without any bytes is one empty chunk.
    pub(super) fn finish(self) -> Option<Bytes> {
        (self.buffer.len() > 0 || self.number == 0).then(|| self.buffer.freeze())
    }

    fn split(&mut self, at: usize) -> Bytes {
        self.number += 1;
        let mut rest = Buffer::new(room_for(self.sizes.at(self.number)), false);
        rest.push(&self.buffer.as_ref()[at..]);
        let mut chunk = std::mem::replace(&mut self.buffer, rest);
        chunk.truncate(at);
        chunk.freeze()
    }

    /// Looks for the next end of a record in what hasn't been looked at, but no further than this;
    /// tells whether there was one.
    fn look(&mut self, limit: usize) -> bool {
        let width = self.ends.width();
        let limit = self.buffer.len().min(limit);
        let limit = limit - limit % width;
        let Some(fresh) = self.buffer.as_ref().get(self.seen..limit) else { return false };
        match self.ends.next_end(fresh) {
            Some(end) => {
                self.seen += end;
                self.end = self.seen;
                true
            }
            None => {
                self.seen = self.seen.max(limit);
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &[u8], size: usize, piece: usize, form: TextForm) -> Vec<Vec<u8>> {
        let mut cutter = Cutter::new(form, Sizes::Fixed(size));
        let mut chunks = Vec::new();
        for piece in text.chunks(piece.max(1)) {
            cutter.push(piece);
            while let Some(chunk) = cutter.chunk() {
                chunks.push(chunk.to_vec());
            }
        }
        chunks.extend(cutter.finish().map(|chunk| chunk.to_vec()));
        chunks
    }

    fn wide() -> TextForm {
        TextForm { wide: true, ..TextForm::default() }
    }

    #[test]
    fn chunks_end_where_records_do() {
        let text = b"a,1\nb,2\n\"c\nc\",3\nd,\"x\"\"\ny\"\ne,5\n";
        for piece in [1, 3, 100] {
            let chunks = cut(text, 9, piece, TextForm::default());
            let shown: Vec<&str> =
                chunks.iter().map(|chunk| std::str::from_utf8(chunk).expect("UTF-8")).collect();
            let expected = ["a,1\nb,2\n", "\"c\nc\",3\n", "d,\"x\"\"\ny\"\n", "e,5\n"];
            assert_eq!(shown, expected, "by {piece}");
        }
    }

    #[test]
    fn wide_text_is_cut_between_characters() {
        // Its characters have the bytes of a quote and of a line break as halves: U+0A22, U+220A.
        let text: Vec<u8> =
            "\u{0a22}\u{220a}\n\"\n\"\nz\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for size in [1, 3] {
            let chunks = cut(&text, size, 1, wide());
            let lengths: Vec<usize> = chunks.iter().map(Vec::len).collect();
            assert_eq!(lengths, [6, 8, 4]);
        }
    }

    #[test]
    fn a_file_without_bytes_is_one_empty_chunk() {
        assert_eq!(cut(b"", 10, 1, TextForm::default()), [Vec::<u8>::new()]);
    }

    #[test]
    fn a_record_without_end_is_cut_anyway() {
        let text = vec![b'x'; MAX_CHUNK + 10];
        let chunks = cut(&text, CHUNK, 1 << 20, TextForm::default());
        let lengths: Vec<usize> = chunks.iter().map(Vec::len).collect();
        assert_eq!(lengths, [MAX_CHUNK, 10]);
    }

    #[test]
    fn sizes_keep_the_count_below_a_thousand() {
        for (total, size) in [(0, Some(CHUNK)), (9_000_000_000, Some(CHUNK))] {
            assert_eq!(Sizes::of(total).map(|sizes| sizes.at(0)), size);
        }
        assert_eq!(Sizes::of(18_000_000_000).map(|sizes| sizes.at(7)), Some(20_000_000));
        assert!(Sizes::of(45_000_000_001).is_none());
        let growing: u64 = (0..MAX_CHUNKS).map(|number| Sizes::Growing.at(number) as u64).sum();
        assert!(growing > 40_000_000_000, "{growing}");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_moved(
            text in proptest::collection::vec(prop_oneof![
                Just(b'"'), Just(b'\n'), Just(b','), Just(b'x'), Just(0_u8)
            ], 0..200),
            size in 2_usize..30,
            piece in 1_usize..40,
            is_wide in any::<bool>(),
        ) {
            let form = if is_wide { wide() } else { TextForm::default() };
            let chunks = cut(&text, size, piece, form);
            prop_assert_eq!(chunks.concat(), text.clone());
            // How the bytes come makes no difference.
            prop_assert_eq!(&chunks, &cut(&text, size, 1, form));
            for chunk in chunks.split_last().map_or(&[][..], |(_, all)| all) {
                let end: &[u8] = if is_wide { b"\n\0" } else { b"\n" };
                prop_assert!(chunk.ends_with(end));
                // Too large a chunk is one record.
                let mut ends = RecordEnds::new(form);
                let whole = chunk.len() - chunk.len() % ends.width();
                prop_assert!(
                    chunk.len() <= size || ends.next_end(&chunk[..whole]) == Some(chunk.len())
                );
            }
        }
    }
}
