//! Rows that the service rejects while it takes others.

use anaplan_sql::Key;
use anaplan_sql::simulator::Fault;

use super::{DIMENSION, run, serve, state, tell};
use crate::process::{Program, connection};
use crate::support::{builder, connect_to_model, fail, requests, show};

#[tokio::test]
async fn rejected_rows_are_counted_and_shown() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"INSERT INTO "Lists.Products" (name, code, "Since", "Family")
        VALUES ('a', 'A', NULL, NULL), ('Mill', 'M', NULL, NULL), ('b', 'a', NULL, NULL),
               ('c', 'C', NULL, 'F9'), ('a', 'Z', NULL, NULL)"#;
    let (counts, details) = tell(&session, sql).await;
    assert_eq!(counts, [1.0, 4.0, 0.0]);
    insta::assert_snapshot!(details.unwrap_or_default(), @"2 items: DUPLICATE_NAME (row 2: duplicate name -- Mill); 1 item: DUPLICATE_CODE (row 3: duplicate code -- a); 1 item: INCORRECT_FORMAT (row 4: incorrect format -- column name:Family, value:F9)");
    assert_eq!(state(&simulator, "Products").len(), 5);
    let lines: Vec<String> = session.rejected().take().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"4 items of list "Products" were rejected: 2 DUPLICATE_NAME (rows 2, 5), 1 DUPLICATE_CODE (row 3), 1 INCORRECT_FORMAT (row 4); SELECT * FROM information.rejected_rows shows them"#);
    let before = requests(&simulator).len();
    insta::assert_snapshot!(show(&session, "SELECT * FROM information.rejected_rows").await, @r"
    +----------------+------------+----+------+------+------------------+--------------------------------------------------+
    | table_name     | row_number | id | name | code | reason           | details                                          |
    +----------------+------------+----+------+------+------------------+--------------------------------------------------+
    | Lists.Products | 2          |    | Mill | M    | DUPLICATE_NAME   | duplicate name -- Mill                           |
    | Lists.Products | 3          |    | b    | a    | DUPLICATE_CODE   | duplicate code -- a                              |
    | Lists.Products | 4          |    | c    | C    | INCORRECT_FORMAT | incorrect format -- column name:Family, value:F9 |
    | Lists.Products | 5          |    | a    | Z    | DUPLICATE_NAME   | duplicate name -- a                              |
    +----------------+------------+----+------+------+------------------+--------------------------------------------------+
    ");
    assert_eq!(requests(&simulator).len(), before);
    // They are those of the last statement.
    run(&session, r#"INSERT INTO "Lists.Products" (name) VALUES ('z')"#).await;
    let count = "SELECT count(*) AS n FROM information.rejected_rows";
    assert!(show(&session, count).await.contains("| 0 |"));
}

#[tokio::test]
async fn what_was_written_is_counted_though_the_rest_can_not_be_looked_up() {
    let simulator = serve().await;
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::MaxRetries, "0")
        .connect()
        .await
        .expect("a session");
    let unavailable = || {
        for method in ["GET", "POST"] {
            simulator.inject(Fault::on(method, DIMENSION).forever().status(503));
        }
    };
    // The parents of refused items may be codes: where that can't be told, they stay refused.
    unavailable();
    let sql = r#"INSERT INTO "Lists.Products" (name, parent) VALUES ('a', 'Beans'), ('b', 'F2')"#;
    let (counts, details) = tell(&session, sql).await;
    assert_eq!(counts, [1.0, 1.0, 0.0]);
    assert!(details.is_some_and(|details| details.contains("row 2")));
    assert_eq!(state(&simulator, "Products").len(), 5);

    // What is to be updated can't be told from what is only refused.
    let sql = r#"INSERT INTO "Lists.Products" (name, code) VALUES ('c', 'C1'), ('Mill', 'P3')
        ON CONFLICT (code) DO UPDATE SET name = excluded.name"#;
    let error = fail(&session, sql).await;
    assert_eq!(error.to_string(), "can't add the items of list \"Products\": 1 were added before");
    assert!(error.hint().is_some_and(|hint| hint.contains("leave out")), "{error:?}");
    assert_eq!(state(&simulator, "Products").len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_items_end_the_program_with_code_4() {
    let simulator = serve().await;
    let sql = r#"INSERT INTO "W"."M"."Lists.Products" (name, code)
        VALUES ('a', 'A'), ('Mill', 'M'), ('b', 'a')"#;
    let connection = connection(&simulator);
    let args = ["--connect", &connection, "--format", "csv", "-c", sql];
    let program = Program::new().args(args);
    let run = tokio::task::spawn_blocking(|| program.run()).await.expect("it runs");
    let expected = "RowsSucceeded,RowsFailed,RowsIgnored,Details\n1,2,0,1 item: DUPLICATE_CODE \
        (row 3: duplicate code -- a); 1 item: DUPLICATE_NAME (row 2: duplicate name -- Mill)\n";
    assert_eq!(run.stdout, expected);
    insta::assert_snapshot!(run.stderr, @r#"warning: 2 items of list "Products" were rejected: 1 DUPLICATE_CODE (row 3), 1 DUPLICATE_NAME (row 2); SELECT * FROM information.rejected_rows shows them"#);
    assert_eq!(run.code, 4);
    assert_eq!(state(&simulator, "Products").len(), 5);
}
