//! EXPLAIN: what travels to the service, and what a query has cost.

use anaplan_sql::simulator::{Fault, Simulator};

use crate::support::{
    CHUNK, EXPORTS, METADATA, TASKS, connect, connect_to_model, counting, demo, serve,
    serve_in_chunks, show,
};

/// The line of a plan that tells of the scan.
async fn scan(simulator: &Simulator, sql: &str) -> String {
    let session = connect_to_model(simulator).await;
    let plan = show(&session, sql).await;
    let line = plan.lines().find(|line| line.contains("Exec: export="));
    let line = line.unwrap_or_else(|| panic!("{plan}"));
    line.trim_matches(['|', ' ']).to_owned()
}

#[tokio::test]
async fn explain_tells_export_model_columns_limit_and_that_the_model_is_locked() {
    let simulator = serve([counting("Big", 10)]).await;
    let mut all = Vec::new();
    for sql in [
        r#"EXPLAIN SELECT * FROM "Big""#,
        r#"EXPLAIN SELECT "Number" FROM "Big" LIMIT 5"#,
        r#"EXPLAIN SELECT count(*) FROM "Big""#,
        r#"EXPLAIN SELECT "Code" FROM "Big" WHERE "Number" > 3 LIMIT 5"#,
        r#"EXPLAIN SELECT "Code" FROM "Big" ORDER BY "Number" LIMIT 5"#,
    ] {
        simulator.clear_requests();
        all.push(scan(&simulator, sql).await);
        assert_eq!(simulator.count("GET", EXPORTS), 1);
        assert_eq!(simulator.count("GET", METADATA), 1);
        assert_eq!(simulator.count("*", TASKS), 0);
        // Signing in, workspaces, models, exports, metadata.
        assert_eq!(simulator.requests().len(), 5, "nothing but metadata is asked for");
    }
    insta::assert_snapshot!(all.join("\n"), @r#"
    ExportExec: export="Big", model="M", projection=[Code, Number], rows=10, requests=4+, locks_model=true
    ExportExec: export="Big", model="M", projection=[Number], limit=5, rows=10, requests=4+, locks_model=true
    ExportExec: export="Big", model="M", projection=[], rows=10, requests=4+, locks_model=true
    ExportExec: export="Big", model="M", projection=[Code, Number], rows=10, requests=4+, locks_model=true
    ExportExec: export="Big", model="M", projection=[Code, Number], rows=10, requests=4+, locks_model=true
    "#);
    assert_eq!(simulator.tasks().len(), 0);
}

#[tokio::test]
async fn explain_tells_which_filters_save_requests() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    let plan = show(
        &session,
        "EXPLAIN SELECT name FROM information.exports
         WHERE model_id IN ('A', 'B') AND name = 'x' LIMIT 4",
    )
    .await;
    let line = plan.lines().find(|line| line.contains("InformationExec")).expect("a scan");
    insta::assert_snapshot!(line.trim_matches(['|', ' ']), @"InformationExec: table=exports, projection=[name], filters=[model_id=[A, B]], models=0, requests=0, locks_model=false");
    assert_eq!(simulator.requests().len(), 3, "signing in, and the names of models");
}

/// The value of a metric in the line of a scan.
fn metric(line: &str, name: &str) -> f64 {
    // In front of them stands what was planned.
    let (_, metrics) = line.split_once("metrics=[").unwrap_or_else(|| panic!("{line}"));
    let (_, rest) = metrics.split_once(&format!("{name}=")).unwrap_or_else(|| panic!("{line}"));
    let text: String = rest.chars().take_while(|c| !matches!(c, ',' | ']')).collect();
    let (number, unit) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let factor = match unit {
        "" | "B" => 1.0,
        "K" | "KB" => 1000.0,
        other => panic!("{other} in {line}"),
    };
    number.parse::<f64>().expect("a number") * factor
}

#[tokio::test]
async fn explain_analyze_counts_requests_repetitions_bytes_and_rows() {
    let simulator = serve_in_chunks([counting("Big", 400)], 500).await;
    simulator.inject(Fault::on("GET", CHUNK).skip(2).times(2).status(503));
    let line = scan(&simulator, r#"EXPLAIN ANALYZE SELECT * FROM "Big""#).await;
    // What belongs to the scan: the task, the list of chunks, the chunks.
    let requests: Vec<_> = simulator
        .requests()
        .into_iter()
        .filter(|r| r.path.contains("/tasks") || r.path.contains("/files/"))
        .collect();
    assert_eq!(metric(&line, "requests"), f64::from(u32::try_from(requests.len()).expect("few")));
    assert_eq!(metric(&line, "retries"), 2.0);
    assert_eq!(metric(&line, "output_rows"), 400.0);
    assert_eq!(metric(&line, "output_batches"), 1.0);
    assert!(line.contains("elapsed_compute=") && !line.contains("elapsed_compute=1ns"), "{line}");
    let sent: u64 = requests.iter().map(|r| r.body_bytes_sent).sum();
    #[expect(clippy::cast_precision_loss, reason = "a few kilobytes")]
    let sent = sent as f64;
    let received = metric(&line, "bytes_received");
    assert!((received - sent).abs() <= sent / 100.0, "{received} of {sent} in {line}");
}

#[tokio::test]
async fn explain_analyze_of_metadata_counts_requests_too() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    let plan = show(&session, "EXPLAIN ANALYZE SELECT * FROM information.models").await;
    let line = plan.lines().find(|line| line.contains("InformationExec")).expect("a scan");
    assert_eq!(metric(line, "requests"), 1.0);
    assert_eq!(metric(line, "output_rows"), 3.0);
    assert_eq!(metric(line, "output_batches"), 1.0);
    assert!(!line.contains("elapsed_compute=1ns"), "{line}");
}
