//! Private keys: PKCS#8 (RFC 5208), plain or encrypted, and PKCS#1 (RFC 8017).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA512, RsaKeyPair};
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef, UintRef};
use der::{Decode as _, Reader as _, SliceReader};

use super::encryption::{Algorithm, Encrypted, Locked, decrypt};
use super::material::Place;
use super::x509::Certificate;
use super::{pem, pfx};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// Other algorithms, as people call them.
const OTHERS: [(&str, &str); 6] = [
    ("1.2.840.10045.2.1", "an EC"),
    ("1.3.101.112", "an Ed25519"),
    ("1.3.101.113", "an Ed448"),
    ("1.2.840.113549.1.1.10", "an RSA-PSS"),
    ("1.2.840.10040.4.1", "a DSA"),
    ("1.2.840.113549.1.3.1", "a Diffie-Hellman"),
];

/// Sizes in bits that can be signed with.
const LEAST: usize = 2048;
const MOST: usize = 8192;

/// An RSA key.
#[derive(Debug)]
pub(super) struct PrivateKey(RsaKeyPair);

impl PrivateKey {
    /// The key's public part, in the form of [`Certificate::public_key`].
    pub(super) fn public_key(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// Signs with PKCS #1 v1.5 and SHA-512.
    pub(super) fn sign(&self, data: &[u8]) -> Result<Vec<u8>> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA512, &SystemRandom::new(), data, &mut signature)
            .map_err(|_| Error::new(ErrorKind::Internal, "the private key can't sign"))?;
        Ok(signature)
    }

    /// Reads PKCS#8.
    pub(super) fn from_pkcs8(place: &Place, der: &[u8]) -> Result<Self> {
        let (algorithm, key) = pkcs8(der).ok_or_else(|| damaged(place))?;
        if algorithm == RSA {
            return Self::from_pkcs1(place, key);
        }
        let id = algorithm.to_string();
        let other = OTHERS.iter().find(|(known, _)| *known == id);
        Err(foreign(place, other.map_or("another", |(_, name)| name)))
    }

    /// Reads PKCS#1.
    fn from_pkcs1(place: &Place, der: &[u8]) -> Result<Self> {
        let bits = modulus_bits(der).ok_or_else(|| damaged(place))?;
        if !(LEAST..=MOST).contains(&bits) {
            let error = place.error(format_args!(
                "holds an RSA key of {bits} bits; it must have {LEAST} to {MOST}"
            ));
            return Err(error.with_hint(NEW_KEY));
        }
        RsaKeyPair::from_der(der).map(Self).map_err(|_| damaged(place))
    }
}

const NEW_KEY: &str = "make a new key (openssl genpkey -algorithm RSA -pkeyopt \
                       rsa_keygen_bits:3072 -out new.key) and get a certificate for it";

fn damaged(place: &Place) -> Error {
    place.error("holds a private key that is damaged").with_hint("copy the file anew")
}

fn foreign(place: &Place, kind: &str) -> Error {
    place.error(format_args!("holds {kind} key; Anaplan takes RSA keys only")).with_hint(NEW_KEY)
}

/// The algorithm of a PKCS#8 key, and the key itself.
fn pkcs8(der: &[u8]) -> Option<(ObjectIdentifier, &[u8])> {
    let parsed = AnyRef::from_der(der).ok()?.sequence(|reader| {
        let _version: u8 = reader.decode()?;
        let algorithm: Algorithm<'_> = reader.decode()?;
        let key: &OctetStringRef = reader.decode()?;
        // Attributes, and in newer files the public key.
        skip(reader)?;
        Ok::<_, der::Error>((algorithm.id, key.as_bytes()))
    });
    parsed.ok()
}

fn modulus_bits(pkcs1: &[u8]) -> Option<usize> {
    let parse = |reader: &mut SliceReader<'_>| {
        let _version: u8 = reader.decode()?;
        let modulus: UintRef<'_> = reader.decode()?;
        let bytes = modulus.as_bytes();
        let unused = bytes.first().map_or(0, |first| first.leading_zeros() as usize);
        skip(reader)?;
        Ok::<_, der::Error>(bytes.len() * 8 - unused)
    };
    AnyRef::from_der(pkcs1).ok()?.sequence(parse).ok()
}

fn skip(reader: &mut SliceReader<'_>) -> der::Result<()> {
    while !reader.is_finished() {
        let _: AnyRef<'_> = reader.decode()?;
    }
    Ok(())
}

/// Reads the private keys of a file: PEM or DER. There is at least one.
pub(super) fn read(
    place: &Place,
    bytes: &[u8],
    password: Option<&Secret>,
) -> Result<Vec<PrivateKey>> {
    let Some(blocks) = pem::blocks(bytes) else { return Ok(vec![bare(place, bytes, password)?]) };
    let mut keys = Vec::new();
    for block in &blocks {
        let der = || block.der.as_deref().ok_or_else(|| damaged(place));
        let label = block.label.as_str();
        match label {
            _ if block.encrypted => {
                let error = place.error(
                    "is encrypted in a form from before PKCS#8 (Proc-Type: 4,ENCRYPTED), which \
                     can't be read",
                );
                return Err(error.with_hint(convert(place)));
            }
            "PRIVATE KEY" => keys.push(PrivateKey::from_pkcs8(place, der()?)?),
            "RSA PRIVATE KEY" => keys.push(PrivateKey::from_pkcs1(place, der()?)?),
            "ENCRYPTED PRIVATE KEY" => keys.push(encrypted(place, der()?, password)?),
            "EC PRIVATE KEY" => return Err(foreign(place, "an EC")),
            "DSA PRIVATE KEY" => return Err(foreign(place, "a DSA")),
            "OPENSSH PRIVATE KEY" => {
                return Err(place
                    .error("holds a key in the form of OpenSSH")
                    .with_hint("Anaplan knows certificates: give the private key of one, in PEM"));
            }
            _ => {}
        }
    }
    if keys.is_empty() {
        let label = blocks.first().map_or("", |block| block.label.as_str());
        return Err(match label {
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => swapped(place),
            "PUBLIC KEY" | "RSA PUBLIC KEY" => {
                place.error("holds a public key, no private one").with_hint(NEEDED)
            }
            _ => place.error("holds no private key").with_hint(NEEDED),
        });
    }
    Ok(keys)
}

const NEEDED: &str = "give the private key that belongs to the certificate: PKCS#8, plain or \
                      encrypted, or PKCS#1";

fn swapped(place: &Place) -> Error {
    place
        .error("holds a certificate, no private key")
        .with_hint("are PrivateKey and Certificate swapped?")
}

fn encrypted(place: &Place, der: &[u8], password: Option<&Secret>) -> Result<PrivateKey> {
    let Ok(encrypted) = Encrypted::from_der(der) else { return Err(damaged(place)) };
    let Some(password) = password else {
        return Err(place.error("is encrypted, and PrivateKeyPassword is missing").with_hint(
            "set PrivateKeyPassword, or ANAPLAN_SQL_PRIVATEKEYPASSWORD in the environment",
        ));
    };
    let wrong = || {
        place
            .error("can't be decrypted: PrivateKeyPassword is wrong")
            .with_hint(format!("to check a password: openssl pkey -noout -in {}", place.operand()))
    };
    let plain = match decrypt(&encrypted.algorithm, password.expose(), encrypted.data.as_bytes()) {
        Ok(plain) => plain,
        Err(Locked::Wrong) => return Err(wrong()),
        Err(Locked::Unsupported(id)) => {
            return Err(unsupported(place, id).with_hint(convert(place)));
        }
    };
    // One wrong password in some hundreds decrypts to bytes without a meaning.
    if pkcs8(&plain).is_none() {
        return Err(wrong());
    }
    PrivateKey::from_pkcs8(place, &plain)
}

/// The error for an algorithm that is not known here.
pub(super) fn unsupported(place: &Place, id: ObjectIdentifier) -> Error {
    place.error(format_args!("is encrypted with an algorithm that is not known here ({id})"))
}

fn convert(place: &Place) -> String {
    let file = place.operand();
    format!("convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in {file} -out new.key")
}

/// Reads what is not PEM.
fn bare(place: &Place, bytes: &[u8], password: Option<&Secret>) -> Result<PrivateKey> {
    if pkcs8(bytes).is_some() {
        return PrivateKey::from_pkcs8(place, bytes);
    }
    if Encrypted::from_der(bytes).is_ok() {
        return encrypted(place, bytes, password);
    }
    if modulus_bits(bytes).is_some() {
        return PrivateKey::from_pkcs1(place, bytes);
    }
    Err(if Certificate::from_der(bytes).is_some() {
        swapped(place)
    } else if pfx::is_pfx(bytes) {
        place.error("is a PFX (PKCS#12)").with_hint(
            "give it as Certificate, with CertificateType=PFXFILE (or PFXBLOB) and \
             CertificatePassword; PrivateKey is not needed then",
        )
    } else {
        neither(place, bytes, "private key").with_hint(NEEDED)
    })
}

/// The error for bytes that are nothing that is known here.
pub(super) fn neither(place: &Place, bytes: &[u8], wanted: &str) -> Error {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        place.error("is empty")
    } else {
        place.error(format_args!("holds no {wanted}: it is neither PEM nor DER"))
    }
}
