//! Where an upload is cut into chunks.
//!
//! Anaplan asks that a chunk ends where a record does, has at most 50 MB, and that there are at
//! most 1,000 of them.

use bytes::{Bytes, BytesMut};
use memchr::memchr2_iter;

/// The most chunks of a file.
pub(super) const MAX_CHUNKS: usize = 1000;
/// The largest chunk, before compression.
const MAX_CHUNK: usize = 50_000_000;
/// The usual size of a chunk: as large as those that the service itself cuts.
const CHUNK: usize = 10_000_000;
/// The size that is aimed at where files are large: a record more must still fit.
const LARGE_CHUNK: usize = 45_000_000;
/// So many chunks of unknown total have the usual size; later ones are large.
const USUAL_CHUNKS: usize = 200;

/// What tells records apart in a file's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextForm {
    /// The character around texts that may hold line breaks; None if there is none.
    pub delimiter: Option<u8>,
    /// Whether each character takes two bytes, the lower first (UTF-16LE).
    pub wide: bool,
}

impl Default for TextForm {
    fn default() -> Self {
        Self { delimiter: Some(b'"'), wide: false }
    }
}

/// How large chunks are to be, by number.
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
        let each = total.div_ceil(MAX_CHUNKS as u64);
        let each = usize::try_from(each).ok().filter(|each| *each <= LARGE_CHUNK)?;
        Some(Self::Fixed(each.max(CHUNK)))
    }

    fn at(self, number: usize) -> usize {
        match self {
            Self::Fixed(size) => size.clamp(1, LARGE_CHUNK),
            Self::Growing if number < USUAL_CHUNKS => CHUNK,
            Self::Growing => LARGE_CHUNK,
        }
    }

    /// The largest that a chunk is likely to become.
    pub(super) fn largest(self) -> usize {
        match self {
            Self::Fixed(size) => size,
            Self::Growing => LARGE_CHUNK,
        }
    }
}

/// Cuts a stream of bytes into chunks, after records.
#[derive(Debug)]
pub(super) struct Cutter {
    form: TextForm,
    sizes: Sizes,
    number: usize,
    buffer: BytesMut,
    /// How much of the buffer has been looked at.
    seen: usize,
    /// Where the last record in it ends; 0 if none does.
    end: usize,
    quoted: bool,
}

impl Cutter {
    pub(super) fn new(form: TextForm, sizes: Sizes) -> Self {
        let buffer = BytesMut::new();
        Self { form, sizes, number: 0, buffer, seen: 0, end: 0, quoted: false }
    }

    /// Takes some more bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        self.look();
    }

    /// The next chunk, if there is enough for one.
    pub(super) fn chunk(&mut self) -> Option<Bytes> {
        let wanted = self.sizes.at(self.number);
        let cut = if self.end >= wanted {
            self.end
        } else if self.buffer.len() >= MAX_CHUNK {
            // No record ends for a long while: the service puts the pieces together again. It
            // ends with a whole character, though.
            if self.end > 0 { self.end } else { MAX_CHUNK }
        } else {
            return None;
        };
        Some(self.split(cut))
    }

    /// What is left at the end. A file without any bytes is one empty chunk.
    pub(super) fn finish(mut self) -> Option<Bytes> {
        let rest = self.buffer.len();
        (rest > 0 || self.number == 0).then(|| self.split(rest))
    }

    fn split(&mut self, at: usize) -> Bytes {
        self.number += 1;
        self.seen = self.seen.saturating_sub(at);
        self.end = self.end.saturating_sub(at);
        self.buffer.split_to(at).freeze()
    }

    /// Looks for ends of records in what is new. Whether a line break ends one is decided by the
    /// number of quotes before it, as in RFC 4180; where a file keeps to other rules, a chunk may
    /// end within a record, which the service puts together again.
    fn look(&mut self) {
        let fresh = &self.buffer[self.seen..];
        let quote = self.form.delimiter;
        if self.form.wide {
            let pairs = fresh.len() / 2;
            for (number, pair) in fresh.chunks_exact(2).enumerate() {
                if pair[1] != 0 {
                    continue;
                }
                if Some(pair[0]) == quote {
                    self.quoted = !self.quoted;
                } else if pair[0] == b'\n' && !self.quoted {
                    self.end = self.seen + 2 * (number + 1);
                }
            }
            self.seen += 2 * pairs;
            return;
        }
        for at in memchr2_iter(quote.unwrap_or(b'\n'), b'\n', fresh) {
            if Some(fresh[at]) == quote {
                self.quoted = !self.quoted;
            } else if !self.quoted {
                self.end = self.seen + at + 1;
            }
        }
        self.seen = self.buffer.len();
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

    #[test]
    fn chunks_end_where_records_do() {
        let text = b"a,1\n\"b\nb\",2\nc,\"x\"\"\ny\"\nd,4\n";
        let chunks = cut(text, 5, 1, TextForm::default());
        let shown: Vec<&str> =
            chunks.iter().map(|chunk| std::str::from_utf8(chunk).expect("UTF-8")).collect();
        assert_eq!(shown, ["a,1\n\"b\nb\",2\n", "c,\"x\"\"\ny\"\n", "d,4\n"]);
    }

    #[test]
    fn wide_text_is_cut_between_characters() {
        // Its characters have the bytes of a quote and of a line break as halves: U+0A22, U+220A.
        let text: Vec<u8> =
            "\u{0a22}\u{220a}\n\"\n\"\nz\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let form = TextForm { delimiter: Some(b'"'), wide: true };
        let chunks = cut(&text, 1, 1, form);
        let lengths: Vec<usize> = chunks.iter().map(Vec::len).collect();
        assert_eq!(lengths, [6, 8, 4]);
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
        for (total, size) in [(0, Some(CHUNK)), (10_000_000_000, Some(CHUNK))] {
            assert_eq!(Sizes::of(total).map(|sizes| sizes.at(0)), size);
        }
        assert_eq!(Sizes::of(20_000_000_000).map(|sizes| sizes.at(7)), Some(20_000_000));
        assert!(Sizes::of(45_000_000_001).is_none());
        let growing: u64 = (0..MAX_CHUNKS).map(|number| Sizes::Growing.at(number) as u64).sum();
        assert!(growing > 35_000_000_000, "{growing}");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_moved(
            text in proptest::collection::vec(prop_oneof![
                Just(b'"'), Just(b'\n'), Just(b','), Just(b'x'), Just(0_u8)
            ], 0..200),
            size in 1_usize..30,
            piece in 1_usize..40,
            wide in any::<bool>(),
        ) {
            let form = TextForm { delimiter: Some(b'"'), wide };
            let chunks = cut(&text, size, piece, form);
            prop_assert_eq!(chunks.concat(), text);
            // How the bytes come makes no difference to how many records a chunk ends after.
            for chunk in chunks.split_last().map_or(&[][..], |(_, all)| all) {
                prop_assert!(chunk.len() >= size);
            }
        }
    }
}
