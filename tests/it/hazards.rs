//! What could give wrong figures or leave a model locked, and must not.

use std::time::Duration;

use anaplan_sql::simulator::{Column, Export, Fault, Outcome, Simulator};
use anaplan_sql::{ErrorKind, Key, Session};
use futures::StreamExt;

use crate::support::{builder, connect_to_model, counting, fail, query, serve, serve_in_chunks};

const TASKS: &str = "/2/0/models/*/exports/*/tasks";
const TASK: &str = "/2/0/models/*/exports/*/tasks/*";

/// A session of a process of its own: only the state directory is shared with others.
async fn process(simulator: &Simulator, state: &tempfile::TempDir) -> Session {
    builder(simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::BatchSize, "50")
        .state_directory(state.path())
        .connect()
        .await
        .expect("W and M are there")
}

#[tokio::test]
async fn a_file_that_another_process_replaces_meanwhile_fails_the_query() {
    let simulator = serve_in_chunks([counting("Big", 20_000)], 10_000).await;
    let state = tempfile::tempdir().expect("a directory");
    let (first, second) = (process(&simulator, &state).await, process(&simulator, &state).await);
    let sql = r#"SELECT * FROM "Big""#;
    let mut rows = first.sql(sql).await.expect("a plan").execute_stream().await.expect("a stream");
    rows.next().await.expect("a batch").expect("rows");
    query(&second, sql).await;
    let mut end = Ok(());
    while let Some(batch) = rows.next().await {
        end = end.and(batch.map(drop));
    }
    let error = anaplan_sql::Error::from(end.expect_err("half of another run"));
    insta::assert_snapshot!(error, @r#"the file of export "Big" was replaced by another run while it was read"#);

    // Without anybody in between it works.
    assert_eq!(
        query(&first, sql).await.iter().map(|batch| batch.num_rows()).sum::<usize>(),
        20_000
    );
}

#[tokio::test]
async fn a_run_of_another_process_that_has_not_ended_is_no_harm() {
    let simulator = serve_in_chunks([counting("Big", 20_000)], 10_000).await;
    let state = tempfile::tempdir().expect("a directory");
    let (first, second) = (process(&simulator, &state).await, process(&simulator, &state).await);
    let sql = r#"SELECT * FROM "Big""#;
    let mut rows = first.sql(sql).await.expect("a plan").execute_stream().await.expect("a stream");
    let mut count = rows.next().await.expect("a batch").expect("rows").num_rows();
    simulator.edit(|tenant| {
        tenant.export_mut("M", "Big").expect("it is there").outcome = Outcome::Never;
    });
    let mut other =
        second.sql(sql).await.expect("a plan").execute_stream().await.expect("a stream");
    // Polled until its task has been started and looked at.
    while simulator.count("GET", TASK) < 2 {
        let look = tokio::time::timeout(Duration::from_millis(20), other.next());
        assert!(look.await.is_err(), "the other one never ends");
    }
    while let Some(batch) = rows.next().await {
        count += batch.expect("rows").num_rows();
    }
    assert_eq!(count, 20_000);
}

#[tokio::test]
async fn a_task_that_may_be_somebody_elses_is_never_cancelled() {
    let never = Export::tabular("Never", vec![Column::new("A", "TEXT")]).outcome(Outcome::Never);
    let simulator = serve([never]).await;
    // Its answer is lost, so that nobody can be sure whose it is.
    simulator.inject(Fault::on("POST", TASKS).lose_answer());
    let session = connect_to_model(&simulator).await;
    let error = fail(&session, r#"SELECT * FROM "Never""#).await;
    assert_eq!(error.kind(), ErrorKind::Task);
    assert!(format!("{error:?}").contains(&simulator.tasks()[0].id), "{error:?}");
    session.settle(Duration::from_secs(5)).await;
    assert_eq!(simulator.count("DELETE", TASK), 0);
}

#[tokio::test]
async fn throttling_neither_outlasts_bulk_timeout_nor_keeps_a_cancellation_back() {
    let never = Export::tabular("Never", vec![Column::new("A", "TEXT")]).outcome(Outcome::Never);
    let simulator = serve([never]).await;
    simulator.inject(Fault::on("GET", TASK).forever().status(429).header("Retry-After", "150"));
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::BulkTimeout, "1")
        .connect()
        .await
        .expect("W and M are there");
    let failing = fail(&session, r#"SELECT * FROM "Never""#);
    let error = tokio::time::timeout(Duration::from_secs(30), failing).await.expect("an end");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("cancelled"), "{error}");
    assert!(simulator.tasks()[0].state.starts_with("CANCEL"), "{:?}", simulator.tasks());
}

#[tokio::test]
async fn an_absurd_wait_is_an_error_and_no_panic() {
    let simulator = serve([counting("Big", 10)]).await;
    simulator.inject(
        Fault::on("GET", "/2/0/models")
            .forever()
            .status(429)
            .header("Retry-After", "18446744073709551615"),
    );
    let connecting = builder(&simulator).set(Key::Workspace, "W").set(Key::Model, "M").connect();
    let session = tokio::time::timeout(Duration::from_secs(30), connecting).await;
    drop(session.expect("an end"));
    simulator.clear_faults();
    simulator.inject(
        Fault::on("GET", "/2/0/workspaces")
            .forever()
            .status(429)
            .header("Retry-After", "18446744073709551615"),
    );
    let connecting = builder(&simulator).set(Key::Workspace, "W").connect().await;
    let session = connecting.expect("nothing is looked up yet");
    let failing = fail(&session, "SELECT * FROM information.workspaces");
    let error = tokio::time::timeout(Duration::from_secs(30), failing).await.expect("an end");
    insta::assert_snapshot!(error, @"GET /2/0/workspaces answered 429: Too Many Requests");
}

#[tokio::test]
async fn narrowing_is_mentioned_where_it_hides_something() {
    let simulator = crate::support::demo().await;
    let session = builder(&simulator)
        .set(Key::Workspace, "Finance")
        .set(Key::Model, "Sales Planning")
        .connect()
        .await
        .expect("they are there");
    let error = fail(&session, r#"SELECT * FROM "FP&A Hub"."P&L""#).await;
    assert!(
        error.hint().is_some_and(|hint| hint.contains("narrowed by Workspace and Model")),
        "{error:?}"
    );
}
