//! Certificate and private key.
//!
//! ```text
//! material ─► pem · pfx ─► key · x509 ─► signer ─► payload ─► provider
//!                └─ encryption ─┘          └─► summary
//! ```
//! Files are read, pairs of key and certificate found, bytes signed, the service asked. Nothing
//! that stands in a file or a key's value gets into a message.

mod encryption;
mod key;
mod material;
mod payload;
mod pem;
mod pfx;
mod provider;
mod signer;
mod subject;
mod summary;
mod x509;

#[cfg(test)]
mod tests;

pub use provider::CertificateProvider;
pub use summary::CertificateSummary;
