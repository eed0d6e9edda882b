//! Sending the calls.

use crate::client::{ItemAction, ItemCall, ItemsSent};
use crate::error::{Error, Result};
use crate::table::list::ListTable;
use crate::write::Work;

/// Sends call after call, and counts what becomes of the items.
pub(super) struct Sending<'a> {
    table: &'a ListTable,
    action: ItemAction,
    work: &'a Work,
    succeeded: u64,
    failed: u64,
}

impl<'a> Sending<'a> {
    pub(super) fn new(table: &'a ListTable, action: ItemAction, work: &'a Work) -> Self {
        Self { table, action, work, succeeded: 0, failed: 0 }
    }

    pub(super) fn succeeded(&self) -> u64 {
        self.succeeded
    }

    pub(super) fn failed(&self) -> u64 {
        self.failed
    }

    /// Sends one call.
    ///
    /// # Errors
    /// When it can't be told what became of it, or the service refuses it as a whole.
    pub(super) async fn send(&mut self, items: &ItemCall) -> Result<()> {
        let (client, observer) = (&self.table.connection().client, self.work.observer.as_ref());
        let (model, list) = (&self.table.model().id, self.table.list());
        match client.write_items(model, list, (self.action, items), observer).await? {
            ItemsSent::Done(written) => {
                let count = items.len();
                let succeeded = written.written.min(count);
                self.succeeded += succeeded as u64;
                self.failed += (count - succeeded) as u64;
                Ok(())
            }
            ItemsSent::Lost(error) => Err(unknown(error, items.len())),
        }
    }
}

fn unknown(error: Error, count: usize) -> Error {
    let text = format!("the answer was lost: nobody knows what became of the next {count}");
    error.context(text).with_hint("look at the list before you run the statement again")
}
