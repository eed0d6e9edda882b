//! Runs `tests/slt/*.slt` through the server, each file by a client of its own.

use std::path::Path;

use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner};

use super::client::{Client, PASSWORD};
use super::serve_as;
use crate::support::demo;

#[path = "../slt/answers.rs"]
mod answers;

/// A connection as sqllogictest sees it.
struct Database(Client);

/// An error on one line, with its hint.
#[derive(Debug)]
struct Told(String);

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Told {}

#[async_trait::async_trait]
impl AsyncDB for Database {
    type Error = Told;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Told> {
        let answer = self.0.query(sql).await;
        if let Some(problem) = answer.errors.first() {
            let hint = problem.hint.as_ref().map(|hint| format!(" (hint: {hint})"));
            return Err(Told(format!("{}{}", problem.message, hint.unwrap_or_default())));
        }
        let types = vec![DefaultColumnType::Text; answer.columns.len()];
        if types.is_empty() {
            return Ok(DBOutput::StatementComplete(0));
        }
        Ok(DBOutput::Rows { types, rows: answers::texts(&answer.columns, answer.rows) })
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &'static str {
        "postgres"
    }
}

#[tokio::test]
async fn every_slt_file_gives_its_answers() {
    let mut failures = Vec::new();
    for file in answers::files(Path::new(env!("CARGO_MANIFEST_DIR"))) {
        let server = serve_as(demo().await, false, |it| it).await;
        let mut runner = Runner::new(|| async {
            Ok(Database(Client::try_connect(server.address, PASSWORD, &[]).await.expect("in")))
        });
        if let Err(error) = runner.run_file_async(&file).await {
            failures.push(error.display(false).to_string());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
