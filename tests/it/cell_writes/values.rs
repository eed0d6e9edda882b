//! The values that cells have afterwards.

use anaplan_sql::Key;
use anaplan_sql::simulator::{Dim, Fill, Item, LineItem, List, Model, Module};

use super::{
    DATA, VIEW_ITEMS, WRITES, connect_with, serve, start, update, values, written, written_by_item,
};
use crate::support::{cells, connect_to_model, count_rows, query, show, try_query};

#[tokio::test]
async fn only_the_cells_that_where_chooses_are_written() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    // What planning takes isn't counted here.
    query(&session, r#"EXPLAIN SELECT * FROM "Modules.Plan""#).await;
    simulator.clear_requests();
    let sql = r#"UPDATE "Modules.Plan" SET "Amount" = 5
        WHERE "Sites" = 'Singapore' AND "Time" = 'Feb 26' AND "Versions" = 'Budget'"#;
    assert_eq!(update(&session, sql).await, ([3, 0, 0, 0], None));
    assert_eq!(written(&simulator, "Plan"), [("Amount".to_owned(), 3)].into());
    assert_eq!(values(&simulator, "Plan", "Amount"), ["5", "5", "5"]);
    assert_eq!(simulator.count("POST", WRITES), 1);
    assert_eq!(simulator.count("GET", DATA), 1);
    // The scan's, two for the ids, and two more since Singapore is a country too: its children, and the line
    // items that the view shows, so that places tell the two apart.
    assert_eq!(simulator.count("GET", VIEW_ITEMS), 4 + 2 + 2);
    let found = cells(
        &query(
            &session,
            r#"SELECT "Sites", "Time", "Versions", count(*) FROM "Modules.Plan" WHERE "Amount" = 5
               GROUP BY 1, 2, 3"#,
        )
        .await,
    );
    assert_eq!(found.len(), 1);
    let found: Vec<String> = found[0].iter().map(ToString::to_string).collect();
    assert_eq!(found, ["Singapore", "Feb 26", "Budget", "3"]);

    // They have it now.
    assert_eq!(update(&session, sql).await, ([0, 3, 0, 0], None));
}

#[tokio::test]
async fn new_values_are_worked_out_from_the_row_before_it_changes() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"UPDATE "Modules.Plan" p
        SET "Amount" = p."Amount" * 1.5 + p."Total", "Price" = "Amount",
            "Note" = "Products" || ' in ' || "Sites"
        WHERE "Time" LIKE 'J%' AND "Versions" IN ('Actual', 'Budget') AND "Price" > 2"#;
    // Three months, three sites, three products, two versions, three line items.
    assert_eq!(update(&session, sql).await, ([162, 0, 0, 0], None));
    assert_eq!(simulator.count("POST", WRITES), 1);
    assert_eq!(values(&simulator, "Plan", "Amount"), vec!["40"; 54]);
    assert_eq!(values(&simulator, "Plan", "Price"), vec!["10"; 54]);
    let notes = values(&simulator, "Plan", "Note");
    assert_eq!(notes[0], "A.b/'c' 😀 in Hamburg");
    assert_eq!(notes[53], "Mug in Singapore");
}

#[tokio::test]
async fn every_format_is_written_and_null_makes_blank() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    let place = r#"WHERE "Sites" = 'Hamburg' AND "Products" = 'Mug' AND "Time" = 'Jan 26'
        AND "Versions" = 'Actual'"#;
    let sql = format!(
        r#"UPDATE "Modules.Plan" SET "Amount" = -1.25e3, "Done" = true, "Due" = '2026-02-28',
           "Note" = 'two
lines, "q" ''s', "Source" = 'Lyon, "Sud"', "Start" = 'Q2 FY26' {place}"#
    );
    assert_eq!(update(&session, &sql).await, ([6, 0, 0, 0], None));
    let read = format!(
        r#"SELECT "Amount", "Done", "Due", "Note", "Source", "Start" FROM "Modules.Plan" {place}"#
    );
    insta::assert_snapshot!(show(&session, &read).await, @r#"
    +---------+------+------------+---------------+-------------+---------+
    | Amount  | Done | Due        | Note          | Source      | Start   |
    +---------+------+------------+---------------+-------------+---------+
    | -1250.0 | true | 2026-02-28 | two           | Lyon, "Sud" | Q2 FY26 |
    |         |      |            | lines, "q" 's |             |         |
    +---------+------+------------+---------------+-------------+---------+
    "#);
    let sql = format!(
        r#"UPDATE "Modules.Plan" SET "Amount" = NULL, "Done" = NULL, "Due" = NULL, "Note" = '',
           "Source" = NULL, "Start" = NULL {place}"#
    );
    assert_eq!(update(&session, &sql).await, ([6, 0, 0, 0], None));
    insta::assert_snapshot!(show(&session, &read).await, @r"
    +--------+-------+-----+------+--------+-------+
    | Amount | Done  | Due | Note | Source | Start |
    +--------+-------+-----+------+--------+-------+
    |        | false |     |      |        |       |
    +--------+-------+-----+------+--------+-------+
    ");
}

#[tokio::test]
async fn columns_that_are_read_as_text_are_written_as_text() {
    let simulator = start().await;
    let session = connect_with(&simulator, Key::ColumnTypes, "Text").await;
    let sql = r#"UPDATE "Modules.Facts" SET "Rate" = '0.125', "Locked" = 'true'"#;
    assert_eq!(update(&session, sql).await, ([2, 0, 0, 0], None));
    assert_eq!(values(&simulator, "Facts", "Rate"), ["0.125"]);
    assert_eq!(values(&simulator, "Facts", "Locked"), ["true"]);
    let sql = r#"UPDATE "Modules.Facts" SET "Rate" = NULL, "Locked" = NULL"#;
    assert_eq!(update(&session, sql).await, ([2, 0, 0, 0], None));
    assert_eq!(values(&simulator, "Facts", "Rate"), [""]);
    assert_eq!(values(&simulator, "Facts", "Locked"), ["false"]);
}

#[tokio::test]
async fn odd_names_ids_and_other_cases_are_found() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"UPDATE "Modules.Odd.name ""x""/😀" SET "price, ""NET""." = 2
        WHERE "products" = 'A.b/''c'' 😀'"#;
    assert_eq!(update(&session, sql).await, ([1, 0, 0, 0], None));
    let odd = || written_by_item(&simulator, ("Odd.name \"x\"/😀", "Price, \"net\"."), "Products");
    assert_eq!(odd(), [("A.b/'c' 😀".to_owned(), "2".to_owned())].into());
    let tenant = simulator.tenant();
    let model = tenant.find_model("M").expect("a model");
    let module = model.find_module("Odd.name \"x\"/😀").expect("a module");
    let workspace = &tenant.find_workspace("W").expect("a workspace").id;
    let sql = format!(
        r#"UPDATE "{workspace}"."{}"."Modules.{}" AS m SET "Price, ""net""." = 3
           WHERE m."Products" = 'Mug'"#,
        model.id, module.id
    );
    assert_eq!(update(&session, &sql).await, ([1, 0, 0, 0], None));
    assert_eq!(odd().get("Mug").map(String::as_str), Some("3"));
}

#[tokio::test]
async fn line_items_over_other_dimensions_and_modules_without_any_are_written() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"UPDATE "Modules.Plan.Target" SET "Target" = 1 WHERE "Time" <> 'Q1 FY26'"#;
    assert_eq!(update(&session, sql).await, ([9, 0, 0, 0], None));
    assert_eq!(written(&simulator, "Plan"), [("Target".to_owned(), 9)].into());
    let sql = r#"UPDATE "Modules.Facts" SET "Rate" = "Rate" + 1, "Locked" = NOT "Locked""#;
    assert_eq!(update(&session, sql).await, ([2, 0, 0, 0], None));
    assert_eq!(values(&simulator, "Facts", "Rate"), ["5.5"]);
    assert_eq!(values(&simulator, "Facts", "Locked"), ["true"]);
}

#[tokio::test]
async fn sums_are_not_written_where_they_are_rows() {
    let simulator = start().await;
    let session = connect_with(&simulator, Key::Summaries, "Include").await;
    let table = r#""Modules.Plan.Target""#;
    let all = count_rows(&session, &format!("SELECT * FROM {table}")).await as u64;
    let sums = format!("SELECT * FROM {table} WHERE is_summary");
    let sums = count_rows(&session, &sums).await as u64;
    assert_eq!(all - sums, 12);
    let sql = format!(r#"UPDATE {table} SET "Target" = 1"#);
    assert_eq!(update(&session, &sql).await, ([12, 0, 0, sums], None));
    assert_eq!(values(&simulator, "Plan", "Target"), vec!["1"; 12]);
}

#[tokio::test]
async fn new_values_come_from_other_tables() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    let module = ("Odd.name \"x\"/😀", "Price, \"net\".");
    let table = r#""Modules.Odd.name ""x""/😀""#;
    let sql = format!(
        r#"UPDATE {table} m SET "Price, ""net""." = v.price * 2
           FROM (VALUES ('Mug', 4.5), ('Beans', 3), ('Nothing', 1)) AS v(product, price)
           WHERE v.product = m."Products""#
    );
    assert_eq!(update(&session, &sql).await, ([2, 0, 0, 0], None));
    let pair = |item: &str, value: &str| (item.to_owned(), value.to_owned());
    assert_eq!(
        written_by_item(&simulator, module, "Products"),
        [pair("Beans", "6"), pair("Mug", "9")].into()
    );
    // Through a list, and with a subquery.
    let sql = format!(
        r#"UPDATE {table} m SET "Price, ""net""." = length(l.code)
           FROM "Lists.Products" AS l
           JOIN (VALUES ('Products 2')) AS v(code) ON v.code = l.code
           WHERE m."Products" IN ('A.b/''c'' 😀', 'Mug') AND m."Products" = 'A.b/''c'' 😀'"#
    );
    assert_eq!(update(&session, &sql).await, ([1, 0, 0, 0], None));
    let sql = r#"UPDATE "Modules.Facts" SET "Rate" = (SELECT max("Amount") FROM "Modules.Plan")"#;
    assert_eq!(update(&session, sql).await, ([1, 0, 0, 0], None));
    assert_eq!(values(&simulator, "Facts", "Rate"), ["20"]);
}

#[tokio::test]
async fn parquet_files_are_joined() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("targets.parquet");
    let file = file.to_str().expect("a path").replace('\\', "/");
    query(
        &session,
        &format!(
            "COPY (SELECT * FROM (VALUES ('Hamburg', 'Q1 FY26', 11.5), ('Singapore', 'Q4 FY26', 12))
             AS v(site, quarter, target)) TO '{file}' STORED AS PARQUET"
        ),
    )
    .await;
    let sql = format!(
        r#"UPDATE "Modules.Plan.Target" AS t SET "Target" = f.target FROM '{file}' AS f
           WHERE f.site = t."Sites" AND f.quarter = t."Time""#
    );
    assert_eq!(update(&session, &sql).await, ([2, 0, 0, 0], None));
    assert_eq!(values(&simulator, "Plan", "Target"), ["11.5", "12"]);
}

#[tokio::test]
async fn nothing_chosen_is_nothing_sent() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"UPDATE "Modules.Plan" SET "Amount" = 5 WHERE "Amount" > 1000"#;
    assert_eq!(update(&session, sql).await, ([0, 0, 0, 0], None));
    assert_eq!(simulator.count("*", WRITES), 0);
}

/// A module over one list of so many items, which sums nothing.
fn wide(items: u32) -> Model {
    let list = (0..items).fold(List::new("L"), |list, n| list.item(Item::new(&format!("i{n}"))));
    let module = Module::new("Wide", vec![Dim::list("L")])
        .line_item(LineItem::number("N").fill(Fill::Value("1".to_owned())))
        .line_item(LineItem::new("T", anaplan_sql::simulator::Format::text()));
    Model::new("M").list(list).module(module)
}

#[tokio::test]
async fn many_cells_are_written_in_calls_of_a_hundred_thousand() {
    let simulator = serve(wide(250_000)).await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"UPDATE "Modules.Wide" SET "N" = CAST(substr("L", 2) AS DOUBLE) + 2"#;
    assert_eq!(update(&session, sql).await, ([250_000, 0, 0, 0], None));
    assert_eq!(simulator.count("POST", WRITES), 3);
    let written = written_by_item(&simulator, ("Wide", "N"), "L");
    assert_eq!(written.len(), 250_000);
    assert!(written.iter().all(|(item, value)| {
        let number: u32 = item[1..].parse().expect("a number");
        value.parse() == Ok(number + 2)
    }));
}

#[tokio::test]
async fn calls_stay_below_the_size_that_the_service_takes() {
    let simulator = serve(wide(40)).await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"UPDATE "Modules.Wide" SET "T" = repeat('x', 1000000)"#;
    assert_eq!(update(&session, sql).await, ([40, 0, 0, 0], None));
    assert_eq!(simulator.count("POST", WRITES), 3);
    assert!(values(&simulator, "Wide", "T").iter().all(|text| text.len() == 1_000_000));
    // One that no call has room for is rejected, and the others are written.
    let sql = r#"UPDATE "Modules.Wide" SET "T" = repeat('y', CASE "L" WHEN 'i3' THEN 16000000 ELSE 2 END)"#;
    let (counts, details) = update(&session, sql).await;
    assert_eq!(counts, [39, 0, 1, 0]);
    assert_eq!(details.as_deref(), Some("1 cell: the text is too long (\"T\" of i3)"));
}

#[tokio::test]
async fn what_does_not_fit_into_memory_waits_in_a_file() {
    let simulator = serve(wide(60_000)).await;
    let session = connect_to_model(&simulator).await;
    query(&session, "SET datafusion.runtime.memory_limit = '24M'").await;
    let sql = r#"UPDATE "Modules.Wide" SET "T" = repeat("L", 100)"#;
    let (counts, _) = update(&session, sql).await;
    assert_eq!(counts, [60_000, 0, 0, 0]);
    let values = values(&simulator, "Wide", "T");
    assert_eq!(
        values.iter().map(String::len).sum::<usize>(),
        100 * (10 * 2 + 90 * 3 + 900 * 4 + 9000 * 5 + 50_000 * 6)
    );
}

#[tokio::test]
async fn dimensions_with_too_many_items_for_one_answer_are_looked_up() {
    let simulator = serve(wide(2_000)).await;
    simulator.set_limits(|limits| limits.items = 1_500);
    let session = connect_to_model(&simulator).await;
    let sql = r#"UPDATE "Modules.Wide" SET "N" = 5 WHERE "L" LIKE 'i1%'"#;
    assert_eq!(update(&session, sql).await, ([1111, 0, 0, 0], None));
    assert_eq!(written_by_item(&simulator, ("Wide", "N"), "L").len(), 1111);
}

#[tokio::test]
async fn a_following_query_sees_what_was_written_and_prepared_updates_run_again() {
    let simulator = start().await;
    let session = connect_to_model(&simulator).await;
    query(&session, r#"PREPARE raise AS UPDATE "Modules.Facts" SET "Rate" = "Rate" + 1"#).await;
    for rate in ["5.5", "6.5"] {
        query(&session, "EXECUTE raise").await;
        assert_eq!(values(&simulator, "Facts", "Rate"), [rate]);
    }
    let frame = session.sql(r#"UPDATE "Modules.Facts" SET "Rate" = 1"#).await.expect("a plan");
    frame.clone().collect().await.expect("it runs");
    frame.collect().await.expect_err("it doesn't run twice");
    let read = try_query(&session, r#"SELECT "Rate" FROM "Modules.Facts""#).await.expect("rows");
    assert_eq!(cells(&read)[0][0].to_string(), "1");
}
