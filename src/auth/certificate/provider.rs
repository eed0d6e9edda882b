//! Asks the authentication service for a token, with a signature as proof.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use url::Url;

use super::signer::Signer;
use super::{payload, pem};
use crate::auth::service::{self, AuthenticationService};
use crate::auth::token::{AccessToken, TokenProvider};
use crate::config::{CertificateFormat, CertificateSettings};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Response, Transport};

/// A clock that is off by more than this may be why a signature is refused.
const CLOCKS_DIFFER: Duration = Duration::from_secs(120);

/// Signs in with a certificate and its private key.
///
/// Both are read anew for each sign-in: a renewed certificate needs no restart, and no key stays in
/// memory.
#[derive(Debug)]
pub struct CertificateProvider {
    service: AuthenticationService,
    settings: Arc<CertificateSettings>,
}

impl CertificateProvider {
    /// A provider over the authentication service at `endpoint` (ends in `/token`).
    pub fn new(transport: Transport, endpoint: Url, settings: CertificateSettings) -> Self {
        let service = AuthenticationService::new(transport, endpoint);
        Self { service, settings: Arc::new(settings) }
    }

    async fn sign_in(&self) -> Result<AccessToken> {
        let settings = Arc::clone(&self.settings);
        // Reading files and deriving keys from passwords takes a while.
        let read = move || {
            let now = SystemTime::now();
            let signer = Signer::read(&settings.identity, now)?;
            signer.check(now)?;
            Ok::<_, Error>(Arc::new(signer))
        };
        let signer = tokio::task::spawn_blocking(read).await.map_err(|e| {
            Error::new(ErrorKind::Internal, "reading the certificate was given up").with_source(e)
        })?;
        let signer = signer?;
        let format = self.settings.format;
        let certificate = pem::certificate(&signer.certificate.der);
        let value = format!("CACertificate {}", STANDARD.encode(certificate));
        let value = HeaderValue::from_str(&value)
            .map_err(|_| Error::new(ErrorKind::Internal, "can't encode the certificate"))?;
        let signing = Arc::clone(&signer);
        self.service
            .authenticate(
                value,
                // The service may refuse a payload that it has seen.
                |request| {
                    request.json_anew(move || payload::body(&signing, format, SystemTime::now()))
                },
                |answer| refused(answer, &signer, format),
            )
            .await
    }
}

#[async_trait]
impl TokenProvider for CertificateProvider {
    async fn fetch(&self, current: Option<&AccessToken>) -> Result<AccessToken> {
        self.service.fetch(current, self.sign_in()).await
    }
}

fn refused(answer: &Response, signer: &Signer, format: CertificateFormat) -> Error {
    let said = service::said(answer);
    let hint = if signer.certificate.self_signed {
        "the certificate is self-signed: Anaplan takes those of a recognised authority only"
    } else if said.contains("email") {
        "the certificate names no e-mail address: Anaplan wants one for e-mail (S/MIME), issued to \
         the user's address"
    } else {
        "a tenant administrator must have registered this very certificate for the user, and Region \
         must be the tenant's; in workspaces with single sign-on only exception users can sign in \
         so"
    };
    let hint = match (format, clock(answer)) {
        // Either may be the cause, or both.
        (CertificateFormat::V2, Some(words)) => format!(
            "{words}, and the time is part of what is signed: set the clock; if that does not \
             help: {hint}"
        ),
        _ => hint.to_owned(),
    };
    Error::new(ErrorKind::SignIn, format!("Anaplan refused the certificate{said}")).with_hint(hint)
}

/// Says that this machine's clock is wrong, if it is by the service's.
fn clock(answer: &Response) -> Option<String> {
    let (service, here) = (answer.date()?, SystemTime::now());
    let (by, how) = match here.duration_since(service) {
        Ok(by) => (by, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let minutes = (by.as_secs() + 30) / 60;
    (by > CLOCKS_DIFFER)
        .then(|| format!("this machine's clock is {minutes} minutes {how} the service's"))
}
