//! Queries over exports: the right rows for few requests.

use std::collections::BTreeMap;

use anaplan_sql::simulator::Tenant;

use crate::support::{connect, connect_to_model, counting, demo, query, serve_in_chunks, show};

/// The sums of a demo export's column by the text of another, computed from the generator.
fn sums(export: &str, by: &str, of: &str) -> BTreeMap<String, f64> {
    let tenant = Tenant::demo();
    let export = tenant.export("Sales Planning", export).expect("a demo export");
    let place = |name: &str| {
        export.columns.iter().position(|column| column.name == name).expect("a column")
    };
    let (by, of) = (place(by), place(of));
    let mut sums = BTreeMap::new();
    for row in export.rows() {
        *sums.entry(row[by].clone()).or_insert(0.0) += row[of].parse().unwrap_or(0.0);
    }
    sums
}

#[tokio::test]
async fn a_three_part_name_with_group_by_gives_the_generators_sums() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    let batches = query(
        &session,
        r#"SELECT "Region", sum("Revenue") FROM "Finance"."Sales Planning"."Revenue by Region"
           GROUP BY "Region" ORDER BY 1"#,
    )
    .await;
    let expected = sums("Revenue by Region", "Region", "Revenue");
    let mut found = BTreeMap::new();
    for batch in &batches {
        let regions = batch.column(0).as_any().downcast_ref::<arrow::array::StringArray>();
        let revenue = batch.column(1).as_any().downcast_ref::<arrow::array::Float64Array>();
        for (region, sum) in regions.expect("text").iter().zip(revenue.expect("numbers")) {
            found.insert(region.unwrap_or_default().to_owned(), sum.unwrap_or_default());
        }
    }
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    assert!(found.len() > 3);
    for (region, sum) in &expected {
        assert!((found[region] - sum).abs() < 0.005, "{region}: {} and {sum}", found[region]);
    }
}

#[tokio::test]
async fn limit_stops_the_download() {
    // A thousand chunks of 1 KB.
    let simulator = serve_in_chunks([counting("Big", 90_000)], 1_000).await;
    let session = connect_to_model(&simulator).await;
    insta::assert_snapshot!(show(&session, r#"SELECT * FROM "Big" LIMIT 3"#).await, @r"
    +------+--------+
    | Code | Number |
    +------+--------+
    | c0   | 0.0    |
    | c1   | 1.0    |
    | c2   | 2.0    |
    +------+--------+
    ");
    let chunks = simulator.count("GET", "/2/0/models/*/files/*/chunks/*");
    assert!((1..=3).contains(&chunks), "{chunks} chunks were downloaded");
}
