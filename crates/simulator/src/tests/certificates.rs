//! Signing in with certificates: what is verified, and what is refused.

use std::sync::LazyLock;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, DnType, Issuer, KeyPair, PKCS_RSA_SHA512, RsaKeySize};
use serde_json::{Value, json};

use super::super::{Certificate, Simulator, Tenant, User};
use super::client::{Answer, send};

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// One RSA key for all tests: making one takes a while.
static KEY: LazyLock<KeyPair> = LazyLock::new(|| {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA512, RsaKeySize::_2048).expect("a key")
});

/// Makes a certificate of an authority, valid from and to the beginning of these years.
fn issue(key: &KeyPair, from: i32, to: i32) -> rcgen::Certificate {
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, "Test authority");
    let authority_key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "ann");
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(to, 1, 1);
    params.signed_by(key, &Issuer::new(authority, authority_key)).expect("a certificate")
}

/// A simulator whose user Ann has this certificate.
async fn simulator_with(certificate: &rcgen::Certificate) -> Simulator {
    Simulator::start(tenant_with(certificate)).await.expect("start")
}

fn tenant_with(certificate: &rcgen::Certificate) -> Tenant {
    let certificate = Certificate::parse(certificate.pem().as_bytes()).expect("a certificate");
    Tenant::new()
        .user(User::new("bob@example.com", "concealed"))
        .user(User::new("ann.lee@example.com", "secret").certificate(certificate))
}

fn sign_as(encoding: &'static dyn RsaEncoding, data: &[u8]) -> Vec<u8> {
    let key = RsaKeyPair::from_pkcs8(KEY.serialized_der()).expect("a key");
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(encoding, &SystemRandom::new(), data, &mut signature).expect("a signature");
    signature
}

fn body(data: &[u8], signature: &[u8], format: Option<&str>) -> Value {
    let mut body = json!({
        "encodedData": STANDARD.encode(data),
        "encodedSignedData": STANDARD.encode(signature),
    });
    if let Some(format) = format {
        body["encodedDataFormat"] = format.into();
    }
    body
}

/// A payload of `length` bytes that begins with a time.
fn payload(time: i64, length: usize) -> Vec<u8> {
    let mut data = time.to_be_bytes().to_vec();
    data.resize(length, 7);
    data
}

fn seconds(simulator: &Simulator) -> i64 {
    simulator.clock().now_ms() / 1000
}

async fn authenticate(simulator: &Simulator, certificate: &[u8], body: &str) -> Answer {
    let header = format!("CACertificate {}", STANDARD.encode(certificate));
    let headers = [("Authorization", header.as_str()), ("Content-Type", "application/json")];
    send(simulator, "POST", "/token/authenticate", &headers, body).await.expect("an answer")
}

/// Signs in with the PEM text and a payload that is signed as it should be.
async fn sign_in(
    simulator: &Simulator,
    pem: &str,
    data: &[u8],
    format: Option<&str>,
) -> (u16, String) {
    let body = body(data, &sign_as(&RSA_PKCS1_SHA512, data), format).to_string();
    outcome(&authenticate(simulator, pem.as_bytes(), &body).await)
}

fn outcome(answer: &Answer) -> (u16, String) {
    let body = answer.json();
    if answer.status != 201 {
        assert_eq!(body["status"], "FAILURE_BAD_CREDENTIAL");
    }
    (answer.status, body["statusMessage"].as_str().unwrap_or_default().to_owned())
}

fn refused(message: &str) -> (u16, String) {
    (401, message.to_owned())
}

#[tokio::test]
async fn both_formats_of_payload_and_certificate_sign_in() {
    let certificate = issue(&KEY, 2020, 2090);
    let simulator = simulator_with(&certificate).await;
    let chain = format!("a line of text\n{}{}", certificate.pem(), issue(&KEY, 2020, 2021).pem());
    let presented =
        [certificate.pem().into_bytes(), certificate.der().to_vec(), chain.into_bytes()];
    for (number, presented) in presented.into_iter().enumerate() {
        let v1 = vec![number as u8; 150];
        let v2 = payload(seconds(&simulator) + number as i64, 100);
        for (data, format) in [(&v1, None), (&vec![9; 100 + number], Some("v1")), (&v2, Some("v2"))]
        {
            let body = body(data, &sign_as(&RSA_PKCS1_SHA512, data), format).to_string();
            let answer = authenticate(&simulator, &presented, &body).await;
            assert_eq!(answer.status, 201, "{}", answer.text());
            let token = answer.json()["tokenInfo"]["tokenValue"].as_str().map(str::to_owned);
            let header = format!("AnaplanAuthToken {}", token.expect("a token"));
            let headers = [("Authorization", header.as_str())];
            let me = send(&simulator, "GET", "/2/0/users/me", &headers, "").await.expect("answer");
            assert_eq!(me.json()["user"]["email"], "ann.lee@example.com");
        }
    }
    let counts = simulator.sign_ins();
    assert_eq!((counts.certificate_v1, counts.certificate_v2, counts.basic), (6, 3, 0));
    assert_eq!(counts.payloads_reused, 0);
}

#[tokio::test]
async fn the_signature_must_be_the_keys_own_over_the_raw_bytes() {
    let certificate = issue(&KEY, 2020, 2090);
    let simulator = simulator_with(&certificate).await;
    let data = payload(seconds(&simulator), 100);
    let good = sign_as(&RSA_PKCS1_SHA512, &data);
    let mut broken = good.clone();
    broken[17] ^= 1;
    let over_the_text = sign_as(&RSA_PKCS1_SHA512, STANDARD.encode(&data).as_bytes());
    for signature in [broken, over_the_text, sign_as(&RSA_PKCS1_SHA256, &data), Vec::new()] {
        let body = body(&data, &signature, Some("v2")).to_string();
        let answer = authenticate(&simulator, certificate.pem().as_bytes(), &body).await;
        let message = "The signature doesn't fit the data and the certificate.";
        assert_eq!(outcome(&answer), refused(message));
    }
    let body = body(&data, &good, Some("v2")).to_string();
    let answer = authenticate(&simulator, certificate.pem().as_bytes(), &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}

#[tokio::test]
async fn a_v2_payload_has_a_hundred_bytes_and_begins_with_the_seconds() {
    let certificate = issue(&KEY, 2020, 2090);
    let simulator = simulator_with(&certificate).await;
    let now = seconds(&simulator);
    let late = || refused("The time in the data is too far from now.");
    let long = || refused("The data has not 100 bytes.");
    let cases = [
        (payload(now * 1000, 100), late()),
        (payload(now.swap_bytes(), 100), late()),
        (payload(now - 310, 100), late()),
        (payload(now + 330, 100), late()),
        (payload(-1, 100), late()),
        (payload(now, 54), long()),
        (payload(now * 1000, 108), long()),
        (Vec::new(), long()),
        (payload(now - 270, 100), (201, "Login successful".to_owned())),
        (payload(now + 290, 100), (201, "Login successful".to_owned())),
    ];
    for (data, expected) in cases {
        assert_eq!(sign_in(&simulator, &certificate.pem(), &data, Some("v2")).await, expected);
    }
    let old = payload(now, 100);
    simulator.clock().advance(Duration::from_secs(400));
    assert_eq!(sign_in(&simulator, &certificate.pem(), &old, Some("v2")).await, late());
    // Without the format it is a v1 payload, of which only the length counts.
    assert_eq!(sign_in(&simulator, &certificate.pem(), &old, None).await.0, 201);
    let short = refused("The data has less than 100 bytes.");
    assert_eq!(sign_in(&simulator, &certificate.pem(), &[5; 99], None).await, short);
    let unknown = refused("encodedDataFormat is neither v1 nor v2.");
    assert_eq!(sign_in(&simulator, &certificate.pem(), &[5; 100], Some("v3")).await, unknown);
}

#[tokio::test]
async fn certificates_are_valid_on_the_clock() {
    let expiring = issue(&KEY, 2020, 2090);
    let simulator = simulator_with(&expiring).await;
    assert_eq!(sign_in(&simulator, &expiring.pem(), &[1; 100], None).await.0, 201);
    simulator.clock().advance(80 * YEAR);
    let invalid = refused("The certificate has expired or is not valid yet.");
    assert_eq!(sign_in(&simulator, &expiring.pem(), &[2; 100], None).await, invalid);

    let coming = issue(&KEY, 2090, 2999);
    let simulator = simulator_with(&coming).await;
    assert_eq!(sign_in(&simulator, &coming.pem(), &[1; 100], None).await, invalid);
    simulator.clock().advance(80 * YEAR);
    assert_eq!(sign_in(&simulator, &coming.pem(), &[1; 100], None).await.0, 201);
}

#[tokio::test]
async fn only_registered_certificates_of_active_users_sign_in() {
    let registered = issue(&KEY, 2020, 2090);
    let simulator = simulator_with(&registered).await;
    let unregistered = refused("Certificate is not registered.");
    // The same key and the same names, but another certificate.
    let other = issue(&KEY, 2020, 2090);
    assert_eq!(sign_in(&simulator, &other.pem(), &[1; 100], None).await, unregistered);
    simulator.edit(|tenant| tenant.users[1].active = false);
    assert_eq!(sign_in(&simulator, &registered.pem(), &[1; 100], None).await, unregistered);
}

#[tokio::test]
async fn self_signed_certificates_and_other_keys_are_refused() {
    let simulator = simulator_with(&issue(&KEY, 2020, 2090)).await;
    let elliptic = issue(&KeyPair::generate().expect("a key"), 2020, 2090);
    let params = CertificateParams::default();
    let self_signed = params.self_signed(&*KEY).expect("a certificate");
    let message = "The certificate can't be read, is self-signed, or its key is not RSA.";
    for pem in [elliptic.pem(), self_signed.pem(), KEY.serialize_pem(), "nonsense".to_owned()] {
        assert_eq!(sign_in(&simulator, &pem, &[1; 100], None).await, refused(message));
    }
    let why = |bytes: &[u8]| Certificate::parse(bytes).expect_err("no certificate").to_string();
    assert_eq!(why(elliptic.der()), "the certificate has a key that is not RSA");
    assert_eq!(why(self_signed.pem().as_bytes()), "the certificate is self-signed");
    assert_eq!(why(b"nonsense"), "the certificate is no X.509 certificate");
    assert_eq!(
        why(b"-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----"),
        "the certificate is no PEM text of a certificate"
    );
}

#[tokio::test]
async fn bodies_that_lack_something_are_refused() {
    let certificate = issue(&KEY, 2020, 2090);
    let simulator = simulator_with(&certificate).await;
    let cases = [
        ("", "The body is not JSON."),
        ("{}", "encodedData is missing or not base64."),
        // The names that the OpenAPI file has, and that are wrong.
        (
            r#"{"certificateChain": "YQ==", "signature": "YQ=="}"#,
            "encodedData is missing or not base64.",
        ),
        (r#"{"encodedData": "YQ=="}"#, "encodedSignedData is missing or not base64."),
        (
            r#"{"encodedData": "YQ==", "encodedSignedData": "?"}"#,
            "encodedSignedData is missing or not base64.",
        ),
    ];
    for (body, message) in cases {
        let answer = authenticate(&simulator, certificate.pem().as_bytes(), body).await;
        assert_eq!(outcome(&answer), refused(message));
    }
}

#[tokio::test]
async fn a_payload_that_comes_again_is_counted_and_refused_on_demand() {
    let certificate = issue(&KEY, 2020, 2090);
    let simulator = simulator_with(&certificate).await;
    for _ in 0..3 {
        assert_eq!(sign_in(&simulator, &certificate.pem(), &[1; 100], None).await.0, 201);
    }
    assert_eq!(simulator.sign_ins().payloads_reused, 2);

    let strict = Simulator::builder(tenant_with(&certificate)).refuse_reused_payloads(true);
    let strict = strict.start().await.expect("start");
    let data = payload(seconds(&strict), 100);
    assert_eq!(sign_in(&strict, &certificate.pem(), &data, Some("v2")).await.0, 201);
    let again = sign_in(&strict, &certificate.pem(), &data, Some("v2")).await;
    assert_eq!(again, refused("The data was used before."));
    assert_eq!(strict.sign_ins().payloads_reused, 1);
}
