//! Undoing `Content-Encoding: gzip`.
//!
//! A body that is wanted whole is unpacked at once, when it is there, on a thread for such work: that takes less
//! time than unpacking it bit by bit, and the threads that wait for the network stay free.

use std::io::{Read, Write};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, header};
use libdeflater::Decompressor;
use memchr::memmem;

use super::buffer::Buffer;
use super::{TransportError, TransportErrorKind};

/// Unpacking more than this keeps others waiting.
const LARGE: usize = 64 << 10;

/// No body grows by more than this when it is unpacked: the format doesn't allow it.
const MOST_RATIO: usize = 1032;

/// What ends a gzip file: the checksum and the length of what is in it.
const TRAILER: usize = 8;

/// Tells whether a body is packed. What says so is removed.
pub(super) fn is_packed(headers: &mut HeaderMap) -> bool {
    let packed = headers.get(header::CONTENT_ENCODING).is_some_and(|coding| {
        [&b"gzip"[..], b"x-gzip"].iter().any(|gzip| coding.as_bytes().eq_ignore_ascii_case(gzip))
    });
    if packed {
        headers.remove(header::CONTENT_ENCODING);
        headers.remove(header::CONTENT_LENGTH);
    }
    packed
}

/// Unpacks a whole body of at most `most` bytes.
pub(super) async fn unpack(body: Bytes, most: usize) -> Result<Bytes, TransportError> {
    if body.len() < LARGE {
        return unpack_now(&body, most);
    }
    let unpacking = tokio::task::spawn_blocking(move || unpack_now(&body, most));
    unpacking.await.map_err(|e| TransportError::with_source(TransportErrorKind::Interrupted, e))?
}

fn unpack_now(body: &[u8], most: usize) -> Result<Bytes, TransportError> {
    if body.is_empty() {
        return Ok(Bytes::new());
    }
    if let Some(text) = unpack_at_once(body, most) {
        return Ok(text.freeze());
    }
    let mut text = Vec::new();
    let mut reader = MultiGzDecoder::new(body).take(most as u64 + 1);
    reader.read_to_end(&mut text).map_err(damaged)?;
    if text.len() > most {
        return Err(too_large(most));
    }
    Ok(text.into())
}

/// Unpacks a body that says in its end how long it is. None for what is damaged, or is several files one after
/// the other, which is allowed.
fn unpack_at_once(body: &[u8], most: usize) -> Option<Buffer> {
    let (packed, trailer) = body.split_last_chunk::<TRAILER>()?;
    let [.., a, b, c, d] = *trailer;
    let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).ok()?;
    if length > most || length > packed.len().saturating_mul(MOST_RATIO) {
        return None;
    }
    let mut text = Buffer::of_length(length);
    let written = Decompressor::new().gzip_decompress(body, text.as_mut()).ok()?;
    // Had the first file of several the same length as the last one, it would pass for all of them.
    let whole = memmem::find(body, trailer)? == packed.len()
        && libdeflater::crc32(text.as_ref()).to_le_bytes() == trailer[..4];
    (written == length && whole).then_some(text)
}

/// Unpacks a body while it comes.
pub(super) struct Unpacker {
    decoder: flate2::write::MultiGzDecoder<Vec<u8>>,
    begun: bool,
}

impl Unpacker {
    pub(super) fn new() -> Self {
        Self { decoder: flate2::write::MultiGzDecoder::new(Vec::new()), begun: false }
    }

    /// Takes the next piece and gives what can be told so far.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<Bytes, TransportError> {
        self.begun |= !piece.is_empty();
        self.decoder.write_all(piece).map_err(damaged)?;
        // What it has decoded only reaches the vector when it is asked for.
        self.decoder.flush().map_err(damaged)?;
        Ok(std::mem::take(self.decoder.get_mut()).into())
    }

    /// Gives what is left at the end.
    pub(super) fn finish(&mut self) -> Result<Bytes, TransportError> {
        if self.begun {
            self.decoder.try_finish().map_err(damaged)?;
        }
        Ok(std::mem::take(self.decoder.get_mut()).into())
    }
}

/// A body may be damaged because it broke off: another attempt may bring a whole one.
fn damaged(error: std::io::Error) -> TransportError {
    TransportError::with_source(TransportErrorKind::Interrupted, error)
}

/// An answer that is larger than anything that was asked for.
pub(super) fn too_large(most: usize) -> TransportError {
    let text = format!("the answer is larger than {most} bytes");
    TransportError::with_source(TransportErrorKind::Invalid, text)
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn pack(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).expect("memory");
        encoder.finish().expect("memory")
    }

    fn text(length: usize) -> Vec<u8> {
        (0..length)
            .flat_map(|number| format!("row {}\n", number * 7919 % 1009).into_bytes())
            .collect()
    }

    fn gradually(body: &[u8], piece: usize) -> Result<Vec<u8>, TransportError> {
        let mut unpacker = Unpacker::new();
        let mut text = Vec::new();
        for piece in body.chunks(piece) {
            text.extend_from_slice(&unpacker.push(piece)?);
        }
        text.extend_from_slice(&unpacker.finish()?);
        Ok(text)
    }

    #[tokio::test]
    async fn what_was_packed_comes_back() {
        for length in [0, 1, 100, 50_000] {
            let (text, most) = (text(length), usize::MAX >> 1);
            let body = pack(&text);
            // Nothing has a trailer of nothing but zeros, which its header holds too.
            let at_once = (length > 0).then_some(&text[..]);
            let unpacked = unpack_at_once(&body, most);
            assert_eq!(unpacked.as_ref().map(AsRef::as_ref), at_once, "{length}");
            assert_eq!(unpack(body.clone().into(), most).await.expect("whole"), text);
            for piece in [1, 7, 4096, body.len()] {
                assert_eq!(gradually(&body, piece).expect("whole"), text);
            }
        }
        assert_eq!(unpack_now(b"", 1).expect("nothing"), Bytes::new());
        assert_eq!(gradually(b"", 1).expect("nothing"), b"");
    }

    #[test]
    fn several_files_in_one_body_are_one_text() {
        let (one, two) = (pack(&text(100)), pack(&text(200)));
        for parts in [[&one, &two], [&two, &one], [&one, &one]] {
            let body = parts.map(Vec::as_slice).concat();
            let expected: Vec<u8> =
                parts.iter().flat_map(|part| unpack_now(part, 1 << 20).expect("whole")).collect();
            assert_eq!(unpack_now(&body, 1 << 20).expect("whole"), expected);
            assert_eq!(gradually(&body, 100).expect("whole"), expected);
        }
    }

    #[test]
    fn what_is_cut_short_or_damaged_is_an_interruption() {
        let whole = pack(&text(1000));
        for length in [1, 10, 11, whole.len() / 2, whole.len() - TRAILER, whole.len() - 1] {
            for outcome in [
                unpack_now(&whole[..length], 1 << 20).map(drop),
                gradually(&whole[..length], 50).map(drop),
            ] {
                assert_eq!(
                    outcome.expect_err("cut").kind(),
                    TransportErrorKind::Interrupted,
                    "{length}"
                );
            }
        }
        for place in [whole.len() / 2, whole.len() - 6] {
            let mut body = whole.clone();
            body[place] ^= 0x55;
            assert_eq!(
                unpack_now(&body, 1 << 20).expect_err("damaged").kind(),
                TransportErrorKind::Interrupted
            );
        }
    }

    #[test]
    fn a_body_that_grows_too_large_is_refused() {
        let body = pack(&text(1000));
        let length = text(1000).len();
        assert_eq!(unpack_now(&body, length).expect("whole").len(), length);
        assert_eq!(
            unpack_now(&body, length - 1).expect_err("too large").kind(),
            TransportErrorKind::Invalid
        );
    }
}
