//! Certificates that users sign in with.

use std::fmt;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use der::Decode;

use super::super::clock::millis;
use super::x509::{RSA, Time, X509};

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// An X.509 certificate with an RSA key, issued by somebody other than its subject.
///
/// Two certificates are equal when their bytes are.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    key: Vec<u8>,
    valid_from: i64,
    valid_to: i64,
}

/// Why a certificate can't be used to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCertificate(&'static str);

impl Certificate {
    /// Reads a certificate: PEM text, of which the first certificate counts, or DER.
    ///
    /// # Errors
    /// Fails for what is no certificate, for keys other than RSA, and for self-signed ones: the
    /// service takes none of them. A certificate that has expired is read; signing in with it fails.
    pub fn parse(pem_or_der: &[u8]) -> Result<Self, InvalidCertificate> {
        let der = match std::str::from_utf8(pem_or_der) {
            Ok(text) if text.contains("-----BEGIN") => unarmour(text)?,
            _ => pem_or_der.to_vec(),
        };
        let content = X509::from_der(&der)
            .map_err(|_| InvalidCertificate("is no X.509 certificate"))?
            .content;
        if content.key.algorithm.id != RSA {
            return Err(InvalidCertificate("has a key that is not RSA"));
        }
        if content.issuer == content.subject {
            return Err(InvalidCertificate("is self-signed"));
        }
        let moment = |time: Time| millis(time.since_1970());
        let key = content.key.bits.raw_bytes().to_vec();
        let valid_from = moment(content.validity.not_before);
        // The last second counts in full.
        let valid_to = moment(content.validity.not_after).saturating_add(999);
        Ok(Self { key, valid_from, valid_to, der })
    }

    /// Tells whether the certificate is valid at a moment, in milliseconds since 1970.
    pub fn is_valid_at(&self, moment_ms: i64) -> bool {
        (self.valid_from..=self.valid_to).contains(&moment_ms)
    }

    /// Tells whether a signature over `data` was made with the certificate's key: PKCS #1 v1.5 with SHA-512.
    pub fn verifies(&self, data: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA512, &self.key)
            .verify(data, signature)
            .is_ok()
    }
}

/// Takes the first certificate out of PEM text.
fn unarmour(text: &str) -> Result<Vec<u8>, InvalidCertificate> {
    let base64 = text
        .split_once(BEGIN)
        .and_then(|(_, rest)| rest.split_once(END))
        .map(|(base64, _)| base64.split_ascii_whitespace().collect::<String>());
    base64
        .and_then(|base64| STANDARD.decode(base64).ok())
        .ok_or(InvalidCertificate("is no PEM text of a certificate"))
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("valid_from", &self.valid_from)
            .field("valid_to", &self.valid_to)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for InvalidCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the certificate {}", self.0)
    }
}

impl std::error::Error for InvalidCertificate {}
