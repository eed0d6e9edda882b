//! Text encodings, from pieces that are cut anywhere.

use std::borrow::Cow;

use bytes::Bytes;
use encoding_rs::CoderResult;

use crate::error::{Error, ErrorKind, Result};

/// The encodings that Anaplan writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::table) enum Encoding {
    Utf8,
    Latin1,
    Utf16Le,
}

impl Encoding {
    pub(in crate::table) fn try_from_name(name: Option<&str>) -> Result<Self> {
        let plain: String = name
            .unwrap_or_default()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        match plain.as_str() {
            "" | "utf8" | "usascii" | "ascii" => Ok(Self::Utf8),
            "iso88591" | "latin1" => Ok(Self::Latin1),
            "utf16le" | "utf16" => Ok(Self::Utf16Le),
            _ => Err(Error::new(
                ErrorKind::Unsupported,
                format!("the export's encoding {:?} can't be read", name.unwrap_or_default()),
            )
            .with_hint("have a model builder choose UTF-8 in the export's settings")),
        }
    }
}

/// Turns the pieces of a file into UTF-8 text without its byte order mark.
///
/// UTF-8 itself is passed through unchecked, a character cut in two included: cells are checked
/// one by one, where an error can name the line.
pub(in crate::table) struct Decoder {
    /// For UTF-16; it keeps half characters from one piece to the next.
    utf16: Option<encoding_rs::Decoder>,
    encoding: Encoding,
    /// The first bytes of a UTF-8 file, until it is clear whether they are a byte order mark.
    start: Option<Vec<u8>>,
    buffer: Vec<u8>,
}

const BOM: &[u8] = "\u{feff}".as_bytes();

impl Decoder {
    pub(in crate::table) fn new(encoding: Encoding) -> Self {
        Self {
            utf16: (encoding == Encoding::Utf16Le)
                .then(|| encoding_rs::UTF_16LE.new_decoder_with_bom_removal()),
            encoding,
            start: (encoding == Encoding::Utf8).then(Vec::new),
            buffer: Vec::new(),
        }
    }

    /// The text of the next piece; `last` says that none follows.
    pub(in crate::table) fn decode<'a>(&'a mut self, piece: &'a [u8], last: bool) -> Cow<'a, [u8]> {
        match self.encoding {
            Encoding::Utf8 => self.strip_bom(piece, last),
            Encoding::Latin1 => {
                self.buffer.resize(piece.len() * 2, 0);
                let used = encoding_rs::mem::convert_latin1_to_utf8(piece, &mut self.buffer);
                Cow::Borrowed(&self.buffer[..used])
            }
            Encoding::Utf16Le => {
                let Some(decoder) = &mut self.utf16 else { return Cow::Borrowed(&[]) };
                self.buffer.clear();
                let mut rest = piece;
                loop {
                    let room = decoder.max_utf8_buffer_length(rest.len()).unwrap_or(1 << 16);
                    let used = self.buffer.len();
                    self.buffer.resize(used + room, 0);
                    let (result, read, written, _) =
                        decoder.decode_to_utf8(rest, &mut self.buffer[used..], last);
                    self.buffer.truncate(used + written);
                    rest = &rest[read..];
                    if result == CoderResult::InputEmpty {
                        break;
                    }
                }
                Cow::Borrowed(&self.buffer)
            }
        }
    }

    /// As [`decode`](Self::decode), for a piece that outlives this call: most are handed on as they are.
    pub(in crate::table) fn decode_owned(&mut self, piece: Bytes, last: bool) -> Bytes {
        if self.encoding == Encoding::Utf8 {
            match &self.start {
                None => return piece,
                Some(start) if start.is_empty() && piece.len() >= BOM.len() => {
                    self.start = None;
                    return if piece.starts_with(BOM) { piece.slice(BOM.len()..) } else { piece };
                }
                Some(_) => {}
            }
        }
        self.decode(&piece, last).into_owned().into()
    }

    fn strip_bom<'a>(&mut self, piece: &'a [u8], last: bool) -> Cow<'a, [u8]> {
        let Some(start) = &mut self.start else { return Cow::Borrowed(piece) };
        start.extend_from_slice(piece);
        if start.len() < BOM.len() && BOM.starts_with(start) && !last {
            return Cow::Borrowed(&[]);
        }
        let mut text = self.start.take().unwrap_or_default();
        if text.starts_with(BOM) {
            text.drain(..BOM.len());
        }
        Cow::Owned(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Größe;€ 5;😀\r\n";

    fn decode(encoding: Encoding, bytes: &[u8], piece: usize) -> String {
        let (mut decoder, mut owned) = (Decoder::new(encoding), Decoder::new(encoding));
        let (mut text, mut same) = (Vec::new(), Vec::new());
        for piece in bytes.chunks(piece) {
            text.extend_from_slice(&decoder.decode(piece, false));
            same.extend_from_slice(&owned.decode_owned(Bytes::copy_from_slice(piece), false));
        }
        text.extend_from_slice(&decoder.decode(&[], true));
        same.extend_from_slice(&owned.decode_owned(Bytes::new(), true));
        assert_eq!(text, same);
        String::from_utf8(text).expect("UTF-8")
    }

    #[test]
    fn every_encoding_survives_cuts_anywhere() {
        let utf16: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let with_bom = |bom: &[u8], text: &[u8]| [bom, text].concat();
        let latin = "Größe ÿ";
        let latin_bytes: Vec<u8> =
            latin.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
        for piece in 1..=40 {
            assert_eq!(decode(Encoding::Utf8, TEXT.as_bytes(), piece), TEXT);
            assert_eq!(decode(Encoding::Utf8, &with_bom(BOM, TEXT.as_bytes()), piece), TEXT);
            assert_eq!(decode(Encoding::Utf16Le, &utf16, piece), TEXT);
            assert_eq!(decode(Encoding::Utf16Le, &with_bom(&[0xff, 0xfe], &utf16), piece), TEXT);
            assert_eq!(decode(Encoding::Latin1, &latin_bytes, piece), latin);
        }
    }

    #[test]
    fn short_files_are_not_swallowed() {
        assert_eq!(decode(Encoding::Utf8, b"", 1), "");
        assert_eq!(decode(Encoding::Utf8, b"x", 1), "x");
        assert_eq!(decode(Encoding::Utf8, BOM, 1), "");
    }
}
