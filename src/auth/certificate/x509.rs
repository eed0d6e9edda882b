//! The parts of an X.509 certificate (RFC 5280) that matter here.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use der::asn1::{AnyRef, BitStringRef, GeneralizedTime, UtcTime};
use der::{Choice, Decode as _, Sequence};

use super::encryption::Algorithm;
use super::subject;

/// A certificate.
#[derive(Debug, Clone)]
pub(super) struct Certificate {
    pub(super) der: Vec<u8>,
    /// The public key: for RSA, modulus and exponent (RFC 8017, A.1.1).
    pub(super) public_key: Vec<u8>,
    /// When it begins to be valid.
    pub(super) from: SystemTime,
    /// When it has ceased to be valid.
    pub(super) until: SystemTime,
    /// Whom it names.
    pub(super) subject: String,
    /// Whether it names itself as its issuer.
    pub(super) self_signed: bool,
}

impl Certificate {
    /// Reads a certificate. None if it is none.
    pub(super) fn from_der(der: &[u8]) -> Option<Self> {
        let content = X509::from_der(der).ok()?.content;
        Some(Self {
            public_key: content.key.bits.as_bytes()?.to_vec(),
            from: content.validity.not_before.moment(),
            // The last second counts in full.
            until: content.validity.not_after.moment() + Duration::from_secs(1),
            subject: subject::shown(content.subject),
            self_signed: content.issuer == content.subject,
            der: der.to_vec(),
        })
    }

    /// Whether it is valid at this moment.
    pub(super) fn is_valid_at(&self, moment: SystemTime) -> bool {
        (self.from..self.until).contains(&moment)
    }
}

#[derive(Sequence)]
struct X509<'a> {
    content: Content<'a>,
    signature_algorithm: AnyRef<'a>,
    signature: AnyRef<'a>,
}

#[derive(Sequence)]
struct Content<'a> {
    #[asn1(context_specific = "0", optional = "true")]
    version: Option<AnyRef<'a>>,
    serial_number: AnyRef<'a>,
    signature_algorithm: AnyRef<'a>,
    issuer: AnyRef<'a>,
    validity: Validity,
    subject: AnyRef<'a>,
    key: PublicKey<'a>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    issuer_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT", optional = "true")]
    subject_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "3", optional = "true")]
    extensions: Option<AnyRef<'a>>,
}

#[derive(Sequence)]
struct Validity {
    not_before: Time,
    not_after: Time,
}

/// Years from 2050 on are written in another form than those before.
#[derive(Clone, Copy, Choice)]
enum Time {
    #[asn1(type = "UTCTime")]
    Utc(UtcTime),
    #[asn1(type = "GeneralizedTime")]
    General(GeneralizedTime),
}

impl Time {
    fn moment(self) -> SystemTime {
        UNIX_EPOCH
            + match self {
                Self::Utc(time) => time.to_unix_duration(),
                Self::General(time) => time.to_unix_duration(),
            }
    }
}

#[derive(Sequence)]
struct PublicKey<'a> {
    algorithm: Algorithm<'a>,
    bits: BitStringRef<'a>,
}
