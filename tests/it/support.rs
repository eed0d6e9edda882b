//! What the tests share: a simulator, a session on it, results as text.

use std::time::Duration;

use anaplan_sql::http::RetryPolicy;
use anaplan_sql::simulator::{Column, Export, Model, Simulator, Tenant, User, Workspace};
use anaplan_sql::{Error, Key, Session};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::pretty::pretty_format_batches;

pub(crate) const USER: &str = "demo@anaplan-sql.example";
pub(crate) const PASSWORD: &str = "demo";

/// The demo tenant.
pub(crate) async fn demo() -> Simulator {
    Simulator::start(Tenant::demo()).await.expect("a free port")
}

/// A tenant of one workspace `W` with one model `M` that holds these exports.
pub(crate) fn tenant(exports: impl IntoIterator<Item = Export>) -> Tenant {
    let model = exports.into_iter().fold(Model::new("M"), Model::export);
    Tenant::new().user(User::new(USER, PASSWORD)).workspace(Workspace::new("W").model(model))
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
            cells.push(format!("c{row}"));
            cells.push(row.to_string());
        })
}

/// A connection that repeats quickly.
pub(crate) fn builder(simulator: &Simulator) -> anaplan_sql::SessionBuilder {
    anaplan_sql::builder()
        .no_environment()
        .set(Key::User, USER)
        .set(Key::Password, PASSWORD)
        .set(Key::Endpoint, simulator.url())
        .set(Key::BulkPollingInterval, "10")
        .retry_policy(RetryPolicy { min_delay: Duration::from_millis(2), ..RetryPolicy::default() })
}

pub(crate) async fn connect(simulator: &Simulator) -> Session {
    builder(simulator).connect().await.expect("the demo user may sign in")
}

/// A session whose default is the model `M` of the workspace `W`.
pub(crate) async fn connect_to_model(simulator: &Simulator) -> Session {
    builder(simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .connect()
        .await
        .expect("W and M are there")
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

/// An error as a person sees it.
pub(crate) async fn fail(session: &Session, sql: &str) -> Error {
    match try_query(session, sql).await {
        Ok(_) => panic!("{sql} should fail"),
        Err(error) => error,
    }
}
