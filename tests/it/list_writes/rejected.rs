//! Rows that the service rejects while it takes others.

use super::{run, serve, state, tell};
use crate::process::{Program, connection};
use crate::support::{connect_to_model, requests, show};

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
