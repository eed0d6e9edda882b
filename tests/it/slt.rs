//! Runs `tests/slt/*.slt` on the demo tenant, each file in a session of its own.
//!
//! ANAPLAN_SQL_SLT=names runs only files whose name holds that; ANAPLAN_SQL_SLT_COMPLETE=1 writes
//! the answers that come into the files, to be read before they are committed. The same files run
//! through the ADBC driver, `crates/adbc/tests/driver/slt.rs`, and through the server for PostgreSQL's
//! clients, `tests/it/postgres/slt.rs`.

pub(crate) mod answers;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use anaplan_sql::{Error, Session};
use sqllogictest::{
    AsyncDB, DBOutput, DefaultColumnType, Runner, default_column_validator, default_normalizer,
    default_validator,
};

use crate::support::{connect, demo};

/// A session as sqllogictest sees it.
struct Database(Arc<Session>);

/// An error on one line, with its hint.
#[derive(Debug)]
struct Told(Error);

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind(), self.0)?;
        match self.0.hint() {
            Some(hint) => write!(f, " (hint: {hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Told {}

#[async_trait::async_trait]
impl AsyncDB for Database {
    type Error = Told;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Told> {
        let frame = self.0.sql(sql).await.map_err(Told)?;
        let columns = frame.schema().fields().len();
        let batches = frame.collect().await.map_err(|error| Told(Error::from(error)))?;
        if columns == 0 {
            return Ok(DBOutput::StatementComplete(0));
        }
        let rows = batches.iter().flat_map(answers::rows).collect();
        Ok(DBOutput::Rows { types: vec![DefaultColumnType::Text; columns], rows })
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &'static str {
        "anaplan-sql"
    }
}

#[tokio::test]
async fn every_slt_file_gives_its_answers() {
    let complete = std::env::var_os("ANAPLAN_SQL_SLT_COMPLETE").is_some();
    let files = answers::files(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert!(!files.is_empty());
    let mut failures = Vec::new();
    for file in files {
        let simulator = demo().await;
        let session = Arc::new(connect(&simulator).await);
        let mut runner = Runner::new(|| {
            let session = Arc::clone(&session);
            async move { Ok(Database(session)) }
        });
        if complete {
            runner
                .update_test_file(
                    &file,
                    " ",
                    default_validator,
                    default_normalizer,
                    default_column_validator,
                )
                .await
                .expect("written");
        } else if let Err(error) = runner.run_file_async(&file).await {
            failures.push(error.display(false).to_string());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
