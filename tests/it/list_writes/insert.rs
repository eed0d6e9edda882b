//! `INSERT INTO "Lists.…"`

use super::{ITEMS, products, state};
use crate::lists::tenant;
use crate::support::{connect_to_model, count_rows, fail, show, start};

#[tokio::test]
async fn rows_become_items_with_everything_that_they_say() {
    let simulator = start(tenant(products())).await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"INSERT INTO "Lists.Products"
        (code, name, parent, "Own", "Price", "Since", "On", "Note", "Family")
        VALUES ('P2', 'Robusta', 'Beans', true, 12.25, DATE '2026-01-31', false, 'a "b", c', 'F1'),
               (NULL, '😀/x.y', NULL, NULL, NULL, NULL, NULL, NULL, NULL)"#;
    insta::assert_snapshot!(show(&session, sql).await, @r"
    +---------------+------------+
    | RowsSucceeded | RowsFailed |
    +---------------+------------+
    | 2             | 0          |
    +---------------+------------+
    ");
    assert_eq!(
        state(&simulator, "Products")[1..],
        ["Robusta|P2|Beans|+|12.25,2026-01-31,false,a \"b\", c,F1", "😀/x.y||||"]
    );
    assert_eq!(simulator.count("POST", ITEMS), 1);
    // The same session sees them.
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Lists.Products""#).await, 3);
}

#[tokio::test]
async fn what_can_not_be_set_is_refused_before_anything_is_sent() {
    let simulator = start(tenant(products())).await;
    let session = connect_to_model(&simulator).await;
    for (sql, expected) in [
        (
            r#"INSERT INTO "Lists.Products" SELECT * FROM "Lists.Products""#,
            r#"INSERT INTO "Lists.Products": "id" can't be set: Anaplan gives items their ids"#,
        ),
        (
            r#"INSERT INTO "Lists.Products" (code) VALUES ('a')"#,
            r#"INSERT INTO "Lists.Products": a new item needs a "name""#,
        ),
        (
            r#"INSERT INTO "Lists.Products" (name) VALUES ('a'), (NULL)"#,
            r#"row 2 for list "Products": "name" is blank"#,
        ),
        (
            r#"INSERT OVERWRITE "Lists.Products" (name) VALUES ('a')"#,
            r#"REPLACE INTO "Lists.Products" is refused: lists take INSERT, UPDATE and DELETE"#,
        ),
    ] {
        let error = fail(&session, sql).await;
        assert_eq!(error.to_string(), expected, "{sql}");
        assert!(error.hint().is_some(), "{sql}");
    }
    assert_eq!(simulator.count("POST", ITEMS), 0);
}
