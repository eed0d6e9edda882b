//! What keys and certificates are read, and what is said about those that are not.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey};
use rcgen::{CertificateParams, DnType, Issuer, KeyPair};
use zeroize::Zeroizing;

use super::signer::Signer;
use crate::config::{Identity, Material};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates")
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).expect("a fixture")
}

/// The content of a file, as a blob brings it.
fn content(bytes: impl Into<Vec<u8>>) -> Material {
    Material::Content(Zeroizing::new(bytes.into()))
}

fn pem(certificate: Material, private_key: Material, password: Option<&str>) -> Identity {
    Identity::Pem { certificate, private_key, private_key_password: password.map(Secret::new) }
}

fn read(identity: &Identity) -> Result<Signer> {
    Signer::read(identity, SystemTime::now())
}

/// Reads two fixtures.
fn files(certificate: &str, key: &str, password: Option<&str>) -> Result<Signer> {
    read(&pem(content(bytes(certificate)), content(bytes(key)), password))
}

fn pfx(name: &str, password: Option<&str>) -> Result<Signer> {
    read(&Identity::Pfx { file: content(bytes(name)), password: password.map(Secret::new) })
}

/// Checks that it is the job's certificate and that the key is the certificate's.
#[track_caller]
fn assert_job(signer: Result<Signer>) {
    let signer = signer.expect("a key and its certificate");
    assert_eq!(signer.certificate.der, bytes("job.der"));
    let signature = signer.sign(b"data").expect("a signature");
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA512, &signer.certificate.public_key)
        .verify(b"data", &signature)
        .expect("the certificate's key signed");
}

/// What a person reads: kind, message, hint.
fn shown(result: Result<Signer>) -> String {
    let error = result.expect_err("nothing to sign with");
    assert!(error.causes().is_empty(), "{error:?}");
    format!("{error:?}")
}

#[test]
fn every_form_of_key_and_certificate_is_read() {
    for key in ["job.key", "pkcs1.key", "job-key.der"] {
        assert_job(files("job.pem", key, None));
    }
    let both = [bytes("job.key"), bytes("job.pem")].concat();
    assert_job(read(&pem(content(both.clone()), content(both), None)));
    for certificate in ["job.der", "chain.pem"] {
        assert_job(files(certificate, "job.key", None));
    }
    let path = |name| Material::File(folder().join(name));
    assert_job(read(&pem(path("job.pem"), path("encrypted.key"), Some("secret"))));
    for key in ["encrypted-des3.key", "encrypted-pbes1.key"] {
        assert_job(files("job.pem", key, Some("secret")));
    }
    // A password that isn't needed does no harm.
    assert_job(files("job.pem", "job.key", Some("unused")));
}

#[test]
fn every_form_of_pfx_is_read() {
    assert_job(pfx("job.p12", Some("secret")));
    assert_job(pfx("legacy.p12", Some("secret")));
    assert_job(pfx("no-password.p12", None));
    let file = Material::File(folder().join("job.p12"));
    assert_job(read(&Identity::Pfx { file, password: Some(Secret::new("secret")) }));
}

#[test]
fn the_other_key_of_a_file_is_left_alone() {
    let keys = [bytes("other.key"), bytes("job.key")].concat();
    assert_job(read(&pem(content(bytes("chain.pem")), content(keys.clone()), None)));
    let certificates = [bytes("job.pem"), bytes("other.pem")].concat();
    insta::assert_snapshot!(shown(read(&pem(content(certificates), content(keys), None))), @r"
    Config: Certificate leaves open which of 2 private keys to use
      hint: make a file with one key and its certificate
    ");
}

#[test]
fn keys_that_cannot_be_used_are_named() {
    let all = [
        files("job.pem", "other.key", None),
        files("chain.pem", "other.key", None),
        files("job.pem", "encrypted.key", None),
        files("job.pem", "encrypted.key", Some("m4rker")),
        files("job.pem", "encrypted-pbes1.key", Some("m4rker")),
        files("job.pem", "proc-type.key", Some("secret")),
        files("job.pem", "encrypted-scrypt.key", Some("secret")),
        files("ec.pem", "ec.key", None),
        files("ec.pem", "ec-sec1.key", None),
        files("job.pem", "ed25519.key", None),
        files("small.pem", "small.key", None),
        files("job.pem", "public.pem", None),
        files("job.pem", "job.p12", Some("secret")),
        files("job.pem", "request.pem", None),
        read(&pem(content(bytes("job.pem")), content("m4rker"), None)),
        read(&pem(content(bytes("job.pem")), content("\n"), None)),
        read(&pem(content(bytes("job.pem")), content(&bytes("job.key")[..900]), None)),
    ];
    let all = all.map(shown).join("\n");
    assert!(!all.contains("m4rker"));
    insta::assert_snapshot!(all);
}

#[test]
fn certificates_that_cannot_be_used_are_named() {
    let all = [
        // Swapped.
        files("job.key", "job.pem", None),
        files("job.pem", "job.pem", None),
        files("job.p12", "job.key", None),
        files("job.p7b", "job.key", None),
        files("request.pem", "job.key", None),
        files("public.pem", "job.key", None),
        read(&pem(content("m4rker"), content(bytes("job.key")), None)),
        read(&pem(content(&bytes("job.pem")[..900]), content(bytes("job.key")), None)),
    ];
    let all = all.map(shown).join("\n");
    assert!(!all.contains("m4rker"));
    insta::assert_snapshot!(all);
}

#[test]
fn pfx_files_that_cannot_be_used_are_named() {
    let all = [
        pfx("job.p12", None),
        pfx("job.p12", Some("m4rker")),
        pfx("legacy.p12", Some("m4rker")),
        pfx("no-key.p12", Some("secret")),
        pfx("job.pem", None),
        pfx("job.der", None),
        read(&Identity::Pfx { file: content("m4rker"), password: None }),
        read(&Identity::Pfx { file: content(&bytes("job.p12")[..900]), password: None }),
    ];
    let all = all.map(shown).join("\n");
    assert!(!all.contains("m4rker"));
    insta::assert_snapshot!(all);
}

#[test]
fn a_file_that_is_not_there_is_named_with_its_path() {
    let path = Material::File("/nowhere/job.pem".into());
    let error = read(&pem(path, content(bytes("job.key")), None)).expect_err("no file");
    assert_eq!(error.to_string(), "Certificate (/nowhere/job.pem) can't be read");
    assert_eq!((error.kind(), error.causes().len()), (ErrorKind::Config, 1));
}

/// A certificate for the job's key, valid from and to the beginning of these years.
fn issue(from: i32, to: i32) -> String {
    let job = KeyPair::from_pem(&String::from_utf8(bytes("job.key")).expect("UTF-8")).expect("key");
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, "Test authority");
    let authority = Issuer::new(authority, KeyPair::generate().expect("a key"));
    let mut params = CertificateParams::default();
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(to, 1, 1);
    params.signed_by(&job, &authority).expect("a certificate").pem()
}

/// A moment in the year 2025, or so many years later.
fn later(years: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_750_736_826 + years * 365 * 86_400)
}

#[test]
fn certificates_out_of_time_say_from_when_to_when() {
    let check = |certificate: String, now| {
        let identity = pem(content(certificate), content(bytes("job.key")), None);
        Signer::read(&identity, now).and_then(|signer| signer.check(now))
    };
    let said = |result: Result<()>| -> String {
        let error: Error = result.expect_err("out of time");
        assert_eq!(error.kind(), ErrorKind::SignIn);
        format!("{error:?}")
    };
    insta::assert_snapshot!(said(check(issue(2020, 2024), later(0))), @r"
    SignIn: the certificate in Certificate expired on 2024-01-01 00:00 UTC
      hint: get a new one, and have it registered in Anaplan; by this machine's clock it is 2025-06-24 03:47 UTC
    ");
    insta::assert_snapshot!(said(check(issue(2030, 2060), later(0))), @r"
    SignIn: the certificate in Certificate is valid from 2030-01-01 00:00 UTC to 2060-01-01 00:00 UTC
      hint: wait, or use the certificate that it is to replace; by this machine's clock it is 2025-06-24 03:47 UTC
    ");
    check(issue(2020, 2060), later(0)).expect("valid");
    // Of several certificates of one key, one that is valid counts.
    let several = issue(2020, 2024) + &issue(2020, 2028) + &issue(2030, 2060);
    check(several.clone(), later(0)).expect("valid");
    check(several.clone(), later(10)).expect("valid");
    assert!(said(check(several, later(3))).contains("is valid from 2030"));
}
