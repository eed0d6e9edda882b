//! PFX, that is PKCS#12 (RFC 7292): keys and certificates behind a password.

use aws_lc_rs::{digest, hmac};
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode as _, Sequence};
use zeroize::Zeroizing;

use super::encryption::{
    Algorithm, Encrypted, Locked, MOST_ROUNDS, Purpose, decrypt, derive_key, utf16,
};
use super::key::{self, PrivateKey};
use super::material::Place;
use super::pem;
use super::x509::Certificate;
use crate::error::{Error, Result};
use crate::secret::Secret;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
const ENCRYPTED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.6");
const KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.1");
const SHROUDED_KEY_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.2");
const CERTIFICATE_BAG: ObjectIdentifier = oid("1.2.840.113549.1.12.10.1.3");
const X509: ObjectIdentifier = oid("1.2.840.113549.1.9.22.1");

const SHA1: ObjectIdentifier = oid("1.3.14.3.2.26");
const SHA224: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.4");
const SHA256: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.3");

#[derive(Sequence)]
struct Pfx<'a> {
    version: u8,
    content: ContentInfo<'a>,
    mac: Option<MacData<'a>>,
}

#[derive(Sequence)]
struct ContentInfo<'a> {
    kind: ObjectIdentifier,
    #[asn1(context_specific = "0")]
    content: AnyRef<'a>,
}

#[derive(Sequence)]
struct MacData<'a> {
    digest: DigestInfo<'a>,
    salt: &'a OctetStringRef,
    #[asn1(default = "once")]
    rounds: u32,
}

fn once() -> u32 {
    1
}

#[derive(Sequence)]
struct DigestInfo<'a> {
    algorithm: Algorithm<'a>,
    digest: &'a OctetStringRef,
}

#[derive(Sequence)]
struct EncryptedData<'a> {
    version: u8,
    content: EncryptedContent<'a>,
}

#[derive(Sequence)]
struct EncryptedContent<'a> {
    kind: ObjectIdentifier,
    algorithm: Algorithm<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    data: &'a OctetStringRef,
}

#[derive(Sequence)]
struct SafeBag<'a> {
    kind: ObjectIdentifier,
    #[asn1(context_specific = "0")]
    value: AnyRef<'a>,
    attributes: Option<AnyRef<'a>>,
}

#[derive(Sequence)]
struct CertificateBag<'a> {
    kind: ObjectIdentifier,
    #[asn1(context_specific = "0")]
    certificate: &'a OctetStringRef,
}

/// What a PFX holds.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) keys: Vec<PrivateKey>,
    pub(super) certificates: Vec<Certificate>,
}

/// Why a PFX can't be read.
enum Flaw {
    Locked(Locked),
    Form,
    Other(Error),
}

impl From<der::Error> for Flaw {
    fn from(_: der::Error) -> Self {
        Self::Form
    }
}

impl From<Locked> for Flaw {
    fn from(locked: Locked) -> Self {
        Self::Locked(locked)
    }
}

/// Whether these bytes are a PFX.
pub(super) fn is_pfx(bytes: &[u8]) -> bool {
    Pfx::from_der(bytes).is_ok()
}

/// Reads a PFX.
pub(super) fn read(place: &Place, bytes: &[u8], password: Option<&Secret>) -> Result<Content> {
    let Ok(pfx) = Pfx::from_der(bytes) else { return Err(no_pfx(place, bytes)) };
    // A file without a password is one with an empty password.
    let text = password.map_or("", Secret::expose);
    open(place, &pfx, text).map_err(|flaw| match flaw {
        Flaw::Locked(Locked::Wrong) if password.is_none() => {
            place.error("needs a password, and CertificatePassword is missing").with_hint(
                "set CertificatePassword, or ANAPLAN_SQL_CERTIFICATEPASSWORD in the environment",
            )
        }
        Flaw::Locked(Locked::Wrong) => place
            .error("can't be opened: CertificatePassword is wrong, or the file is damaged")
            .with_hint(format!(
                "to check a password: openssl pkcs12 -noout -in {}",
                place.operand()
            )),
        Flaw::Locked(Locked::Unsupported(id)) => {
            key::unsupported(place, id).with_hint(convert(place))
        }
        Flaw::Form => {
            place.error("is a PFX (PKCS#12) of a form that can't be read").with_hint(convert(place))
        }
        Flaw::Other(error) => error,
    })
}

fn convert(place: &Place) -> String {
    format!(
        "convert it: openssl pkcs12 -in {} -out both.pem; then CertificateType=PEMKEY_FILE with \
         both.pem as Certificate and as PrivateKey",
        place.operand()
    )
}

fn no_pfx(place: &Place, bytes: &[u8]) -> Error {
    if pem::blocks(bytes).is_some() {
        return place
            .error("is PEM, no PFX (PKCS#12)")
            .with_hint("set CertificateType=PEMKEY_FILE (or PEMKEY_BLOB), and PrivateKey");
    }
    if Certificate::from_der(bytes).is_some() {
        return place
            .error("is a certificate without a private key, no PFX (PKCS#12)")
            .with_hint("set CertificateType=PEMKEY_FILE (or PEMKEY_BLOB), and PrivateKey");
    }
    place.error("is no PFX (PKCS#12)").with_hint(format!(
        "a PFX often ends in .p12 or .pfx; one that an old browser wrote must be converted: openssl \
         pkcs12 -in {} -out both.pem",
        place.operand()
    ))
}

fn open(place: &Place, pfx: &Pfx<'_>, password: &str) -> Result<Content, Flaw> {
    if pfx.content.kind != DATA {
        // Signed instead of protected by a password: nobody does that.
        return Err(Flaw::Form);
    }
    let safes: &OctetStringRef = pfx.content.content.decode_as()?;
    if let Some(mac) = &pfx.mac {
        verify(mac, password, safes.as_bytes())?;
    }
    let mut found = Content::default();
    for safe in Vec::<ContentInfo<'_>>::from_der(safes.as_bytes())? {
        let bags = match safe.kind {
            DATA => {
                let plain: &OctetStringRef = safe.content.decode_as()?;
                Zeroizing::new(plain.as_bytes().to_vec())
            }
            ENCRYPTED_DATA => {
                let EncryptedData { content, .. } = safe.content.decode_as()?;
                decrypt(&content.algorithm, password, content.data.as_bytes())?
            }
            _ => continue,
        };
        // The digest of the whole, where there is one, has shown that the password is right.
        let form = |_| if pfx.mac.is_some() { Flaw::Form } else { Flaw::Locked(Locked::Wrong) };
        for bag in Vec::<SafeBag<'_>>::from_der(&bags).map_err(form)? {
            found.add(place, &bag, password)?;
        }
    }
    Ok(found)
}

impl Content {
    fn add(&mut self, place: &Place, bag: &SafeBag<'_>, password: &str) -> Result<(), Flaw> {
        match bag.kind {
            KEY_BAG => {
                let der = Zeroizing::new(der::Encode::to_der(&bag.value)?);
                self.keys.push(PrivateKey::from_pkcs8(place, &der).map_err(Flaw::Other)?);
            }
            SHROUDED_KEY_BAG => {
                let Encrypted { algorithm, data } = bag.value.decode_as()?;
                let der = decrypt(&algorithm, password, data.as_bytes())?;
                self.keys.push(PrivateKey::from_pkcs8(place, &der).map_err(Flaw::Other)?);
            }
            CERTIFICATE_BAG => {
                let CertificateBag { kind, certificate } = bag.value.decode_as()?;
                if kind == X509 {
                    let found = Certificate::from_der(certificate.as_bytes()).ok_or(Flaw::Form)?;
                    self.certificates.push(found);
                }
            }
            // Lists of revoked certificates, and secrets of other kinds.
            _ => {}
        }
        Ok(())
    }
}

fn verify(mac: &MacData<'_>, password: &str, data: &[u8]) -> Result<(), Locked> {
    let id = mac.digest.algorithm.id;
    let (hash, algorithm) = match id {
        SHA1 => (&digest::SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        SHA224 => (&digest::SHA224, hmac::HMAC_SHA224),
        SHA256 => (&digest::SHA256, hmac::HMAC_SHA256),
        SHA384 => (&digest::SHA384, hmac::HMAC_SHA384),
        SHA512 => (&digest::SHA512, hmac::HMAC_SHA512),
        _ => return Err(Locked::Unsupported(id)),
    };
    if mac.rounds > MOST_ROUNDS {
        return Err(Locked::Unsupported(id));
    }
    let password = utf16(password);
    let size = hash.output_len();
    let key = derive_key(hash, &password, mac.salt.as_bytes(), Purpose::Mac, mac.rounds, size);
    hmac::verify(&hmac::Key::new(algorithm, &key), data, mac.digest.digest.as_bytes())
        .map_err(|_| Locked::Wrong)
}
