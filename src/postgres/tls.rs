//! Encryption of connections.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::{Error, ErrorKind, Result};

fn wrong(path: &Path, what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("{} is no {what} in PEM", path.display()))
}

/// Reads a certificate, with those that lead to its root, and its key.
///
/// # Errors
/// Kind [`Config`](ErrorKind::Config) when they can't be read, or don't fit.
pub(super) fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(certificate, "certificate").with_source(error))?;
    if chain.is_empty() {
        return Err(wrong(certificate, "certificate"));
    }
    // What is wrong with a key might show some of it.
    let key = PrivateKeyDer::from_pem_file(key).map_err(|_| wrong(key, "private key"))?;
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unfit)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(unfit)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn unfit(error: tokio_rustls::rustls::Error) -> Error {
    Error::new(ErrorKind::Config, "the certificate and its key can't be used").with_source(error)
}
