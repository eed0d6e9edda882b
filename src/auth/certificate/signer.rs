//! A private key and the certificate that belongs to it.

use std::time::SystemTime;

use chrono::{DateTime, Utc};

use super::key::{self, PrivateKey};
use super::material::{self, Place};
use super::x509::Certificate;
use super::{pem, pfx};
use crate::config::{Identity, Key};
use crate::error::{Error, ErrorKind, Result};

/// What signs in: a private key and its certificate.
#[derive(Debug)]
pub(super) struct Signer {
    key: PrivateKey,
    pub(super) certificate: Certificate,
    /// Where the certificate is.
    place: Place,
}

impl Signer {
    /// Reads keys and certificates, and finds those that belong together.
    ///
    /// # Errors
    /// Kind [`Config`](ErrorKind::Config) when they can't be read or don't belong together.
    pub(super) fn read(identity: &Identity, now: SystemTime) -> Result<Self> {
        match identity {
            Identity::Pem { certificate, private_key, private_key_password } => {
                let (place, bytes) = material::read(Key::Certificate, certificate)?;
                let certificates = certificates(&place, &bytes)?;
                let (key_place, bytes) = material::read(Key::PrivateKey, private_key)?;
                let keys = key::read(&key_place, &bytes, private_key_password.as_ref())?;
                Self::pair(place, keys, certificates, now, |place, count| {
                    let what = match count {
                        1 => format!("does not belong to the certificate in {place}"),
                        _ => format!("belongs to none of the {count} certificates in {place}"),
                    };
                    key_place.error(what).with_hint(format!(
                        "both must print the same: openssl x509 -noout -pubkey -in {}; openssl pkey \
                         -pubout -in {}",
                        place.operand(),
                        key_place.operand()
                    ))
                })
            }
            Identity::Pfx { file, password } => {
                let (place, bytes) = material::read(Key::Certificate, file)?;
                let found = pfx::read(&place, &bytes, password.as_ref())?;
                if found.keys.is_empty() {
                    return Err(place
                        .error("holds no private key")
                        .with_hint("export it again, with its private key"));
                }
                Self::pair(place, found.keys, found.certificates, now, |place, count| {
                    let what = match count {
                        0 => "holds a private key, but no certificate",
                        _ => "holds no certificate that belongs to its private key",
                    };
                    place.error(what).with_hint("export it again, with its certificate")
                })
            }
        }
    }

    /// Finds the key that has a certificate, and of its certificates the one that is valid longest.
    fn pair(
        place: Place,
        keys: Vec<PrivateKey>,
        certificates: Vec<Certificate>,
        now: SystemTime,
        stranger: impl FnOnce(&Place, usize) -> Error,
    ) -> Result<Self> {
        let mut pairs: Vec<(PrivateKey, Certificate)> = Vec::new();
        let count = certificates.len();
        for key in keys {
            let own = certificates.iter().filter(|it| it.public_key == key.public_key());
            let best = own.max_by_key(|it| (it.is_valid_at(now), it.until)).cloned();
            let new = !pairs.iter().any(|(known, _)| known.public_key() == key.public_key());
            if let Some(certificate) = best
                && new
            {
                pairs.push((key, certificate));
            }
        }
        if pairs.len() > 1 {
            let what = format!("leaves open which of {} private keys to use", pairs.len());
            return Err(place
                .error(what)
                .with_hint("make a file with one key and its certificate"));
        }
        match pairs.pop() {
            Some((key, certificate)) => Ok(Self { key, certificate, place }),
            None => Err(stranger(&place, count)),
        }
    }

    /// Checks that the certificate is valid by this machine's clock.
    ///
    /// # Errors
    /// Kind [`SignIn`](ErrorKind::SignIn) if it is not.
    pub(super) fn check(&self, now: SystemTime) -> Result<()> {
        let Certificate { from, until, .. } = self.certificate;
        let (what, hint) = if until <= now {
            let what = format!("expired on {}", shown(until));
            (what, "get a new one, and have it registered in Anaplan")
        } else if now < from {
            let what = format!("is valid from {} to {}", shown(from), shown(until));
            (what, "wait, or use the certificate that it is to replace")
        } else {
            return Ok(());
        };
        let place = &self.place;
        Err(Error::new(ErrorKind::SignIn, format!("the certificate in {place} {what}"))
            .with_hint(format!("{hint}; by this machine's clock it is {}", shown(now))))
    }

    /// Signs.
    pub(super) fn sign(&self, data: &[u8]) -> Result<Vec<u8>> {
        self.key.sign(data)
    }
}

fn shown(moment: SystemTime) -> String {
    DateTime::<Utc>::from(moment).format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Reads the certificates of a file: PEM or DER. There is at least one.
fn certificates(place: &Place, bytes: &[u8]) -> Result<Vec<Certificate>> {
    const NEEDED: &str = "give the certificate in PEM: it begins with -----BEGIN CERTIFICATE-----";
    let Some(blocks) = pem::blocks(bytes) else {
        if let Some(certificate) = Certificate::from_der(bytes) {
            return Ok(vec![certificate]);
        }
        if pfx::is_pfx(bytes) {
            return Err(place
                .error("is a PFX (PKCS#12)")
                .with_hint("set CertificateType=PFXFILE (or PFXBLOB) and CertificatePassword"));
        }
        return Err(key::neither(place, bytes, "certificate").with_hint(NEEDED));
    };
    let mut found = Vec::new();
    for block in &blocks {
        if matches!(block.label.as_str(), "CERTIFICATE" | "X509 CERTIFICATE") {
            let certificate = block.der.as_deref().and_then(|der| Certificate::from_der(der));
            let damaged = || {
                place.error("holds a certificate that is damaged").with_hint("copy the file anew")
            };
            found.push(certificate.ok_or_else(damaged)?);
        }
    }
    if !found.is_empty() {
        return Ok(found);
    }
    let label = blocks.first().map_or("", |block| block.label.as_str());
    Err(match label {
        label if label.ends_with("PRIVATE KEY") => place
            .error("holds a private key, no certificate")
            .with_hint("are Certificate and PrivateKey swapped?"),
        "PKCS7" | "CMS" => place.error("holds certificates in PKCS#7").with_hint(format!(
            "convert it: openssl pkcs7 -print_certs -in {} -out job.pem",
            place.operand()
        )),
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => place
            .error("holds the request for a certificate, no certificate")
            .with_hint("send it to an authority, which answers with the certificate"),
        _ => place.error("holds no certificate").with_hint(NEEDED),
    })
}
