//! Writing items of a list.
//!
//! All rows are read before the first call: a source that fails in the middle changes nothing, nor do
//! rows that are of the same item, and no statement reads the list while it changes it. Calls hold as many items as the service takes.
//! An item that the service refuses keeps no other from being written.

mod again;
mod compare;
mod conflict;
mod item;
mod known;
mod parent;
mod send;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SendableRecordBatchStream;
use futures::TryStreamExt;
use futures::stream::BoxStream;

use self::item::Items;
use self::parent::Parents;
use self::send::Sending;
use super::hold::{Seen, hold};
use super::{Change, Operation, Work, Writer};
use crate::client::{ItemAction, ItemWrites};
use crate::error::{Error, ErrorKind, Result};
use crate::names::Directory;
use crate::progress::{Phase, ScanProgress};
use crate::table::list::ListTable;
use crate::table::scan::Facts;

/// What memory is taken for, in DataFusion's words.
const CONSUMER: &str = "ListChange";

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

    /// Refuses rows that can't be sent, or of which it isn't clear which counts.
    fn check(
        &self,
        batch: &RecordBatch,
        parents: &Parents,
        (seen, before): (&mut Seen, &mut u64),
    ) -> Result<()> {
        for row in 0..batch.num_rows() {
            *before += 1;
            let number = *before;
            let checked = self.items.read(batch, row, parents).and_then(|item| {
                // Alone it must fit into a call.
                ItemWrites::default().push(&item)?;
                let Some(key) = self.items.key(&item) else { return Ok(()) };
                match seen.add(&key, number)? {
                    None => Ok(()),
                    Some(first) => Err(self.items.twice(&item, first)),
                }
            });
            checked.map_err(|error| {
                let text = format!("row {number} for list \"{}\": {error}", self.table.name());
                let hint = error.hint().unwrap_or_default().to_owned();
                Error::new(error.kind(), text).with_hint(hint)
            })?;
        }
        Ok(())
    }

    /// Sends the items of all rows, as many at once as the service takes.
    async fn send(
        &self,
        rows: &mut BoxStream<'static, DataFusionResult<RecordBatch>>,
        parents: &Parents,
        (sending, progress): (&mut Sending<'_>, &ScanProgress),
    ) -> Result<()> {
        let mut call = ItemWrites::default();
        while let Some(batch) = rows.try_next().await? {
            for row in 0..batch.num_rows() {
                let item = self.items.read(&batch, row, parents)?;
                if !call.push(&item)? {
                    let full = std::mem::take(&mut call).finish();
                    sending.send(&full).await?;
                    progress.rows(full.len());
                    call.push(&item)?;
                }
            }
        }
        if call.is_empty() {
            return Ok(());
        }
        let last = call.finish();
        sending.send(&last).await?;
        progress.rows(last.len());
        Ok(())
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
        let counts = ["RowsSucceeded", "RowsFailed", "RowsIgnored"].map(field);
        let details = Field::new("Details", DataType::Utf8, true);
        Arc::new(Schema::new(counts.into_iter().chain([details]).collect::<Vec<_>>()))
    }

    async fn write(&self, rows: SendableRecordBatchStream, work: Work) -> Result<RecordBatch> {
        let table = &self.table;
        let parents = match self.items.has_parent_ids() {
            true => Parents::read(table, &work).await?,
            false => Parents::default(),
        };
        let (mut seen, mut count) = (Seen::new(&work.context, CONSUMER), 0);
        let check = |batch: &RecordBatch| self.check(batch, &parents, (&mut seen, &mut count));
        let mut held = hold(rows, &work.context, CONSUMER, check).await?;
        drop(seen);
        let progress = table.connection().progress.scan(table.name());
        progress.set(Phase::Writing);
        let mut sending = Sending::new(table, &work, &self.items);
        let result = self.send(&mut held, &parents, (&mut sending, progress.as_ref())).await;
        // Even a call whose answer was lost may have changed something.
        if count > 0 {
            self.directory.forget_list(&table.model().id, table.list());
            table.connection().sheets.clear();
        }
        let Sending { succeeded, ignored, rejected, .. } = sending;
        let of = format!("list \"{}\"", table.name());
        let (verb, past) = self.words();
        let answer = result.map_err(|error: Error| {
            let before = match succeeded {
                0 => String::new(),
                some => format!(": {some} were {past} before"),
            };
            let hint = error.hint().map(str::to_owned);
            let error = error.context(format!("can't {verb} the items of {of}{before}"));
            if succeeded == 0 || self.items.action() != ItemAction::Add {
                return error;
            }
            // Where nothing tells items from each other, they would be added twice.
            let leave_out = "leave out what is in the list by now when you run it again";
            error.with_hint(match hint {
                Some(hint) => format!("{hint}; {leave_out}"),
                None => leave_out.to_owned(),
            })
        });
        let number = |count: u64| -> ArrayRef {
            Arc::new(Int64Array::from(vec![i64::try_from(count).unwrap_or(i64::MAX)]))
        };
        let columns = vec![
            number(succeeded as u64),
            number(rejected.count),
            number(ignored as u64),
            Arc::new(StringArray::from(vec![rejected.details()])),
        ];
        rejected.report(table.connection(), &format!("Lists.{}", table.name()), of);
        answer?;
        RecordBatch::try_new(self.schema(), columns)
            .map_err(|e| Error::new(ErrorKind::Internal, "a batch can't be built").with_source(e))
    }
}
