//! What nobody waits for any more is cancelled at the service.

use std::time::Duration;

use adbc_core::Statement;
use adbc_core::error::Status;
use anaplan_sql::simulator::{Export, Outcome, Simulator};
use arrow::array::RecordBatchReader;

use crate::support::{connect_to, counting, query, rows, serve, statement, until};

const TASKS: &str = "/2/0/models/*/exports/*/tasks/*";

fn states(simulator: &Simulator) -> Vec<String> {
    simulator.tasks().iter().map(|task| task.state.clone()).collect()
}

/// An export whose task never ends.
fn endless() -> Export {
    counting("Endless", 10).outcome(Outcome::Never)
}

#[test]
fn a_cancelled_execution_ends_and_the_task_at_the_service_too() {
    let simulator = serve(endless());
    let mut connection = connect_to(&simulator, "W", "M");
    let mut statement = statement(&mut connection, r#"SELECT * FROM "Endless""#);
    let handle = statement.get_cancel_handle();
    let waiting = std::thread::spawn(move || statement.execute().err().map(|error| error.status));
    until(|| states(&simulator) == ["IN_PROGRESS"]);
    handle.try_cancel().expect("cancelled");
    assert_eq!(waiting.join().expect("no panic"), Some(Status::Cancelled));
    drop(connection);
    assert_eq!(simulator.count("DELETE", TASKS), 1);
    simulator.clock().advance(Duration::from_secs(1));
    assert_eq!(states(&simulator), ["CANCELLED"]);
}

#[test]
fn a_cancelled_result_ends_and_the_next_execution_is_another() {
    let simulator = serve(counting("Big", 500_000));
    let mut connection = connect_to(&simulator, "W", "M");
    let mut statement = statement(&mut connection, r#"SELECT * FROM "Big""#);
    let mut reader = statement.execute().expect("rows");
    assert!(reader.next().expect("a batch").is_ok());
    statement.get_cancel_handle().try_cancel().expect("cancelled");
    let error = reader.next().expect("an error").expect_err("cancelled");
    assert!(error.to_string().contains("cancelled"), "{error}");
    assert!(reader.next().is_none());
    let rows: usize = statement
        .execute()
        .expect("rows")
        .map(|batch| batch.expect("not cancelled").num_rows())
        .sum();
    assert_eq!(rows, 500_000);
}

#[test]
fn a_result_that_is_dropped_is_not_read_to_its_end() {
    let simulator = serve(counting("Big", 5_000_000));
    let mut connection = connect_to(&simulator, "W", "M");
    let mut reader = statement(&mut connection, r#"SELECT * FROM "Big""#).execute().expect("rows");
    assert!(reader.next().is_some());
    drop(reader);
    drop(connection);
    let read = simulator.count("GET", "/2/0/models/*/files/*/chunks/*");
    assert!(read < 100, "{read}");
}

#[test]
fn cancelling_nothing_harms_nothing() {
    let simulator = serve(counting("Small", 10));
    let mut connection = connect_to(&simulator, "W", "M");
    let mut statement = statement(&mut connection, r#"SELECT count(*) FROM "Small""#);
    statement.get_cancel_handle().try_cancel().expect("nothing to cancel");
    let mut reader = statement.execute().expect("rows");
    assert_eq!(reader.schema().fields().len(), 1);
    assert_eq!(reader.next().expect("a batch").expect("no error").num_rows(), 1);
    drop(reader);
    assert_eq!(rows(&query(&mut connection, "SELECT 1")), ["1"]);
}

#[test]
fn closing_a_connection_ends_the_results_that_are_left() {
    let simulator = serve(counting("Big", 5_000_000));
    let mut connection = connect_to(&simulator, "W", "M");
    let mut reader = statement(&mut connection, r#"SELECT * FROM "Big""#).execute().expect("rows");
    assert!(reader.next().expect("a batch").is_ok());
    drop(connection);
    let error = reader.find_map(Result::err).expect("an end");
    assert!(error.to_string().contains("cancelled"), "{error}");
    let read = simulator.count("GET", "/2/0/models/*/files/*/chunks/*");
    assert!(read < 100, "{read}");
}
