//! The parts of an X.509 certificate (RFC 5280) that signing in needs.

use std::time::Duration;

use der::asn1::{AnyRef, BitStringRef, GeneralizedTime, ObjectIdentifier, UtcTime};
use der::{Choice, Sequence};

/// The algorithm of RSA keys.
pub(super) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

#[derive(Sequence)]
pub(super) struct X509<'a> {
    pub(super) content: Content<'a>,
    signature_algorithm: AnyRef<'a>,
    signature: AnyRef<'a>,
}

#[derive(Sequence)]
pub(super) struct Content<'a> {
    #[asn1(context_specific = "0", optional = "true")]
    version: Option<AnyRef<'a>>,
    serial_number: AnyRef<'a>,
    signature_algorithm: AnyRef<'a>,
    pub(super) issuer: AnyRef<'a>,
    pub(super) validity: Validity,
    pub(super) subject: AnyRef<'a>,
    pub(super) key: Key<'a>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    issuer_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT", optional = "true")]
    subject_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "3", optional = "true")]
    extensions: Option<AnyRef<'a>>,
}

#[derive(Sequence)]
pub(super) struct Validity {
    pub(super) not_before: Time,
    pub(super) not_after: Time,
}

/// Years up to 2049 are written in another form than later ones.
#[derive(Clone, Copy, Choice)]
pub(super) enum Time {
    #[asn1(type = "UTCTime")]
    Utc(UtcTime),
    #[asn1(type = "GeneralizedTime")]
    General(GeneralizedTime),
}

#[derive(Sequence)]
pub(super) struct Key<'a> {
    pub(super) algorithm: Algorithm<'a>,
    pub(super) bits: BitStringRef<'a>,
}

#[derive(Sequence)]
pub(super) struct Algorithm<'a> {
    pub(super) id: ObjectIdentifier,
    parameters: Option<AnyRef<'a>>,
}

impl Time {
    /// Returns the time since 1970.
    pub(super) fn since_1970(self) -> Duration {
        match self {
            Self::Utc(time) => time.to_unix_duration(),
            Self::General(time) => time.to_unix_duration(),
        }
    }
}
