//! The catalog, as clients other than psql ask for it.

use super::serve;

#[tokio::test]
async fn browsing_costs_no_request_for_each_table() {
    let server = serve().await;
    let mut client = server.client("Finance").await;
    client.query("SET search_path TO \"Sales Planning\"").await;
    let tables =
        "SELECT count(*) > 10 FROM information_schema.tables WHERE table_schema = 'Sales Planning'";
    assert_eq!(client.rows(tables).await, ["t"]);
    let before = server.requests().len();
    for sql in [
        tables,
        "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'Sales Planning'",
        "SELECT count(*) FROM pg_catalog.pg_attribute",
        "SELECT table_name, column_name FROM information_schema.columns",
    ] {
        assert!(!client.rows(sql).await.is_empty(), "{sql}");
    }
    assert_eq!(server.requests().len(), before);
    let columns = "SELECT column_name, data_type, ordinal_position FROM information_schema.columns \
                   WHERE table_name = 'Revenue by Region' ORDER BY ordinal_position LIMIT 2";
    let rows = client.rows(columns).await;
    assert!(rows.len() == 2 && rows[0].ends_with("|1"), "{rows:?}");
    assert_eq!(server.requests().len(), before + 1);
}

#[tokio::test]
async fn what_clients_ask_when_they_begin_is_answered() {
    let server = serve().await;
    let mut client = server.client("Finance").await;
    client.query("SET search_path TO \"Sales Planning\"").await;
    let text = include_str!("startup.sql");
    let mut asked = 0;
    for statement in anaplan_sql::session::split(text) {
        let answer = client.query(&statement.text).await;
        assert!(answer.errors.is_empty(), "line {}: {:?}", statement.line, answer.errors);
        asked += 1;
    }
    assert!(asked > 10, "{asked}");
}

#[tokio::test]
async fn names_are_found_by_their_numbers_and_back() {
    let server = serve().await;
    let mut client = server.client("Finance").await;
    client.query("SET search_path TO \"Sales Planning\"").await;
    let rows = client
        .rows("SELECT c.oid = '\"Revenue by Region\"'::regclass, c.oid::regclass::text FROM pg_class c WHERE c.relname = 'Revenue by Region'")
        .await;
    assert_eq!(rows, ["t|\"Revenue by Region\""]);
    assert_eq!(
        client
            .rows("SELECT 'int4'::regtype::oid, format_type(25, NULL), format_type(1007, -1)")
            .await,
        ["23|text|integer[]"]
    );
    assert_eq!(
        client
            .rows("SELECT pg_table_is_visible(c.oid) FROM pg_class c WHERE relname = 'models'")
            .await,
        ["f"]
    );
    assert_eq!(client.rows("SELECT to_regclass('nothing') IS NULL").await, ["t"]);
    let problem = client.fail("SELECT * FROM pg_class, \"Revenue by Region\"").await;
    assert_eq!(problem.sqlstate, "0A000");
}
