//! Runs `tests/slt/*.slt` on the demo tenant, each file in a session of its own.
//!
//! ANAPLAN_SQL_SLT=names runs only files whose name holds that; ANAPLAN_SQL_SLT_COMPLETE=1 writes
//! the answers that come into the files, to be read before they are committed.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anaplan_sql::{Error, Session};
use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
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
        let rows = batches.iter().flat_map(rows).collect();
        Ok(DBOutput::Rows { types: vec![DefaultColumnType::Text; columns], rows })
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &'static str {
        "anaplan-sql"
    }
}

/// The rows of a batch as text. What has line breaks in it, as plans have, becomes several rows.
fn rows(batch: &RecordBatch) -> Vec<Vec<String>> {
    let options = FormatOptions::default().with_null("NULL");
    let formatters: Vec<ArrayFormatter<'_>> = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column.as_ref(), &options).expect("a formatter"))
        .collect();
    let is_plan = batch.schema().fields().iter().any(|field| field.name() == "plan");
    let mut rows = Vec::new();
    for row in 0..batch.num_rows() {
        let cells: Vec<String> = formatters
            .iter()
            .zip(batch.columns())
            .map(|(formatter, column)| match formatter.value(row).to_string() {
                text if text.is_empty() && !column.is_null(row) => "(empty)".to_owned(),
                text => text,
            })
            .collect();
        if is_plan {
            let lines = cells.last().into_iter().flat_map(|plan| plan.lines());
            rows.extend(lines.map(|line| vec![cells[0].clone(), line.to_owned()]));
        } else {
            rows.push(
                cells.iter().map(|cell| cell.replace('\r', "\\r").replace('\n', "\\n")).collect(),
            );
        }
    }
    rows
}

fn files() -> Vec<PathBuf> {
    let wanted = std::env::var("ANAPLAN_SQL_SLT").unwrap_or_default();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slt");
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .expect("the directory is there")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "slt"))
        .filter(|path| path.to_string_lossy().contains(&wanted))
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn every_slt_file_gives_its_answers() {
    let complete = std::env::var_os("ANAPLAN_SQL_SLT_COMPLETE").is_some();
    let files = files();
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
