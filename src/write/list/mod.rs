//! Writing items of a list.
//!
//! All rows are read before the first call: a source that fails in the middle changes nothing, and
//! no statement reads the list while it changes it. Calls hold as many items as the service takes.
//! An item that the service refuses keeps no other from being written.

mod again;
mod conflict;
mod item;
mod known;
mod parent;
mod send;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

use self::item::Items;
use self::parent::Parents;
use self::send::Sending;
use super::spool::Spool;
use super::{Change, Operation, Work, Writer};
use crate::client::{ItemAction, ItemCall, ItemWrites};
use crate::error::{Error, ErrorKind, Result};
use crate::names::Directory;
use crate::progress::Phase;
use crate::rejected::Rejection;
use crate::table::list::ListTable;
use crate::table::scan::Facts;

/// Adds, updates or deletes items.
#[derive(Debug)]
struct ListWriter {
    table: ListTable,
    items: Items,
    directory: Arc<Directory>,
}

/// The writer of a change to a list.
///
/// # Errors
/// Kind [`Query`](ErrorKind::Query) when it sets what can't be set.
pub(super) fn writer(
    table: &ListTable,
    change: &Change,
    directory: &Arc<Directory>,
) -> Result<Arc<dyn Writer>> {
    let items = Items::new(table, change).map_err(|error| {
        let text = format!("{} \"Lists.{}\": {error}", change.operation.word(), table.name());
        let hint = error.hint().unwrap_or_default().to_owned();
        Error::new(error.kind(), text).with_hint(hint)
    })?;
    let (table, directory) = (table.clone(), Arc::clone(directory));
    Ok(Arc::new(ListWriter { table, items, directory }))
}

impl ListWriter {
    /// What the items are needed for, as a verb and in the past.
    fn words(&self) -> (&'static str, &'static str) {
        match self.items.action() {
            ItemAction::Add => ("add", "added"),
            ItemAction::Update => ("update", "updated"),
            ItemAction::Delete => ("delete", "deleted"),
        }
    }

    /// Reads all rows into calls.
    async fn calls(&self, mut rows: SendableRecordBatchStream, work: &Work) -> Result<Spool> {
        let mut calls = Spool::new(Arc::clone(&work.context));
        let mut call = ItemWrites::default();
        let mut number = 0_u64;
        let parents = match self.items.has_parent_ids() {
            true => Parents::read(&self.table, work).await?,
            false => Parents::default(),
        };
        while let Some(batch) = rows.next().await {
            let batch = batch?;
            for row in 0..batch.num_rows() {
                number += 1;
                let item = self.items.read(&batch, row, &parents).map_err(|error| {
                    let text = format!("row {number} for list \"{}\": {error}", self.table.name());
                    let hint = error.hint().unwrap_or_default().to_owned();
                    Error::new(error.kind(), text).with_hint(hint)
                })?;
                if !call.push(&item)? {
                    calls.push(std::mem::take(&mut call).finish().body().clone())?;
                    call.push(&item)?;
                }
            }
        }
        if !call.is_empty() {
            calls.push(call.finish().body().clone())?;
        }
        Ok(calls)
    }
}

#[async_trait]
impl Writer for ListWriter {
    fn name(&self) -> &'static str {
        match self.items.action() {
            ItemAction::Add => "ListInsertExec",
            ItemAction::Update => "ListUpdateExec",
            ItemAction::Delete => "ListDeleteExec",
        }
    }

    fn facts(&self) -> Facts {
        let mut facts = vec![
            ("list", format!("{:?}", self.table.name())),
            ("model", format!("{:?}", self.table.model().name)),
        ];
        let names = self.items.names();
        if !names.is_empty() {
            facts.push(("columns", format!("[{}]", names.join(", "))));
        }
        facts.extend(self.items.conflict().map(|conflict| ("on_conflict", conflict.to_string())));
        facts.push(("changes", "true".to_owned()));
        facts
    }

    fn wanted(&self) -> Vec<usize> {
        self.items.wanted().to_vec()
    }

    fn schema(&self) -> SchemaRef {
        let field = |name| Field::new(name, DataType::Int64, false);
        Arc::new(Schema::new(["RowsSucceeded", "RowsFailed", "RowsIgnored"].map(field).to_vec()))
    }

    async fn write(&self, rows: SendableRecordBatchStream, work: Work) -> Result<RecordBatch> {
        let mut calls = self.calls(rows, &work).await?;
        let table = &self.table;
        let progress = table.connection().progress.scan(table.name());
        progress.set(Phase::Running(None));
        progress.chunks(calls.len());
        let is_empty = calls.len() == 0;
        let mut sending = Sending::new(table, &work, (self.items.action(), self.items.conflict()));
        let sent = async {
            while let Some(call) = calls.pop().await? {
                sending.send(&ItemCall::from_body(call)).await?;
                progress.chunk();
            }
            Ok(())
        };
        let result = sent.await;
        // Even a call whose answer was lost may have changed something.
        if !is_empty {
            self.directory.forget_list(&table.model().id, table.list());
            table.connection().sheets.clear();
        }
        let Sending { succeeded, failed, ignored, rejected, .. } = sending;
        let of = format!("list \"{}\"", table.name());
        let connection = table.connection();
        connection.rejected_rows.put(rejected);
        let rejection = Rejection::new(failed as u64, "item", &*of);
        connection.rejected.add(rejection.shown_by("SELECT * FROM information.rejected_rows"));
        let (verb, past) = self.words();
        result.map_err(|error: Error| {
            let before = match succeeded {
                0 => String::new(),
                some => format!(": {some} were {past} before"),
            };
            error.context(format!("can't {verb} the items of {of}{before}"))
        })?;
        let counts = [succeeded, failed, ignored].map(|count| -> ArrayRef {
            Arc::new(Int64Array::from(vec![i64::try_from(count).unwrap_or(i64::MAX)]))
        });
        RecordBatch::try_new(self.schema(), counts.to_vec())
            .map_err(|e| Error::new(ErrorKind::Internal, "a batch can't be built").with_source(e))
    }
}
