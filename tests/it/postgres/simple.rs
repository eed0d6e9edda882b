//! Statements that run at once.

use std::time::Duration;

use anaplan_sql::simulator::{Simulator, Tenant};

use super::client::Client;
use super::{limits, serve, serve_as};
use crate::support::{demo, requests, until};

#[tokio::test]
async fn rows_come_with_their_types_and_tags() {
    let server = serve().await;
    let mut client = server.client("Finance").await;
    let answer = client.query("SELECT 1 AS one, 'x' AS text, true AS yes, 1.5 AS part, NULL AS no, DATE '2026-01-31' AS day").await;
    let expected =
        [("one", 20), ("text", 25), ("yes", 16), ("part", 701), ("no", 25), ("day", 1082)];
    let expected: Vec<_> = expected.map(|(name, oid)| (name.to_owned(), oid)).into();
    assert_eq!(answer.columns, expected);
    let row = ["1", "x", "t", "1.5", "", "2026-01-31"];
    let row: Vec<_> = row.map(|it| (!it.is_empty()).then(|| it.to_owned())).into();
    assert_eq!(answer.rows, [row]);
    assert_eq!((answer.tags, answer.state), (vec!["SELECT 1".to_owned()], 'I'));

    let rows = client
        .rows("SELECT \"Region\", count(*) FROM \"Sales Planning\".\"Revenue by Region\" GROUP BY 1 ORDER BY 1 LIMIT 1")
        .await;
    assert_eq!(rows.len(), 1);
}

#[tokio::test]
async fn several_statements_run_until_one_fails() {
    let server = serve().await;
    let mut client = server.client("").await;
    let answer = client.query("SELECT 1; SELECT ';' ; ; SELECT nothing; SELECT 4").await;
    assert_eq!(answer.tags, ["SELECT 1", "SELECT 1"]);
    assert_eq!(answer.errors.len(), 1);
    assert_eq!(answer.errors[0].sqlstate, "42703");
    assert_eq!(client.query(" -- nothing\n").await.kinds, "IZ");
    assert_eq!(client.query("").await.kinds, "IZ");
}

#[tokio::test]
async fn errors_have_their_sqlstates() {
    let server = serve().await;
    let mut client = server.client("Finance").await;
    for (sql, sqlstate) in [
        ("SELEC 1", "42601"),
        ("SELECT * FROM nothing", "42P01"),
        ("SELECT nothing FROM information.models", "42703"),
        ("CALL Nothing()", "42883"),
        ("SHOW nothing", "42704"),
        ("SELECT 1/0", "42000"),
        ("INSERT INTO \"Sales Planning\".\"Lists.Products\" (name) VALUES ('x')", "42501"),
        ("CALL RunAction(Action => 'x')", "42501"),
        ("NOTIFY x", "0A000"),
        ("FETCH x", "34000"),
    ] {
        assert_eq!(client.fail(sql).await.sqlstate, sqlstate, "{sql}");
    }
    let problem = client.fail("CALL RunAction(Action => 'x')").await;
    assert!(problem.hint.is_some_and(|hint| hint.contains("--writable")));
    let problem = client.fail("SELECT * FROM \"Sales Planning\".\"Revenue by Regio\"").await;
    assert!(problem.hint.is_some_and(|hint| hint.contains("Revenue by Region")));
}

#[tokio::test]
async fn clients_hear_of_settings_and_change_their_own() {
    let server = serve().await;
    let parameters = [
        ("database", "Finance"),
        ("application_name", "test"),
        ("options", r"-c search_path=Sales\ Planning"),
    ];
    let mut client =
        Client::try_connect(server.address, super::PASSWORD, &parameters).await.expect("signed in");
    let told = |name: &str| {
        let found = client.settings.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    assert_eq!(told("server_version"), "16.6");
    assert_eq!(told("client_encoding"), "UTF8");
    assert_eq!(told("application_name"), "test");
    assert_eq!(client.rows("SHOW search_path").await, ["Sales Planning"]);
    assert_eq!(
        client.rows("SELECT current_schema(), current_database(), current_user").await,
        ["Sales Planning|Finance|anaplan"]
    );
    let answer = client.query("SET application_name = 'other'").await;
    assert_eq!(answer.kinds, "SCZ");
    assert_eq!(client.rows("SHOW application_name").await, ["other"]);
    client.query("RESET ALL").await;
    assert_eq!(client.rows("SHOW application_name").await, ["test"]);
    client.query("SET search_path TO information").await;
    assert_eq!(client.rows("SELECT count(*) > 1 FROM models").await, ["t"]);
    client.query("SELECT set_config('search_path', '\"Sales Planning\"', false)").await;
    assert_eq!(client.rows("SELECT current_schema()").await, ["Sales Planning"]);
}

#[tokio::test]
async fn transactions_are_kept_in_form() {
    let server = serve().await;
    let mut client = server.client("").await;
    assert_eq!(client.query("BEGIN").await.state, 'T');
    assert_eq!(client.query("SAVEPOINT a").await.tags, ["SAVEPOINT"]);
    assert_eq!(client.query("SELECT nothing").await.state, 'E');
    assert_eq!(client.fail("SELECT 1").await.sqlstate, "25P02");
    assert_eq!(client.query("ROLLBACK TO a").await.state, 'T');
    assert_eq!(client.query("SELECT 1").await.tags, ["SELECT 1"]);
    assert_eq!(client.query("SELECT nothing").await.state, 'E');
    let answer = client.query("COMMIT").await;
    assert_eq!((answer.tags[0].as_str(), answer.state), ("ROLLBACK", 'I'));
    let answer = client.query("COMMIT").await;
    assert_eq!(answer.warnings, ["there is no transaction in progress"]);
}

#[tokio::test]
async fn cursors_give_rows_in_parts() {
    let server = serve().await;
    let mut client = server.client("").await;
    assert_eq!(client.fail("DECLARE c CURSOR FOR SELECT 1").await.sqlstate, "25P01");
    client.query("BEGIN").await;
    let sql = "DECLARE c CURSOR FOR SELECT value FROM generate_series(1, 1000) ORDER BY 1";
    assert_eq!(client.query(sql).await.tags, ["DECLARE CURSOR"]);
    let answer = client.query("FETCH 2 FROM c").await;
    assert_eq!((answer.rows.len(), answer.tags[0].as_str()), (2, "FETCH 2"));
    assert_eq!(client.query("MOVE 500 IN c").await.tags, ["MOVE 500"]);
    assert_eq!(client.rows("FETCH NEXT FROM c").await, ["503"]);
    assert_eq!(client.query("FETCH ALL FROM c").await.tags, ["FETCH 497"]);
    assert_eq!(client.query("CLOSE c").await.tags, ["CLOSE CURSOR"]);
    assert_eq!(client.fail("FETCH c").await.sqlstate, "34000");
    client.query("ROLLBACK").await;
    let answer = client.query("DECLARE d CURSOR WITH HOLD FOR SELECT 1; FETCH ALL IN d").await;
    assert_eq!(answer.tags, ["DECLARE CURSOR", "FETCH 1"]);
}

#[tokio::test]
async fn a_cancelled_statement_ends_and_its_export_is_cancelled() {
    let simulator = Simulator::builder(Tenant::demo())
        .task_time(Duration::from_secs(3600), Duration::ZERO)
        .start()
        .await
        .expect("a free port");
    let server = serve_as(simulator, true, |it| it).await;
    let mut client = server.client("Finance").await;
    let (process, key) = (client.process, client.key);
    let asked = tokio::spawn(async move {
        let answer = client.query("SELECT * FROM \"Sales Planning\".\"Revenue by Region\"").await;
        (client, answer)
    });
    let started = |server: &super::Running| {
        requests(&server.simulator)
            .iter()
            .any(|it| it.starts_with("POST") && it.ends_with("/tasks"))
    };
    until(|| started(&server)).await;
    // Somebody who doesn't know the key can't.
    for key in [key.wrapping_add(1), key] {
        let mut other = Client::open(server.address).await;
        let mut body = 80_877_102_i32.to_be_bytes().to_vec();
        body.extend_from_slice(&process.to_be_bytes());
        body.extend_from_slice(&key.to_be_bytes());
        other.raw(&super::client::sized(&body)).await;
        assert!(other.message().await.is_err(), "nothing is said");
    }
    let (mut client, answer) = asked.await.expect("no panic");
    assert_eq!(answer.errors[0].sqlstate, "57014");
    until(|| requests(&server.simulator).iter().any(|it| it.starts_with("DELETE"))).await;
    assert_eq!(client.rows("SELECT 1").await, ["1"]);
    let answer = client
        .query("SET statement_timeout = 10; SELECT * FROM \"Sales Planning\".\"Revenue by Region\"")
        .await;
    assert_eq!(answer.errors[0].sqlstate, "57014");
}

#[tokio::test]
async fn a_server_that_is_stopped_ends() {
    let server = serve().await;
    let mut client = server.client("").await;
    server.stopper.stop();
    let answer = client.answer().await;
    assert_eq!(answer.errors[0].sqlstate, "57P01");
    server.ended.await.expect("no panic").expect("no error");
    assert!(limits().drain_timeout.as_millis() > 0);
}

#[tokio::test]
async fn changes_tell_how_many_rows() {
    let server = serve_as(demo().await, false, |it| it).await;
    let mut client = server.client("Finance").await;
    let sql = "INSERT INTO \"Sales Planning\".\"Lists.Products\" (name, code) VALUES ('Mug', 'SKU-901'), ('Jug', 'SKU-902')";
    let answer = client.query(sql).await;
    assert_eq!(answer.errors, []);
    assert_eq!((answer.tags[0].as_str(), answer.kinds.as_str()), ("INSERT 0 2", "CZ"));
    let answer = client.query("BEGIN; DELETE FROM \"Sales Planning\".\"Lists.Products\" WHERE code = 'SKU-901'; ROLLBACK").await;
    assert_eq!(answer.tags, ["BEGIN", "DELETE 1", "ROLLBACK"]);
    assert_eq!(answer.warnings, ["what the transaction has changed in Anaplan stays changed"]);
}
