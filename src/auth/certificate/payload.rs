//! What is signed: `encodedData` and `encodedSignedData` of `POST /token/authenticate`.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::signer::Signer;
use crate::config::CertificateFormat;
use crate::error::{Error, ErrorKind, Result};

/// The length of a v1 payload; the service wants 100 at least.
const V1: usize = 150;

/// The length of a v2 payload, its time included.
const V2: usize = 100;

/// Makes and signs a payload. None may be sent twice.
pub(super) fn body(signer: &Signer, format: CertificateFormat, now: SystemTime) -> Result<Value> {
    let data = data(format, now)?;
    let mut body = json!({
        "encodedData": STANDARD.encode(&data),
        "encodedSignedData": STANDARD.encode(signer.sign(&data)?),
    });
    if format == CertificateFormat::V2 {
        body["encodedDataFormat"] = "v2".into();
    }
    Ok(body)
}

/// Random bytes. In v2 the time stands before them: seconds, most significant byte first.
fn data(format: CertificateFormat, now: SystemTime) -> Result<Vec<u8>> {
    let mut data = match format {
        CertificateFormat::V1 => vec![0; V1],
        CertificateFormat::V2 => vec![0; V2],
    };
    aws_lc_rs::rand::fill(&mut data)
        .map_err(|_| Error::new(ErrorKind::Internal, "the system has no random bytes"))?;
    if format == CertificateFormat::V2 {
        let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        data[..8].copy_from_slice(&seconds.to_be_bytes());
    }
    Ok(data)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn v2_begins_with_the_seconds_of_the_services_own_sample() {
        // The beginning of the sample in Anaplan's help: AAAAAGhaH7p…
        let now = UNIX_EPOCH + Duration::from_secs(1_750_736_826);
        let first = data(CertificateFormat::V2, now).expect("data");
        assert!(STANDARD.encode(&first).starts_with("AAAAAGhaH7"));
        assert_eq!(first.len(), 100);
        assert_ne!(first, data(CertificateFormat::V2, now).expect("data"));
        let v1 = data(CertificateFormat::V1, now).expect("data");
        assert_eq!(v1.len(), 150);
        assert_ne!(v1[..8], first[..8]);
    }
}
