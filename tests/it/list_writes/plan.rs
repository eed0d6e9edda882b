//! Plans of changes: what EXPLAIN shows, and when they run.

use super::{run, sent, serve, state};
use crate::support::{connect_to_model, fail, query, show, try_query};

#[tokio::test]
async fn explain_shows_the_change_and_writes_nothing() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    for (sql, expected) in [
        (
            r#"EXPLAIN UPDATE "Lists.Products" SET "Price" = 1 WHERE parent = 'Beans'"#,
            r#"ListUpdateExec: list="Products", model="M", columns=[Price], changes=true"#,
        ),
        (
            r#"EXPLAIN INSERT INTO "Lists.Products" (name, code) VALUES ('a', 'b')
                ON CONFLICT (code) DO UPDATE SET name = excluded.name"#,
            "columns=[name, code], on_conflict=update [name], changes=true",
        ),
        (
            r#"EXPLAIN DELETE FROM "Lists.Products""#,
            r#"ListDeleteExec: list="Products", model="M", changes=true"#,
        ),
    ] {
        let shown = show(&session, sql).await;
        assert!(shown.contains(expected) && shown.contains("logical_plan"), "{shown}");
    }
    assert_eq!(sent(&simulator), [0, 0, 0, 0]);
    let sql = r#"EXPLAIN ANALYZE DELETE FROM "Lists.Products" WHERE code = 'P1'"#;
    let shown = show(&session, sql).await;
    assert!(shown.contains("ListDeleteExec") && shown.contains("requests=1"), "{shown}");
    assert_eq!(state(&simulator, "Products").len(), 3);
}

#[tokio::test]
async fn a_plan_runs_once_and_a_prepared_statement_as_often_as_it_is_executed() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let insert = r#"INSERT INTO "Lists.Products" (name) VALUES ('x')"#;
    let frame = session.sql(insert).await.expect("a plan");
    assert_eq!(sent(&simulator), [0, 0, 0, 0], "nothing is sent before it is polled");
    frame.clone().collect().await.expect("the first time");
    let again = frame.collect().await.expect_err("it has run").to_string();
    assert!(again.contains("this statement has run already"), "{again}");

    let prepare = r#"PREPARE add AS INSERT INTO "Lists.Products" (name, "Price") VALUES ($1, $2)"#;
    query(&session, prepare).await;
    assert_eq!(run(&session, "EXECUTE add('p', 1.5)").await, [1.0, 0.0, 0.0]);
    assert_eq!(run(&session, "EXECUTE add('q', 2)").await, [1.0, 0.0, 0.0]);
    assert_eq!(state(&simulator, "Products")[4..], ["x||||", "p||||1.5", "q||||2"]);
}

#[tokio::test]
async fn what_can_not_be_written_is_refused_with_the_reason() {
    let simulator = crate::support::demo().await;
    let session = crate::support::connect_to(&simulator, "Finance", "Sales Planning").await;
    for (sql, expected) in [
        (r#"INSERT INTO "Revenue by Region" VALUES (1)"#, "it is an export"),
        (r#"UPDATE "Revenue by Region" SET "Revenue" = 1"#, "it is an export"),
        (r#"DELETE FROM "Revenue by Region""#, "it is an export"),
        ("DELETE FROM information.models", "it tells what Anaplan has"),
    ] {
        let error = fail(&session, sql).await;
        assert!(error.to_string().contains(expected), "{sql}: {error:?}");
        assert!(error.hint().is_some(), "{sql}: {error:?}");
    }
    // The user's own tables are DataFusion's business.
    query(&session, "CREATE TABLE mine AS SELECT 1 AS a").await;
    query(&session, "INSERT INTO mine VALUES (2)").await;
    assert!(try_query(&session, "SELECT * FROM mine").await.is_ok());
}
