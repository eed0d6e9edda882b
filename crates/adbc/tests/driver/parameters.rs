//! Bound rows.

use std::sync::Arc;

use adbc_core::error::Status;
use adbc_core::{Connection, Optionable, Statement};
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    RecordBatchIterator, RecordBatchReader, StringArray, TimestampMicrosecondArray,
};

use crate::support::{connect, connect_to, demo, read, rows, statement};

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns).expect("a batch")
}

fn names(values: &[&str]) -> RecordBatch {
    batch(vec![("name", Arc::new(StringArray::from(values.to_vec())))])
}

fn stream(batches: Vec<RecordBatch>) -> Box<dyn RecordBatchReader + Send> {
    let schema = batches[0].schema();
    Box::new(RecordBatchIterator::new(batches.into_iter().map(Ok), schema))
}

#[test]
fn values_of_every_type_arrive_as_they_are() {
    let simulator = demo();
    let mut connection = connect(&simulator);
    let mut statement = statement(
        &mut connection,
        "SELECT ?, ? + 1, -?, ? / 2, ?, ?, ?, arrow_typeof(?), arrow_typeof(?)",
    );
    let stamp = TimestampMicrosecondArray::from(vec![1_700_000_000_123_456]).with_timezone("UTC");
    let price =
        Decimal128Array::from(vec![-12_345]).with_precision_and_scale(10, 2).expect("a precision");
    let values = batch(vec![
        ("0", Arc::new(StringArray::from(vec!["it's \"odd\" \\ ? $1 🎯"]))),
        ("1", Arc::new(Int64Array::from(vec![-3]))),
        ("2", Arc::new(Int64Array::from(vec![-3]))),
        ("3", Arc::new(Float64Array::from(vec![-1.0]))),
        ("4", Arc::new(BooleanArray::from(vec![None]))),
        ("5", Arc::new(Date32Array::from(vec![19_000]))),
        ("6", Arc::new(price.clone())),
        ("7", Arc::new(price)),
        ("8", Arc::new(stamp)),
    ]);
    statement.bind(values).expect("bound");
    let result = read(statement.execute().expect("rows")).expect("rows");
    assert_eq!(
        rows(&result),
        ["it's \"odd\" \\ ? $1 🎯|-2|3|-0.5|NULL|2022-01-08|-123.45|Decimal128(10, 2)|\
             Timestamp(µs, \"UTC\")"]
    );
}

#[test]
fn a_query_runs_for_each_row_in_order() {
    let simulator = demo();
    let mut connection = connect(&simulator);
    let sql = "SELECT name FROM information.models WHERE name = $1";
    let mut statement = statement(&mut connection, sql);
    let batches = vec![names(&["FP&A Hub", "no such"]), names(&[]), names(&["Sales Planning"])];
    statement.bind_stream(stream(batches)).expect("bound");
    let result = read(statement.execute().expect("rows")).expect("rows");
    assert_eq!(rows(&result), ["FP&A Hub", "Sales Planning"]);

    statement.bind_stream(stream(vec![names(&[])])).expect("bound");
    assert_eq!(read(statement.execute().expect("none")).expect("none").num_rows(), 0);
}

#[test]
fn types_of_later_rows_are_those_of_the_first() {
    let simulator = demo();
    let mut connection = connect(&simulator);
    let mut statement = statement(&mut connection, "SELECT ? AS x");
    let values: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
    statement.bind(batch(vec![("x", values)])).expect("bound");
    let result = read(statement.execute().expect("rows")).expect("rows");
    assert_eq!(rows(&result), ["1", "NULL", "3"]);
}

#[test]
fn parameters_may_be_found_by_name() {
    let simulator = demo();
    let mut connection = connect(&simulator);
    let mut statement = statement(&mut connection, "SELECT $b AS x, $a AS y, $b AS z");
    let values = batch(vec![
        ("a", Arc::new(Int64Array::from(vec![1]))),
        ("b", Arc::new(Int64Array::from(vec![2]))),
    ]);
    let key = || "adbc.statement.bind_by_name".into();
    statement.set_option(key(), "true".into()).expect("known");
    assert_eq!(statement.get_option_string(key()).as_deref(), Ok("true"));
    statement.bind(values).expect("bound");
    let result = read(statement.execute().expect("rows")).expect("rows");
    assert_eq!(rows(&result), ["2|1|2"]);
    let schema = statement.get_parameter_schema().expect("parameters");
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names, ["b", "a"]);
}

#[test]
fn calls_and_views_take_parameters_too() {
    let simulator = demo();
    let mut connection = connect_to(&simulator, "Finance", "Sales Planning");
    let mut call = statement(&mut connection, "CALL RunExport(Export => ?)");
    call.bind(names(&["Customers"])).expect("bound");
    assert_eq!(read(call.execute().expect("done")).expect("a row").num_rows(), 1);
    assert_eq!(simulator.tasks().len(), 1);

    let mut view = statement(&mut connection, "CREATE VIEW v AS SELECT ? AS x");
    view.bind(names(&["'; DROP"])).expect("bound");
    view.execute_update().expect("made");
    let mut select = statement(&mut connection, "SELECT x FROM v");
    assert_eq!(rows(&read(select.execute().expect("rows")).expect("rows")), ["'; DROP"]);
}

#[test]
fn a_wrong_number_of_values_is_told() {
    let simulator = demo();
    let mut connection = connect(&simulator);
    let mut two = statement(&mut connection, "SELECT ?, ?");
    let error = two.execute().err().expect("nothing is bound");
    assert_eq!(error.status, Status::InvalidArguments);
    assert!(error.message.contains("2 parameters"), "{}", error.message);
    two.bind(names(&["x"])).expect("bound");
    assert_eq!(two.execute().err().expect("one too few").status, Status::InvalidArguments);
    let mut none = statement(&mut connection, "SELECT 1");
    none.bind(names(&["x"])).expect("bound");
    assert_eq!(none.execute().err().expect("one too many").status, Status::InvalidArguments);
    // What is bound serves once.
    assert!(none.execute().is_ok());
    let mut mixed = connection.new_statement().expect("a statement");
    let error = mixed.set_sql_query("SELECT ?, $1").expect_err("mixed");
    assert_eq!(error.status, Status::InvalidArguments);
}
