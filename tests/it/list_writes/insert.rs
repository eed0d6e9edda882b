//! `INSERT INTO "Lists.…"`

use super::{run, sent, serve, state};
use crate::support::{connect_to_model, count_rows, fail, query};

#[tokio::test]
async fn rows_become_items_with_everything_that_they_say() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"INSERT INTO "Lists.Products"
        (code, name, parent, "own", "Price", "Since", "On", "Note", "Family")
        VALUES ('P5', 'Latte', 'Beans', true, 12.25, DATE '2026-01-31', false, 'a "b", c', 'F1'),
               (NULL, '😀/x.y''z', NULL, NULL, NULL, NULL, NULL, NULL, NULL)"#;
    assert_eq!(run(&session, sql).await, [2.0, 0.0, 0.0]);
    assert_eq!(
        state(&simulator, "Products")[4..],
        ["Latte|P5|Beans|+|12.25,2026-01-31,false,a \"b\", c,F1", "😀/x.y'z||||"]
    );
    assert_eq!(sent(&simulator), [1, 0, 0, 0]);
    // The same session sees them.
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Lists.Products""#).await, 6);
}

#[tokio::test]
async fn rows_come_from_any_query() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"INSERT INTO "Lists.Products" (name, code, "Price")
        SELECT name || ' 2', code || '-2', "Price" * 2 FROM "Lists.Products" WHERE code <> 'P3'"#;
    assert_eq!(run(&session, sql).await, [2.0, 0.0, 0.0]);
    assert_eq!(state(&simulator, "Products")[4..], ["Arabica 2|P1-2|||19", "Robusta 2|P2-2|||19"]);
    let sql = r#"INSERT INTO "Lists.Products" (name) SELECT 'x' WHERE false"#;
    assert_eq!(run(&session, sql).await, [0.0, 0.0, 0.0]);
    assert_eq!(simulator.count("POST", super::ITEMS), 1, "no row is no call");
}

#[tokio::test]
async fn a_source_that_fails_in_the_middle_changes_nothing() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let before = state(&simulator, "Products");
    let sql = r#"INSERT INTO "Lists.Products" (name)
        SELECT CAST(10 / (5000 - value) AS VARCHAR) || CAST(value AS VARCHAR)
        FROM generate_series(1, 200000)"#;
    fail(&session, sql).await;
    assert_eq!(sent(&simulator), [0, 0, 0, 0]);
    assert_eq!(state(&simulator, "Products"), before);
}

#[tokio::test]
async fn anaplan_names_the_items_of_a_numbered_list() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"INSERT INTO "Lists.Deals" (code, "Amount") VALUES ('D3', 3), (NULL, 4)"#;
    assert_eq!(run(&session, sql).await, [2.0, 0.0, 0.0]);
    let deals = state(&simulator, "Deals");
    assert!(deals[2].ends_with("|D3|||3") && deals[3].ends_with("||||4"), "{deals:?}");
    let error = fail(&session, r#"INSERT INTO "Lists.Deals" (name) VALUES ('x')"#).await;
    assert!(error.to_string().contains("Anaplan names the items of a numbered list"), "{error:?}");
}

#[tokio::test]
async fn parents_are_named_by_name_code_or_id() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    run(&session, r#"INSERT INTO "Lists.Products" (name, parent) VALUES ('a', 'Grinders')"#).await;
    assert_eq!(sent(&simulator), [1, 0, 0, 0], "names cost nothing");
    // A code is only looked for when the service doesn't know the name.
    let sql = r#"INSERT INTO "Lists.Products" (name, parent)
        VALUES ('b', 'F2'), ('c', 'Beans'), ('d', 'nobody')"#;
    assert_eq!(run(&session, sql).await, [2.0, 1.0, 0.0]);
    assert_eq!(sent(&simulator), [3, 0, 0, 1]);
    let sql = r#"INSERT INTO "Lists.Products" (name, parent_id)
        SELECT 'e', id FROM "Lists.Families" WHERE code = 'F2'"#;
    assert_eq!(run(&session, sql).await, [1.0, 0.0, 0.0]);
    assert_eq!(
        state(&simulator, "Products")[4..],
        ["a||Grinders||", "c||Beans||", "b||Grinders||", "e||Grinders||"]
    );
    let sql = r#"INSERT INTO "Lists.Products" (name, parent_id) VALUES ('f', '1')"#;
    let error = fail(&session, sql).await;
    assert_eq!(error.to_string(), "row 1 for list \"Products\": \"parent_id\" is no parent's id");
}

#[tokio::test]
async fn what_can_not_be_set_is_refused_before_anything_is_sent() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    for (sql, expected) in [
        (
            r#"INSERT INTO "Lists.Products" SELECT * FROM "Lists.Products""#,
            r#"INSERT INTO "Lists.Products" doesn't say which columns it sets"#,
        ),
        (
            r#"INSERT INTO "Lists.Products" (id, name) VALUES ('1', 'a')"#,
            r#"INSERT INTO "Lists.Products": "id" can't be set: Anaplan gives items their ids"#,
        ),
        (
            r#"INSERT INTO "Lists.Products" (code) VALUES ('a')"#,
            r#"INSERT INTO "Lists.Products": a new item needs a "name""#,
        ),
        (
            r#"INSERT INTO "Lists.Products" (name, parent, parent_id) VALUES ('a', 'b', 'c')"#,
            r#"INSERT INTO "Lists.Products": "parent" and "parent_id" say the same"#,
        ),
        (
            r#"INSERT INTO "Lists.Products" (name) VALUES ('a'), (NULL)"#,
            r#"row 2 for list "Products": "name" is blank"#,
        ),
        (
            r#"INSERT INTO "Lists.Products" (name, "Price") VALUES ('a', CAST('NaN' AS DOUBLE))"#,
            r#"row 1 for list "Products": "Price" is no finite number"#,
        ),
        (
            r#"INSERT OVERWRITE "Lists.Products" (name) VALUES ('a')"#,
            r#"REPLACE INTO "Lists.Products" is refused: lists take INSERT, UPDATE and DELETE"#,
        ),
        (
            r#"TRUNCATE TABLE "Lists.Products""#,
            r#"TRUNCATE "Lists.Products" is refused: a list is emptied by DELETE"#,
        ),
    ] {
        let error = fail(&session, sql).await;
        assert_eq!(error.to_string(), expected, "{sql}");
        assert!(error.hint().is_some(), "{sql}");
    }
    assert_eq!(sent(&simulator)[..2], [0, 0]);
}

#[tokio::test]
async fn a_column_is_found_in_any_case_and_a_wrong_one_is_said() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    query(&session, r#"INSERT INTO Lists.Products (NAME, Price) VALUES ('a', 1)"#).await;
    assert_eq!(state(&simulator, "Products")[4..], ["a||||1"]);
    let error =
        fail(&session, r#"INSERT INTO "Lists.Products" (name, "Prize") VALUES ('b', 1)"#).await;
    assert!(error.to_string().contains("Prize"), "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.contains("Price")), "{error:?}");
}

#[tokio::test]
async fn what_is_there_twice_in_a_select_is_two_values() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"INSERT INTO "Lists.Products" (name, code, "Price", "Since", "Note")
        SELECT name || ' 2', NULL, NULL, NULL, name || ' 2' FROM "Lists.Products" WHERE code = 'P1'
        UNION ALL SELECT 'x', 'x', 1, NULL, 'x'"#;
    assert_eq!(run(&session, sql).await, [2.0, 0.0, 0.0]);
    let mut new = state(&simulator, "Products").split_off(4);
    new.sort();
    assert_eq!(new, ["Arabica 2||||,,,Arabica 2", "x|x|||1,,,x"]);
}

#[tokio::test]
async fn a_value_that_does_not_fit_its_column_is_told_by_the_column() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    for (sql, column, kind) in [
        (
            r#"INSERT INTO "Lists.Products" (name, "Price") VALUES ('a', '1'), ('b', 'secret')"#,
            "Price",
            "a number",
        ),
        (
            r#"INSERT INTO "Lists.Products" (name, "Since") SELECT code, name FROM "Lists.Products""#,
            "Since",
            "a day",
        ),
        (r#"UPDATE "Lists.Products" SET "On" = name WHERE code = 'P1'"#, "On", "a truth value"),
        (r#"UPDATE "Lists.Products" SET "Price" = 'secret'"#, "Price", "a number"),
    ] {
        let error = fail(&session, sql).await;
        let text = format!("{error:?}");
        assert!(text.contains(&format!("a value for \"{column}\" is not {kind}")), "{sql}: {text}");
        assert!(!text.contains("secret") && !text.contains("Arabica"), "{sql}: {text}");
    }
    assert_eq!(sent(&simulator)[..2], [0, 0]);
    // What fits is taken, as text or not.
    let sql = r#"INSERT INTO "Lists.Products" (name, "Price", "Since") VALUES ('a', '1.5', '2026-02-01')"#;
    assert_eq!(run(&session, sql).await, [1.0, 0.0, 0.0]);
    assert!(state(&simulator, "Products")[4].contains("1.5,2026-02-01"));
}
