//! Whom a certificate names (RFC 5280, 4.1.2.6), in words.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode as _, Reader as _, Sequence, SliceReader, Tagged as _};

/// The attributes that have a short name, as `openssl` writes it.
const NAMES: &[(&str, &str)] = &[
    ("2.5.4.3", "CN"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
];

#[derive(Sequence)]
struct Attribute<'a> {
    kind: ObjectIdentifier,
    value: AnyRef<'a>,
}

/// A name: `CN=Nightly job, emailAddress=jobs@example.com`. What can't be read is left out.
pub(super) fn shown(name: AnyRef<'_>) -> String {
    let attributes = parts(name.value()).into_iter().flat_map(|set| parts(set.value()));
    let shown: Vec<String> = attributes.filter_map(attribute).collect();
    shown.join(", ")
}

fn parts(bytes: &[u8]) -> Vec<AnyRef<'_>> {
    let mut parts = Vec::new();
    let Ok(mut reader) = SliceReader::new(bytes) else { return parts };
    while !reader.is_finished()
        && let Ok(part) = AnyRef::decode(&mut reader)
    {
        parts.push(part);
    }
    parts
}

fn attribute(part: AnyRef<'_>) -> Option<String> {
    let Attribute { kind, value } = part.decode_as().ok()?;
    let kind = kind.to_string();
    let name = NAMES.iter().find(|(id, _)| *id == kind).map_or(kind.as_str(), |(_, name)| name);
    let bytes = value.value();
    let text = match value.tag() {
        // UTF-16, big-endian.
        der::Tag::BmpString => {
            let units =
                bytes.chunks(2).map(|pair| pair.iter().fold(0, |all, b| all << 8 | u16::from(*b)));
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    Some(format!("{name}={text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_in_words() {
        // CN in UTF-8, O in UTF-16, an attribute without a short name.
        let der = [
            &[0x30, 0x2d][..],
            &[
                0x31, 0x0d, 0x30, 0x0b, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x04, b'J', 0xc3, 0xb6,
                b'b',
            ],
            &[
                0x31, 0x0d, 0x30, 0x0b, 0x06, 0x03, 0x55, 0x04, 0x0a, 0x1e, 0x04, 0x00, 0xc4, 0x00,
                b'G',
            ],
            &[
                0x31, 0x0d, 0x30, 0x0b, 0x06, 0x03, 0x55, 0x04, 0x05, 0x13, 0x04, b'1', b'2', b'3',
                b'4',
            ],
        ]
        .concat();
        let name = AnyRef::from_der(&der).expect("a name");
        assert_eq!(shown(name), "CN=J\u{f6}b, O=\u{c4}G, 2.5.4.5=1234");
        let broken = AnyRef::from_der(&[0x30, 0x02, 0x31, 0x7f]).expect("a sequence");
        assert_eq!(shown(broken), "");
    }
}
