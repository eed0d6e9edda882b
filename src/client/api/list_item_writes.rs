//! `/models/{m}/lists/{l}/items`: adding, updating and deleting items.

use bytes::Bytes;
use http::{HeaderValue, Method};
use serde::Serialize;
use serde_json::Value;

use crate::client::model::{ItemsWritten, ListId, ModelId};
use crate::client::{Client, Written};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Observer, Request};

/// The service takes so many items in one call.
const MAX_ITEMS: usize = 100_000;

/// No call is larger, so that it can be held in memory however long the texts are.
const MAX_BYTES: usize = 32 << 20;

const BEGIN: &[u8] = br#"{"items":["#;
const END: &[u8] = b"]}";

/// What is to be done with items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemAction {
    /// They are new.
    Add,
    /// They are there, and change.
    Update,
    /// They are there, and go.
    Delete,
}

/// Gathers the items of a call.
#[derive(Debug, Clone)]
pub struct ItemWrites {
    body: Vec<u8>,
    count: usize,
}

impl Default for ItemWrites {
    fn default() -> Self {
        Self { body: BEGIN.to_vec(), count: 0 }
    }
}

impl ItemWrites {
    /// Adds an item. Says `false`, and adds nothing, if the call has no room for it.
    ///
    /// # Errors
    /// When the item is no JSON, or too large for any call.
    pub fn push(&mut self, item: &impl Serialize) -> Result<bool> {
        if self.count == MAX_ITEMS {
            return Ok(false);
        }
        let end = self.body.len();
        self.write(item)?;
        if self.body.len() + END.len() > MAX_BYTES {
            self.body.truncate(end);
            self.count -= 1;
            if self.is_empty() {
                let text = format!("an item has more than {MAX_BYTES} bytes");
                return Err(Error::new(ErrorKind::Data, text));
            }
            return Ok(false);
        }
        Ok(true)
    }

    fn write(&mut self, item: &impl Serialize) -> Result<()> {
        // A line for each item: inside of JSON texts no line ends.
        self.body.extend_from_slice(if self.count == 0 { b"\n" } else { b",\n" });
        serde_json::to_writer(&mut self.body, item).map_err(|e| {
            Error::new(ErrorKind::Internal, "an item can't be written as JSON").with_source(e)
        })?;
        self.count += 1;
        Ok(())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The call.
    pub fn finish(mut self) -> ItemCall {
        self.body.extend_from_slice(END);
        ItemCall(self.body.into())
    }
}

/// The items of one call, as they are sent.
#[derive(Debug, Clone)]
pub struct ItemCall(Bytes);

impl ItemCall {
    /// A call of these items, however long they are. There may be no more than one call has.
    ///
    /// # Errors
    /// When an item is no JSON.
    pub fn of<'v>(items: impl IntoIterator<Item = &'v Value>) -> Result<Self> {
        let mut writes = ItemWrites::default();
        for item in items {
            writes.write(item)?;
        }
        Ok(writes.finish())
    }

    /// A call from what [`body`](Self::body) gave.
    pub fn from_body(body: Bytes) -> Self {
        Self(body)
    }

    /// What is sent.
    pub fn body(&self) -> &Bytes {
        &self.0
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.0.iter().filter(|&&byte| byte == b'\n').count()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The items, each as it was given.
    pub fn items(&self) -> impl Iterator<Item = Value> {
        let end = self.0.len() - END.len();
        let lines = self.0[..end].split(|&byte| byte == b'\n').skip(1);
        lines
            .filter_map(|line| serde_json::from_slice(line.strip_suffix(b",").unwrap_or(line)).ok())
    }
}

impl Client {
    /// Writes items of a list; each succeeds or fails by itself. Nothing is sent again when the answer
    /// is lost.
    ///
    /// # Errors
    /// As every call: then nothing was written. Kind [`NotFound`](ErrorKind::NotFound) when the list
    /// is gone.
    pub async fn write_items(
        &self,
        model: &ModelId,
        list: &ListId,
        (action, items): (ItemAction, &ItemCall),
        observer: &dyn Observer,
    ) -> Result<Written<ItemsWritten>> {
        let mut url = self.url(&["models", model.as_str(), "lists", list.as_str(), "items"]);
        let request = match action {
            ItemAction::Add => {
                url.query_pairs_mut().append_pair("action", "add");
                Request::post(url).unless_arrived()
            }
            ItemAction::Delete => {
                url.query_pairs_mut().append_pair("action", "delete");
                Request::post(url).unless_arrived()
            }
            ItemAction::Update => Request::new(Method::PUT, url).unless_arrived(),
        };
        let request =
            request.body(items.body().clone(), HeaderValue::from_static("application/json"));
        let mut written: ItemsWritten = match self.write(&request, observer).await? {
            Written::Done(written) => written,
            lost @ Written::Lost(_) => return Ok(lost),
        };
        written.failures.sort_by_key(|failure| failure.request_index);
        written.failures.dedup_by_key(|failure| failure.request_index);
        let count = items.len();
        written.failures.retain(|failure| failure.request_index < count);
        Ok(Written::Done(written))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_cut_into_calls_and_can_be_read_back() {
        let mut items = ItemWrites::default();
        assert!(items.is_empty());
        for name in ["a", "b, \"c\"", "😀"] {
            assert!(items.push(&serde_json::json!({ "name": name })).expect("JSON"));
        }
        let call = items.clone().finish();
        let body: Value = serde_json::from_slice(call.body()).expect("a JSON document");
        let expected = serde_json::json!([
            { "name": "a" }, { "name": "b, \"c\"" }, { "name": "😀" },
        ]);
        assert_eq!(body, serde_json::json!({ "items": expected }));
        assert_eq!(Value::from_iter(call.items()), expected);
        assert_eq!(call.len(), 3);
        for _ in 3..MAX_ITEMS {
            assert!(items.push(&()).expect("JSON"));
        }
        assert!(!items.push(&()).expect("JSON"));
        assert_eq!(items.finish().len(), MAX_ITEMS);
    }

    #[test]
    fn long_texts_make_small_calls() {
        let text = "x".repeat(MAX_BYTES / 2 - 20);
        let mut items = ItemWrites::default();
        assert!(items.push(&text).expect("JSON"));
        assert!(items.push(&text).expect("JSON"));
        assert!(!items.push(&text).expect("JSON"));
        assert_eq!(items.finish().len(), 2);
        let error = ItemWrites::default().push(&[&text, &text, &text]).expect_err("too long");
        assert_eq!(error.kind(), ErrorKind::Data);
    }
}
