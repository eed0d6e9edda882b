//! No secret gets anywhere: every secret key, with every scheme, whatever goes wrong.

use std::path::Path;
use std::time::Duration;

use anaplan_sql::config::KEYS;
use anaplan_sql::http::{BodyStream, HttpService, TransportError};
use anaplan_sql::simulator::{Fault, Simulator, Tenant, User};
use anaplan_sql::{Key, SessionBuilder};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::process::{Program, Run};
use crate::proxy::Proxy;
use crate::support::{USER, show, signed_out, try_query, users};

/// The schemes, each with what is not secret of it.
const SCHEMES: &[(&str, &[(Key, &str)])] = &[
    ("Basic", &[]),
    ("Token", &[]),
    ("Certificate", &[(Key::CertificateType, "PEMKEY_BLOB")]),
    ("Certificate", &[(Key::CertificateType, "PFXBLOB")]),
    ("OAuth", &[(Key::InitiateOAuth, "OFF")]),
    ("OAuth", &[(Key::InitiateOAuth, "REFRESH")]),
    ("OAuth", &[(Key::InitiateOAuth, "REFRESH"), (Key::OAuthGrantType, "DEVICE")]),
    ("OAuth", &[(Key::InitiateOAuth, "GETANDREFRESH")]),
];

/// What no other text holds.
fn marker(key: &str) -> String {
    format!("m4rker-{}", key.to_lowercase())
}

/// Every secret key with a marker, and what a scheme needs besides.
fn settings(
    scheme: &(&str, &[(Key, &str)]),
    simulator: &Simulator,
    proxy: &Proxy,
) -> Vec<(Key, String)> {
    let (name, rest) = scheme;
    let device = rest.contains(&(Key::OAuthGrantType, "DEVICE"));
    let mut all: Vec<(Key, String)> = KEYS
        .iter()
        // The device grant refuses a verifier.
        .filter(|info| info.secret && !(device && info.key == Key::OAuthVerifier))
        .map(|info| {
            let content = matches!(info.key, Key::Certificate | Key::PrivateKey);
            let marker = marker(info.name);
            (info.key, if content { STANDARD.encode(marker) } else { marker })
        })
        .collect();
    let plain = [
        (Key::AuthScheme, *name),
        (Key::User, USER),
        (Key::PrivateKeyType, "PEMKEY_BLOB"),
        (Key::OAuthClientId, "0dec0de0000000000000000000000001"),
        (Key::CallbackUrl, "https://planner.example/callback"),
        (Key::ProxyServer, "127.0.0.1"),
        (Key::ProxyUser, "pat"),
        (Key::MaxRetries, "1"),
    ];
    all.extend(plain.iter().chain(*rest).map(|(key, value)| (*key, (*value).to_owned())));
    all.push((Key::ProxyPort, proxy.port().to_string()));
    all.push((Key::Endpoint, simulator.url()));
    all
}

/// Fails if a text holds a secret, as it is or in Base64.
#[track_caller]
fn assert_clean(place: &str, text: &str) {
    assert!(!text.contains("m4rker"), "{place}: {text}");
    let lower = text.to_lowercase();
    for info in KEYS.iter().filter(|info| info.secret) {
        let marker = marker(info.name);
        let pairs = [marker.clone(), format!("{USER}:{marker}"), format!("pat:{marker}")];
        for encoded in pairs.map(|text| STANDARD.encode(text)) {
            assert!(!text.contains(&encoded), "{place}, {}: {text}", info.name);
        }
        assert!(!lower.contains(&marker), "{place}, {}: {text}", info.name);
    }
}

/// A service where the marker is the user's password.
async fn service() -> Simulator {
    let tenant = Tenant { users: Vec::new(), ..users() }.user(User::new(USER, &marker("Password")));
    Simulator::builder(tenant).start().await.expect("a free port")
}

fn builder(settings: &[(Key, String)], simulator: &Simulator, store: &str) -> SessionBuilder {
    settings
        .iter()
        .fold(signed_out(simulator), |builder, (key, value)| builder.set(*key, value))
        .set(Key::OAuthSettingsLocation, format!("memory://{store}"))
}

#[tokio::test]
async fn the_library_shows_no_secret_of_any_scheme() {
    let simulator = service().await;
    let proxy = Proxy::start().await;
    let faults = [
        ("nothing", None),
        ("reset", Some(Fault::on("*", "/**").forever().reset())),
        ("500", Some(Fault::on("*", "/**").forever().status(500))),
        ("401", Some(Fault::on("*", "/**").forever().status(401))),
        ("HTML", Some(Fault::on("*", "/**").forever().html())),
    ];
    let mut signed_in = 0;
    for (number, scheme) in SCHEMES.iter().enumerate() {
        let settings = settings(scheme, &simulator, &proxy);
        for (what, fault) in &faults {
            let place = format!("{scheme:?}, {what}");
            let builder = builder(&settings, &simulator, &format!("{number}-{what}"));
            assert_clean(&place, &format!("{builder:?} {builder:#?}"));
            if let Some(fault) = fault {
                simulator.inject(fault.clone());
            }
            match builder.connect().await {
                Ok(session) => {
                    signed_in += 1;
                    assert_clean(&place, &format!("{session:?} {:#?}", session.settings()));
                    let sql = "SELECT * FROM information.connection_properties";
                    assert_clean(&place, &show(&session, sql).await);
                    for sql in ["SELECT * FROM information.models", "EXPLAIN SELECT 1"] {
                        match try_query(&session, sql).await {
                            Ok(batches) => assert_clean(&place, &format!("{batches:?}")),
                            Err(error) => assert_clean(&place, &format!("{error} {error:?}")),
                        }
                    }
                }
                Err(error) => {
                    assert_clean(&place, &format!("{error} {error:?} {error:#?}"));
                    assert_clean(&place, &format!("{:?} {:?}", error.causes(), error.hint()));
                }
            }
            simulator.clear_faults();
        }
    }
    assert!(signed_in > 0, "Basic signs in");
}

/// Everything in a folder.
fn files(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, text);
        } else {
            text.push_str(&String::from_utf8_lossy(&std::fs::read(&path).expect("a file")));
        }
    }
}

#[tokio::test]
async fn the_program_logs_prints_and_keeps_no_secret_of_any_scheme() {
    let simulator = service().await;
    let proxy = Proxy::start().await;
    for (number, scheme) in SCHEMES.iter().enumerate() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut settings = settings(scheme, &simulator, &proxy);
        settings.push((Key::Logfile, folder.path().join("log").display().to_string()));
        settings.push((Key::Verbosity, "5".to_owned()));
        let stored = folder.path().join("settings").display().to_string();
        settings.push((Key::OAuthSettingsLocation, stored));
        let name = |key| KEYS.iter().find(|info| info.key == key).map_or("", |info| info.name);
        let program = Program::new().args([
            "--format",
            "table",
            "-c",
            "SELECT * FROM information.connection_properties",
            "-c",
            "EXPLAIN VERBOSE SELECT * FROM information.models",
            // As a procedure for signing in is given one.
            "-c",
            "SELECT length('m4rker') AS letters",
        ]);
        // By turns in a connection string and in the environment.
        let program = if number % 2 == 0 {
            let pairs: Vec<String> =
                settings.iter().map(|(key, value)| format!("{}={{{value}}}", name(*key))).collect();
            program.args(["--connect", &pairs.join(";")])
        } else {
            settings.iter().fold(program, |program, (key, value)| {
                program.env(&format!("ANAPLAN_SQL_{}", name(*key).to_uppercase()), value)
            })
        };
        let run = async { tokio::task::spawn_blocking(|| program.run()).await.expect("no panic") };
        let Run { stdout, stderr, code } =
            tokio::time::timeout(Duration::from_secs(120), run).await.expect("an end");
        let place = format!("{scheme:?}");
        assert_clean(&place, &stdout);
        assert_clean(&place, &stderr);
        let mut text = String::new();
        files(folder.path(), &mut text);
        assert_clean(&place, &text);
        if number == 0 {
            assert_eq!(code, 0, "{stderr}");
            assert!(stdout.contains("***"), "{stdout}");
            assert!(text.contains("POST /token/authenticate"), "{text}");
        }
    }
}

/// Panics where it is called, and shows all that a program would.
#[derive(Debug)]
struct Panicking;

#[async_trait::async_trait]
impl HttpService for Panicking {
    async fn call(
        &self,
        request: http::Request<bytes::Bytes>,
    ) -> Result<http::Response<BodyStream>, TransportError> {
        panic!("{} {:?}", request.uri(), request.headers());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_shows_no_secret_of_any_scheme() {
    let simulator = service().await;
    let proxy = Proxy::start().await;
    for (number, scheme) in SCHEMES.iter().enumerate() {
        let settings = settings(scheme, &simulator, &proxy);
        let builder = builder(&settings, &simulator, &format!("panic-{number}"))
            .http_service(std::sync::Arc::new(Panicking));
        let connecting = tokio::spawn(async move {
            let session = builder.connect().await?;
            session.sql("SELECT * FROM information.models").await?.collect().await
        });
        let place = format!("{scheme:?}, panic");
        match connecting.await {
            Ok(result) => {
                let error = result.map(drop).expect_err("nothing is answered");
                assert_clean(&place, &format!("{error:?}"));
            }
            Err(error) => {
                assert_clean(&place, &format!("{error} {error:?}"));
                let panic = error.into_panic();
                let words = panic.downcast_ref::<String>().expect("words");
                assert_clean(&place, words);
            }
        }
    }
}
