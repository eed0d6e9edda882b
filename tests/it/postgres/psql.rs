//! psql, which Debian has as postgresql-client.

use std::process::Command;

use super::client::PASSWORD;
use super::{Running, serve};

/// Runs psql, which must be there, and gives what it prints; errors too.
async fn psql(server: &Running, database: &str, arguments: &[&str]) -> String {
    let address = server.address;
    let mut command = Command::new("psql");
    command
        .args(["-Xq", "-w", "-h", &address.ip().to_string(), "-p", &address.port().to_string()])
        .args(["-U", "anaplan", "-d", database, "-P", "pager=off"])
        .args(arguments)
        .env("PGPASSWORD", PASSWORD)
        .env("PGCONNECT_TIMEOUT", "20")
        .env("LC_ALL", "C.UTF-8");
    let run = tokio::task::spawn_blocking(move || command.output()).await.expect("no panic");
    let output = run.expect("psql, of the Debian package postgresql-client");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    format!("{}{}", text(output.stdout), text(output.stderr))
}

const SALES: &[&str] = &["-c", "SET search_path TO \"Sales Planning\""];

#[tokio::test]
async fn databases_schemas_and_tables_are_listed() {
    let server = serve().await;
    let databases = psql(&server, "Finance", &["-At", "-c", "\\l"]).await;
    let names: Vec<&str> = databases.lines().filter_map(|line| line.split('|').next()).collect();
    assert!(names.contains(&"Finance") && names.contains(&"anaplan"), "{databases}");
    let schemas = psql(&server, "Finance", &["-At", "-c", "\\dn"]).await;
    assert!(schemas.contains("Sales Planning|anaplan"), "{schemas}");
    let before = server.requests().len();
    let tables = psql(&server, "Finance", &[SALES, &["-At", "-c", "\\dt"]].concat()).await;
    assert!(tables.contains("Sales Planning|Revenue by Region|table|anaplan"), "{tables}");
    assert!(tables.contains("Sales Planning|Lists.Products|table|anaplan"), "{tables}");
    let cost = server.requests().split_off(before);
    // A listing for each kind of table, and none for each table.
    assert!(cost.len() <= 5, "{cost:?}");
    let before = server.requests().len();
    let again = psql(&server, "Finance", &[SALES, &["-At", "-c", "\\d"]].concat()).await;
    assert!(again.contains("Revenue by Region"), "{again}");
    assert_eq!(server.requests().len(), before);
}

#[tokio::test]
async fn a_table_is_described_for_one_request() {
    let server = serve().await;
    psql(&server, "Finance", &[SALES, &["-c", "\\dt"]].concat()).await;
    let before = server.requests().len();
    let arguments = [SALES, &["-c", "\\d \"Revenue by Region\""]].concat();
    let shown = psql(&server, "Finance", &arguments).await;
    insta::assert_snapshot!(shown);
    let cost = server.requests().split_off(before);
    assert_eq!(cost.len(), 1, "{cost:?}");
    let shown = psql(&server, "anaplan", &["-c", "\\d models"]).await;
    insta::assert_snapshot!("models", shown);
    // Quietly, psql says nothing of what isn't there.
    assert_eq!(psql(&server, "anaplan", &["-c", "\\d nothing"]).await, "");
}

#[tokio::test]
async fn other_backslash_commands_are_answered() {
    let server = serve().await;
    let functions = psql(&server, "anaplan", &["-At", "-c", "\\df"]).await;
    assert!(functions.contains("information|RunExport|record|"), "{functions}");
    for command in [
        "\\d+ models",
        "\\dT",
        "\\dp",
        "\\sf RunExport",
        "\\dL",
        "\\dt+",
        "\\dn+",
        "\\l+",
        "\\du",
        "\\dv",
        "\\di",
        "\\ds",
        "\\dx",
        "\\db",
        "\\df+",
        "\\dy",
        "\\dE",
        "\\dm",
        "\\d",
        "\\dS",
        "\\dC",
        "\\dD",
        "\\dO",
        "\\dRp",
        "\\conninfo",
        "\\encoding",
        "\\drds",
        "\\dd",
        "\\do",
        "\\da",
        "\\dF",
        "\\des",
        "\\dew",
        "\\det",
        "\\dP",
        "\\dX",
        "\\dA",
    ] {
        let shown = psql(&server, "anaplan", &["-c", command]).await;
        assert!(!shown.contains("ERROR"), "{command}: {shown}");
    }
}

#[tokio::test]
async fn queries_and_copies_give_rows() {
    let server = serve().await;
    let counted = psql(
        &server,
        "Finance",
        &["-At", "-c", "SELECT count(*) FROM \"Sales Planning\".\"Revenue by Region\""],
    )
    .await;
    assert!(counted.trim().parse::<u64>().is_ok_and(|count| count > 0), "{counted}");
    let copied = psql(
        &server,
        "anaplan",
        &["-c", "COPY (SELECT 'a b' AS text, 'x\"y, z' AS odd, 1.5 AS number, NULL AS nothing) TO STDOUT (FORMAT csv, HEADER)"],
    )
    .await;
    assert_eq!(copied, "text,odd,number,nothing\na b,\"x\"\"y, z\",1.5,\n");
    let copied =
        psql(&server, "anaplan", &["-c", "COPY (SELECT E'a\\tb\\\\', NULL) TO STDOUT"]).await;
    assert_eq!(copied, "a\\tb\\\\\t\\N\n");
    let prepared = psql(
        &server,
        "anaplan",
        &["-v", "FETCH_COUNT=10", "-At", "-c", "SELECT value FROM generate_series(1, 35)"],
    )
    .await;
    assert_eq!(prepared.lines().count(), 35);
}
