//! `/models/{m}/modules/{mod}/data`: writing cells.

use bytes::Bytes;
use http::HeaderValue;
use serde::Serialize;

use crate::client::model::{CellsWritten, DimensionId, ItemId, LineItemId, ModelId, ModuleId};
use crate::client::{Client, Written};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Observer, Request};

/// The service takes so many cells in one call, and a body of so many bytes.
const MAX_CELLS: usize = 100_000;
const MAX_BYTES: usize = 15_000_000;

/// A cell, and the value that it is to have.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CellWrite<'a> {
    line_item_id: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    dimensions: &'a [Coordinate<'a>],
    value: CellValue<'a>,
}

impl<'a> CellWrite<'a> {
    /// The cell of a line item that stands there in each of its dimensions.
    pub fn new(
        line_item: &'a LineItemId,
        dimensions: &'a [Coordinate<'a>],
        value: CellValue<'a>,
    ) -> Self {
        Self { line_item_id: line_item.as_str(), dimensions, value }
    }
}

/// Where a cell stands in a dimension.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Coordinate<'a> {
    dimension_id: &'a str,
    #[serde(flatten)]
    item: Item<'a>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
enum Item<'a> {
    ItemId(&'a str),
    ItemName(&'a str),
}

impl<'a> Coordinate<'a> {
    /// The item of this id.
    pub fn id(dimension: &'a DimensionId, item: &'a ItemId) -> Self {
        Self { dimension_id: dimension.as_str(), item: Item::ItemId(item.as_str()) }
    }

    /// The item of this name: for dimensions whose items are told apart by it.
    pub fn name(dimension: &'a DimensionId, name: &'a str) -> Self {
        Self { dimension_id: dimension.as_str(), item: Item::ItemName(name) }
    }
}

/// The value of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum CellValue<'a> {
    /// A number; finite.
    Number(f64),
    /// A truth value.
    Boolean(bool),
    /// Text, a day such as `2026-01-31`, the name or code of an item, the name of a period. None
    /// at all makes the cell blank.
    Text(&'a str),
}

/// The cells of one call.
#[derive(Debug, Clone, Default)]
pub struct CellWrites {
    body: Vec<u8>,
    count: usize,
}

impl CellWrites {
    /// Adds a cell. Says `false`, and adds nothing, if the call has no room for it.
    pub fn push(&mut self, cell: &CellWrite<'_>) -> bool {
        if self.count == MAX_CELLS {
            return false;
        }
        let end = self.body.len();
        self.body.push(if end == 0 { b'[' } else { b',' });
        let written = serde_json::to_writer(&mut self.body, cell);
        // The bracket at the end needs room too.
        if written.is_err() || self.body.len() >= MAX_BYTES {
            self.body.truncate(end);
            return false;
        }
        self.count += 1;
        true
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The call.
    pub fn finish(mut self) -> CellCall {
        if self.body.is_empty() {
            self.body.push(b'[');
        }
        self.body.push(b']');
        CellCall { body: self.body.into(), count: self.count }
    }
}

/// The cells of one call, as they are sent.
#[derive(Debug, Clone)]
pub struct CellCall {
    body: Bytes,
    count: usize,
}

impl CellCall {
    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// How often a call has been sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// Never: whoever sends it wants to know when its answer is lost.
    First,
    /// Its answer was lost: it may be sent as often as it takes.
    Again,
}

impl Client {
    /// Writes cells of a module; each succeeds or fails by itself. None at all is no request.
    ///
    /// A cell that is set to a value twice has that value. So a call may be sent again; but what had
    /// been written counts as unchanged then.
    ///
    /// # Errors
    /// As every call: then nothing was written. Kind [`NotFound`](crate::ErrorKind::NotFound) when the
    /// module is gone.
    pub async fn write_cells(
        &self,
        (model, module): (&ModelId, &ModuleId),
        cells: &CellCall,
        sent: Sent,
        observer: &dyn Observer,
    ) -> Result<Written<CellsWritten>> {
        let count = cells.len();
        if count == 0 {
            return Ok(Written::Done(CellsWritten::default()));
        }
        let url = self.url(&["models", model.as_str(), "modules", module.as_str(), "data"]);
        let request = Request::post(url)
            .body(cells.body.clone(), HeaderValue::from_static("application/json"));
        let request = match sent {
            Sent::First => request.unless_arrived(),
            Sent::Again => request.idempotent(),
        };
        let mut written: CellsWritten = match self.write(&request, observer).await? {
            Written::Done(written) => written,
            lost @ Written::Lost(_) => return Ok(lost),
        };
        written.failures.sort_by_key(|failure| failure.request_index);
        written.failures.dedup_by_key(|failure| failure.request_index);
        let failed = written.failures.len();
        let is_within = written.failures.last().is_none_or(|last| last.request_index < count);
        let changed = usize::try_from(written.number_of_cells_changed).unwrap_or(usize::MAX);
        if is_within && changed <= count - failed.min(count) {
            return Ok(Written::Done(written));
        }
        Err(Error::new(
            ErrorKind::Service,
            format!(
                "{} was sent {count} cells, and answered that {changed} have changed and {failed} \
                 failed",
                request.label()
            ),
        )
        .with_hint("some of the cells may have been written: read them to see which"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> (LineItemId, DimensionId, ItemId) {
        ("206000000000".into(), "101000000001".into(), "202000000001".into())
    }

    #[test]
    fn cells_are_written_as_the_service_reads_them() {
        let (line_item, list, item) = ids();
        let time = DimensionId::from("20000000003");
        let at = [Coordinate::id(&list, &item), Coordinate::name(&time, "Jan \"26\"")];
        let mut cells = CellWrites::default();
        assert!(cells.is_empty());
        for value in [
            CellValue::Number(-0.125),
            CellValue::Number(1e300),
            CellValue::Boolean(true),
            CellValue::Text("a \"b\"\n😀"),
            CellValue::Text(""),
        ] {
            assert!(cells.push(&CellWrite::new(&line_item, &at, value)));
        }
        assert!(cells.push(&CellWrite::new(&line_item, &[], CellValue::Number(1.0))));
        assert_eq!(cells.len(), 6);
        let body: serde_json::Value =
            serde_json::from_slice(&cells.finish().body).expect("a JSON document");
        let at = serde_json::json!([
            { "dimensionId": "101000000001", "itemId": "202000000001" },
            { "dimensionId": "20000000003", "itemName": "Jan \"26\"" },
        ]);
        let values = [(-0.125).into(), 1e300.into(), true.into(), "a \"b\"\n😀".into(), "".into()];
        let mut expected: Vec<serde_json::Value> = values
            .into_iter()
            .map(|value: serde_json::Value| {
                serde_json::json!({ "lineItemId": "206000000000", "dimensions": at, "value": value })
            })
            .collect();
        expected.push(serde_json::json!({ "lineItemId": "206000000000", "value": 1.0 }));
        assert_eq!(body, serde_json::Value::from(expected));
    }

    #[test]
    fn a_call_is_full_at_the_services_limits() {
        let (line_item, ..) = ids();
        let mut cells = CellWrites::default();
        for number in 0..MAX_CELLS {
            assert!(
                cells.push(&CellWrite::new(&line_item, &[], CellValue::Boolean(true))),
                "{number}"
            );
        }
        assert!(!cells.push(&CellWrite::new(&line_item, &[], CellValue::Boolean(true))));
        assert_eq!(cells.len(), MAX_CELLS);

        let mut cells = CellWrites::default();
        let text = "x".repeat(4_000_000);
        let mut count = 0;
        while cells.push(&CellWrite::new(&line_item, &[], CellValue::Text(&text))) {
            count += 1;
        }
        assert_eq!((count, cells.len()), (3, 3));
        assert!(
            cells.push(&CellWrite::new(&line_item, &[], CellValue::Number(1.0))),
            "there is room for less"
        );
        let body = cells.finish().body;
        assert!(body.len() <= MAX_BYTES);
        assert!(serde_json::from_slice::<serde_json::Value>(&body).is_ok());

        let mut cells = CellWrites::default();
        let text = "x".repeat(MAX_BYTES);
        assert!(!cells.push(&CellWrite::new(&line_item, &[], CellValue::Text(&text))));
        assert!(cells.is_empty());
    }

    #[test]
    fn failures_are_read_whatever_they_are_called() {
        let read = |text: &str| serde_json::from_str::<CellsWritten>(text);
        let plain = read(r#"{"meta":{},"numberOfCellsChanged":2}"#).expect("an answer");
        assert_eq!((plain.number_of_cells_changed, plain.failures.len()), (2, 0));
        let failed = read(
            r#"{"numberOfCellsChanged":0,"failures":[{"requestIndex":7,"reason":"because"}]}"#,
        );
        let failed = failed.expect("an answer").failures;
        assert_eq!(failed[0].request_index, 7);
        assert_eq!(failed[0].failure_message_details.as_deref(), Some("because"));
        // What doesn't say how many cells have changed is no answer to this.
        assert!(read(r#"{"status":{"code":200}}"#).is_err());
    }
}
