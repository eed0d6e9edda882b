//! EXPLAIN: how many cells a statement is going to set.

use super::{DATA, WRITES, start, values};
use crate::support::{connect_to_model, query, show};

#[tokio::test]
async fn explain_counts_cells_and_writes_none() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    query(&session, "SET datafusion.execution.target_partitions = 1").await;
    let mut all = Vec::new();
    for rest in [
        r#"SET "Amount" = 1"#,
        r#"SET "Amount" = 1, "Price" = "Amount" WHERE "Sites" = 'Hamburg' AND "Time" IN ('Jan 26', 'Feb 26')"#,
        r#"SET "Amount" = 1 WHERE "Sites" LIKE '%a%' AND upper("Versions") = 'ACTUAL' AND "Time" <> 'Jan 26'"#,
        r#"SET "Amount" = 1 WHERE "Sites" = 'Nowhere'"#,
        r#"SET "Amount" = 1 WHERE "Sites" = 'Hamburg' AND "Amount" > 1"#,
        r#"SET "Amount" = 1 WHERE "Sites" = 'Hamburg' OR "Time" = 'Jan 26'"#,
        r#"SET "Amount" = v.n FROM (VALUES ('Hamburg', 3)) AS v(s, n) WHERE v.s = "Sites""#,
    ] {
        let sql = format!(r#"EXPLAIN UPDATE "Modules.Plan" {rest}"#);
        let plan = show(&session, &sql).await;
        let line = plan.lines().find(|line| line.contains("CellUpdateExec: "));
        let line = line.unwrap_or_else(|| panic!("{plan}"));
        let line = line.split("CellUpdateExec: ").last().unwrap_or_default();
        all.push(format!("{rest}\n{}\n", line.trim_matches(['|', ' '])));
    }
    insta::assert_snapshot!(all.join("\n"));
    assert_eq!(simulator.count("*", WRITES), 0);
    assert_eq!(simulator.count("*", DATA), 0);
}

#[tokio::test]
async fn a_plan_shows_that_only_what_is_needed_is_read() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    query(&session, "SET datafusion.execution.target_partitions = 1").await;
    let sql = r#"EXPLAIN UPDATE "Modules.Plan" SET "Amount" = "Amount" * "Price"
        WHERE "Sites" = 'Hamburg' AND "Products" = 'Mug' AND "Versions" = 'Budget'"#;
    let plan = show(&session, sql).await;
    for fact in [
        "CellUpdateExec: module=\"Plan\", model=\"M\", line_items=[Amount], changes=true, cells=12 ",
        "projection=[Sites, Products, Time, Versions, Amount, Price], \
         pages=[Sites=[Hamburg], Products=[Mug], Versions=[Budget]]",
    ] {
        assert!(plan.contains(fact), "{fact}\n{plan}");
    }
}

#[tokio::test]
async fn explain_analyze_writes_and_tells_what_it_took() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    let plan = show(&session, r#"EXPLAIN ANALYZE UPDATE "Modules.Facts" SET "Rate" = 1"#).await;
    assert!(plan.contains("CellUpdateExec"), "{plan}");
    assert_eq!(simulator.count("POST", WRITES), 1);
    assert_eq!(values(&simulator, "Facts", "Rate"), ["1"]);
}
