//! What procedures run and set in a model, seen from the model's side.

use std::time::Duration;

use anaplan_sql::simulator::{
    Action, ActionKind, Calendar, CalendarKind, Fault, List, Model, Outcome, Simulator, Version,
    Workspace,
};
use anaplan_sql::{ErrorKind, Key, Session};
use futures::StreamExt;

use crate::support::{
    CHUNK, Cell, TASKS, builder, cells, connect_to_model, count_rows, counting, fail, query, start,
    until, users,
};

const ACTION_TASKS: &str = "/2/0/models/*/actions/*/tasks";
const ACTION_TASK: &str = "/2/0/models/*/actions/*/tasks/*";

/// The model `M` with something of each kind that can be run or set.
async fn serve(action: Action) -> Simulator {
    let mut numbered = List::numbered("Orders");
    numbered.next_index = 7;
    let model = Model::new("M")
        .calendar(Calendar::new(CalendarKind::Months).years(2024, 1, 1))
        .version(Version::new("Actual").actual())
        .version(Version::new("Forecast"))
        .list(numbered)
        .list(List::new("Products").items(["Press"]))
        .export(counting("Big", 10))
        .action(action);
    start(users().workspace(Workspace::new("W").model(model))).await
}

fn next_month() -> Action {
    Action::new("Next month", ActionKind::UpdateCurrentPeriod)
}

fn states(simulator: &Simulator) -> Vec<String> {
    simulator.tasks().into_iter().map(|task| task.state).collect()
}

async fn run(session: &Session, sql: &str) -> Vec<Cell> {
    let mut rows = cells(&query(session, sql).await);
    assert_eq!(rows.len(), 1, "{sql}");
    rows.remove(0)
}

#[tokio::test]
async fn an_action_runs_once_and_its_row_tells_what_it_did() {
    let simulator = serve(next_month()).await;
    let session = connect_to_model(&simulator).await;
    run(&session, "EXEC SetCurrentPeriod '2024-03-01'").await;
    let row = run(&session, "EXEC RunAction Action = 'next month', Locale = 'de_DE'").await;
    let task = simulator.tasks().remove(0);
    assert_eq!(row[0], Cell::text(&task.id));
    assert_eq!(row[1], Cell::text(&task.parent_id));
    assert_eq!(row[2..4], [Cell::text("Next month"), Cell::text("COMPLETE")]);
    assert_eq!(row[4..6], [Cell::Boolean(true), Cell::Boolean(false)]);
    assert_eq!(row[7], Cell::Null);
    let tenant = simulator.tenant();
    let period = tenant.find_model("M").expect("M").calendar.current_period;
    assert_eq!(period.expect("a period").to_string()[..7], *"2024-04");
    assert_eq!(states(&simulator), ["COMPLETE"]);
}

#[tokio::test]
async fn an_action_whose_answer_is_lost_is_not_run_twice() {
    for fault in [
        Fault::on("POST", ACTION_TASKS).reset(),
        Fault::on("POST", ACTION_TASKS).html(),
        Fault::on("POST", ACTION_TASKS).status(503),
    ] {
        let simulator = serve(next_month()).await;
        let session = connect_to_model(&simulator).await;
        run(&session, "EXEC SetCurrentPeriod '2024-03-01'").await;
        simulator.inject(fault);
        run(&session, "CALL RunAction('Next month')").await;
        let tenant = simulator.tenant();
        let period = tenant.find_model("M").expect("M").calendar.current_period;
        assert_eq!(period.expect("a period").to_string()[..7], *"2024-04");
        assert_eq!(states(&simulator), ["COMPLETE"]);
    }
}

#[tokio::test]
async fn an_action_that_may_have_run_is_not_run_again() {
    let simulator = serve(next_month()).await;
    let session = connect_to_model(&simulator).await;
    run(&session, "EXEC SetCurrentPeriod '2024-03-01'").await;
    simulator.inject(Fault::on("POST", ACTION_TASKS).lose_answer());
    let error = fail(&session, "CALL RunAction('Next month')").await;
    assert_eq!(error.kind(), ErrorKind::Task);
    let task = simulator.tasks().remove(0);
    assert!(error.causes()[0].contains(&task.id), "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.contains("CancelTask")), "{error:?}");
    assert_eq!((simulator.count("POST", ACTION_TASKS), states(&simulator).len()), (1, 1));
}

/// A session that repeats nothing and waits so many seconds for a task.
async fn connect_with(simulator: &Simulator, seconds: &str) -> Session {
    builder(simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::BulkTimeout, seconds)
        .set(Key::MaxRetries, "0")
        .connect()
        .await
        .expect("W and M are there")
}

#[tokio::test]
async fn a_run_that_can_not_be_cancelled_is_named() {
    let simulator = serve(next_month().outcome(Outcome::Never)).await;
    let session = connect_with(&simulator, "1").await;
    simulator.inject(Fault::on("DELETE", ACTION_TASK).forever().status(500));
    let error = fail(&session, "CALL RunAction('Next month')").await;
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let task = simulator.tasks().remove(0);
    let expected = format!("task {} can't be cancelled, and may go on", task.id);
    assert!(format!("{error:?}").contains(&expected), "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.contains("CancelTask")), "{error:?}");
}

#[tokio::test]
async fn a_run_that_ends_before_it_hears_of_a_cancellation_is_told_as_it_ended() {
    for (outcome, told) in
        [(Outcome::Never, "can't be cancelled, and may go on"), (Outcome::Success, "")]
    {
        let simulator = serve(next_month().outcome(outcome)).await;
        let session = connect_with(&simulator, "1").await;
        run(&session, "EXEC SetCurrentPeriod '2024-03-01'").await;
        // It is seen running until the time is up.
        simulator.inject(Fault::on("GET", ACTION_TASK).delay(Duration::from_secs(30)));
        simulator.inject(Fault::on("DELETE", ACTION_TASK).forever().status(409));
        let sql = "CALL RunAction('Next month')";
        if told.is_empty() {
            run(&session, sql).await;
        } else {
            let error = fail(&session, sql).await;
            assert_eq!(error.kind(), ErrorKind::Timeout);
            assert!(format!("{error:?}").contains(told), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_run_that_can_not_be_watched_is_named() {
    let simulator = serve(next_month().outcome(Outcome::Never)).await;
    let session = connect_with(&simulator, "60").await;
    simulator.inject(Fault::on("GET", ACTION_TASK).forever().status(403));
    simulator.inject(Fault::on("DELETE", ACTION_TASK).forever().status(409));
    let error = fail(&session, "CALL RunAction('Next month')").await;
    let task = simulator.tasks().remove(0);
    let text = format!("{error:?}");
    assert!(text.contains(&format!("runs as task {}, and can't be watched", task.id)), "{text}");
    assert!(error.hint().is_some_and(|hint| hint.contains("information.tasks")), "{text}");
    assert_eq!(simulator.count("DELETE", ACTION_TASK), 1);
}

#[tokio::test]
async fn an_action_without_success_is_an_error() {
    let simulator = serve(next_month().outcome(Outcome::failure("The list is locked."))).await;
    let session = connect_to_model(&simulator).await;
    let error = fail(&session, "CALL RunAction('Next month')").await;
    assert_eq!(error.kind(), ErrorKind::Task);
    assert_eq!(error.to_string(), "action \"Next month\" did not succeed: The list is locked.");
    let error = fail(&session, "CALL RunAction('Next mont')").await;
    assert_eq!(error.hint(), Some("did you mean \"Next month\"?"));
}

#[tokio::test]
async fn a_call_that_is_dropped_is_cancelled_at_the_service() {
    let simulator = serve(next_month().outcome(Outcome::Never)).await;
    let session = connect_to_model(&simulator).await;
    let frame = session.sql("CALL RunAction('Next month')").await.expect("a plan");
    let mut stream = frame.execute_stream().await.expect("a stream");
    tokio::select! {
        _ = stream.next() => panic!("it never ends"),
        () = until(|| simulator.count("GET", ACTION_TASK) > 0) => {}
    }
    drop(stream);
    session.settle(std::time::Duration::from_secs(60)).await;
    assert_eq!(simulator.count("DELETE", ACTION_TASK), 1);
}

#[tokio::test]
async fn an_export_is_run_without_being_read() {
    let simulator = serve(next_month()).await;
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::ReadOnly, "true")
        .set(Key::MaxStaleness, "3600")
        .connect()
        .await
        .expect("signed in");
    let row = run(&session, "CALL RunExport(Export => 'Big')").await;
    assert_eq!(row[2..4], [Cell::text("Big"), Cell::text("COMPLETE")]);
    assert_eq!((simulator.count("POST", TASKS), simulator.count("GET", CHUNK)), (1, 0));
    // Its file is fresh: nothing is run to read it.
    assert_eq!(count_rows(&session, "SELECT * FROM \"Big\"").await, 10);
    assert_eq!((simulator.count("POST", TASKS), simulator.count("GET", CHUNK)), (1, 1));
}

#[tokio::test]
async fn a_task_is_cancelled_by_its_id() {
    let simulator = serve(next_month().outcome(Outcome::Never)).await;
    let session = connect_to_model(&simulator).await;
    let other = session.clone();
    let running = tokio::spawn(async move { fail(&other, "CALL RunAction('Next month')").await });
    until(|| simulator.count("GET", ACTION_TASK) > 0).await;
    let id = simulator.tasks()[0].id.clone();
    let error = fail(&session, &format!("CALL CancelExport('Big', TaskId => '{id}')")).await;
    assert_eq!(error.kind(), ErrorKind::Query, "a value alone could be for either parameter");
    let error =
        fail(&session, &format!("CALL CancelExport(Export => 'Big', TaskId => '{id}')")).await;
    assert_eq!(error.to_string(), "export \"Big\" has no task of this id");
    let row =
        run(&session, &format!("EXEC CancelTask Object = 'Next month', TaskId = '{id}'")).await;
    assert_eq!(row[0], Cell::text(&id));
    assert!([Cell::text("CANCELLED"), Cell::text("CANCELLING")].contains(&row[1]), "{row:?}");
    // Whoever waits for it hears of it.
    let error = running.await.expect("no panic");
    assert_eq!(error.kind(), ErrorKind::Task);
    let user = simulator.tenant().users[0].clone();
    let by = format!("was cancelled at the service by {} {}", user.first_name, user.last_name);
    assert!(error.to_string().contains(&by), "{error:?}");
}

#[tokio::test]
async fn switchover_and_list_index_are_set() {
    let simulator = serve(next_month()).await;
    let session = connect_to_model(&simulator).await;
    let sql = "EXEC SetVersionSwitchover Version = 'Forecast', Date = '2024-05-20'";
    assert_eq!(run(&session, sql).await, [Cell::Boolean(true)]);
    assert_eq!(run(&session, "CALL ResetListIndex('Orders')").await, [Cell::Boolean(true)]);
    let tenant = simulator.tenant();
    let model = tenant.find_model("M").expect("M");
    let forecast = model.versions.iter().find(|it| it.name == "Forecast").expect("it");
    assert_eq!(forecast.switchover.expect("a day").to_string(), "2024-05-01");
    assert_eq!(model.find_list("Orders").expect("it").next_index, 1);

    let error = fail(&session, "CALL ResetListIndex('Products')").await;
    assert_eq!(error.kind(), ErrorKind::Service);
    assert_eq!(error.to_string(), "the index of list \"Products\" can't be reset");
    assert!(error.causes()[0].contains("contains data"), "{error:?}");
    let error = fail(&session, "CALL ResetListIndex('Order')").await;
    assert_eq!(error.to_string(), "there is no list \"Order\"");
}
