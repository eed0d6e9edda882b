//! Statements that are prepared, bound and run in parts.

use super::client::Client;
use super::serve;

fn parse(name: &str, sql: &str, types: &[u32]) -> Vec<u8> {
    let mut body = format!("{name}\0{sql}\0").into_bytes();
    body.extend_from_slice(&u16::try_from(types.len()).expect("few").to_be_bytes());
    types.iter().for_each(|oid| body.extend_from_slice(&oid.to_be_bytes()));
    body
}

/// Values, each binary or not, and whether the result is to be binary.
fn bind(portal: &str, name: &str, values: &[(Option<&[u8]>, bool)], binary: bool) -> Vec<u8> {
    let count = u16::try_from(values.len()).expect("few").to_be_bytes();
    let mut body = format!("{portal}\0{name}\0").into_bytes();
    body.extend_from_slice(&count);
    values.iter().for_each(|it| body.extend_from_slice(&u16::from(it.1).to_be_bytes()));
    body.extend_from_slice(&count);
    for (value, _) in values {
        match value {
            Some(value) => {
                body.extend_from_slice(&i32::try_from(value.len()).expect("short").to_be_bytes());
                body.extend_from_slice(value);
            }
            None => body.extend_from_slice(&(-1_i32).to_be_bytes()),
        }
    }
    body.extend_from_slice(&[0, 1, 0, u8::from(binary)]);
    body
}

fn execute(portal: &str, rows: i32) -> Vec<u8> {
    let mut body = format!("{portal}\0").into_bytes();
    body.extend_from_slice(&rows.to_be_bytes());
    body
}

async fn run(client: &mut Client, messages: &[(u8, Vec<u8>)]) -> super::client::Answer {
    for (kind, body) in messages {
        client.send(*kind, body).await;
    }
    client.send(b'S', &[]).await;
    client.answer().await
}

#[tokio::test]
async fn parameters_are_texts_and_bytes() {
    let server = serve().await;
    let mut client = server.client("Finance").await;
    let messages = [
        (b'P', parse("", "SELECT $1 + 1, $2, $3", &[23, 25, 16])),
        (b'D', b"S\0".to_vec()),
        (
            b'B',
            bind(
                "",
                "",
                &[(Some(&[0, 0, 0, 41]), true), (Some(b"it's"), false), (None, false)],
                false,
            ),
        ),
        (b'D', b"P\0".to_vec()),
        (b'E', execute("", 0)),
    ];
    let answer = run(&mut client, &messages).await;
    assert_eq!(answer.errors, []);
    assert_eq!(answer.kinds, "1tT2TDCZ");
    assert_eq!(answer.rows, [[Some("42".to_owned()), Some("it's".to_owned()), None]]);
}

#[tokio::test]
async fn types_that_clients_leave_open_are_found() {
    let server = serve().await;
    let mut client = server.client("Finance").await;
    let sql = "SELECT count(*) FROM \"Sales Planning\".\"Modules.REV01 Price Book\" WHERE \"List Price\" > $1 AND \"Products\" <> $2";
    let messages = [(b'P', parse("s", sql, &[])), (b'D', b"Ss\0".to_vec())];
    for (kind, body) in &messages {
        client.send(*kind, body).await;
    }
    client.send(b'S', &[]).await;
    assert_eq!(client.message().await.expect("parsed").0, b'1');
    let (kind, body) = client.message().await.expect("types");
    // A number and a text.
    assert_eq!((kind, &body[..]), (b't', &[0, 2, 0, 0, 2, 0xbd, 0, 0, 0, 25][..]));
    client.answer().await;
    let values: &[(Option<&[u8]>, bool)] = &[(Some(b"10"), false), (Some(b"x"), false)];
    let answer =
        run(&mut client, &[(b'B', bind("", "s", values, false)), (b'E', execute("", 0))]).await;
    assert_eq!(answer.errors, []);
    assert_eq!(answer.kinds, "2DCZ");
}

#[tokio::test]
async fn a_portal_gives_so_many_rows_at_a_time() {
    let server = serve().await;
    let mut client = server.client("").await;
    client.query("BEGIN").await;
    let sql = "SELECT value FROM generate_series(1, 5)";
    let messages = [
        (b'P', parse("", sql, &[])),
        (b'B', bind("p", "", &[], false)),
        (b'E', execute("p", 2)),
        (b'E', execute("p", 2)),
        (b'E', execute("p", 2)),
    ];
    let answer = run(&mut client, &messages).await;
    assert_eq!(answer.kinds, "12DDsDDsDCZ");
    assert_eq!(answer.tags, ["SELECT 5"]);
    client.query("COMMIT").await;
    let answer = run(&mut client, &[(b'E', execute("p", 2))]).await;
    assert_eq!(answer.errors[0].sqlstate, "34000");
}

#[tokio::test]
async fn results_may_be_binary() {
    let server = serve().await;
    let mut client = server.client("").await;
    let sql = "SELECT 1, 1.5, true, DATE '2000-01-02', 'x'";
    let messages =
        [(b'P', parse("", sql, &[])), (b'B', bind("", "", &[], true)), (b'E', execute("", 0))];
    for (kind, body) in &messages {
        client.send(*kind, body).await;
    }
    client.send(b'S', &[]).await;
    let mut rows = Vec::new();
    while let Ok((kind, body)) = client.message().await {
        match kind {
            b'D' => rows.push(body),
            b'Z' => break,
            _ => {}
        }
    }
    let mut expected = vec![0, 5, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 8];
    expected.extend_from_slice(&1.5_f64.to_be_bytes());
    expected.extend_from_slice(&[0, 0, 0, 1, 1, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 1, b'x']);
    assert_eq!(rows, [expected]);
}

#[tokio::test]
async fn after_an_error_all_is_skipped_up_to_a_sync() {
    let server = serve().await;
    let mut client = server.client("").await;
    let messages = [
        (b'P', parse("", "SELEC 1", &[])),
        (b'B', bind("", "", &[], false)),
        (b'E', execute("", 0)),
        (b'P', parse("", "SELECT 1", &[])),
    ];
    let answer = run(&mut client, &messages).await;
    assert_eq!((answer.kinds.as_str(), answer.errors[0].sqlstate.as_str()), ("12EZ", "42601"));
    let answer = run(&mut client, &[(b'B', bind("", "nothing", &[], false))]).await;
    assert_eq!(answer.errors[0].sqlstate, "26000");
    let answer = run(&mut client, &[(b'P', parse("", "SELECT 1; SELECT 2", &[]))]).await;
    assert_eq!(answer.errors[0].sqlstate, "42601");
    let answer =
        run(&mut client, &[(b'P', parse("", "SELECT $1", &[])), (b'B', bind("", "", &[], false))])
            .await;
    assert_eq!(answer.errors[0].sqlstate, "08P01");
    assert_eq!(client.rows("SELECT 1").await, ["1"]);
}

#[tokio::test]
async fn settings_and_cursors_work_by_the_extended_protocol_too() {
    let server = serve().await;
    let mut client = server.client("").await;
    let messages = [
        (b'P', parse("", "SHOW server_version", &[])),
        (b'D', b"S\0".to_vec()),
        (b'B', bind("", "", &[], false)),
        (b'E', execute("", 0)),
    ];
    let answer = run(&mut client, &messages).await;
    assert_eq!((answer.kinds.as_str(), answer.rows.len()), ("1tT2DCZ", 1));
    let messages = [
        (b'P', parse("", "", &[])),
        (b'B', bind("", "", &[], false)),
        (b'D', b"P\0".to_vec()),
        (b'E', execute("", 0)),
        (b'C', b"S\0".to_vec()),
    ];
    assert_eq!(run(&mut client, &messages).await.kinds, "12nI3Z");
    // A call takes parameters, and is refused as any other that changes something.
    let messages = [
        (b'P', parse("", "SELECT * FROM RunAction(Action => $1)", &[])),
        (b'B', bind("", "", &[(Some(b"x"), false)], false)),
        (b'E', execute("", 0)),
    ];
    assert_eq!(run(&mut client, &messages).await.errors[0].sqlstate, "42501");
}
