//! What to do when the answer to a call is lost.
//!
//! Nothing may be added twice, and nothing be left out. So the list is asked what it holds. Names and
//! codes are unique in a list: what is sent again though it came after all is refused, no more.
//! Updates set the same when they run twice.

use std::collections::HashSet;

use serde_json::Value;

use super::conflict::Conflict;
use super::known::{Existing, is_numbered};
use super::send::{Refused, Sending, text};
use crate::client::model::DimensionId;
use crate::client::{ItemAction, ItemCall, ItemsSent};
use crate::error::{Error, ErrorKind, Result};

/// How often a call is sent again.
const ATTEMPTS: usize = 3;

impl Sending<'_> {
    /// Adds what isn't there.
    pub(super) async fn add_again(&self, call: &ItemCall, lost: Error) -> Result<Refused> {
        tracing::warn!(%lost, list = self.table.name(), "the answer to an addition was lost");
        let items: Vec<Value> = call.items().collect();
        let key = if is_numbered(self.table) { "code" } else { "name" };
        // Without a code nothing tells an item of a numbered list from another one.
        if items.iter().any(|item| text(item, key).is_none()) {
            return Err(unknown(lost, items.len()));
        }
        let mut lost = lost;
        for _ in 0..ATTEMPTS {
            let all = || items.iter().filter_map(|item| text(item, key));
            let existing = match key {
                "code" => Existing::read(self, std::iter::empty(), all()).await,
                _ => Existing::read(self, all(), std::iter::empty()).await,
            };
            let existing = existing.map_err(|_| unknown(lost.clone(), items.len()))?;
            let (there, missing): (Vec<usize>, Vec<usize>) =
                (0..items.len()).partition(|&place| existing.has(&items[place]));
            let mut refused = Refused::default();
            if missing.is_empty() {
                self.leave_to_conflict(&there, &mut refused);
                return Ok(refused);
            }
            let again = ItemCall::of(missing.iter().map(|&place| &items[place]))?;
            let written = match self.post(ItemAction::Add, &again).await? {
                ItemsSent::Done(written) => written,
                ItemsSent::Lost(error) => {
                    lost = error;
                    continue;
                }
            };
            let is_new = written.written > 0;
            refused.replace(&missing, Refused::of(missing.len(), written));
            if !is_new || there.is_empty() {
                self.leave_to_conflict(&there, &mut refused);
                return Ok(refused);
            }
            // The service adds what it can of a call. That something could still be added means
            // that the lost call had done nothing: what is there was there before.
            let before = ItemCall::of(there.iter().map(|&place| &items[place]))?;
            return match self.post(ItemAction::Add, &before).await? {
                ItemsSent::Done(written) => {
                    refused.replace(&there, Refused::of(there.len(), written));
                    Ok(refused)
                }
                ItemsSent::Lost(error) => Err(unknown(error, there.len())),
            };
        }
        Err(unknown(lost, items.len()))
    }

    /// Nobody knows which of the items that are there were there before. Where those are to be updated,
    /// all are: it does the same to one that was just added.
    fn leave_to_conflict(&self, there: &[usize], refused: &mut Refused) {
        if self.conflict.is_some_and(Conflict::updates) {
            refused.replace(there, Refused::all(there.len()));
        }
    }

    /// Updates once more.
    pub(super) async fn update_again(&self, call: &ItemCall, lost: Error) -> Result<Refused> {
        tracing::warn!(%lost, list = self.table.name(), "the answer to an update was lost");
        let mut lost = lost;
        for _ in 0..ATTEMPTS {
            // What takes too long may still run: another one would have to wait behind it.
            if lost.kind() == ErrorKind::Timeout {
                break;
            }
            // This is repeated with pauses, until the service answers again.
            let client = &self.table.connection().client;
            let (model, list) = (&self.table.model().id, self.table.list());
            let alive = client.list_metadata(model, list, self.work.observer.clone()).await;
            alive.map_err(|_| not_updated(lost.clone(), call.len()))?;
            match self.post(ItemAction::Update, call).await? {
                ItemsSent::Done(written) => return Ok(Refused::of(call.len(), written)),
                ItemsSent::Lost(error) => lost = error,
            }
        }
        Err(not_updated(lost, call.len()))
    }

    /// Deletes what is still there.
    pub(super) async fn delete_again(&self, call: &ItemCall, lost: Error) -> Result<Refused> {
        tracing::warn!(%lost, list = self.table.name(), "the answer to a deletion was lost");
        let items: Vec<Value> = call.items().collect();
        let mut lost = lost;
        for _ in 0..ATTEMPTS {
            let client = &self.table.connection().client;
            let dimension = DimensionId::from(self.table.list());
            let observer = self.work.observer.clone();
            let found = client.dimension_items(&self.table.model().id, &dimension, observer).await;
            let found = found.map_err(|_| undeleted(lost.clone(), items.len()))?;
            let ids: HashSet<&str> = found.iter().map(|item| item.id.as_str()).collect();
            let is_there =
                |place: &usize| text(&items[*place], "id").is_some_and(|id| ids.contains(id));
            let there: Vec<usize> = (0..items.len()).filter(is_there).collect();
            let mut refused = Refused::default();
            if there.is_empty() {
                return Ok(refused);
            }
            let again = ItemCall::of(there.iter().map(|&place| &items[place]))?;
            match self.post(ItemAction::Delete, &again).await? {
                ItemsSent::Done(written) => {
                    refused.replace(&there, Refused::of(there.len(), written));
                    return Ok(refused);
                }
                ItemsSent::Lost(error) => lost = error,
            }
        }
        Err(undeleted(lost, items.len()))
    }
}

fn unknown(error: Error, count: usize) -> Error {
    let text = format!("the answer was lost: nobody knows what became of the next {count} items");
    error.context(text).with_hint("look at the list before you run the statement again")
}

fn not_updated(error: Error, count: usize) -> Error {
    let text = format!("no answer came to the update of the next {count} items");
    let hint = match error.kind() {
        ErrorKind::Timeout => {
            "it may still run: look at the list, and raise Timeout before you run it again"
        }
        _ => "look at the list before you run the statement again",
    };
    error.context(text).with_hint(hint)
}

fn undeleted(error: Error, count: usize) -> Error {
    let text =
        format!("the answer was lost: nobody knows which of the next {count} items are left");
    error.context(text).with_hint("run the statement again: it deletes what is left")
}
