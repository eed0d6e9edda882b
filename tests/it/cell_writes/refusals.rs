//! What is refused: before anything is sent, or by the service cell by cell.

use anaplan_sql::{ErrorKind, Key};

use super::{DATA, WRITES, connect_with, start, update, values, written, written_by_item};
use crate::support::{Cell, cells, connect_to_model, fail, query};

#[tokio::test]
async fn what_can_not_be_set_is_refused_before_cells_are_read() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    let mut all = Vec::new();
    for sql in [
        r#"UPDATE "Modules.Plan" SET "Total" = 1"#,
        r#"UPDATE "Modules.Plan" SET "Amount" = 1, "Heading" = 'x'"#,
        r#"UPDATE "Modules.Plan" SET "Sites" = 'Hamburg'"#,
        r#"UPDATE "Modules.Plan" SET "Amuont" = 1"#,
        r#"UPDATE "Modules.Plan" SET "Target" = 1"#,
        r#"UPDATE "Modules.Plan" SET "Amount" = 1, "amount" = 2"#,
        r#"UPDATE "Modules.Plan" SET "Done" = 'maybe'"#,
        r#"UPDATE "Modules.Plan" SET "Amount" = 1 WHERE "Site" = 'Hamburg'"#,
        r#"UPDATE "Modules.Plan" SET "Amount" = 'abc'"#,
        r#"UPDATE "Modules.Plan" SET "Due" = 5.5"#,
        r#"UPDATE "Modules.Plan" SET "Due" = '2026-02-30'"#,
        r#"INSERT INTO "Modules.Plan" ("Sites", "Amount") VALUES ('Hamburg', 1)"#,
        r#"DELETE FROM "Modules.Plan" WHERE "Sites" = 'Hamburg'"#,
    ] {
        let error = fail(&session, sql).await;
        all.push(format!("{sql}\n{error:?}\n"));
    }
    insta::assert_snapshot!(all.join("\n"));
    assert_eq!(simulator.count("*", WRITES), 0);
    assert_eq!(simulator.count("*", DATA), 0);
}

#[tokio::test]
async fn read_only_connections_send_nothing_for_an_update() {
    let simulator = start().await;
    let session = connect_with(&simulator, Key::ReadOnly, "true").await;
    simulator.clear_requests();
    let error = fail(&session, r#"UPDATE "Modules.Plan" SET "Amount" = 1"#).await;
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert_eq!(simulator.requests().len(), 0);
}

#[tokio::test]
async fn cells_that_the_service_refuses_are_told_and_counted_and_the_rest_is_written() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    // The version Mix is calculated, which no metadata of the module tells.
    let sql = r#"UPDATE "Modules.Plan" SET "Amount" = 5,
        "Source" = CASE "Versions" WHEN 'Budget' THEN 'Nowhere' ELSE 'Hamburg' END
        WHERE "Sites" = 'Hamburg' AND "Products" = 'Mug'"#;
    let (counts, details) = update(&session, sql).await;
    assert_eq!(counts, [36, 0, 36, 0]);
    insta::assert_snapshot!(details.unwrap_or_default(), @r#"24 cells: calculated, or a sum of others ("Amount" of Hamburg, Mug, Jan 26, Mix); 12 cells: the value does not fit the format of the line item: LIST ("Source" of Hamburg, Mug, Jan 26, Budget)"#);
    assert_eq!(
        written(&simulator, "Plan"),
        [("Amount".to_owned(), 24), ("Source".to_owned(), 12)].into()
    );
    assert_eq!(session.rejected().total(), 36);
    let told: Vec<String> = session.rejected().take().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"36 cells of module "Plan" were rejected: 24 cellIsCalculated (rows 25, 26, 27, …), 12 valueIsInvalid (rows 13, 14, 15, …); SELECT * FROM information.rejected_rows shows them"#);
    let kept = cells(
        &query(
            &session,
            "SELECT count(*), count(DISTINCT row_number), count(DISTINCT reason)
             FROM information.rejected_rows WHERE table_name = 'Modules.Plan'",
        )
        .await,
    );
    assert_eq!(kept, [[36.0, 24.0, 2.0].map(Cell::Number)]);
}

#[tokio::test]
async fn numbers_that_are_none_are_rejected_and_the_rest_is_written() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"UPDATE "Modules.Plan.Target" SET "Target" = 1.0e0 / CASE "Sites" WHEN 'Hamburg' THEN 0 ELSE 4 END
        WHERE "Time" = 'Q1 FY26'"#;
    let (counts, details) = update(&session, sql).await;
    assert_eq!(counts, [2, 0, 1, 0]);
    insta::assert_snapshot!(details.unwrap_or_default(), @r#"1 cell: the value is no finite number (such as one divided by zero) ("Target" of Hamburg, Q1 FY26)"#);
    assert_eq!(values(&simulator, "Plan", "Target"), ["0.25", "0.25"]);
}

#[tokio::test]
async fn items_that_share_a_name_are_never_mistaken_for_each_other() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    let (counts, details) = update(&session, r#"UPDATE "Modules.Staff" SET "Bonus" = 1"#).await;
    assert_eq!(counts, [1, 0, 2, 0]);
    insta::assert_snapshot!(details.unwrap_or_default(), @r#"2 cells: several items of "Employees" have this name, and nothing tells which is meant ("Bonus" of Smith)"#);
    assert_eq!(
        written_by_item(&simulator, ("Staff", "Bonus"), "Employees"),
        [("Jones".to_owned(), "1".to_owned())].into()
    );
}

#[tokio::test]
async fn an_error_in_any_row_leaves_everything_as_it_was() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    query(&session, "SET datafusion.execution.batch_size = 10").await;
    let sql = r#"UPDATE "Modules.Plan" SET "Amount" = CASE
        WHEN "Sites" = 'Singapore' AND "Time" = 'Dec 26' THEN CAST("Products" AS DOUBLE) ELSE 1 END"#;
    let error = fail(&session, sql).await;
    assert_eq!(error.kind(), ErrorKind::Query);
    assert_eq!(simulator.count("*", WRITES), 0);

    // Two rows of FROM for one cell.
    let sql = r#"UPDATE "Modules.Odd.name ""x""/😀" m SET "Price, ""net""." = v.price
        FROM (VALUES ('Mug', 4.5), ('Beans', 3), ('Mug', 4.5)) AS v(product, price)
        WHERE v.product = m."Products""#;
    let error = fail(&session, sql).await;
    insta::assert_snapshot!(format!("{error:?}"), @r"
    Query: several rows of FROM fit the same cell, so that it isn't clear which of them counts; nothing was written
      hint: join on all dimensions that the rows of FROM differ in, or make one row of them with GROUP BY
    ");
    assert_eq!(simulator.count("*", WRITES), 0);
}
