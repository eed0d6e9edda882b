//! Results, and the errors of statements.

use std::sync::Arc;

use adbc_core::error::Status;
use adbc_core::options::InfoCode;
use adbc_core::{Connection, Statement};
use anaplan_sql::simulator::Fault;
use arrow::array::RecordBatchReader;
use arrow::datatypes::DataType;
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};

use crate::support::{
    connect, connect_to, counting, demo, fail, query, read, rows, serve, statement,
};

#[test]
fn rows_come_as_they_are_read() {
    let simulator = serve(counting("Big", 500_000));
    let mut connection = connect_to(&simulator, "W", "M");
    let mut reader = statement(&mut connection, r#"SELECT * FROM "Big""#).execute().expect("rows");
    let first = reader.next().expect("a batch").expect("no error");
    assert_eq!(first.num_rows(), 8192);
    let read = simulator.count("GET", "/2/0/models/*/files/*/chunks/*");
    let all = simulator.requests().len();
    assert!(read < 20, "{read} chunks of {all} requests");
    let rest: usize = reader.map(|batch| batch.expect("no error").num_rows()).sum();
    assert_eq!(8192 + rest, 500_000);
    assert!(simulator.count("GET", "/2/0/models/*/files/*/chunks/*") > 100);
}

#[test]
fn a_result_of_no_rows_has_its_schema() {
    let simulator = demo();
    let mut connection = connect_to(&simulator, "Finance", "Sales Planning");
    let sql = r#"SELECT "Region" FROM "Customers" WHERE false"#;
    let reader = statement(&mut connection, sql).execute().expect("rows");
    assert_eq!(reader.schema().field(0).name(), "Region");
    assert_eq!(reader.count(), 0);
    let schema = statement(&mut connection, sql).execute_schema().expect("a schema");
    assert_eq!(schema.field(0).data_type(), &DataType::Utf8);
}

#[test]
fn errors_have_status_sqlstate_and_hint() {
    let simulator = demo();
    let mut connection = connect_to(&simulator, "Finance", "Sales Planning");
    for (sql, status, sqlstate, part) in [
        ("SELEC 1", Status::InvalidArguments, "42601", "syntax error"),
        ("CALL RunImport()", Status::InvalidArguments, "42000", "Import is missing"),
        (
            "SELECT * FROM \"Customer\"",
            Status::NotFound,
            "42P01",
            "hint: did you mean \"Customers\"",
        ),
        ("CALL Nothing()", Status::NotFound, "42883", "Nothing"),
        ("SELECT 1; SELECT 2", Status::NotImplemented, "0A000", "single SQL statement"),
        (
            r#"SELECT * FROM "Operations"."Demand Planning"."Rejected forecast""#,
            Status::NotFound,
            "42P01",
            "narrowed",
        ),
    ] {
        let error = fail(&mut connection, sql);
        assert_eq!(error.status, status, "{sql}: {}", error.message);
        let told: String = error.sqlstate.iter().map(|byte| char::from(*byte as u8)).collect();
        assert_eq!(told, sqlstate, "{sql}");
        assert!(error.message.contains(part), "{sql}: {}", error.message);
    }
    let error =
        fail(&mut connect(&simulator), r#"SELECT * FROM "Finance"."FP&A Hub"."Board pack""#);
    assert_eq!(error.status, Status::NotImplemented, "{}", error.message);
    assert!(error.message.contains("application/pdf"), "{}", error.message);
}

#[test]
fn an_error_in_the_middle_of_a_result_ends_it_with_its_words() {
    let simulator = serve(counting("Big", 200_000));
    let mut connection = connect_to(&simulator, "W", "M");
    let fault = Fault::on("GET", "/2/0/models/*/files/*/chunks/*").skip(20).status(404).forever();
    simulator.inject(fault);
    let mut reader = statement(&mut connection, r#"SELECT * FROM "Big""#).execute().expect("rows");
    let error = reader.by_ref().find_map(Result::err).expect("an error");
    assert!(error.to_string().contains("404"), "{error}");
    assert!(reader.next().is_none());
}

#[test]
fn a_panic_in_a_query_harms_nothing_else() {
    let simulator = demo();
    let mut connection = connect(&simulator);
    let function = create_udf(
        "fall_over",
        vec![DataType::Int64],
        DataType::Int64,
        Volatility::Volatile,
        Arc::new(|_: &[ColumnarValue]| panic!("on purpose, with a secret")),
    );
    connection.session().context().register_udf(function);
    for _ in 0..2 {
        let error = fail(&mut connection, "SELECT fall_over(x) FROM (VALUES (1), (2)) AS t(x)");
        assert_eq!(error.status, Status::Internal, "{}", error.message);
        assert!(!error.message.contains("secret"), "{}", error.message);
    }
    assert_eq!(rows(&query(&mut connection, "SELECT 1")), ["1"]);
}

#[test]
fn a_call_is_done_when_its_execution_returns() {
    let simulator = demo();
    let mut connection = connect_to(&simulator, "Finance", "Sales Planning");
    let mut statement = statement(&mut connection, "CALL RunExport(Export => 'Customers')");
    drop(statement.execute().expect("done"));
    assert_eq!(simulator.tasks().len(), 1);
    let result = read(statement.execute().expect("done")).expect("a row");
    assert_eq!(result.num_rows(), 1);
    assert!(result.column_by_name("TaskId").is_some());
    assert_eq!(statement.execute_update().expect("done"), None);
    assert_eq!(simulator.tasks().len(), 3);
}

#[test]
fn planning_a_call_or_a_definition_does_nothing() {
    let simulator = demo();
    let mut connection = connect_to(&simulator, "Finance", "Sales Planning");
    let schema =
        statement(&mut connection, "CALL RunExport(Export => 'Customers')").execute_schema();
    assert_eq!(schema.expect("columns").field(0).name(), "TaskId");
    let schema = statement(&mut connection, "CREATE VIEW v AS SELECT 1").execute_schema();
    assert!(schema.expect("none").fields().is_empty());
    assert_eq!(fail(&mut connection, "SELECT * FROM v").status, Status::NotFound);
    assert_eq!(simulator.tasks().len(), 0);
}

#[test]
fn a_statement_can_be_used_again_and_needs_a_text() {
    let simulator = demo();
    let mut connection = connect(&simulator);
    let mut statement = connection.new_statement().expect("a statement");
    assert_eq!(statement.prepare().expect_err("empty").status, Status::InvalidState);
    assert_eq!(statement.execute().err().expect("empty").status, Status::InvalidState);
    for number in 1..4 {
        statement.set_sql_query(format!("SELECT {number};")).expect("taken");
        for _ in 0..2 {
            let result = read(statement.execute().expect("rows")).expect("rows");
            assert_eq!(rows(&result), [number.to_string()]);
        }
    }
    assert_eq!(statement.execute_update().expect("read"), None);
}

#[test]
fn statements_of_several_threads_run_at_once() {
    let simulator = demo();
    let mut connection = connect_to(&simulator, "Finance", "Sales Planning");
    let statements: Vec<_> =
        (0..8).map(|_| statement(&mut connection, r#"SELECT count(*) FROM "Customers""#)).collect();
    let threads = statements.into_iter().map(|mut statement| {
        std::thread::spawn(move || read(statement.execute().expect("rows")).expect("rows"))
    });
    for thread in threads.collect::<Vec<_>>() {
        assert_eq!(rows(&thread.join().expect("no panic")), ["1200"]);
    }
}

#[test]
fn the_driver_tells_about_itself() {
    let simulator = demo();
    let connection = connect(&simulator);
    let all = read(connection.get_info(None).expect("infos")).expect("infos");
    let all = rows(&all);
    assert!(all.iter().any(|row| row.starts_with("0|") && row.contains("Anaplan")), "{all:?}");
    assert!(all.iter().any(|row| row.starts_with("103|") && row.contains("1001000")), "{all:?}");
    let some = [InfoCode::DriverArrowVersion, InfoCode::Other(9_999_999)];
    let some = read(connection.get_info(Some(some.into())).expect("infos")).expect("infos");
    assert_eq!(some.num_rows(), 1);
    assert!(rows(&some)[0].contains("v59."), "{:?}", rows(&some));
}

#[test]
fn what_is_not_there_says_so() {
    let simulator = demo();
    let mut connection = connect(&simulator);
    let statistics = connection.get_statistics(None, None, None, true);
    assert_eq!(statistics.err().expect("none").status, Status::NotImplemented);
    let names = read(connection.get_statistic_names().expect("names")).expect("names");
    assert_eq!(names.num_rows(), 0);
    let partition = connection.read_partition([1]);
    assert_eq!(partition.err().expect("none").status, Status::NotImplemented);
    let mut statement = statement(&mut connection, "SELECT 1");
    assert_eq!(statement.execute_partitions().expect_err("none").status, Status::NotImplemented);
    assert_eq!(statement.set_substrait_plan([1]).expect_err("none").status, Status::NotImplemented);
}
