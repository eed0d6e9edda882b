//! What the nasty switches do to an answer on its way out: more fields than documented, gzip.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::file::FileReader;
use super::nasty::Nasty;
use super::reply::{Reply, ReplyBody};

impl Reply {
    /// Does to an answer what the switches say, for a request with these headers.
    pub(crate) fn dress(mut self, nasty: &Nasty, request: &HeaderMap) -> Self {
        if nasty.unknown_fields
            && let ReplyBody::Full(body) = &self.body
            && self.is_json()
            && let Ok(mut value) = serde_json::from_slice(body)
        {
            add_fields(&mut value);
            self.body = ReplyBody::Full(value.to_string().into());
        }
        if nasty.gzip && accepts_gzip(request) {
            self.body = match self.body {
                ReplyBody::Full(ref body) if body.is_empty() => return self,
                ReplyBody::Full(body) => ReplyBody::Full(compress(&body)),
                ReplyBody::File(reader) => ReplyBody::Gzip(GzipReader::new(reader)),
                ReplyBody::Gzip(reader) => ReplyBody::Gzip(reader),
            };
            self.headers.push((CONTENT_ENCODING, HeaderValue::from_static("gzip")));
        }
        self
    }

    fn is_json(&self) -> bool {
        self.headers.iter().any(|(name, value)| {
            *name == CONTENT_TYPE
                && value.to_str().is_ok_and(|value| value.starts_with("application/json"))
        })
    }
}

/// Adds a field to every object, as the service may do any day.
fn add_fields(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(add_fields);
            fields.insert("futureField".to_owned(), json!({"enabled": [true, null]}));
        }
        Value::Array(entries) => entries.iter_mut().for_each(add_fields),
        _ => {}
    }
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let refused = parts.any(|part| {
                part.strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0))
            });
            (name.eq_ignore_ascii_case("gzip") || name == "*") && !refused
        })
}

fn compress(body: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory can't fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default().into()
}

/// A stretch of a file, compressed while it is read.
#[derive(Debug)]
pub(crate) struct GzipReader {
    file: FileReader,
    encoder: Option<GzEncoder<Vec<u8>>>,
}

impl GzipReader {
    fn new(file: FileReader) -> Self {
        Self { file, encoder: Some(GzEncoder::new(Vec::new(), Compression::fast())) }
    }

    /// Returns the next block, or `None` at the end.
    pub(crate) fn next_block(&mut self) -> Option<Bytes> {
        let encoder = self.encoder.as_mut()?;
        while let Some(block) = self.file.next_block() {
            // As above.
            let _ = encoder.write_all(&block);
            let ready = std::mem::take(encoder.get_mut());
            if !ready.is_empty() {
                return Some(ready.into());
            }
        }
        self.encoder.take()?.finish().ok().map(Bytes::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_for_those_who_ask_for_it() {
        let accepts = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_str(text).expect("a header"));
            accepts_gzip(&headers)
        };
        assert!(accepts("gzip") && accepts("br;q=1.0, GZIP;q=0.5") && accepts("*"));
        assert!(!accepts("identity") && !accepts("gzip;q=0") && !accepts(""));
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn every_object_gets_a_field() {
        let mut value = json!({"models": [{"id": "1"}], "meta": {}});
        add_fields(&mut value);
        let field = json!({"enabled": [true, null]});
        assert_eq!(
            value,
            json!({"models": [{"id": "1", "futureField": field}],
                "meta": {"futureField": field}, "futureField": field})
        );
    }
}
