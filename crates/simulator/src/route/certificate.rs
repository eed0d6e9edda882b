//! Signing in with a certificate: `POST /token/authenticate` with `CACertificate`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::super::state::State;
use super::super::tenant::Certificate;

/// The least length of a v1 payload and the length of a v2 payload.
const PAYLOAD: usize = 100;

/// How far the time in a v2 payload may be off, in seconds.
const SKEW: u64 = 5 * 60;

/// Returns the id of the user whom a certificate signs in.
///
/// # Errors
/// Returns what is wrong with the certificate, the payload or its signature.
pub(super) fn authenticate(
    state: &State,
    certificate: &str,
    body: &[u8],
) -> Result<String, &'static str> {
    let certificate = STANDARD
        .decode(certificate)
        .ok()
        .and_then(|bytes| Certificate::parse(&bytes).ok())
        .ok_or("The certificate can't be read, is self-signed, or its key is not RSA.")?;
    let body: Value = serde_json::from_slice(body).map_err(|_| "The body is not JSON.")?;
    let data = bytes(&body, "encodedData").ok_or("encodedData is missing or not base64.")?;
    let signature =
        bytes(&body, "encodedSignedData").ok_or("encodedSignedData is missing or not base64.")?;
    let user_id = {
        let tenant = state.tenant();
        let user = tenant.users.iter().find(|user| user.certificates.contains(&certificate));
        user.filter(|user| user.active).map(|user| user.id.clone())
    };
    let user_id = user_id.ok_or("Certificate is not registered.")?;
    let now = state.clock.now_ms();
    if !certificate.is_valid_at(now) {
        return Err("The certificate has expired or is not valid yet.");
    }
    if !certificate.verifies(&data, &signature) {
        return Err("The signature doesn't fit the data and the certificate.");
    }
    let is_v2 = match body.get("encodedDataFormat").map(Value::as_str) {
        None | Some(Some("v1")) => false,
        Some(Some("v2")) => true,
        Some(_) => return Err("encodedDataFormat is neither v1 nor v2."),
    };
    check(&data, is_v2, now)?;

    let mut sign_ins = state.sign_ins();
    if !sign_ins.is_new(&data) && state.options.refuse_reused_payloads {
        return Err("The data was used before.");
    }
    if is_v2 {
        sign_ins.counts.certificate_v2 += 1;
    } else {
        sign_ins.counts.certificate_v1 += 1;
    }
    Ok(user_id)
}

/// Checks the length of a payload, and the time in it.
fn check(data: &[u8], is_v2: bool, now_ms: i64) -> Result<(), &'static str> {
    if !is_v2 {
        return if data.len() < PAYLOAD {
            Err("The data has less than 100 bytes.")
        } else {
            Ok(())
        };
    }
    let Some(seconds) = data.first_chunk().filter(|_| data.len() == PAYLOAD) else {
        return Err("The data has not 100 bytes.");
    };
    // Big-endian seconds. Milliseconds are thousands of years off.
    let signed_at = u64::from_be_bytes(*seconds);
    let now = u64::try_from(now_ms / 1000).unwrap_or(0);
    if signed_at.abs_diff(now) > SKEW {
        return Err("The time in the data is too far from now.");
    }
    Ok(())
}

fn bytes(body: &Value, key: &str) -> Option<Vec<u8>> {
    STANDARD.decode(body.get(key)?.as_str()?).ok()
}
