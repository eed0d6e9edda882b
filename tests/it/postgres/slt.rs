//! Runs `tests/slt/*.slt` through the server, each file by a client of its own. What is about
//! DataFusion's settings and plans, and its information_schema, is left out (`skipif postgres`): of the
//! server they are not shown. What a change has done is seen in what is there afterwards.

use std::path::Path;

use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner};

use super::client::{Client, PASSWORD, Problem};
use super::serve_as;
use crate::slt::answers;
use crate::support::demo;

/// A connection as sqllogictest sees it.
struct Database(Client);

/// An error on one line, with its hint.
#[derive(Debug)]
struct Told(Problem);

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.sqlstate.starts_with("42") && self.0.sqlstate != "42000" {
            f.write_str("NotFound: ")?;
        }
        f.write_str(&self.0.message)?;
        match &self.0.hint {
            Some(hint) => write!(f, " (hint: {hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Told {}

/// A cell as the files have it, from PostgreSQL's text of this type.
fn cell(oid: u32, text: Option<String>) -> String {
    let Some(text) = text else { return "NULL".to_owned() };
    match oid {
        16 => if text == "t" { "true" } else { "false" }.to_owned(),
        700 | 701 => format!("{:?}", text.parse::<f64>().expect("a number")),
        1114 | 1184 => text.replace(' ', "T").replace("+00", "Z"),
        _ if text.is_empty() => "(empty)".to_owned(),
        _ => answers::on_one_line(&text),
    }
}

#[async_trait::async_trait]
impl AsyncDB for Database {
    type Error = Told;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Told> {
        let answer = self.0.query(sql).await;
        if let Some(problem) = answer.errors.first() {
            return Err(Told(problem.clone()));
        }
        if answer.columns.is_empty() {
            return Ok(DBOutput::StatementComplete(0));
        }
        let oids: Vec<u32> = answer.columns.iter().map(|(_, oid)| *oid).collect();
        let row = |row: Vec<Option<String>>| {
            oids.iter().zip(row).map(|(oid, text)| cell(*oid, text)).collect()
        };
        let rows = answer.rows.into_iter().map(row).collect();
        let types = vec![DefaultColumnType::Text; oids.len()];
        Ok(DBOutput::Rows { types, rows })
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
            let client = Client::try_connect(server.address, PASSWORD, &[]).await;
            Ok(Database(client.expect("signed in")))
        });
        if let Err(error) = runner.run_file_async(&file).await {
            failures.push(error.display(false).to_string());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
