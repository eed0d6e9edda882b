//! Runs `tests/slt/*.slt` through the driver, each file on a connection of its own.

use std::fmt;
use std::path::Path;

use adbc_core::error::Error;
use adbc_core::{Connection, Statement};
use adbc_driver_anaplan::AnaplanConnection;
use arrow::array::RecordBatchReader;
use sqllogictest::{DB, DBOutput, DefaultColumnType, Runner};

use crate::support::{connect, demo};

#[path = "../../../../tests/it/slt/answers.rs"]
mod answers;

/// A connection as sqllogictest sees it.
struct Database(AnaplanConnection);

/// An error on one line, with its hint, as the session's runner tells it.
#[derive(Debug)]
struct Told(String);

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Told {}

impl From<Error> for Told {
    fn from(error: Error) -> Self {
        Self(match error.message.split_once("\nhint: ") {
            Some((message, hint)) => format!("{:?}: {message} (hint: {hint})", error.status),
            None => format!("{:?}: {}", error.status, error.message),
        })
    }
}

impl DB for Database {
    type Error = Told;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Told> {
        let mut statement = self.0.new_statement()?;
        statement.set_sql_query(sql)?;
        statement.prepare()?;
        let reader = statement.execute()?;
        let columns = reader.schema().fields().len();
        let mut rows = Vec::new();
        for batch in reader {
            rows.extend(answers::rows(&batch.map_err(|error| Told(error.to_string()))?));
        }
        if columns == 0 {
            return Ok(DBOutput::StatementComplete(0));
        }
        Ok(DBOutput::Rows { types: vec![DefaultColumnType::Text; columns], rows })
    }

    fn engine_name(&self) -> &'static str {
        "anaplan-sql"
    }
}

#[test]
fn every_slt_file_gives_its_answers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let files = answers::files(&root);
    assert!(!files.is_empty());
    let mut failures = Vec::new();
    for file in files {
        let simulator = demo();
        let mut connection = Some(connect(&simulator));
        let mut runner = Runner::new(move || {
            let connection = connection.take().expect("a file uses one connection");
            std::future::ready(Ok(Database(connection)))
        });
        if let Err(error) = runner.run_file(&file) {
            failures.push(error.display(false).to_string());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
