//! `UPDATE "Lists.…" SET …`

use super::{run, sent, serve, state};
use crate::support::{connect_to_model, fail};

#[tokio::test]
async fn only_what_is_set_changes_and_only_where() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let before = state(&simulator, "Products");
    let sql = r#"UPDATE "Lists.Products"
        SET "Price" = "Price" * 1.1, "In stock" = true, "On" = NULL, parent = 'F2'
        WHERE parent = 'Beans' AND code <> 'P2'"#;
    assert_eq!(run(&session, sql).await, [1.0, 0.0, 0.0]);
    let after = state(&simulator, "Products");
    assert_eq!(after[0], "Arabica|P1|Grinders|++|10.450000000000001,2026-01-31,,a,F1");
    assert_eq!(after[1..], before[1..]);
    // The parent is a code: what was refused for that is sent once more.
    assert_eq!(sent(&simulator), [0, 2, 1, 1]);
}

#[tokio::test]
async fn items_are_renamed_and_recoded_as_far_as_anaplan_does() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let set = |set: &str, code: &str| {
        format!(r#"UPDATE "Lists.Products" SET {set} WHERE name = '{code}'"#)
    };
    assert_eq!(run(&session, &set("name = 'Brazil'", "Arabica")).await, [1.0, 0.0, 0.0]);
    assert_eq!(run(&session, &set("code = 'X2'", "Robusta")).await, [1.0, 0.0, 0.0]);
    assert_eq!(run(&session, &set("code = 'X4'", "No code")).await, [1.0, 0.0, 0.0]);
    // Anaplan takes no code away.
    assert_eq!(run(&session, &set("code = NULL", "Mill")).await, [0.0, 1.0, 0.0]);
    let codes: Vec<String> = state(&simulator, "Products")
        .iter()
        .map(|item| item.splitn(3, '|').take(2).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(codes, ["Brazil P1", "Robusta X2", "Mill P3", "No code X4"]);
}

#[tokio::test]
async fn blank_is_null() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"UPDATE "Lists.Products"
        SET "Price" = NULL, "Since" = NULL, "Note" = NULL, "Family" = NULL, "Own" = NULL,
            parent_id = NULL
        WHERE code = 'P1'"#;
    assert_eq!(run(&session, sql).await, [1.0, 0.0, 0.0]);
    assert_eq!(state(&simulator, "Products")[0], "Arabica|P1||--|,,true,,");
}

#[tokio::test]
async fn items_of_a_numbered_list_are_updated_by_their_ids() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"UPDATE "Lists.Deals" SET "Amount" = "Amount" + 10"#;
    assert_eq!(run(&session, sql).await, [2.0, 0.0, 0.0]);
    let amounts: Vec<String> = state(&simulator, "Deals")
        .iter()
        .filter_map(|deal| Some(deal.rsplit_once('|')?.1.to_owned()))
        .collect();
    assert_eq!(amounts, ["11", "12"]);
    let error = fail(&session, r#"UPDATE "Lists.Deals" SET name = 'x'"#).await;
    assert!(error.to_string().contains("Anaplan names the items"), "{error:?}");
}

#[tokio::test]
async fn values_come_from_another_table() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"UPDATE "Lists.Products" AS p SET "Price" = new.price, "Note" = f.code
        FROM (VALUES ('P1', 1.5), ('P3', 2.5)) AS new (code, price)
        JOIN "Lists.Families" AS f ON true
        WHERE p.code = new.code AND f.name = p.parent"#;
    assert_eq!(run(&session, sql).await, [2.0, 0.0, 0.0]);
    let after = state(&simulator, "Products");
    assert_eq!(after[0], "Arabica|P1|Beans|+-|1.5,2026-01-31,true,F1,F1");
    assert_eq!(after[2], "Mill|P3|Grinders|+-|2.5,2026-01-31,true,F2,F1");
}

#[tokio::test]
async fn several_rows_of_from_for_one_item_are_refused_before_anything_is_sent() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let id = simulator
        .tenant()
        .find_model("M")
        .expect("M")
        .find_list("Products")
        .expect("it")
        .items
        .iter()
        .next()
        .expect("an item")
        .id
        .clone();
    let sql = r#"UPDATE "Lists.Products" AS p SET "Price" = new.price
        FROM (VALUES ('P1', 1.5), ('P1', 2.5)) AS new (code, price) WHERE p.code = new.code"#;
    let error = fail(&session, sql).await;
    let expected = format!(
        "row 2 for list \"Products\": it is of item {id}, as row 1 is: only one of them can count"
    );
    assert_eq!(error.to_string(), expected);
    assert!(error.hint().is_some_and(|hint| hint.contains("GROUP BY")), "{error:?}");
    assert_eq!(sent(&simulator)[..2], [0, 0]);
}

#[tokio::test]
async fn what_can_not_be_set_is_refused() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    for (set, expected) in [
        ("id = '1'", "\"id\" can't be set: Anaplan gives items their ids"),
        ("code = 'a', code = 'b'", "\"code\" is set twice"),
        ("name = NULL", "row 1 for list \"Products\": \"name\" is blank"),
    ] {
        let error = fail(&session, &format!(r#"UPDATE "Lists.Products" SET {set}"#)).await;
        assert!(error.to_string().ends_with(expected), "{error:?}");
        assert!(error.hint().is_some(), "{error:?}");
    }
    let error = fail(&session, r#"UPDATE "Lists.Products" SET "Prize" = 1"#).await;
    assert!(error.hint().is_some_and(|hint| hint.contains("Price")), "{error:?}");
    assert_eq!(sent(&simulator)[..2], [0, 0]);
}
