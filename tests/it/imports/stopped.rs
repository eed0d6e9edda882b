//! Runs that are stopped: by the time that they may take, by somebody else, by a signal. What became
//! of them is told as the service knows it.

use std::process::Output;
use std::time::Duration;

use anaplan_sql::simulator::{Fault, Simulator};
use anaplan_sql::{ErrorKind, Key, Session};

use super::tenant::{TASK, items, serve, states};
use crate::process::{Program, connection, signal};
use crate::support::{builder, connect_to_model, fail, query, until};

const PROCESS_TASK: &str = "/2/0/models/*/processes/*/tasks/*";
const LATE: Duration = Duration::from_secs(600);
/// Uploads a file of two rows for `Load products`, of which the second is rejected.
const LOAD: &str = "INSERT INTO \"Imports.Load products\" VALUES \
     ('C', 'Coffee', 'North', 2, NULL, NULL), ('X', 'Odd', 'Nowhere', 1, NULL, NULL)";

/// A session that waits a second for a task, and looks once before.
async fn hasty(simulator: &Simulator) -> Session {
    builder(simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::BulkTimeout, "1")
        .set(Key::BulkPollingInterval, "60000")
        .connect()
        .await
        .expect("W and M are there")
}

/// An error as people see it, without the ids of tasks.
async fn told(session: &Session, simulator: &Simulator, sql: &str) -> String {
    let text = format!("{:?}", fail(session, sql).await);
    simulator.tasks().iter().fold(text, |text, task| text.replace(&task.id, "TASK"))
}

#[tokio::test]
async fn a_task_that_has_ended_when_the_time_is_up_is_told_as_it_ended() {
    let simulator = Simulator::builder(super::tenant::tenant())
        .task_time(Duration::ZERO, Duration::from_millis(300))
        .start()
        .await
        .expect("a free port");
    let session = hasty(&simulator).await;
    query(&session, "CALL RunImport('Load regions')").await;
    assert_eq!(simulator.count("DELETE", TASK), 0, "there is nothing to cancel");
    assert_eq!(items(&simulator, "Regions").len(), 4);
}

#[tokio::test]
async fn the_answer_to_a_cancellation_tells_that_the_task_has_ended() {
    let lost = || Fault::on("DELETE", TASK).delay(LATE).late();
    for faults in [vec![], vec![lost()], vec![Fault::on("DELETE", TASK).late().status(409)]] {
        let simulator = serve().await;
        let session = builder(&simulator)
            .set(Key::Workspace, "W")
            .set(Key::Model, "M")
            .set(Key::BulkTimeout, "1")
            .set(Key::Timeout, "2")
            .connect()
            .await
            .expect("W and M are there");
        // Nobody sees that it has ended before the time is up.
        simulator.inject(Fault::on("GET", TASK).delay(LATE));
        faults.into_iter().for_each(|fault| simulator.inject(fault));
        query(&session, "CALL RunImport('Load regions')").await;
        assert!(simulator.count("DELETE", TASK) >= 1);
        assert_eq!(items(&simulator, "Regions").len(), 4);
    }
}

#[tokio::test]
async fn a_cancellation_that_is_refused_may_have_worked() {
    let simulator = serve().await;
    let session = hasty(&simulator).await;
    simulator.inject(Fault::on("DELETE", TASK).late().status(409));
    insta::assert_snapshot!(told(&session, &simulator, "CALL RunImport('Never')").await);
    simulator.clock().advance(Duration::from_secs(1));
    assert_eq!(states(&simulator), ["CANCELLED"]);
}

#[tokio::test]
async fn a_process_that_is_stopped_tells_what_it_has_done() {
    for name in ["Stopped", "Endless"] {
        let simulator = serve().await;
        let session = hasty(&simulator).await;
        query(&session, LOAD).await;
        assert_eq!(session.rejected().take().len(), 1);
        let text = told(&session, &simulator, &format!("CALL RunProcess('{name}')")).await;
        insta::assert_snapshot!(name, text);
        let rejected = session.rejected().take();
        assert_eq!(rejected.len(), 1, "the row that the first step has rejected");
        assert!(rejected[0].of.contains(name), "{rejected:?}");
        assert!(rejected[0].look.as_ref().is_some_and(|look| look.contains("Process => ")));
        assert_eq!(items(&simulator, "Products").len(), 2);
    }
}

#[tokio::test]
async fn a_look_that_fails_does_not_end_a_task() {
    for fault in [
        Fault::on("GET", TASK).status(423),
        Fault::on("GET", TASK).status(424),
        Fault::on("GET", TASK).html(),
        Fault::on("GET", TASK).bad_json(),
        Fault::on("GET", TASK).times(2).reset(),
    ] {
        let simulator = serve().await;
        let session = builder(&simulator)
            .set(Key::Workspace, "W")
            .set(Key::Model, "M")
            .set(Key::MaxRetries, "0")
            .connect()
            .await
            .expect("W and M are there");
        simulator.inject(fault);
        query(&session, "CALL RunImport('Load regions')").await;
        assert_eq!(simulator.count("DELETE", TASK), 0);
        assert_eq!(states(&simulator), ["COMPLETE"]);
    }
}

#[tokio::test]
async fn looks_that_fail_until_the_time_is_up_end_with_what_is_known() {
    let simulator = serve().await;
    let session = hasty(&simulator).await;
    simulator.inject(Fault::on("GET", TASK).forever().status(423));
    let text = told(&session, &simulator, "CALL RunImport('Never')").await;
    let model = simulator.tenant().find_model("M").expect("M").id.clone();
    insta::assert_snapshot!(text.replace(&model, "M"));
    assert_eq!(simulator.count("DELETE", TASK), 1);
    assert!(simulator.count("GET", TASK) > 2, "it was looked at again");
    // It has ended where nobody could see it, but the answer to the cancellation tells.
    query(&session, "CALL RunImport('Load regions')").await;
    assert_eq!(items(&simulator, "Regions").len(), 4);
}

#[tokio::test]
async fn a_task_that_may_not_be_seen_is_stopped_at_once() {
    for status in [403, 404] {
        let simulator = serve().await;
        let session = connect_to_model(&simulator).await;
        simulator.inject(Fault::on("GET", TASK).forever().status(status));
        let error = fail(&session, "CALL RunImport('Never')").await;
        assert!(matches!(error.kind(), ErrorKind::Denied | ErrorKind::NotFound), "{error:?}");
        assert_eq!(simulator.count("DELETE", TASK), 1);
    }
}

/// Runs a statement as a process, and interrupts it when something is so.
async fn interrupted(
    simulator: &Simulator,
    sql: &str,
    name: &str,
    so: impl Fn() -> bool,
) -> (Option<i32>, String) {
    let connect = format!("{};Workspace=W;Model=M", connection(simulator));
    let child = Program::new().args(["--connect", &connect, "-c", sql]).spawn();
    until(so).await;
    signal(&child, name);
    let Output { status, stderr, .. } = child.wait_with_output().expect("an end");
    let text = String::from_utf8(stderr).expect("UTF-8");
    let text = simulator.tasks().iter().fold(text, |text, task| text.replace(&task.id, "TASK"));
    (status.code(), text)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_tells_that_the_task_had_ended() {
    let simulator = serve().await;
    simulator.inject(Fault::on("GET", TASK).forever().delay(LATE));
    let sql = "CALL RunImport('Load regions')";
    let has_ended = || simulator.count("GET", TASK) > 0 && states(&simulator) == ["COMPLETE"];
    let (code, said) = interrupted(&simulator, sql, "INT", has_ended).await;
    assert_eq!(code, Some(130));
    insta::assert_snapshot!(said);
    assert_eq!(items(&simulator, "Regions").len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_tells_what_it_leaves() {
    let simulator = serve().await;
    let running = || simulator.count("GET", TASK) > 0;
    let (code, said) = interrupted(&simulator, "CALL RunImport('Never')", "INT", running).await;
    assert_eq!(code, Some(130));
    insta::assert_snapshot!("import", said);

    query(&connect_to_model(&simulator).await, LOAD).await;
    let running = || simulator.count("GET", PROCESS_TASK) > 0;
    let sql = "CALL RunProcess('Endless')";
    let (code, said) = interrupted(&simulator, sql, "TERM", running).await;
    assert_eq!(code, Some(130));
    assert!(said.contains("what the steps before have done stays done"), "{said}");

    simulator.inject(Fault::on("DELETE", TASK).forever().status(404));
    simulator.clear_requests();
    let running = || simulator.count("GET", TASK) > 0;
    let (code, said) = interrupted(&simulator, "CALL RunImport('Never')", "INT", running).await;
    assert_eq!(code, Some(130));
    assert!(said.starts_with("warning: a task can't be cancelled, and may go on"), "{said}");
    assert!(said.contains("TASK") && said.contains("answered 404"), "{said}");
}
