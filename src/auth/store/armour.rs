//! The text form of a settings file: a header, and what is encrypted, in base64.
//!
//! Described for users in `docs/reference/oauth-settings-file.md`.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::cipher::{CHECK, Derivation, NONCE, SALT};
use super::problem::Problem;

const BEGIN: &str = "-----BEGIN ANAPLAN-SQL OAUTH SETTINGS-----";
const END: &str = "-----END ANAPLAN-SQL OAUTH SETTINGS-----";
const VERSION: u64 = 1;
const LINE: usize = 64;

/// What protects a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protection {
    /// The key OAuthSettingsPassword.
    Password,
    /// The key OAuthClientSecret.
    ClientSecret,
    /// A random key in a file beside it: the settings stay on this machine.
    KeyFile,
}

impl Protection {
    const ALL: [Self; 3] = [Self::Password, Self::ClientSecret, Self::KeyFile];

    fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::ClientSecret => "client-secret",
            Self::KeyFile => "key-file",
        }
    }

    /// What protects, in words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Password => "OAuthSettingsPassword",
            Self::ClientSecret => "OAuthClientSecret",
            Self::KeyFile => "a key file beside it",
        }
    }
}

/// What stands before the encrypted part, and is authenticated with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) client: String,
    pub(super) protection: Protection,
    pub(super) derivation: Derivation,
    pub(super) salt: [u8; SALT],
    pub(super) check: [u8; CHECK],
}

impl Header {
    /// The header as text: what the cipher authenticates, together with the client's id.
    pub(super) fn text(&self) -> String {
        let derivation = match self.derivation {
            Derivation::Hkdf => "hkdf-sha256".to_owned(),
            Derivation::Argon2id { memory, passes, lanes } => {
                format!("argon2id m={memory} t={passes} p={lanes}")
            }
        };
        format!(
            "Version: {VERSION}\nClient: {}\nProtection: {}\nDerivation: {derivation}\nSalt: {}\n\
             Check: {}\n",
            self.client,
            self.protection.name(),
            hex(&self.salt),
            hex(&self.check)
        )
    }
}

/// What tells a client's id from another without showing it.
pub(super) fn client_fingerprint(client_id: &str) -> String {
    hex(&digest(&SHA256, client_id.as_bytes()).as_ref()[..8])
}

/// A whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Armour {
    pub(super) header: Header,
    pub(super) nonce: [u8; NONCE],
    pub(super) sealed: Vec<u8>,
}

impl Armour {
    /// The file's text.
    pub(super) fn write(&self) -> String {
        let header = self.header.text();
        let nonce = format!("Nonce: {}\n", hex(&self.nonce));
        let digest = self.digest(&header, &nonce);
        let mut text = format!("{BEGIN}\n{header}{nonce}Digest: {digest}\n\n");
        let data = STANDARD.encode(&self.sealed);
        for line in data.as_bytes().chunks(LINE) {
            let _ = writeln!(text, "{}", String::from_utf8_lossy(line));
        }
        text.push_str(END);
        text.push('\n');
        text
    }

    fn digest(&self, header: &str, nonce: &str) -> String {
        let whole = [header.as_bytes(), nonce.as_bytes(), &self.sealed].concat();
        hex(digest(&SHA256, &whole).as_ref())
    }

    /// Reads a file's text. What copying may do to it is undone: other line ends, blanks, UTF-16.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Problem> {
        let text = decode(bytes);
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        match lines.next() {
            None => return Err(Problem::Empty),
            Some(BEGIN) => {}
            Some(_) => return Err(Problem::Foreign),
        }
        let damaged = || Problem::Damaged;
        let mut field = |name: &str| {
            let (key, value) = lines.next()?.split_once(':')?;
            (key == name).then(|| value.trim().to_owned())
        };
        let version: u64 = field("Version").and_then(|v| v.parse().ok()).ok_or_else(damaged)?;
        if version > VERSION {
            // What follows may have another form altogether.
            return Err(Problem::Newer(version));
        }
        let client = field("Client").ok_or_else(damaged)?;
        let protection = field("Protection").ok_or_else(damaged)?;
        let derivation = field("Derivation").ok_or_else(damaged)?;
        let header = Header {
            client,
            protection: Protection::ALL
                .into_iter()
                .find(|known| known.name() == protection)
                .ok_or_else(damaged)?,
            derivation: parse_derivation(&derivation).ok_or_else(damaged)?,
            salt: field("Salt").and_then(|v| unhex(&v)).ok_or_else(damaged)?,
            check: field("Check").and_then(|v| unhex(&v)).ok_or_else(damaged)?,
        };
        let nonce = field("Nonce").and_then(|v| unhex(&v)).ok_or_else(damaged)?;
        let digest = field("Digest").ok_or_else(damaged)?;
        let mut data = String::new();
        loop {
            match lines.next() {
                None => return Err(Problem::Damaged),
                Some(END) => break,
                Some(line) => data.push_str(line),
            }
        }
        if lines.next().is_some() {
            return Err(Problem::Damaged);
        }
        let sealed = STANDARD.decode(data).map_err(|_| Problem::Damaged)?;
        let armour = Self { header, nonce, sealed };
        let nonce = format!("Nonce: {}\n", hex(&armour.nonce));
        if version != VERSION || armour.digest(&armour.header.text(), &nonce) != digest {
            return Err(Problem::Damaged);
        }
        Ok(armour)
    }
}

/// Text as copying left it: UTF-8 or UTF-16, with or without a mark at its beginning.
fn decode(bytes: &[u8]) -> String {
    let (text, _, _) = encoding_rs::UTF_8.decode(bytes);
    text.into_owned()
}

fn parse_derivation(text: &str) -> Option<Derivation> {
    if text == "hkdf-sha256" {
        return Some(Derivation::Hkdf);
    }
    let mut parts = text.strip_prefix("argon2id ")?.split(' ');
    let mut number = |prefix| parts.next()?.strip_prefix(prefix)?.parse().ok();
    let derivation =
        Derivation::Argon2id { memory: number("m=")?, passes: number("t=")?, lanes: number("p=")? };
    (parts.next().is_none() && derivation.is_reasonable()).then_some(derivation)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.as_bytes();
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks(2)) {
        // `from_str_radix` would also take a sign.
        let digit = |c: u8| char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        *byte = digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?;
    }
    Some(bytes)
}

#[cfg(test)]
#[path = "armour_tests.rs"]
mod tests;
