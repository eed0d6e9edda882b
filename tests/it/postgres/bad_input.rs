//! What clients shouldn't do.

use std::time::Duration;

use anaplan_sql::simulator::{Simulator, Tenant};
use anaplan_sql::{ErrorKind, Secret};
use rcgen::{CertificateParams, KeyPair};
use tokio::runtime::Handle;

use super::client::{Client, PASSWORD, sized};
use super::{limits, serve, serve_as};
use crate::support::{builder, demo, requests, until};

#[tokio::test]
async fn a_wrong_user_or_password_is_refused() {
    let server = serve().await;
    let refused = Client::try_connect(server.address, "wrong", &[]).await.err().expect("refused");
    assert_eq!((refused.severity.as_str(), refused.sqlstate.as_str()), ("FATAL", "28P01"));
    let refused = Client::try_connect(server.address, PASSWORD, &[("user", "other")]).await;
    assert_eq!(refused.err().expect("refused").sqlstate, "28P01");
    let refused = Client::try_connect(server.address, PASSWORD, &[("database", "Nothing")]).await;
    assert_eq!(refused.err().expect("refused").sqlstate, "3D000");
    assert!(!server.requests().is_empty(), "who is signed in may ask for a database");
}

#[tokio::test]
async fn nobody_reaches_anaplan_before_signing_in() {
    let server = serve().await;
    drop(Client::try_connect(server.address, "wrong", &[]).await);
    assert_eq!(server.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn an_address_of_others_needs_encryption() {
    let simulator = demo().await;
    let session = builder(&simulator).open().expect("a session");
    let server = anaplan_sql::postgres::Server::builder(session);
    let server = server.listen("0.0.0.0:0".parse().expect("an address"));
    let error = server.bind(Handle::current()).await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Config);
    let session = builder(&simulator).open().expect("a session");
    let server = anaplan_sql::postgres::Server::builder(session).password(Secret::new("Größe"));
    assert!(server.bind(Handle::current()).await.is_err());
}

#[tokio::test]
async fn without_encryption_nobody_gets_in_where_it_is_wanted() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
    let certificate = params.self_signed(&key).expect("a certificate");
    let (cert_file, key_file) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&cert_file, certificate.pem()).expect("written");
    std::fs::write(&key_file, key.serialize_pem()).expect("written");
    let server = serve_as(demo().await, true, |it| it.tls(&cert_file, &key_file)).await;
    let mut client = Client::open(server.address).await;
    client.startup(&[]).await;
    let answer = client.answer().await;
    assert_eq!(answer.errors[0].sqlstate, "28000");
    // With it, a real client does.
    let address = server.address;
    let connect = format!(
        "host=localhost hostaddr={} port={} user=anaplan dbname=anaplan sslmode=verify-full sslrootcert={}",
        address.ip(),
        address.port(),
        cert_file.display()
    );
    let mut psql = std::process::Command::new("psql");
    psql.args(["-XAt", "-c", "SELECT 1", &connect]).env("PGPASSWORD", PASSWORD);
    let run = tokio::task::spawn_blocking(move || psql.output()).await.expect("no panic");
    let run = run.expect("psql, of the Debian package postgresql-client");
    assert_eq!(String::from_utf8_lossy(&run.stdout), "1\n", "{run:?}");
}

#[tokio::test]
async fn garbage_ends_a_connection_and_nothing_else() {
    let server = serve().await;
    for garbage in [
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        vec![0; 8],
        vec![0xff; 4096],
        sized(&[0xff; 100]),
        sized(&196_608_i32.to_be_bytes()),
        sized(b"\0\x03\0\0user"),
        sized(b"\0\x03\0\0user\0\xff\xfe\0\0"),
        sized(&80_877_102_i32.to_be_bytes()),
        Vec::new(),
    ] {
        let mut client = Client::open(server.address).await;
        client.raw(&garbage).await;
        drop(client);
    }
    for garbage in
        [&b"\x00\x00\x00\x00\x00"[..], b"Q\xff\xff\xff\xff", b"B\0\0\0\x05x", b"?\0\0\0\x04"]
    {
        let mut client = server.client("").await;
        client.raw(garbage).await;
        let answer = client.answer().await;
        assert_eq!(answer.errors[0].sqlstate, "08P01", "{garbage:?}");
        assert!(client.message().await.is_err(), "the connection has ended");
    }
    assert_eq!(server.client("").await.rows("SELECT 1").await, ["1"]);
}

#[tokio::test]
async fn who_does_not_sign_in_is_not_waited_for() {
    let server = serve_as(demo().await, true, |it| {
        let mut limits = limits();
        limits.startup_timeout = Duration::from_millis(50);
        it.limits(limits)
    })
    .await;
    let mut silent = Client::open(server.address).await;
    assert!(silent.message().await.is_err(), "the server has hung up");
    let mut half = Client::open(server.address).await;
    half.raw(&[0, 0, 0]).await;
    assert!(half.message().await.is_err(), "the server has hung up");
}

#[tokio::test]
async fn who_says_nothing_is_disconnected_if_that_is_wanted() {
    let server = serve_as(demo().await, true, |it| {
        let mut limits = limits();
        limits.idle_timeout = Some(Duration::from_millis(50));
        it.limits(limits)
    })
    .await;
    let mut client = server.client("").await;
    assert_eq!(client.answer().await.errors[0].sqlstate, "57P05");
}

#[tokio::test]
async fn an_export_of_a_client_that_vanishes_is_cancelled() {
    let simulator = Simulator::builder(Tenant::demo())
        .task_time(Duration::from_secs(3600), Duration::ZERO)
        .start()
        .await
        .expect("a free port");
    let server = serve_as(simulator, true, |it| it).await;
    let mut client = server.client("Finance").await;
    client.send(b'Q', b"SELECT * FROM \"Sales Planning\".\"Revenue by Region\"\0").await;
    let has = |method: &str| {
        requests(&server.simulator).iter().any(|it| it.starts_with(method) && it.contains("/tasks"))
    };
    until(|| has("POST")).await;
    drop(client);
    until(|| has("DELETE")).await;
}

#[tokio::test]
async fn more_clients_than_places_are_told_so() {
    let server = serve_as(demo().await, true, |it| {
        let mut limits = limits();
        limits.max_connections = 20;
        it.limits(limits)
    })
    .await;
    let address = server.address;
    let all = (0..200).map(|_| async move { Client::try_connect(address, PASSWORD, &[]).await });
    let all = futures::future::join_all(all).await;
    let (mut inside, mut refused) = (Vec::new(), 0);
    for one in all {
        match one {
            Ok(client) => inside.push(client),
            Err(problem) => {
                assert_eq!(problem.sqlstate, "53300");
                refused += 1;
            }
        }
    }
    assert_eq!((inside.len(), refused), (20, 180));
    for client in &mut inside {
        assert_eq!(client.rows("SELECT 1").await, ["1"]);
    }
    inside.clear();
    loop {
        // Places become free when the server has seen that their clients are gone.
        if let Ok(mut client) = Client::try_connect(address, PASSWORD, &[]).await {
            assert_eq!(client.rows("SELECT 2").await, ["2"]);
            break;
        }
    }
}

#[tokio::test]
async fn a_statement_that_is_too_long_is_refused_and_the_next_one_runs() {
    let server = serve().await;
    let mut client = server.client("").await;
    let long = format!("SELECT '{}'\0", "x".repeat(100_000_000));
    client.send(b'Q', long.as_bytes()).await;
    let answer = client.answer().await;
    assert_eq!((answer.kinds.as_str(), answer.errors[0].sqlstate.as_str()), ("EZ", "54000"));
    assert_eq!(client.rows("SELECT 1").await, ["1"]);
    let deep = format!("SELECT {}1{}", "(".repeat(20_000), ")".repeat(20_000));
    assert!(!client.query(&deep).await.errors.is_empty());
    assert_eq!(client.rows("SELECT 1").await, ["1"]);
}

#[tokio::test]
async fn statements_reach_neither_files_nor_settings_of_the_server() {
    let server = serve_as(demo().await, false, |it| it).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("x.csv");
    std::fs::write(&file, "a\n1\n").expect("written");
    let mut client = server.client("Finance").await;
    let path = file.display();
    for (sql, sqlstate) in [
        (format!("COPY (SELECT 1) TO '{path}.out'"), "42501"),
        (format!("COPY (SELECT 1) TO '{path}.out' STORED AS CSV"), "42501"),
        (format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{path}'"), "42501"),
        (format!("SELECT * FROM '{path}'"), "42P01"),
        (format!("SELECT * FROM \"{path}\""), "42P01"),
        ("SET datafusion.runtime.memory_limit = '1K'".to_owned(), "42501"),
        (format!("CALL UploadFile(File => 'x', InputFile => '{path}')"), "42501"),
        (format!("EXEC DownloadFile File = 'x', OutputFile = '{path}.out'"), "42501"),
        ("CALL Logout()".to_owned(), "42501"),
    ] {
        assert_eq!(client.fail(&sql).await.sqlstate, sqlstate, "{sql}");
    }
    let left = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(left, 1);
}
