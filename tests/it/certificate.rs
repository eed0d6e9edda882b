//! Signing in with a certificate, as the service sees it.

use std::path::Path;
use std::time::Duration;

use anaplan_sql::simulator::{Certificate, Fault, Simulator, User};
use anaplan_sql::{ErrorKind, Key, SessionBuilder};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::process::{Program, Run};
use crate::support::{AUTHENTICATE, query, refuse, show, signed_out, users};

const MODELS: &str = "SELECT * FROM information.workspaces";
const REFRESH: &str = "/token/refresh";

/// The path of a fixture.
fn path(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates");
    folder.join(name).to_str().expect("UTF-8").to_owned()
}

/// A fixture as a value of a BLOB type.
fn blob(name: &str) -> String {
    STANDARD.encode(std::fs::read(path(name)).expect("a fixture"))
}

/// A service that knows the job's certificate, and takes no payload twice.
async fn service() -> Simulator {
    let pem = std::fs::read(path("job.pem")).expect("a fixture");
    let certificate = Certificate::parse(&pem).expect("a certificate");
    let tenant = users().user(User::new("jobs@example.com", "secret").certificate(certificate));
    Simulator::builder(tenant).refuse_reused_payloads(true).start().await.expect("a free port")
}

/// A connection with these files.
fn with(simulator: &Simulator, certificate: &str, key: &str) -> SessionBuilder {
    signed_out(simulator).set(Key::Certificate, path(certificate)).set(Key::PrivateKey, path(key))
}

#[tokio::test]
async fn every_type_and_format_signs_in() {
    let simulator = service().await;
    let connections = [
        with(&simulator, "job.pem", "job.key"),
        with(&simulator, "chain.pem", "encrypted.key").set(Key::PrivateKeyPassword, "secret"),
        signed_out(&simulator)
            .set(Key::Certificate, blob("chain.pem"))
            .set(Key::CertificateType, "PEMKEY_BLOB")
            .set(Key::PrivateKey, blob("pkcs1.key"))
            .set(Key::PrivateKeyType, "PEMKEY_BLOB"),
        signed_out(&simulator)
            .set(Key::Certificate, path("job.p12"))
            .set(Key::CertificateType, "PFXFILE")
            .set(Key::CertificatePassword, "secret"),
        signed_out(&simulator)
            .set(Key::Certificate, blob("legacy.p12"))
            .set(Key::CertificateType, "PFXBLOB")
            .set(Key::CertificatePassword, "secret"),
        with(&simulator, "job.pem", "job.key").set(Key::CertificateFormat, "V1"),
    ];
    let count = connections.len();
    for connection in connections {
        let session = connection.connect().await.expect("signed in");
        query(&session, MODELS).await;
    }
    let counts = simulator.sign_ins();
    assert_eq!((counts.certificate_v2, counts.certificate_v1, counts.basic), (5, 1, 0));
    assert_eq!(simulator.count("POST", AUTHENTICATE), count);
    let schemes: Vec<_> = simulator
        .requests()
        .iter()
        .filter(|request| request.path == AUTHENTICATE)
        .map(|request| request.authorization_scheme.clone().unwrap_or_default())
        .collect();
    assert_eq!(schemes, ["CACertificate"; 6]);
}

#[tokio::test]
async fn each_attempt_signs_anew() {
    let simulator = service().await;
    simulator.inject(Fault::on("POST", AUTHENTICATE).status(503));
    // The service has seen what was signed, and its answer is lost.
    simulator.inject(Fault::on("POST", AUTHENTICATE).lose_answer());
    for format in ["V2", "V1"] {
        let connection = with(&simulator, "job.pem", "job.key").set(Key::CertificateFormat, format);
        let session = connection.connect().await.expect("signed in");
        query(&session, MODELS).await;
        simulator.inject(Fault::on("POST", AUTHENTICATE).lose_answer());
    }
    assert_eq!(simulator.sign_ins().payloads_reused, 0);
    assert_eq!(simulator.count("POST", AUTHENTICATE), 5);
}

/// Lets time pass for the client and for the service.
async fn pass(simulator: &Simulator, time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
    simulator.clock().advance(time);
}

#[tokio::test]
async fn a_token_is_refreshed_without_the_certificate() {
    let simulator = service().await;
    let folder = tempfile::tempdir().expect("a folder");
    let copy = |name: &str| {
        let to = folder.path().join(name);
        std::fs::copy(path(name), &to).expect("copied");
        to.to_str().expect("UTF-8").to_owned()
    };
    let (certificate, key) = (copy("job.pem"), copy("job.key"));
    let session = signed_out(&simulator)
        .set(Key::Certificate, &certificate)
        .set(Key::PrivateKey, &key)
        // The clock below moves for the service only.
        .set(Key::CertificateFormat, "V1")
        .connect()
        .await
        .expect("signed in");
    pass(&simulator, Duration::from_secs(31 * 60)).await;
    query(&session, MODELS).await;
    assert_eq!((simulator.count("POST", REFRESH), simulator.count("POST", AUTHENTICATE)), (1, 1));
    // A sign-in later on reads the files again: they may have been replaced.
    pass(&simulator, Duration::from_secs(40 * 60)).await;
    query(&session, MODELS).await;
    assert_eq!((simulator.count("POST", REFRESH), simulator.count("POST", AUTHENTICATE)), (1, 2));
    std::fs::remove_file(&key).expect("removed");
    simulator.expire_tokens();
    let error = crate::support::fail(&session, MODELS).await;
    assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    assert_eq!(simulator.count("POST", AUTHENTICATE), 2);
}

#[tokio::test]
async fn certificates_that_the_service_does_not_know_are_refused() {
    let simulator = service().await;
    let mut all = Vec::new();
    for certificate in ["other.pem", "self-signed.pem"] {
        let key = if certificate == "other.pem" { "other.key" } else { "job.key" };
        let error = refuse(with(&simulator, certificate, key)).await;
        assert_eq!(error.kind(), ErrorKind::SignIn);
        all.push(format!("{error:?}"));
    }
    insta::assert_snapshot!(all.join("\n"), @r"
    SignIn: Anaplan refused the certificate: Certificate is not registered.
      hint: a tenant administrator must have registered this very certificate for the user, and Region must be the tenant's; in workspaces with single sign-on only exception users can sign in so
    SignIn: Anaplan refused the certificate: The certificate can't be read, is self-signed, or its key is not RSA.
      hint: the certificate is self-signed: Anaplan takes those of a recognised authority only
    ");
    assert_eq!(simulator.count("POST", AUTHENTICATE), 2, "a refusal is final");
}

#[tokio::test]
async fn a_wrong_clock_is_recognised() {
    let simulator = service().await;
    let mut all = Vec::new();
    for seconds in [12 * 60, 2 * 3600] {
        simulator.clock().advance(Duration::from_secs(seconds));
        let error = refuse(with(&simulator, "job.pem", "job.key")).await;
        assert_eq!(error.kind(), ErrorKind::SignIn);
        all.push(format!("{error:?}"));
    }
    insta::with_settings!({ filters => vec![(r"\d+ minutes", "SOME minutes")] }, {
        insta::assert_snapshot!(all[0], @r"
        SignIn: Anaplan refused the certificate: The time in the data is too far from now.
          hint: this machine's clock is SOME minutes behind the service's, and the time is part of what is signed: set the clock; if that does not help: a tenant administrator must have registered this very certificate for the user, and Region must be the tenant's; in workspaces with single sign-on only exception users can sign in so
        ");
    });
    assert!(all[0].contains("clock is 12 minutes behind the service's"), "{}", all[0]);
    assert!(all[1].contains("clock is 132 minutes behind the service's"), "{}", all[1]);
    // Without a time in what is signed it doesn't matter.
    let connection = with(&simulator, "job.pem", "job.key").set(Key::CertificateFormat, "V1");
    connection.connect().await.expect("signed in");
}

#[tokio::test]
async fn nothing_is_sent_when_the_files_are_wrong() {
    let simulator = service().await;
    for (certificate, key) in
        [("nowhere.pem", "job.key"), ("job.pem", "other.key"), ("job.pem", "encrypted.key")]
    {
        let error = refuse(with(&simulator, certificate, key)).await;
        assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    }
    assert_eq!(simulator.requests().len(), 0);
}

/// Runs the program with the rest of a connection string.
async fn program(simulator: &Simulator, connection: &str) -> Run {
    let connection = format!("{connection};Endpoint={}", simulator.url());
    let program = Program::new()
        .args(["--connect", &connection, "-c", "SELECT 1 AS one"])
        .env("ANAPLAN_SQL_CERTIFICATEPASSWORD", "secret");
    tokio::task::spawn_blocking(|| program.run()).await.expect("no panic")
}

#[tokio::test]
async fn the_program_signs_in_and_its_exit_code_tells_why_not() {
    let simulator = service().await;
    let pfx = format!("Certificate={};CertificateType=PFXFILE", path("job.p12"));
    let run = program(&simulator, &pfx).await;
    assert_eq!((run.code, run.stdout.as_str()), (0, "one\n1\n"), "{}", run.stderr);

    let run = program(&simulator, "Certificate=/nowhere/a.pem;PrivateKey=/nowhere/a.key").await;
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.starts_with("error: Certificate (/nowhere/a.pem) can't be read\n"));

    let stranger = format!("Certificate={};PrivateKey={}", path("other.pem"), path("other.key"));
    let run = program(&simulator, &stranger).await;
    assert_eq!(run.code, 3);
    insta::assert_snapshot!(run.stderr, @r"
    error: Anaplan refused the certificate: Certificate is not registered.
    hint: a tenant administrator must have registered this very certificate for the user, and Region must be the tenant's; in workspaces with single sign-on only exception users can sign in so
    ");
}

#[tokio::test]
async fn neither_key_nor_what_is_signed_is_logged_or_shown() {
    let simulator = service().await;
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let connection = format!(
        "Certificate={};PrivateKey={};Logfile={};Verbosity=5",
        path("job.pem"),
        path("job.key"),
        log.display()
    );
    let run = program(&simulator, &connection).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    let session = with(&simulator, "job.pem", "job.key").connect().await.expect("signed in");
    let texts = [
        std::fs::read_to_string(log).expect("a log"),
        format!("{session:?} {:#?}", session.settings()),
        show(&session, "SELECT * FROM information.connection_properties").await,
    ];
    let key = std::fs::read_to_string(path("job.key")).expect("a fixture");
    let pem = std::fs::read(path("job.pem")).expect("a fixture");
    let mut secrets: Vec<String> = key.lines().map(str::to_owned).collect();
    secrets.push(STANDARD.encode(pem)[40..80].to_owned());
    secrets.push("encodedData".to_owned());
    secrets.push("CACertificate ".to_owned());
    for text in &texts {
        for secret in &secrets {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    assert!(texts[0].contains("POST /token/authenticate"), "{}", texts[0]);
}

/// A certificate for the job's key, valid from and to the beginning of these years.
fn issue(from: i32, to: i32, folder: &Path) -> String {
    use rcgen::{CertificateParams, DnType, Issuer, KeyPair};
    let job = std::fs::read_to_string(path("job.key")).expect("a fixture");
    let job = KeyPair::from_pem(&job).expect("a key");
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, "Test authority");
    let authority = Issuer::new(authority, KeyPair::generate().expect("a key"));
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Job\u{1b}[31m");
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(to, 1, 1);
    let file = folder.join(format!("from-{from}.pem"));
    let text = params.signed_by(&job, &authority).expect("a certificate").pem();
    std::fs::write(&file, text).expect("written");
    file.to_str().expect("UTF-8").to_owned()
}

#[tokio::test]
async fn the_program_says_what_is_wrong_with_each_file() {
    let simulator = service().await;
    let folder = tempfile::tempdir().expect("a folder");
    let (expired, later) = (issue(2020, 2024, folder.path()), issue(2090, 2099, folder.path()));
    let pem = |certificate: &str, key: &str, more: &str| {
        format!("Certificate={certificate};PrivateKey={};{more}", path(key))
    };
    let mut all = Vec::new();
    for (name, code, connection) in [
        ("another key", 2, pem(&path("job.pem"), "other.key", "")),
        ("expired", 3, pem(&expired, "job.key", "")),
        ("not yet valid", 3, pem(&later, "job.key", "")),
        ("no password", 2, pem(&path("job.pem"), "encrypted.key", "")),
        ("wrong password", 2, pem(&path("job.pem"), "encrypted.key", "PrivateKeyPassword=m4rker")),
        (
            "wrong password of a PFX",
            2,
            format!(
                "Certificate={};CertificateType=PFXFILE;CertificatePassword=m4rker",
                path("job.p12")
            ),
        ),
        ("EC", 2, pem(&path("ec.pem"), "ec.key", "")),
        ("neither", 2, pem(&path("README.md"), "README.md", "")),
        ("a folder", 2, pem(&folder.path().display().to_string(), "job.key", "")),
    ] {
        let run = program(&simulator, &connection).await;
        assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{name}: {}", run.stderr);
        assert!(!run.stderr.contains("m4rker"), "{name}: {}", run.stderr);
        all.push(format!("{name}\n{}", run.stderr));
    }
    assert_eq!(simulator.requests().len(), 0);
    let fixtures = path("");
    let text = all
        .join("\n")
        .replace(&fixtures, "")
        .replace(&folder.path().display().to_string(), "FOLDER");
    insta::with_settings!({ filters => vec![(r"by this machine's clock it is .*", "by this machine's clock it is NOW")] }, {
        insta::assert_snapshot!(text);
    });
}

/// What `auth status` shows of a connection, as text or JSON.
fn status(connection: &str, format: &str) -> Run {
    Program::new().args(["auth", "status", "--format", format, "--connect", connection]).run()
}

#[test]
fn status_tells_whom_a_certificate_names_and_how_long_it_is_valid() {
    let connection = format!("Certificate={};PrivateKey={}", path("chain.pem"), path("job.key"));
    let run = status(&connection, "text");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(run.stdout, @r#"
    Scheme         Certificate
    Region         US1
    Certificate    CN=Nightly job, emailAddress=jobs@example.com
    Valid          from 2026-11-21T16:44:23Z until 2126-10-28T16:44:23Z
    "#);
    let shown: serde_json::Value =
        serde_json::from_str(&status(&connection, "json").stdout).expect("JSON");
    assert_eq!(shown["certificate_subject"], "CN=Nightly job, emailAddress=jobs@example.com");
    assert!(shown["certificate_valid_from"].as_str().is_some_and(|at| at.ends_with('Z')));
    assert!(shown["certificate_expires_at"].as_str().is_some_and(|at| at.starts_with("2126-")));

    let folder = tempfile::tempdir().expect("a folder");
    let expired = issue(2020, 2024, folder.path());
    let connection = format!("Certificate={expired};PrivateKey={}", path("job.key"));
    let run = status(&connection, "text");
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert!(
        run.stdout.contains("2023-12-31T23:59:59Z") || run.stdout.contains("2024-01-01T00:00:00Z")
    );
    assert!(!run.stdout.contains('\u{1b}') && run.stderr.contains("expired on"), "{run:?}");
    let run = status("Certificate=/nowhere/a.pem;PrivateKey=/nowhere/a.key", "json");
    let shown: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!((run.code, &shown["signed_in"]), (2, &serde_json::Value::Null), "{}", run.stderr);
    assert_eq!(shown["scheme"], "Certificate");
}
