//! `INSERT INTO "Imports.…" SELECT …`: rows become the file that an import reads, and the import runs.
//!
//! Rows are encoded as they come and go up in chunks, so that memory doesn't grow with them. Only
//! when all have come, and the service has the whole file, the import is run: a SELECT that fails in
//! the middle runs nothing.

mod columns;
mod encode;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::arrow::array::{Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::LogicalPlan;
use futures::stream::{self, Stream, StreamExt};

use self::encode::Encoder;
use super::{Work, Writer};
use crate::client::model::RowCounts;
use crate::client::{Runs, TaskOptions};
use crate::error::{Error, Result};
use crate::procedure::{Object, Watch};
use crate::table::import::{FileForm, ImportTable};
use crate::table::scan::Facts;
use crate::transfer::{UploadOptions, upload_stream};

/// What becomes of no rows.
const NONE: RowCounts =
    RowCounts { succeeded: Some(0), warned: Some(0), failed: Some(0), ignored: Some(0) };

/// Uploads rows and runs an import over them.
#[derive(Debug)]
struct ImportWriter {
    table: ImportTable,
    /// Where the rows have the columns of the file.
    wanted: Vec<usize>,
}

/// The columns that rows have for an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    /// By these names, which an INSERT lists.
    So(Vec<String>),
    /// As the rows themselves name them.
    ByRows,
    /// Not at all: VALUES. They come in the order of the file.
    Not,
}

/// The writer of rows into an import's file.
///
/// # Errors
/// Kind [`Query`](crate::ErrorKind::Query) when columns are missing or surplus, or of types that no
/// cell can hold.
pub(crate) fn writer(
    table: &ImportTable,
    named: &Named,
    rows: &LogicalPlan,
) -> Result<Arc<dyn Writer>> {
    let wanted = wanted(table, named, rows).map_err(|error| {
        let hint = error.hint().unwrap_or_default().to_owned();
        let text = format!("INSERT INTO \"Imports.{}\": {error}", table.name());
        Error::new(error.kind(), text).with_hint(hint)
    })?;
    Ok(Arc::new(ImportWriter { table: table.clone(), wanted }))
}

fn wanted(table: &ImportTable, named: &Named, rows: &LogicalPlan) -> Result<Vec<usize>> {
    let file = table.columns();
    let file: Vec<&str> = file.fields().iter().map(|field| field.name().as_str()).collect();
    let fields = rows.schema().fields();
    let own: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
    let wanted = match named {
        Named::So(names) => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            columns::check_count(&names, own.len())?;
            columns::matched(&file, &names)?
        }
        Named::ByRows => columns::matched(&file, &own)?,
        Named::Not => {
            columns::check_count(&file, own.len())?;
            (0..file.len()).collect()
        }
    };
    wanted.iter().try_for_each(|&position| columns::check(&fields[position]))?;
    Ok(wanted)
}

#[async_trait]
impl Writer for ImportWriter {
    fn name(&self) -> &'static str {
        "ImportInsertExec"
    }

    fn facts(&self) -> Facts {
        let names: Vec<&str> = self.table.form().names.iter().map(String::as_str).collect();
        vec![
            ("import", format!("{:?}", self.table.name())),
            ("model", format!("{:?}", self.table.model().name)),
            ("columns", format!("[{}]", names.join(", "))),
            ("changes", "true".to_owned()),
            ("locks_model", "true".to_owned()),
        ]
    }

    fn wanted(&self) -> Vec<usize> {
        self.wanted.clone()
    }

    fn schema(&self) -> SchemaRef {
        let count = |name| Field::new(name, DataType::Int64, true);
        Arc::new(Schema::new(vec![
            Field::new("TaskId", DataType::Utf8, true),
            count("RowsSucceeded"),
            count("RowsFailed"),
            count("RowsIgnored"),
        ]))
    }

    async fn write(&self, mut rows: SendableRecordBatchStream, work: Work) -> Result<RecordBatch> {
        let first = loop {
            match rows.next().await.transpose()? {
                // Without rows nothing is to be changed.
                None => return self.result(None, NONE),
                Some(batch) if batch.num_rows() > 0 => break batch,
                Some(_) => {}
            }
        };
        let (table, observer) = (&self.table, work.observer.as_ref());
        let (connection, model) = (table.connection(), &table.model().id);
        let _alone = connection.uploads.lock(model, table.file().as_str()).await;
        let options = UploadOptions {
            form: table.form().text_form(),
            progress: Some(connection.progress.scan(table.name())),
            ..UploadOptions::default()
        };
        let lines = encoded(table.form(), first, rows);
        let place = (model, table.file().as_str());
        upload_stream(&connection.client, place, lines, "the rows", &options, observer).await?;

        let import = Object {
            runs: Runs::Import,
            model: model.clone(),
            id: table.import().id.to_string(),
            name: table.name().to_owned(),
        };
        let in_model = [
            ("Workspace", table.model().current_workspace_name.clone()),
            ("Model", Some(table.model().name.clone())),
        ];
        let watch = Watch {
            connection,
            observer: Arc::clone(&work.observer),
            place: in_model.into_iter().filter_map(|(name, it)| Some((name, it?))).collect(),
        };
        let task = watch.start(&import, TaskOptions::default()).await?;
        let id = task.id().to_string();
        let result = watch.wait(&import, task).await?;
        self.result(Some(id), result.rows())
    }
}

impl ImportWriter {
    fn result(&self, task: Option<String>, rows: RowCounts) -> Result<RecordBatch> {
        let count = |rows: Option<i64>| Arc::new(Int64Array::from(vec![rows]));
        let broken =
            |e| Error::new(crate::ErrorKind::Internal, "a result can't be built").with_source(e);
        RecordBatch::try_new(
            self.schema(),
            vec![
                Arc::new(StringArray::from(vec![task])),
                count(rows.succeeded),
                count(rows.failed),
                count(rows.ignored),
            ],
        )
        .map_err(broken)
    }
}

/// The bytes of the file, made as the rows come.
fn encoded(
    form: &Arc<FileForm>,
    first: RecordBatch,
    rows: SendableRecordBatchStream,
) -> impl Stream<Item = Result<Bytes>> + Send + use<> {
    let encoder = Encoder::new(Arc::clone(form));
    let batches = stream::once(async { Ok(first) }).chain(rows);
    stream::try_unfold((encoder, Box::pin(batches), false), |state| async move {
        let (mut encoder, mut batches, begun) = state;
        if !begun {
            let head = encoder.head()?;
            return Ok(Some((head, (encoder, batches, true))));
        }
        match batches.next().await.transpose()? {
            None => Ok(None),
            Some(batch) => Ok(Some((encoder.batch(&batch)?, (encoder, batches, true)))),
        }
    })
}
