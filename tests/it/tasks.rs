//! Tasks: started once, watched to their end, and cancelled when nobody waits for them.

use std::time::Duration;

use anaplan_sql::simulator::{Detail, Export, Fault, Model, Outcome, Simulator, Workspace};
use anaplan_sql::{ErrorKind, Key, Session};
use futures::StreamExt;

use crate::support::{
    CHUNK, TASK, TASKS, connect, connect_to_model, count_rows, counting, fail, query, serve, start,
    tenant, until, users,
};

const SELECT: &str = r#"SELECT * FROM "Big""#;

/// The states of all tasks, in order.
fn states(simulator: &Simulator) -> Vec<String> {
    simulator.tasks().into_iter().map(|task| task.state).collect()
}

/// An error without the ids that differ from run to run.
async fn told(simulator: &Simulator, session: &Session) -> String {
    let mut text = format!("{:?}", fail(session, SELECT).await);
    for task in simulator.tasks() {
        text = text.replace(&task.id, "TASK");
    }
    text.replace(&simulator.tenant().find_model("M").expect("M").id, "M")
}

#[tokio::test]
async fn a_start_whose_answer_is_lost_is_found_but_not_taken_for_ours() {
    let simulator = serve([counting("Big", 10)]).await;
    let session = connect_to_model(&simulator).await;
    simulator.inject(Fault::on("POST", TASKS).lose_answer());
    let text = told(&simulator, &session).await;
    let lines: Vec<&str> = text.lines().filter(|line| !line.contains("connection")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    Task: export "Big" can't be run
      caused by: the answer to the start of export "Big" was lost, and task TASK was started at that time: it may be this one, or another user's
      hint: run it again when that has ended: information.tasks shows it
    "#);
    assert_eq!(simulator.count("POST", TASKS), 1, "it is never sent twice");
    assert_eq!(simulator.count("GET", TASKS), 1);
    // Another user's result would be taken for ours.
    assert_eq!(simulator.count("GET", CHUNK), 0);
    session.settle(Duration::from_secs(5)).await;
    assert_eq!(simulator.count("DELETE", TASK), 0);
    until(|| states(&simulator) == ["COMPLETE"]).await;
    // The next statement runs it again.
    assert_eq!(count_rows(&session, SELECT).await, 10);
}

#[tokio::test]
async fn a_lost_start_is_not_mistaken_for_an_earlier_one() {
    let simulator = serve([counting("Big", 10)]).await;
    let session = connect_to_model(&simulator).await;
    assert_eq!(count_rows(&session, SELECT).await, 10);
    simulator.inject(Fault::on("POST", TASKS).lose_answer());
    let error = fail(&session, SELECT).await;
    let tasks = simulator.tasks();
    assert_eq!(tasks.len(), 2);
    let text = format!("{error:?}");
    assert!(text.contains(&tasks[1].id) && !text.contains(&tasks[0].id), "{text}");
    // What never came is sent again, for all that others have run.
    simulator.inject(Fault::on("POST", TASKS).reset());
    assert_eq!(fail(&session, SELECT).await.kind(), ErrorKind::Task);
    assert_eq!(simulator.tasks().len(), 2);
}

#[tokio::test]
async fn a_start_that_never_arrived_is_sent_again() {
    for fault in [Fault::on("POST", TASKS).reset(), Fault::on("POST", TASKS).status(500)] {
        let simulator = serve([counting("Big", 10)]).await;
        let session = connect_to_model(&simulator).await;
        simulator.inject(fault);
        assert_eq!(count_rows(&session, SELECT).await, 10);
        assert_eq!(simulator.count("POST", TASKS), 2);
        assert_eq!(states(&simulator), ["COMPLETE"], "exactly one task");
        assert!(simulator.count("GET", TASKS) >= 1, "it was looked for first");
    }
}

#[tokio::test]
async fn a_lost_answer_and_a_list_that_can_not_be_read_say_that_it_may_be_running() {
    let simulator = serve([counting("Big", 10)]).await;
    let session = connect_to_model(&simulator).await;
    simulator.inject(Fault::on("POST", TASKS).lose_answer());
    simulator.inject(Fault::on("GET", TASKS).forever().status(403));
    let text = told(&simulator, &session).await;
    insta::assert_snapshot!(text, @r#"
    Denied: export "Big" can't be run
      caused by: the answer to the start of export "Big" was lost, and the task list can't be read: it may be running
      caused by: GET /2/0/models/M/exports/116000000001/tasks answered 403: Forbidden
      hint: the signed-in user needs a role that allows it
    "#);
    assert_eq!(simulator.count("POST", TASKS), 1);
}

#[tokio::test]
async fn an_answer_to_a_start_that_is_no_json_is_a_lost_one() {
    let simulator = serve([counting("Big", 10)]).await;
    let session = connect_to_model(&simulator).await;
    simulator.inject(Fault::on("POST", TASKS).html());
    assert_eq!(count_rows(&session, SELECT).await, 10);
    assert_eq!(states(&simulator), ["COMPLETE"]);
}

#[tokio::test]
async fn a_task_that_does_not_succeed_fails_the_query_with_its_details() {
    let detail =
        |text: &str| Detail { kind: "actionFailed".into(), text: text.into(), values: Vec::new() };
    let details = vec![detail("The saved view is gone."), detail("Ask Dana.")];
    let simulator = serve([counting("Big", 10).outcome(Outcome::Failure { details })]).await;
    let session = connect_to_model(&simulator).await;
    insta::assert_snapshot!(told(&simulator, &session).await, @r#"
    Task: export "Big" did not succeed: The saved view is gone.; Ask Dana.
      hint: the task's id is TASK; a model builder can look it up
    "#);
    assert_eq!(fail(&session, SELECT).await.kind(), ErrorKind::Task);
    assert_eq!(simulator.count("GET", CHUNK), 0);
    // COMPLETE is not success.
    assert_eq!(states(&simulator), ["COMPLETE", "COMPLETE"]);
}

#[tokio::test]
async fn a_failed_run_is_shared_by_all_scans_of_a_statement() {
    let simulator = serve([counting("Big", 10).outcome(Outcome::failure("no space"))]).await;
    let session = connect_to_model(&simulator).await;
    for (sql, tasks) in [
        (r#"SELECT * FROM "Big" UNION ALL SELECT * FROM "Big""#, 1),
        (r#"SELECT * FROM "Big" a JOIN "Big" b ON a."Code" = b."Code""#, 2),
    ] {
        let error = fail(&session, sql).await;
        assert!(error.to_string().contains("no space"), "{error:?}");
        assert_eq!(simulator.tasks().len(), tasks, "{sql}");
    }
    // The next statement tries again.
    simulator.edit(|tenant| {
        tenant.export_mut("M", "Big").expect("it").outcome = Outcome::Success;
    });
    assert_eq!(count_rows(&session, SELECT).await, 10);
}

#[tokio::test]
async fn a_task_that_somebody_else_cancels_fails_the_query() {
    let simulator = serve([counting("Big", 10).outcome(Outcome::CancelledByOther)]).await;
    let session = connect_to_model(&simulator).await;
    insta::assert_snapshot!(told(&simulator, &session).await, @r#"
    Task: export "Big" was cancelled at the service by 8a00000000000000000000000000beef
      hint: run it again, or ask who cancelled it
    "#);
    assert_eq!(fail(&session, SELECT).await.kind(), ErrorKind::Task);
    assert_eq!(simulator.count("DELETE", TASK), 0);
}

#[tokio::test]
async fn a_task_behind_another_waits_for_its_turn() {
    let minute = Duration::from_secs(60);
    let slow = counting("Slow", 1).task_time(Duration::ZERO, minute);
    let simulator = serve([slow, counting("Big", 10)]).await;
    let session = connect_to_model(&simulator).await;
    let looks = || {
        let tasks = simulator.tasks();
        let Some(second) = tasks.get(1) else { return 0 };
        let requests = simulator.requests().into_iter();
        requests.filter(|it| it.path.ends_with(&second.id) && it.finished).count()
    };
    let first = count_rows(&session, r#"SELECT * FROM "Slow""#);
    let second = async {
        until(|| states(&simulator) == ["IN_PROGRESS"]).await;
        count_rows(&session, SELECT).await
    };
    let time = async {
        until(|| looks() > 0).await;
        assert_eq!(states(&simulator), ["IN_PROGRESS", "NOT_STARTED"]);
        simulator.clock().advance(minute);
    };
    let (first, second, ()) = tokio::join!(first, second, time);
    assert_eq!((first, second), (1, 10));
    assert_eq!(states(&simulator), ["COMPLETE", "COMPLETE"]);
    assert!(looks() > 1, "it was looked at {} times", looks());
}

fn endless() -> Export {
    counting("Big", 10).outcome(Outcome::Never)
}

/// Waits for the service to have cancelled its only task.
async fn assert_cancelled(simulator: &Simulator, session: &Session) {
    session.settle(Duration::from_secs(10)).await;
    assert_eq!(simulator.count("DELETE", TASK), 1);
    simulator.clock().advance(Duration::from_secs(1));
    assert_eq!(states(simulator), ["CANCELLED"]);
}

#[tokio::test]
async fn dropping_the_stream_cancels_the_task() {
    let simulator = serve([endless()]).await;
    let session = connect_to_model(&simulator).await;
    let frame = session.sql(SELECT).await.expect("a plan");
    let mut stream = frame.execute_stream().await.expect("a stream");
    tokio::select! {
        _ = stream.next() => panic!("it never ends"),
        () = until(|| states(&simulator) == ["IN_PROGRESS"]) => {}
    }
    drop(stream);
    assert_cancelled(&simulator, &session).await;
}

#[tokio::test]
async fn dropping_the_stream_while_the_start_is_on_its_way_cancels_the_task() {
    let simulator = serve([endless()]).await;
    let session = connect_to_model(&simulator).await;
    simulator.inject(Fault::on("POST", TASKS).delay(Duration::from_millis(50)));
    let frame = session.sql(SELECT).await.expect("a plan");
    let mut stream = frame.execute_stream().await.expect("a stream");
    tokio::select! {
        _ = stream.next() => panic!("it never ends"),
        () = until(|| simulator.count("POST", TASKS) == 1) => {}
    }
    assert_eq!(simulator.tasks().len(), 0);
    drop(stream);
    assert_cancelled(&simulator, &session).await;
}

#[tokio::test]
async fn one_side_of_a_self_join_does_not_cancel_for_the_other() {
    let export = counting("Big", 10).task_time(Duration::ZERO, Duration::from_millis(50));
    let simulator = serve([export]).await;
    let session = connect_to_model(&simulator).await;
    let frame = session.sql(SELECT).await.expect("a plan");
    let mut first = frame.clone().execute_stream().await.expect("a stream");
    let second = frame.execute_stream().await.expect("a stream");
    tokio::select! {
        _ = first.next() => panic!("it takes 50 ms"),
        () = until(|| states(&simulator) == ["IN_PROGRESS"]) => {}
    }
    drop(first);
    let rows: usize =
        second.map(|batch| batch.expect("rows").num_rows()).collect::<Vec<_>>().await.iter().sum();
    assert_eq!(rows, 10);
}

#[tokio::test]
async fn a_query_that_ends_cancels_nothing() {
    let simulator = serve([counting("Big", 10)]).await;
    let session = connect_to_model(&simulator).await;
    query(&session, SELECT).await;
    query(&session, r#"SELECT * FROM "Big" LIMIT 1"#).await;
    session.settle(Duration::from_secs(10)).await;
    assert_eq!(simulator.count("DELETE", TASK), 0);
}

#[tokio::test]
async fn a_task_beyond_bulk_timeout_is_cancelled() {
    let simulator = serve([endless()]).await;
    let session = crate::support::builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::BulkTimeout, "1")
        .connect()
        .await
        .expect("W and M are there");
    let error = fail(&session, SELECT).await;
    assert_eq!(error.kind(), ErrorKind::Timeout);
    insta::assert_snapshot!(format!("{error:?}"), @r#"
    Timeout: export "Big" took longer than 1 s: it was still running; it has been cancelled
      hint: raise BulkTimeout (seconds; 0 waits for ever), or run it when the model is quiet
    "#);
    assert_cancelled(&simulator, &session).await;
}

#[tokio::test]
async fn bulk_timeout_counts_the_time_in_the_queue() {
    let waiting = counting("Big", 10).task_time(Duration::from_secs(3600), Duration::ZERO);
    let simulator = serve([waiting]).await;
    let session = crate::support::builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::BulkTimeout, "1")
        .connect()
        .await
        .expect("W and M are there");
    insta::assert_snapshot!(format!("{:?}", fail(&session, SELECT).await), @r#"
    Timeout: export "Big" took longer than 1 s: it was still waiting for the model to be free; it has been cancelled
      hint: raise BulkTimeout (seconds; 0 waits for ever), or run it when the model is quiet
    "#);
    assert_cancelled(&simulator, &session).await;
}

#[tokio::test]
async fn an_export_that_is_deleted_after_it_was_listed_is_named() {
    let simulator = serve([counting("Big", 10), counting("Other", 10)]).await;
    let session = connect_to_model(&simulator).await;
    // Its columns are known: the start finds out.
    let frame = session.sql(SELECT).await.expect("a plan");
    simulator.edit(|tenant| {
        tenant.model_mut("M").expect("M").exports.retain(|export| export.name != "Big");
    });
    let error = anaplan_sql::Error::from(frame.collect().await.expect_err("it is gone"));
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let model = simulator.tenant().find_model("M").expect("M").id.clone();
    insta::assert_snapshot!(format!("{error:?}").replace(&model, "M"), @r#"
    NotFound: export "Big" is not there any more
      caused by: POST /2/0/models/M/exports/116000000001/tasks answered 404: Not Found
      hint: it was deleted, or the signed-in user has no access: Anaplan answers 404 for both
    "#);

    // Its columns are not known: planning finds out.
    let session = connect_to_model(&simulator).await;
    query(&session, "SELECT * FROM information.exports").await;
    simulator.edit(|tenant| tenant.model_mut("M").expect("M").exports.clear());
    let error = fail(&session, r#"SELECT * FROM "Other""#).await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    insta::assert_snapshot!(format!("{error:?}").replace(&model, "M"), @r#"
    NotFound: the columns of export "Other" can't be read
      caused by: GET /2/0/models/M/exports/116000000002 answered 404: Not Found
      hint: it was deleted, or the signed-in user has no access: Anaplan answers 404 for both
    "#);
}

#[tokio::test]
async fn models_that_can_not_be_worked_with_say_why() {
    let model = |state: &str| Model::new(state).state(state).export(counting("Big", 10));
    let workspace = Workspace::new("W")
        .model(model("LOCKED"))
        .model(model("MAINTENANCE"))
        .model(model("PRODUCTION"))
        .model(Model::new("SHUT").no_access().export(counting("Big", 10)));
    let simulator = start(users().workspace(workspace)).await;
    let session = connect(&simulator).await;
    let mut all = Vec::new();
    for name in ["LOCKED", "MAINTENANCE", "SHUT"] {
        let error = fail(&session, &format!(r#"SELECT * FROM "W"."{name}"."Big""#)).await;
        let id = simulator.tenant().find_model(name).expect("it").id.clone();
        all.push(format!("{name}\n{error:?}").replace(&id, "M"));
    }
    insta::assert_snapshot!(all.join("\n\n"), @r#"
    LOCKED
    Service: export "Big" can't be run
      caused by: POST /2/0/models/M/exports/116000000001/tasks answered 423: Model is locked
      hint: the model is locked: wait until it is unlocked

    MAINTENANCE
    Service: the exports of model "MAINTENANCE" can't be listed
      caused by: GET /2/0/models/M/exports answered 424: Model is offline for maintenance
      hint: the model is offline or under maintenance: try again later

    SHUT
    NotFound: the exports of model "SHUT" can't be listed
      caused by: GET /2/0/models/M/exports answered 404: Not Found
      hint: it was deleted, or the signed-in user has no access: Anaplan answers 404 for both
    "#);
    assert_eq!(count_rows(&session, r#"SELECT * FROM "W"."PRODUCTION"."Big""#).await, 10);
    assert_eq!(simulator.count("POST", TASKS), 2, "423 and 424 are not tried again");
}

#[tokio::test]
async fn a_poll_that_breaks_does_not_end_the_task() {
    let simulator = Simulator::builder(tenant([counting("Big", 10)]))
        .task_time(Duration::ZERO, Duration::from_millis(60))
        .start()
        .await
        .expect("a free port");
    let session = connect_to_model(&simulator).await;
    simulator.inject(Fault::on("GET", TASK).reset());
    simulator.inject(Fault::on("GET", TASK).skip(1).status(502));
    simulator.inject(Fault::on("GET", TASK).skip(1).truncate_body(10));
    assert_eq!(count_rows(&session, SELECT).await, 10);
    assert_eq!(simulator.tasks().len(), 1);
    assert_eq!(simulator.count("DELETE", TASK), 0);
}

#[tokio::test]
async fn a_query_whose_task_may_not_be_seen_can_be_run_again() {
    let simulator = serve([endless()]).await;
    let session = connect_to_model(&simulator).await;
    simulator.inject(Fault::on("GET", TASK).forever().status(403));
    insta::assert_snapshot!(told(&simulator, &session).await, @r#"
    Denied: export "Big" runs as task TASK, and can't be watched: it has been cancelled
      caused by: GET /2/0/models/M/exports/116000000001/tasks/TASK answered 403: Forbidden
      hint: run it again
    "#);
    assert_cancelled(&simulator, &session).await;
}

#[tokio::test]
async fn progress_tells_what_a_scan_is_doing() {
    use anaplan_sql::progress::Phase;
    let simulator = serve([endless()]).await;
    let session = connect_to_model(&simulator).await;
    let progress = session.progress().clone();
    assert!(progress.states().is_empty());
    let frame = session.sql(SELECT).await.expect("a plan");
    let mut stream = frame.execute_stream().await.expect("a stream");
    tokio::select! {
        _ = stream.next() => panic!("it never ends"),
        () = until(|| {
            let states = progress.states();
            states.len() == 1
                && states[0].name == "Big"
                && matches!(states[0].phase, Phase::Running(Some(_)))
        }) => {}
    }
    drop(stream);
    session.settle(Duration::from_secs(10)).await;
    until(|| progress.states().is_empty()).await;
}
