//! Rows that the service rejects while it takes others.

use super::{run, serve, state};
use crate::support::{connect_to_model, requests, show};

#[tokio::test]
async fn rejected_rows_are_counted_and_shown() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"INSERT INTO "Lists.Products" (name, code, "Since", "Family")
        VALUES ('a', 'A', NULL, NULL), ('Mill', 'M', NULL, NULL), ('b', 'a', NULL, NULL),
               ('c', 'C', NULL, 'F9'), ('a', 'Z', NULL, NULL)"#;
    assert_eq!(run(&session, sql).await, [1.0, 4.0, 0.0]);
    assert_eq!(state(&simulator, "Products").len(), 5);
    let lines: Vec<String> = session.rejected().take().iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "4 items of list \"Products\" were rejected; SELECT * FROM information.rejected_rows shows \
          them"
        ]
    );
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
