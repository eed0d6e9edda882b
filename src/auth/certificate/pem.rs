//! PEM (RFC 7468), as lenient as files and secret stores demand.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::Encoding;
use zeroize::Zeroizing;

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

/// What stands between a line BEGIN and its END.
pub(super) struct Block {
    /// `CERTIFICATE`, `PRIVATE KEY`, …
    pub(super) label: String,
    /// Whether it is encrypted in the way that came before PKCS#8, by headers inside the block.
    pub(super) encrypted: bool,
    /// None if it is damaged.
    pub(super) der: Option<Zeroizing<Vec<u8>>>,
}

/// The blocks of PEM text; None if there are none.
pub(super) fn blocks(bytes: &[u8]) -> Option<Vec<Block>> {
    let text = text(bytes);
    let mut blocks = Vec::new();
    let mut rest = text.as_str();
    while let Some((_, after)) = rest.split_once(BEGIN) {
        let Some((label, after)) = after.split_once(DASHES) else { break };
        let (body, after) = after
            .split_once(&format!("-----END {label}{DASHES}"))
            .map_or((None, ""), |(body, after)| (Some(body), after));
        blocks.push(Block {
            label: label.to_owned(),
            encrypted: body.is_some_and(|body| body.contains("4,ENCRYPTED")),
            der: body.and_then(decode),
        });
        rest = after;
    }
    (!blocks.is_empty()).then_some(blocks)
}

/// Editors and shells of Windows write UTF-16.
fn text(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding.decode(bytes).0.into_owned(),
        None => String::from_utf8_lossy(bytes).into_owned(),
    })
}

fn decode(body: &str) -> Option<Zeroizing<Vec<u8>>> {
    // Variables and JSON files often hold the letters \n for an end of line.
    let lines = Zeroizing::new(body.replace("\\n", "\n").replace("\\r", ""));
    let base64: Zeroizing<String> = Zeroizing::new(lines.split_ascii_whitespace().collect());
    STANDARD.decode(base64.as_bytes()).ok().map(Zeroizing::new)
}

/// A certificate as PEM text.
pub(super) fn certificate(der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: &[u8]) -> Vec<(String, Option<Vec<u8>>)> {
        let blocks = blocks(bytes).unwrap_or_default();
        blocks.into_iter().map(|it| (it.label, it.der.map(|der| der.to_vec()))).collect()
    }

    #[test]
    fn blocks_are_found_in_any_text() {
        let text = "Bag Attributes\r\n-----BEGIN A B-----\r\nYW\r\nJj\r\n-----END A B-----\r\nx\n\
                    -----BEGIN C-----ZA==-----END C-----";
        let expected =
            vec![("A B".to_owned(), Some(b"abc".to_vec())), ("C".to_owned(), Some(b"d".to_vec()))];
        assert_eq!(found(text.as_bytes()), expected);
        let windows: Vec<u8> =
            "\u{feff}".chars().chain(text.chars()).flat_map(|c| (c as u16).to_le_bytes()).collect();
        assert_eq!(found(&windows), expected);
        let escaped = text.replace("\r\n", "\\n");
        assert_eq!(found(escaped.as_bytes()), expected);
        assert!(blocks(b"\x30\x82").is_none() && blocks(b"").is_none());
    }

    #[test]
    fn what_is_damaged_or_cut_off_is_so_marked() {
        let damaged = |text: &str| found(text.as_bytes())[0].1.is_none();
        assert!(damaged("-----BEGIN A-----\n!\n-----END A-----"));
        assert!(damaged("-----BEGIN A-----\nYWJj\n"));
        assert!(blocks(b"-----BEGIN ").is_none());
    }

    #[test]
    fn certificates_are_written_as_openssl_does() {
        let pem = include_str!("../../../tests/certificates/job.pem");
        let der = found(pem.as_bytes()).remove(0).1.expect("base64");
        assert_eq!(certificate(&der), pem);
    }
}
