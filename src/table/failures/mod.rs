//! The rows that an import rejected, as a table.
//!
//! Its columns stand in nothing but the dump itself: a status, the columns of the import's source,
//! the line, and as many errors as the row with the most of them has. So they are read before a
//! statement over it can be planned.

mod read;
mod scan;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use self::read::schema;
use self::scan::FailuresScan;
use crate::client::model::{Chunk, ModelId, TaskId};
use crate::client::{Dump, Runnable, Runs};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;
use crate::table::Connection;
use crate::table::scan::ScanExec;

/// So much of a dump is read for its columns. Most dumps are smaller: they aren't read again.
const HEAD: usize = 64 << 10;

/// Which rows are meant.
#[derive(Debug, Clone)]
pub(crate) struct FailuresOf {
    /// The model.
    pub(crate) model: ModelId,
    /// What kind of thing the task runs: an import or a process.
    pub(crate) runs: Runs,
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// In a process, the import: id and name.
    pub(crate) step: Option<(String, String)>,
    /// The task.
    pub(crate) task: TaskId,
}

/// The rows that an import rejected.
#[derive(Debug, Clone)]
pub(crate) struct FailuresTable(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    connection: Connection,
    of: FailuresOf,
    chunks: Vec<Chunk>,
    /// The first piece, if it has been read as a whole.
    first: Option<Bytes>,
    schema: SchemaRef,
}

impl FailuresTable {
    /// Reads the columns.
    ///
    /// # Errors
    /// Kind [`NotFound`](ErrorKind::NotFound) when the rows aren't there (any more); else as every
    /// call.
    pub(crate) async fn open(
        connection: Connection,
        of: FailuresOf,
        observer: Arc<dyn Observer>,
    ) -> Result<Self> {
        let client = &connection.client;
        let chunks = client.dump_chunks(of.dump(), Arc::clone(&observer)).await;
        let chunks = match chunks {
            Ok(chunks) => chunks,
            Err(error) => return Err(of.explain(&connection, error, observer.as_ref()).await),
        };
        let Some(chunk) = chunks.first() else { return Self::empty(connection, of) };
        let read = |enough| client.dump_chunk(of.dump(), chunk, enough, observer.as_ref());
        let wrong = |error: Error| error.context(of.unreadable());
        let head = read(Some(HEAD)).await.map_err(wrong)?;
        let is_whole = head.len() < HEAD;
        let columns = match schema(&head, is_whole) {
            Ok(schema) => schema,
            Err(error) if is_whole => return Err(wrong(error)),
            // The header may be longer than that.
            Err(_) => {
                let whole = read(None).await.map_err(wrong)?;
                schema(&whole, true).map_err(wrong)?
            }
        };
        let first = is_whole.then_some(head);
        Ok(Self(Arc::new(Inner { connection, of, chunks, first, schema: columns })))
    }

    /// A table without rows: nothing was rejected.
    pub(crate) fn empty(connection: Connection, of: FailuresOf) -> Result<Self> {
        let (chunks, first, schema) = (Vec::new(), None, schema(&[], true)?);
        Ok(Self(Arc::new(Inner { connection, of, chunks, first, schema })))
    }
}

#[async_trait]
impl TableProvider for FailuresTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.0.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> datafusion::error::Result<Arc<dyn ExecutionPlan>> {
        let scan = FailuresScan { table: self.clone() };
        Ok(Arc::new(ScanExec::try_new(scan, &self.0.schema, projection, limit)?))
    }
}

impl FailuresOf {
    fn dump(&self) -> Dump<'_> {
        let step = self.step.as_ref().map(|(id, _)| id.as_str());
        Dump { of: self.runnable(), task: &self.task, step }
    }

    fn runnable(&self) -> Runnable<'_> {
        Runnable { runs: self.runs, model: &self.model, id: &self.id, name: &self.name }
    }

    /// For messages.
    fn label(&self) -> String {
        match &self.step {
            Some((_, step)) => format!("import \"{step}\" in {}", self.runnable().label()),
            None => self.runnable().label(),
        }
    }

    fn unreadable(&self) -> String {
        format!("the rejected rows of {} can't be read", self.label())
    }

    /// Says why the rows can't be read: the service answers 404 whatever it is.
    async fn explain(
        &self,
        connection: &Connection,
        error: Error,
        observer: &dyn Observer,
    ) -> Error {
        if error.kind() != ErrorKind::NotFound {
            return error.context(self.unreadable());
        }
        let label = self.runnable().label();
        match connection.client.task(self.runnable(), &self.task, observer).await {
            Err(why) if why.kind() == ErrorKind::NotFound => {
                Error::new(ErrorKind::NotFound, format!("{label} has no task of this id"))
                    .with_source(error)
                    .with_hint("information.tasks, with model_id and object_id, lists its tasks")
            }
            Ok(task) if task.result.is_none() => {
                Error::new(ErrorKind::NotFound, format!("the task of {label} has not ended yet"))
                    .with_source(error)
                    .with_hint("try again when it has")
            }
            _ => {
                let text = format!("the rejected rows of {} are not there any more", self.label());
                Error::new(ErrorKind::NotFound, text).with_source(error).with_hint(
                    "they are kept for 48 hours, for the user who ran the import, until the same \
                     user runs it again",
                )
            }
        }
    }
}
