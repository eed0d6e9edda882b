//! Sending the calls.

use serde_json::Value;

use super::item::Items;
use crate::client::model::{ItemsWritten, WriteFailure};
use crate::client::{ItemAction, ItemCall, Written};
use crate::error::Result;
use crate::table::RejectedRow;
use crate::table::list::ListTable;
use crate::write::Work;
use crate::write::rejected::Rejected;

/// Sends call after call, and counts what becomes of the items.
pub(super) struct Sending<'a> {
    pub(super) table: &'a ListTable,
    pub(super) work: &'a Work,
    pub(super) items: &'a Items,
    /// Rows of the calls before, and of the call that is sent now.
    pub(super) rows: usize,
    pub(super) now: usize,
    pub(super) succeeded: usize,
    /// Those left alone, as the statement says.
    pub(super) ignored: usize,
    pub(super) rejected: Rejected,
}

/// What the service didn't write of a call.
#[derive(Debug, Default)]
pub(super) struct Refused {
    /// The items, by their positions, with the reasons.
    pub(super) failures: Vec<WriteFailure>,
    /// How many more, of which it doesn't say which.
    untold: usize,
}

impl Refused {
    pub(super) fn of(count: usize, written: ItemsWritten) -> Self {
        let refused = count.saturating_sub(written.written);
        Self { untold: refused.saturating_sub(written.failures.len()), failures: written.failures }
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
            Some(WriteFailure { request_index, ..failure })
        }));
        self.failures.sort_by_key(|failure| failure.request_index);
    }
}

impl<'a> Sending<'a> {
    pub(super) fn new(table: &'a ListTable, work: &'a Work, items: &'a Items) -> Self {
        let rejected = Rejected::new("item");
        Self { table, work, items, rows: 0, now: 0, succeeded: 0, ignored: 0, rejected }
    }

    /// Sends one call.
    ///
    /// # Errors
    /// When it can't be told what became of it, or the service refuses it as a whole.
    pub(super) async fn send(&mut self, call: &ItemCall) -> Result<()> {
        let action = self.items.action();
        self.now = call.len();
        let mut refused = self.run(action, call).await?;
        let ignored = self.mend(action, call, &mut refused).await;
        // Whatever comes of the others, these are in the list.
        let left_alone = *ignored.as_ref().unwrap_or(&0);
        self.succeeded += self.now.saturating_sub(refused.count() + left_alone);
        self.ignored += left_alone;
        self.reject(call, refused);
        self.rows += self.now;
        ignored.map(drop)
    }

    /// Sends what was refused in another way, where there is one. Says how many items it leaves alone
    /// because they are there.
    async fn mend(
        &self,
        action: ItemAction,
        call: &ItemCall,
        refused: &mut Refused,
    ) -> Result<usize> {
        if !refused.failures.is_empty() && action != ItemAction::Delete {
            self.name_parents(action, call, refused).await?;
        }
        match self.items.conflict() {
            Some(conflict) if !refused.failures.is_empty() => {
                self.settle(conflict, call, refused).await
            }
            _ => Ok(0),
        }
    }

    /// Has the service do it, once.
    pub(super) async fn run(&self, action: ItemAction, call: &ItemCall) -> Result<Refused> {
        match (self.post(action, call).await?, action) {
            (Written::Done(written), _) => Ok(Refused::of(call.len(), written)),
            (Written::Lost(error), ItemAction::Add) => self.add_again(call, error).await,
            (Written::Lost(error), ItemAction::Delete) => self.delete_again(call, error).await,
            (Written::Lost(error), ItemAction::Update) => self.update_again(call, error).await,
        }
    }

    pub(super) async fn post(
        &self,
        action: ItemAction,
        call: &ItemCall,
    ) -> Result<Written<ItemsWritten>> {
        let (client, observer) = (&self.table.connection().client, self.work.observer.as_ref());
        let (model, list) = (&self.table.model().id, self.table.list());
        client.write_items(model, list, (action, call), observer).await
    }

    fn reject(&mut self, call: &ItemCall, refused: Refused) {
        self.rejected.add_untold(refused.untold);
        let mut failures = refused.failures.into_iter().peekable();
        if failures.peek().is_none() {
            return;
        }
        for (place, item) in call.items().enumerate() {
            let Some(failure) = failures.next_if(|it| it.request_index == place) else { continue };
            let text = |key| text(&item, key).map(str::to_owned);
            let words = failure.words();
            let reason = failure.failure_type.clone().unwrap_or_else(|| words.clone());
            let row = RejectedRow {
                row: self.rows + place + 1,
                id: text("id"),
                name: text("name"),
                code: text("code"),
                reason: failure.failure_type,
                details: failure.failure_message_details,
                ..RejectedRow::default()
            };
            self.rejected.add(reason, row, |row| format!("row {}: {words}", row.row));
        }
    }
}

/// What an item says under a key, if it isn't blank.
pub(super) fn text<'v>(item: &'v Value, key: &str) -> Option<&'v str> {
    item.get(key)?.as_str().filter(|text| !text.is_empty())
}
