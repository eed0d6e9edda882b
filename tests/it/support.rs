//! What the tests share: a simulator, a session on it, results as text and as cells.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anaplan_sql::http::RetryPolicy;
use anaplan_sql::simulator::{Column, Export, Model, Simulator, Tenant, User, Workspace};
use anaplan_sql::{Error, Key, Session};
use datafusion::arrow::array::{
    Array, AsArray, BooleanArray, Date32Array, Float64Array, RecordBatch,
};
use datafusion::arrow::datatypes::{DataType, Int64Type, SchemaRef, UInt64Type};
use datafusion::arrow::util::pretty::pretty_format_batches;

pub(crate) const USER: &str = "demo@anaplan-sql.example";
pub(crate) const PASSWORD: &str = "demo";

/// Paths as the request log counts them.
pub(crate) const AUTHENTICATE: &str = "/token/authenticate";
pub(crate) const WORKSPACES: &str = "/2/0/workspaces";
pub(crate) const MODELS: &str = "/2/0/models";
pub(crate) const EXPORTS: &str = "/2/0/models/*/exports";
pub(crate) const METADATA: &str = "/2/0/models/*/exports/*";
pub(crate) const TASKS: &str = "/2/0/models/*/exports/*/tasks";
pub(crate) const TASK: &str = "/2/0/models/*/exports/*/tasks/*";
pub(crate) const CHUNKS: &str = "/2/0/models/*/files/*/chunks";
pub(crate) const CHUNK: &str = "/2/0/models/*/files/*/chunks/*";

/// The demo tenant, with tasks that take no time.
pub(crate) async fn demo() -> Simulator {
    start(Tenant::demo()).await
}

/// Any tenant, with tasks that take no time.
pub(crate) async fn start(tenant: Tenant) -> Simulator {
    Simulator::builder(tenant)
        .task_time(Duration::ZERO, Duration::ZERO)
        .start()
        .await
        .expect("a free port")
}

/// A tenant of one workspace `W` with one model `M` that holds these exports.
pub(crate) fn tenant(exports: impl IntoIterator<Item = Export>) -> Tenant {
    let model = exports.into_iter().fold(Model::new("M"), Model::export);
    users().workspace(Workspace::new("W").model(model))
}

/// A tenant with the user that [`builder`] signs in, and nothing else.
pub(crate) fn users() -> Tenant {
    Tenant::new().user(User::new(USER, PASSWORD))
}

/// The same, running, with tasks that take no time.
pub(crate) async fn serve(exports: impl IntoIterator<Item = Export>) -> Simulator {
    serve_in_chunks(exports, 10_000_000).await
}

/// The same, with chunks of this size.
pub(crate) async fn serve_in_chunks(
    exports: impl IntoIterator<Item = Export>,
    chunk_size: usize,
) -> Simulator {
    Simulator::builder(tenant(exports))
        .task_time(Duration::ZERO, Duration::ZERO)
        .chunk_size(chunk_size)
        .start()
        .await
        .expect("a free port")
}

/// An export of two columns, a text and a number, with the rows `c0,0`, `c1,1`, …
pub(crate) fn counting(name: &str, rows: u64) -> Export {
    Export::tabular(name, vec![Column::new("Code", "TEXT"), Column::new("Number", "NUMBER")])
        .generated(rows, |row, cells| {
            cells.code("c", row, 1);
            cells.number(row);
        })
}

/// A connection that repeats quickly.
pub(crate) fn builder(simulator: &Simulator) -> anaplan_sql::SessionBuilder {
    signed_out(simulator).set(Key::User, USER).set(Key::Password, PASSWORD)
}

/// Where sessions remember runs, instead of in the home of whoever runs the tests.
fn state_directory(simulator: &Simulator) -> std::path::PathBuf {
    let place = format!("{}-{}", std::process::id(), simulator.addr().port());
    std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(place)
}

/// The same, without credentials.
pub(crate) fn signed_out(simulator: &Simulator) -> anaplan_sql::SessionBuilder {
    anaplan_sql::builder()
        .no_environment()
        .set(Key::Endpoint, simulator.url())
        .set(Key::BulkPollingInterval, "10")
        .state_directory(state_directory(simulator))
        .retry_policy(RetryPolicy { min_delay: Duration::from_millis(2), ..RetryPolicy::default() })
}

pub(crate) async fn connect(simulator: &Simulator) -> Session {
    builder(simulator).connect().await.expect("the demo user may sign in")
}

/// A session whose default is the model `M` of the workspace `W`.
pub(crate) async fn connect_to_model(simulator: &Simulator) -> Session {
    connect_to(simulator, "W", "M").await
}

/// A session whose default is this model.
pub(crate) async fn connect_to(simulator: &Simulator, workspace: &str, model: &str) -> Session {
    builder(simulator)
        .set(Key::Workspace, workspace)
        .set(Key::Model, model)
        .connect()
        .await
        .expect("the model is there")
}

pub(crate) async fn try_query(session: &Session, sql: &str) -> Result<Vec<RecordBatch>, Error> {
    Ok(session.sql(sql).await?.collect().await?)
}

pub(crate) async fn query(session: &Session, sql: &str) -> Vec<RecordBatch> {
    match try_query(session, sql).await {
        Ok(batches) => batches,
        Err(error) => panic!("{sql}: {error:?}"),
    }
}

/// A result as a table of text.
pub(crate) async fn show(session: &Session, sql: &str) -> String {
    pretty_format_batches(&query(session, sql).await).expect("text").to_string()
}

/// The number of rows of a result.
pub(crate) async fn count_rows(session: &Session, sql: &str) -> usize {
    query(session, sql).await.iter().map(RecordBatch::num_rows).sum()
}

/// The error of a query that must fail. Its `Debug` is what a person sees: kind, message, causes
/// and hint.
pub(crate) async fn fail(session: &Session, sql: &str) -> Error {
    match try_query(session, sql).await {
        Ok(_) => panic!("{sql} should fail"),
        Err(error) => error,
    }
}

/// The error of a connection that must fail.
pub(crate) async fn refuse(builder: anaplan_sql::SessionBuilder) -> Error {
    match builder.connect().await {
        Ok(session) => panic!("{session:?} should not have been connected"),
        Err(error) => error,
    }
}

/// A cell of a result, or of a generator.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Null,
    Number(f64),
    Boolean(bool),
    Date(chrono::NaiveDate),
    Text(String),
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Boolean(truth) => write!(f, "{truth}"),
            Self::Date(date) => write!(f, "{date}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl Cell {
    pub(crate) fn text(text: &str) -> Self {
        if text.is_empty() { Self::Null } else { Self::Text(text.to_owned()) }
    }

    /// What a cell of a file is in a column of this type.
    pub(crate) fn parse(text: &str, kind: &DataType) -> Self {
        match kind {
            _ if text.is_empty() => Self::Null,
            DataType::Float64 => Self::Number(text.parse().expect("a number")),
            DataType::Boolean => Self::Boolean(text.parse().expect("a truth value")),
            DataType::Date32 => Self::Date(text.parse().expect("a date")),
            DataType::Utf8 => Self::Text(text.to_owned()),
            other => panic!("no cell is of type {other}"),
        }
    }
}

/// The cells of a result, row by row.
pub(crate) fn cells(batches: &[RecordBatch]) -> Vec<Vec<Cell>> {
    batches
        .iter()
        .flat_map(|batch| {
            (0..batch.num_rows())
                .map(|row| batch.columns().iter().map(|column| cell(column, row)).collect())
        })
        .collect()
}

fn cell(column: &dyn Array, row: usize) -> Cell {
    let any = column.as_any();
    if column.is_null(row) {
        Cell::Null
    } else if let Some(numbers) = any.downcast_ref::<Float64Array>() {
        Cell::Number(numbers.value(row))
    } else if let Some(truths) = any.downcast_ref::<BooleanArray>() {
        Cell::Boolean(truths.value(row))
    } else if let Some(dates) = any.downcast_ref::<Date32Array>() {
        Cell::Date(dates.value_as_date(row).expect("a date"))
    } else if let Some(texts) = column.as_string_opt::<i32>() {
        Cell::Text(texts.value(row).to_owned())
    } else if let Some(texts) = column.as_string_view_opt() {
        Cell::Text(texts.value(row).to_owned())
    } else if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
        #[expect(clippy::cast_precision_loss, reason = "the figures of tests are small")]
        Cell::Number(numbers.value(row) as f64)
    } else if let Some(numbers) = column.as_primitive_opt::<UInt64Type>() {
        #[expect(clippy::cast_precision_loss, reason = "the figures of tests are small")]
        Cell::Number(numbers.value(row) as f64)
    } else {
        panic!("a column of type {}", column.data_type())
    }
}

/// The rows of an export as its generator makes them, in the types of this schema.
pub(crate) fn expected(export: &Export, schema: &SchemaRef) -> Vec<Vec<Cell>> {
    export
        .rows()
        .map(|row| {
            assert_eq!(row.len(), schema.fields().len(), "{}", export.name);
            let types = schema.fields().iter().map(|field| field.data_type());
            row.iter().zip(types).map(|(text, kind)| Cell::parse(text, kind)).collect()
        })
        .collect()
}

/// Checks rows one by one, so that a difference is short enough to be read.
#[track_caller]
pub(crate) fn assert_rows(found: &[Vec<Cell>], expected: &[Vec<Cell>], what: &str) {
    for (number, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found, expected, "{what}, row {number}");
    }
    assert_eq!(found.len(), expected.len(), "{what}: number of rows");
}

/// A schema on one line: `Region Utf8, Revenue Float64`.
pub(crate) fn columns(schema: &SchemaRef) -> String {
    let columns: Vec<String> = schema
        .fields()
        .iter()
        .map(|field| format!("{} {}", field.name(), field.data_type()))
        .collect();
    columns.join(", ")
}

/// The requests so far: `GET /2/0/models`.
pub(crate) fn requests(simulator: &Simulator) -> Vec<String> {
    simulator.requests().iter().map(|r| format!("{} {}", r.method, r.path)).collect()
}

/// Everything that is traced on this thread while it lives, at every level. Tests run on one
/// thread each, the library's tasks included.
pub(crate) struct Trace {
    text: Arc<Mutex<Vec<u8>>>,
    _guard: tracing::subscriber::DefaultGuard,
}

impl Trace {
    pub(crate) fn start() -> Self {
        let text = Arc::<Mutex<Vec<u8>>>::default();
        let writer = Writer(Arc::clone(&text));
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        Self { text, _guard: tracing::subscriber::set_default(subscriber) }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().expect("no panic")).into_owned()
    }
}

#[derive(Clone)]
struct Writer(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Waits until something is so, however long it takes; a test that hangs names its place.
pub(crate) async fn until(mut so: impl FnMut() -> bool) {
    while !so() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
