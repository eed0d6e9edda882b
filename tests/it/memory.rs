//! The bound on what a query holds.

use anaplan_sql::{ErrorKind, Session};

use crate::support::{builder, cells, fail, query, serve, show};

/// Some 80 MB of rows.
const ROWS: &str = "(SELECT value AS n, repeat('x', 200) || value AS t
                     FROM generate_series(1, 350000)) AS rows";

async fn bounded(bytes: usize) -> Session {
    let simulator = serve([]).await;
    let session = builder(&simulator).memory_limit(bytes).connect().await.expect("signed in");
    // However many cores there are: each part of a sort needs some room.
    query(&session, "SET datafusion.execution.target_partitions = 2").await;
    session
}

/// The metrics of this name in a plan, added up.
fn total(plan: &str, metric: &str) -> u64 {
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let metric = format!("{metric}=");
    let values = plan.split(&metric).skip(1).map(digits);
    values.map(|digits| digits.parse::<u64>().expect("a number")).sum()
}

#[tokio::test]
async fn a_sort_beyond_the_bound_uses_the_disk() {
    let session = bounded(128 << 20).await;
    let sql = format!("SELECT t FROM {ROWS} ORDER BY t");
    let plan = show(&session, &format!("EXPLAIN ANALYZE {sql}")).await;
    assert!(total(&plan, "spill_count") > 0, "{plan}");
    let found = cells(&query(&session, &sql).await);
    assert_eq!(found.len(), 350_000);
    assert!(found.is_sorted_by_key(|row| row[0].to_string()));

    let roomy = bounded(1 << 30).await;
    let plan = show(&roomy, &format!("EXPLAIN ANALYZE {sql}")).await;
    assert_eq!(total(&plan, "spill_count"), 0, "{plan}");
}

#[tokio::test]
async fn a_join_beyond_the_bound_fails_and_says_how_to_raise_it() {
    let session = bounded(16 << 20).await;
    let sql = format!(
        "SELECT count(*) FROM {ROWS} JOIN {ROWS_2} ON rows.t = more.t",
        ROWS_2 = ROWS.replace("AS rows", "AS more")
    );
    let error = fail(&session, &sql).await;
    assert_eq!(error.kind(), ErrorKind::Query, "{error:?}");
    assert_eq!(error.to_string(), "the query needs more memory or disk than it may use");
    assert!(error.hint().is_some_and(|hint| hint.contains("datafusion.runtime.memory_limit")));
    query(&session, "SET datafusion.runtime.memory_limit = '1G'").await;
    let found = cells(&query(&session, &sql).await);
    assert_eq!(found[0][0].to_string(), "350000");
}
