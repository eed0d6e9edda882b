//! `DELETE FROM "Lists.…"`

use anaplan_sql::simulator::Fault;

use super::{ITEMS, run, sent, serve, state};
use crate::support::{connect_to_model, count_rows};

#[tokio::test]
async fn items_go_that_where_leaves() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"DELETE FROM "Lists.Products" WHERE parent = 'Beans' OR code IS NULL"#;
    assert_eq!(run(&session, sql).await, [3.0, 0.0, 0.0]);
    assert_eq!(state(&simulator, "Products"), ["Mill|P3|Grinders|+-|9.5,2026-01-31,true,a,F1"]);
    assert_eq!(sent(&simulator), [1, 0, 1, 0]);
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Lists.Products""#).await, 1);
    // Without WHERE, all of them.
    assert_eq!(run(&session, r#"DELETE FROM "Lists.Products""#).await, [1.0, 0.0, 0.0]);
    assert_eq!(state(&simulator, "Products"), Vec::<String>::new());
    assert_eq!(run(&session, r#"DELETE FROM "Lists.Products""#).await, [0.0, 0.0, 0.0]);
}

#[tokio::test]
async fn children_stay_and_hang_from_nothing() {
    let simulator = serve().await;
    let session = connect_to_model(&simulator).await;
    let sql = r#"DELETE FROM "Lists.Families" WHERE name = 'Grinders'"#;
    assert_eq!(run(&session, sql).await, [1.0, 0.0, 0.0]);
    assert_eq!(state(&simulator, "Products")[2], "Mill|P3||+-|9.5,2026-01-31,true,a,F1");
}

#[tokio::test]
async fn after_a_lost_answer_only_what_is_left_is_deleted() {
    for (fault, calls) in [
        (Fault::on("POST", ITEMS).lose_answer(), 1),
        (Fault::on("POST", ITEMS).reset(), 2),
        (Fault::on("POST", ITEMS).status(503), 2),
        (Fault::on("POST", ITEMS).html(), 2),
        (Fault::on("POST", ITEMS).times(2).status(429).header("retry-after", "0"), 3),
    ] {
        let simulator = serve().await;
        let session = connect_to_model(&simulator).await;
        simulator.inject(fault);
        let sql = r#"DELETE FROM "Lists.Products" WHERE code IN ('P1', 'P3')"#;
        assert_eq!(run(&session, sql).await, [2.0, 0.0, 0.0]);
        assert_eq!(simulator.count("POST", ITEMS), calls);
        assert_eq!(state(&simulator, "Products").len(), 2);
    }
}
