//! Statements of more rows than a call has.

use anaplan_sql::simulator::Fault;

use super::{ITEMS, run, serve, state};
use crate::support::{connect_to_model, fail};

const SQL: &str = r#"INSERT INTO "Lists.Products" (name, code)
    SELECT 'Item ' || value, 'c' || value FROM generate_series(1, 250000)"#;

#[tokio::test]
async fn a_quarter_of_a_million_items_take_three_calls() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    assert_eq!(run(&session, SQL).await, [250_000.0, 0.0, 0.0]);
    assert_eq!(simulator.count("POST", ITEMS), 3);
    assert_eq!(state(&simulator, "Products").len(), 250_004);
    let sql = r#"DELETE FROM "Lists.Products" WHERE code LIKE 'c%'"#;
    assert_eq!(run(&session, sql).await, [250_000.0, 0.0, 0.0]);
    assert_eq!(simulator.count("POST", ITEMS), 6);
    assert_eq!(state(&simulator, "Products").len(), 4);
}

#[tokio::test]
async fn an_error_says_what_was_written_before() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    simulator.inject(Fault::on("POST", ITEMS).skip(1).status(403));
    let error = fail(&session, SQL).await;
    assert_eq!(
        error.to_string(),
        "can't add the items of list \"Products\": 100000 were added before"
    );
    assert_eq!(simulator.count("POST", ITEMS), 2);
    assert_eq!(state(&simulator, "Products").len(), 100_004);
}
