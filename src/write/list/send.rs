//! Sending the calls.

use serde_json::Value;

use super::conflict::Conflict;
use crate::client::model::{ItemFailure, ItemsWritten};
use crate::client::{ItemAction, ItemCall, ItemsSent};
use crate::error::Result;
use crate::table::RejectedRow;
use crate::table::list::ListTable;
use crate::write::Work;

/// Of so many rejected items each is kept; of more only the number.
const KEPT: usize = 10_000;

/// Sends call after call, and counts what becomes of the items.
pub(super) struct Sending<'a> {
    pub(super) table: &'a ListTable,
    pub(super) work: &'a Work,
    action: ItemAction,
    /// What becomes of new items that are there already; else they are rejected.
    pub(super) conflict: Option<&'a Conflict>,
    /// Rows of the calls before.
    rows: usize,
    pub(super) succeeded: usize,
    pub(super) failed: usize,
    /// Those left alone, as the statement says.
    pub(super) ignored: usize,
    /// The first of those that failed.
    pub(super) rejected: Vec<RejectedRow>,
}

/// What the service didn't write of a call.
#[derive(Debug, Default)]
pub(super) struct Refused {
    /// The items, by their positions, with the reasons.
    pub(super) failures: Vec<ItemFailure>,
    /// How many more, of which it doesn't say which.
    untold: usize,
}

impl Refused {
    pub(super) fn of(count: usize, written: ItemsWritten) -> Self {
        let refused = count.saturating_sub(written.written);
        Self { untold: refused.saturating_sub(written.failures.len()), failures: written.failures }
    }

    /// Every item of a call, for no reason that is known.
    pub(super) fn all(count: usize) -> Self {
        let failure = |request_index| ItemFailure {
            request_index,
            failure_type: None,
            failure_message_details: None,
        };
        Self { failures: (0..count).map(failure).collect(), untold: 0 }
    }

    fn count(&self) -> usize {
        self.failures.len() + self.untold
    }

    /// The items that were refused with a reason, by their positions.
    pub(super) fn items(&self, call: &ItemCall) -> Vec<(usize, Value)> {
        let is_refused = |place| self.failures.binary_search_by_key(&place, |it| it.request_index);
        call.items().enumerate().filter(|(place, _)| is_refused(*place).is_ok()).collect()
    }

    /// Takes the place of what was refused before of the items at these positions, which were sent
    /// again as a call of their own.
    pub(super) fn replace(&mut self, places: &[usize], again: Self) {
        self.failures.retain(|failure| places.binary_search(&failure.request_index).is_err());
        self.untold += again.untold;
        self.failures.extend(again.failures.into_iter().filter_map(|failure| {
            let request_index = *places.get(failure.request_index)?;
            Some(ItemFailure { request_index, ..failure })
        }));
        self.failures.sort_by_key(|failure| failure.request_index);
    }
}

impl<'a> Sending<'a> {
    pub(super) fn new(
        table: &'a ListTable,
        work: &'a Work,
        (action, conflict): (ItemAction, Option<&'a Conflict>),
    ) -> Self {
        let (succeeded, failed, ignored) = (0, 0, 0);
        let (rows, rejected) = (0, Vec::new());
        Self { table, work, action, conflict, rows, succeeded, failed, ignored, rejected }
    }

    /// Sends one call.
    ///
    /// # Errors
    /// When it can't be told what became of it, or the service refuses it as a whole.
    pub(super) async fn send(&mut self, call: &ItemCall) -> Result<()> {
        let mut refused = self.run(self.action, call).await?;
        if !refused.failures.is_empty() && self.action != ItemAction::Delete {
            self.name_parents(self.action, call, &mut refused).await?;
        }
        let mut ignored = 0;
        if !refused.failures.is_empty()
            && let Some(conflict) = self.conflict
        {
            ignored = self.settle(conflict, call, &mut refused).await?;
        }
        let count = call.len();
        self.succeeded += count.saturating_sub(refused.count() + ignored);
        self.failed += refused.count();
        self.ignored += ignored;
        self.keep(call, refused);
        self.rows += count;
        Ok(())
    }

    /// Has the service do it, once.
    pub(super) async fn run(&self, action: ItemAction, call: &ItemCall) -> Result<Refused> {
        match (self.post(action, call).await?, action) {
            (ItemsSent::Done(written), _) => Ok(Refused::of(call.len(), written)),
            (ItemsSent::Lost(error), ItemAction::Add) => self.add_again(call, error).await,
            (ItemsSent::Lost(error), ItemAction::Delete) => self.delete_again(call, error).await,
            (ItemsSent::Lost(error), ItemAction::Update) => self.update_again(call, error).await,
        }
    }

    pub(super) async fn post(&self, action: ItemAction, call: &ItemCall) -> Result<ItemsSent> {
        let (client, observer) = (&self.table.connection().client, self.work.observer.as_ref());
        let (model, list) = (&self.table.model().id, self.table.list());
        client.write_items(model, list, (action, call), observer).await
    }

    fn keep(&mut self, call: &ItemCall, refused: Refused) {
        let free = KEPT.saturating_sub(self.rejected.len());
        let mut failures = refused.failures.into_iter().take(free).peekable();
        if failures.peek().is_none() {
            return;
        }
        for (place, item) in call.items().enumerate() {
            let Some(failure) = failures.next_if(|it| it.request_index == place) else { continue };
            let text = |key| text(&item, key).map(str::to_owned);
            self.rejected.push(RejectedRow {
                table: format!("Lists.{}", self.table.name()),
                row: self.rows + place + 1,
                id: text("id"),
                name: text("name"),
                code: text("code"),
                reason: failure.failure_type,
                details: failure.failure_message_details,
            });
        }
    }
}

/// What an item says under a key, if it isn't blank.
pub(super) fn text<'v>(item: &'v Value, key: &str) -> Option<&'v str> {
    item.get(key)?.as_str().filter(|text| !text.is_empty())
}
