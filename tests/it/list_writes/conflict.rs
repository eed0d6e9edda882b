//! `INSERT … ON CONFLICT`

use anaplan_sql::simulator::{Format, Item, List};

use super::{run, sent, serve, state};
use crate::lists::tenant;
use crate::support::{connect_to_model, fail, start};

#[tokio::test]
async fn new_items_are_added_and_others_updated() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"INSERT INTO "Lists.Products" (name, code, "Price", "Note")
        VALUES ('Arabica', 'P1', 1, 'x'), ('New', 'P9', 2, 'y'), ('Rob', 'P2', NULL, 'z')
        ON CONFLICT (code) DO UPDATE SET name = excluded.name, "Price" = EXCLUDED."Price""#;
    assert_eq!(run(&session, sql).await, [3.0, 0.0, 0.0]);
    let after = state(&simulator, "Products");
    assert_eq!(after[0], "Arabica|P1|Beans|+-|1,2026-01-31,true,a,F1");
    assert_eq!(after[1], "Rob|P2|Beans|+-|,2026-01-31,true,a,F1");
    assert_eq!(after[4], "New|P9|||2,,,y");
    // The second lookup finds what is of the list above.
    assert_eq!(sent(&simulator), [1, 1, 0, 2]);
    // Said again, it changes nothing.
    assert_eq!(run(&session, sql).await, [3.0, 0.0, 0.0]);
    assert_eq!(state(&simulator, "Products"), after);
}

#[tokio::test]
async fn items_that_are_there_are_left_alone() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"INSERT INTO "Lists.Products" (name, "Price") VALUES ('Mill', 1), ('New', 2)
        ON CONFLICT DO NOTHING"#;
    let before = state(&simulator, "Products");
    assert_eq!(run(&session, sql).await, [1.0, 0.0, 1.0]);
    assert_eq!(state(&simulator, "Products")[..4], before);
    let sql = r#"INSERT INTO "Lists.Products" (name, "Price") VALUES ('No code', 7)
        ON CONFLICT (name) DO UPDATE SET "Price" = excluded."Price""#;
    assert_eq!(run(&session, sql).await, [1.0, 0.0, 0.0]);
    assert_eq!(state(&simulator, "Products")[3], "No code||||7");
}

#[tokio::test]
async fn an_item_of_the_list_above_is_none_of_the_list() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let families = state(&simulator, "Families");
    let sql = r#"INSERT INTO "Lists.Products" (name, "Price") VALUES ('Beans', 7)
        ON CONFLICT (name) DO UPDATE SET "Price" = excluded."Price""#;
    assert_eq!(run(&session, sql).await, [1.0, 0.0, 0.0]);
    assert_eq!(state(&simulator, "Products")[4], "Beans||||7");
    assert_eq!(state(&simulator, "Families"), families);
    // Nor does it hide the list's own item of its name.
    assert_eq!(run(&session, &sql.replace('7', "8")).await, [1.0, 0.0, 0.0]);
    assert_eq!(state(&simulator, "Products")[4], "Beans||||8");
    assert_eq!(state(&simulator, "Families"), families);
}

#[tokio::test]
async fn items_of_a_list_above_itself_are_items_of_the_list() {
    let people = List::new("People")
        .parent("People")
        .property("Grade", Format::number())
        .item(Item::new("Ada").code("A").properties(&["1"]))
        .item(Item::new("Bo").code("B").parent("Ada").properties(&["2"]));
    let simulator = start(tenant([people])).await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"INSERT INTO "Lists.People" (name, code, parent, "Grade")
        VALUES ('Bo', 'B', 'Ada', 3), ('Cy', 'C', 'B', 4)
        ON CONFLICT (code) DO UPDATE SET "Grade" = excluded."Grade""#;
    assert_eq!(run(&session, sql).await, [2.0, 0.0, 0.0]);
    assert_eq!(state(&simulator, "People"), ["Ada|A|||1", "Bo|B|Ada||3", "Cy|C|Bo||4"]);
}

#[tokio::test]
async fn several_rows_for_an_item_are_refused_before_anything_is_sent() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let sql = |action: &str| {
        format!(
            r#"INSERT INTO "Lists.Deals" (code, "Amount")
            VALUES ('D7', 1), ('D1', 3), ('D8', 1), ('d1', 4) ON CONFLICT (code) {action}"#
        )
    };
    let error = fail(&session, &sql(r#"DO UPDATE SET "Amount" = excluded."Amount""#)).await;
    assert_eq!(
        error.to_string(),
        "row 4 for list \"Deals\": it has the \"code\" of row 2, and ON CONFLICT updates an item once"
    );
    assert!(error.hint().is_some_and(|hint| hint.contains("GROUP BY")), "{error:?}");
    assert_eq!(sent(&simulator), [0, 0, 0, 0]);
    // Where all but the first are left alone, nothing is lost.
    assert_eq!(run(&session, &sql("DO NOTHING")).await, [2.0, 0.0, 2.0]);
}

#[tokio::test]
async fn what_can_not_be_had_is_refused() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    for (clause, expected) in [
        ("ON CONFLICT (parent) DO NOTHING", "ON CONFLICT needs a column that tells items apart"),
        ("ON CONFLICT DO UPDATE SET code = excluded.code", "ON CONFLICT needs a column"),
        ("ON CONFLICT (name) DO UPDATE SET \"Note\" = excluded.\"Note\"", "it isn't inserted"),
        ("ON CONFLICT (name) DO UPDATE SET code = 'x'", "takes column = excluded.column"),
        ("ON CONFLICT (name) DO UPDATE SET code = excluded.code WHERE true", "takes no WHERE"),
        ("ON CONFLICT ON CONSTRAINT x DO NOTHING", "takes a column, not a constraint"),
    ] {
        let sql =
            format!(r#"INSERT INTO "Lists.Products" (name, code) VALUES ('a', 'b') {clause}"#);
        let error = fail(&session, &sql).await;
        assert!(error.to_string().contains(expected), "{sql}: {error:?}");
        assert!(error.hint().is_some(), "{sql}: {error:?}");
    }
    let sql = "INSERT INTO mine VALUES (1) ON CONFLICT DO NOTHING";
    session.sql("CREATE TABLE mine AS SELECT 1 AS a").await.expect("a table of the user's own");
    assert_eq!(fail(&session, sql).await.to_string(), "ON CONFLICT is for lists");
    assert_eq!(sent(&simulator), [0, 0, 0, 0]);
}
