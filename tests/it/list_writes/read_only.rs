//! `ReadOnly=true`

use anaplan_sql::{ErrorKind, Key};

use super::serve;
use crate::support::{builder, fail, query, try_query};

#[tokio::test]
async fn every_change_is_refused_before_any_request() {
    let simulator = serve().await;
    let session = builder(&simulator)
        .set(Key::ReadOnly, "true")
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .open()
        .expect("settings");
    for sql in [
        r#"INSERT INTO "Lists.Products" (name) VALUES ('a')"#,
        r#"INSERT OVERWRITE "Lists.Products" (name) VALUES ('a')"#,
        r#"INSERT INTO "W"."M"."Lists.Products" (name) VALUES ('a')"#,
        r#"INSERT INTO "Imports.Load" SELECT 1"#,
        r#"UPDATE "Lists.Products" SET code = 'x'"#,
        r#"UPDATE "Modules.Sales" SET "Price" = 1"#,
        r#"DELETE FROM "Lists.Products""#,
        r#"TRUNCATE TABLE "Lists.Products""#,
        r#"EXPLAIN ANALYZE DELETE FROM "Lists.Products""#,
        r#"PREPARE p AS DELETE FROM "Lists.Products""#,
        r#"MERGE INTO "Lists.Products" USING x ON x.a = name WHEN MATCHED THEN DELETE"#,
    ] {
        assert!(!session.needs_sign_in(sql), "{sql}");
        let error = fail(&session, sql).await;
        assert_eq!(error.kind(), ErrorKind::Denied, "{sql}: {error:?}");
        assert!(error.to_string().contains("the connection is read-only"), "{sql}: {error:?}");
    }
    for procedure in anaplan_sql::procedure::PROCEDURES.iter().filter(|it| it.changes) {
        let given: Vec<String> = procedure
            .parameters()
            .filter(|parameter| parameter.required)
            .map(|parameter| format!("{} => '2026-01-01'", parameter.name))
            .collect();
        let sql = format!("CALL {}({})", procedure.name, given.join(", "));
        let error = fail(&session, &sql).await;
        assert_eq!(error.kind(), ErrorKind::Denied, "{sql}: {error:?}");
    }
    assert_eq!(simulator.requests().len(), 0);

    // A look at the plan changes nothing, nor does a change of what is the user's own.
    query(&session, r#"EXPLAIN DELETE FROM "Lists.Products""#).await;
    query(&session, "CREATE TABLE mine AS SELECT 1 AS a").await;
    query(&session, "INSERT INTO mine VALUES (2)").await;
    assert!(try_query(&session, "SELECT * FROM mine").await.is_ok());
}
