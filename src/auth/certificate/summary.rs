//! What a certificate says about itself.

use std::time::{Duration, SystemTime};

use super::signer::Signer;
use crate::config::CertificateSettings;
use crate::error::{Error, Result};

/// The certificate that signs in.
#[derive(Debug)]
#[non_exhaustive]
pub struct CertificateSummary {
    /// Whom it names: `CN=Nightly job, emailAddress=jobs@example.com`. It may hold any character.
    pub subject: String,
    /// When it begins to be valid.
    pub from: SystemTime,
    /// The last second in which it is valid.
    pub until: SystemTime,
    /// Why it can't sign in now.
    pub unusable: Option<Error>,
}

impl CertificateSummary {
    /// Reads the certificate and its key, and finds out that they belong together. Blocks for as
    /// long as that takes.
    ///
    /// # Errors
    /// Kind [`Config`](crate::ErrorKind::Config) when they can't be read or don't belong together.
    pub fn read(settings: &CertificateSettings) -> Result<Self> {
        let now = SystemTime::now();
        let signer = Signer::read(&settings.identity, now)?;
        let unusable = signer.check(now).err();
        let certificate = signer.certificate;
        Ok(Self {
            subject: certificate.subject,
            from: certificate.from,
            until: certificate.until - Duration::from_secs(1),
            unusable,
        })
    }
}
