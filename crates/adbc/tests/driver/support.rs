//! A simulator, connections to it, and results as text.

use std::sync::LazyLock;
use std::time::Duration;

use adbc_core::error::Error;
use adbc_core::options::{OptionDatabase, OptionValue};
use adbc_core::{Connection, Database, Driver, Statement};
use adbc_driver_anaplan::{AnaplanConnection, AnaplanDatabase, AnaplanDriver, AnaplanStatement};
use anaplan_sql::simulator::{Column, Export, Model, Simulator, Tenant, User, Workspace};
use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::compute::concat_batches;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use tokio::runtime::Runtime;

pub(crate) const USER: &str = "demo@anaplan-sql.example";
pub(crate) const PASSWORD: &str = "demo";

/// Where simulators run.
pub(crate) static SERVICE: LazyLock<Runtime> =
    LazyLock::new(|| Runtime::new().expect("threads can be started"));

pub(crate) fn start(tenant: Tenant) -> Simulator {
    let builder = Simulator::builder(tenant).task_time(Duration::ZERO, Duration::ZERO);
    SERVICE.block_on(builder.chunk_size(50_000).start()).expect("a free port")
}

pub(crate) fn demo() -> Simulator {
    start(Tenant::demo())
}

/// A tenant of one workspace `W` with one model `M` that holds this export.
pub(crate) fn serve(export: Export) -> Simulator {
    let workspace = Workspace::new("W").model(Model::new("M").export(export));
    start(Tenant::new().user(User::new(USER, PASSWORD)).workspace(workspace))
}

/// An export of two columns with so many rows.
pub(crate) fn counting(name: &str, rows: u64) -> Export {
    Export::tabular(name, vec![Column::new("Code", "TEXT"), Column::new("Number", "NUMBER")])
        .generated(rows, |row, cells| {
            cells.code("c", row, 1);
            cells.number(row);
        })
}

/// A database of this tenant, with these options besides.
pub(crate) fn database_with(simulator: &Simulator, more: &[(&str, &str)]) -> AnaplanDatabase {
    let url = simulator.url();
    let options = [
        ("adbc.anaplan.Endpoint", url.as_str()),
        ("username", USER),
        ("password", PASSWORD),
        ("adbc.anaplan.BulkPollingInterval", "10"),
    ];
    let all = options.iter().chain(more);
    let all = all.map(|(key, value)| (OptionDatabase::from(*key), OptionValue::from(*value)));
    AnaplanDriver::default().new_database_with_opts(all).expect("sound options")
}

pub(crate) fn connect(simulator: &Simulator) -> AnaplanConnection {
    database_with(simulator, &[]).new_connection().expect("the user may sign in")
}

/// A connection whose default is this model.
pub(crate) fn connect_to(simulator: &Simulator, workspace: &str, model: &str) -> AnaplanConnection {
    let narrowed = [("adbc.anaplan.Workspace", workspace), ("adbc.anaplan.Model", model)];
    database_with(simulator, &narrowed).new_connection().expect("the model is there")
}

pub(crate) fn statement(connection: &mut AnaplanConnection, sql: &str) -> AnaplanStatement {
    let mut statement = connection.new_statement().expect("a statement");
    statement.set_sql_query(sql).expect("taken");
    statement.prepare().expect("prepared");
    statement
}

pub(crate) type Reader = Box<dyn RecordBatchReader + Send + 'static>;

/// All rows as one batch.
pub(crate) fn read(reader: Reader) -> Result<RecordBatch, ArrowError> {
    let schema = reader.schema();
    let batches = reader.collect::<Result<Vec<_>, _>>()?;
    concat_batches(&schema, &batches)
}

pub(crate) fn query(connection: &mut AnaplanConnection, sql: &str) -> RecordBatch {
    let reader = statement(connection, sql).execute().expect(sql);
    read(reader).expect(sql)
}

pub(crate) fn fail(connection: &mut AnaplanConnection, sql: &str) -> Error {
    match statement(connection, sql).execute() {
        Ok(_) => panic!("{sql} should fail"),
        Err(error) => error,
    }
}

/// The rows as text, cells between bars.
pub(crate) fn rows(batch: &RecordBatch) -> Vec<String> {
    let options = FormatOptions::default().with_null("NULL");
    let formatters: Vec<_> = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column.as_ref(), &options).expect("a formatter"))
        .collect();
    (0..batch.num_rows())
        .map(|row| {
            let cells: Vec<String> =
                formatters.iter().map(|it| it.value(row).to_string()).collect();
            cells.join("|")
        })
        .collect()
}

/// Waits until something is so, however long it takes; a test that hangs names its place.
pub(crate) fn until(mut so: impl FnMut() -> bool) {
    while !so() {
        std::thread::sleep(Duration::from_millis(2));
    }
}
