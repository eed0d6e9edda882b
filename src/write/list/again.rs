//! What to do when the answer to a call is lost.
//!
//! Nothing may be added twice, and nothing be left out. So the list is asked what it holds. Names and
//! codes are unique in a list: what is sent again though it came after all is refused, no more.
//! Updates set the same when they run twice. That a repetition is refused says nothing of what was
//! sent before it.

use std::collections::HashSet;

use serde_json::Value;

use super::known::{Existing, is_numbered};
use super::send::{Refused, Sending, text};
use crate::client::model::DimensionId;
use crate::client::{ItemAction, ItemCall, Written};
use crate::error::{Error, ErrorKind, Result};

/// How often a call is sent again.
const ATTEMPTS: usize = 3;

impl Sending<'_> {
    /// Adds what isn't there. What is there counts as added only if it is just as an addition makes
    /// it; all else the service is asked to add once more, so that it says why it refuses it.
    pub(super) async fn add_again(&self, call: &ItemCall, lost: Error) -> Result<Refused> {
        tracing::warn!(%lost, list = self.table.name(), "the answer to an addition was lost");
        let items: Vec<Value> = call.items().collect();
        let key = if is_numbered(self.table) { "code" } else { "name" };
        // Without a code nothing tells an item of a numbered list from another one.
        if items.iter().any(|item| text(item, key).is_none()) {
            return Err(self.unknown(lost, items.len()));
        }
        let mut lost = lost;
        for _ in 0..ATTEMPTS {
            let same = self.there(&items, key).await;
            let same = same.map_err(|reason| {
                tracing::warn!(%reason, "the list can't tell what became of the items");
                self.unknown(lost.clone(), items.len())
            })?;
            let rest: Vec<usize> =
                (0..items.len()).filter(|place| same.binary_search(place).is_err()).collect();
            let mut refused = Refused::default();
            if rest.is_empty() {
                return Ok(refused);
            }
            let again = ItemCall::of(rest.iter().map(|&place| &items[place]))?;
            let answer = self.post(ItemAction::Add, &again).await;
            let is_nothing_there = same.is_empty() && lost.kind() != ErrorKind::Timeout;
            let answer = answer.map_err(|error| match is_nothing_there {
                true => error,
                false => self.unknown(error, items.len()),
            });
            let written = match answer? {
                Written::Done(written) => written,
                Written::Lost(error) => {
                    lost = error;
                    continue;
                }
            };
            let is_new = written.written > 0;
            refused.replace(&rest, Refused::of(rest.len(), written));
            if !is_new && lost.kind() == ErrorKind::Timeout {
                // The lost call may have run after the look at the list.
                let came = self.as_added(&items, &rest).await;
                let came = came.map_err(|_| self.unknown(lost, rest.len()))?;
                refused.replace(&came, Refused::default());
            }
            if !is_new || same.is_empty() {
                return Ok(refused);
            }
            // The service adds what it can of a call. That something could still be added means
            // that the lost call had done nothing: what is there was there before.
            let before = ItemCall::of(same.iter().map(|&place| &items[place]))?;
            let answer = self.post(ItemAction::Add, &before).await;
            return match answer.map_err(|error| self.unknown(error, items.len()))? {
                Written::Done(written) => {
                    refused.replace(&same, Refused::of(same.len(), written));
                    Ok(refused)
                }
                Written::Lost(error) => Err(self.unknown(error, same.len())),
            };
        }
        Err(self.unknown(lost, items.len()))
    }

    /// Which of the items are there, just as an addition makes them.
    async fn there(&self, items: &[Value], key: &str) -> Result<Vec<usize>> {
        let all = || items.iter().filter_map(|item| text(item, key));
        let existing = match key {
            "code" => Existing::read(self, std::iter::empty(), all()).await,
            _ => Existing::read(self, all(), std::iter::empty()).await,
        }?;
        let there: Vec<usize> =
            (0..items.len()).filter(|&place| existing.has(&items[place])).collect();
        if there.is_empty() { Ok(there) } else { self.as_added(items, &there).await }
    }

    fn unknown(&self, error: Error, count: usize) -> Error {
        let rows = match (self.now, self.rows + 1, self.rows + self.now) {
            (1, row, _) => format!("row {row}"),
            (all, first, last) if all == count => format!("rows {first} to {last}"),
            (_, first, last) => format!("{count} of the rows {first} to {last}"),
        };
        error
            .context(format!("the answer was lost: nobody knows what became of {rows}"))
            .with_hint("look at the list before you run the statement again")
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
            let answer = self.post(ItemAction::Update, call).await;
            match answer.map_err(|error| not_updated(error, call.len()))? {
                Written::Done(written) => return Ok(Refused::of(call.len(), written)),
                Written::Lost(error) => lost = error,
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
            let answer = self.post(ItemAction::Delete, &again).await;
            match answer.map_err(|error| undeleted(error, items.len()))? {
                Written::Done(written) => {
                    refused.replace(&there, Refused::of(there.len(), written));
                    return Ok(refused);
                }
                Written::Lost(error) => lost = error,
            }
        }
        Err(undeleted(lost, items.len()))
    }
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
