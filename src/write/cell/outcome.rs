//! What became of the cells of a statement, as its result shows it.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::DataFusionError;

use super::places::NoPlace;
use super::rows::NoValue;
use crate::client::model::WriteFailure;
use crate::error::Result;
use crate::table::RejectedRow;
use crate::write::rejected::Rejected;

/// What the result counts; then come the details.
const COUNTS: [&str; 4] = ["CellsChanged", "CellsUnchanged", "CellsRejected", "SumsSkipped"];

/// How many of the counts may be unknown.
const UNCERTAIN: usize = 2;

/// What became of the cells.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) sent: u64,
    pub(super) changed: u64,
    /// Cells that have their new values, of which nobody knows whether they had them before: the
    /// answer that said so was lost.
    pub(super) uncertain: u64,
    pub(super) rejected: Rejected,
    pub(super) sums: u64,
}

/// Why a cell could not be written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reason<'a> {
    Place(NoPlace<'a>),
    Value(NoValue),
    /// It doesn't fit into a call, even alone.
    TooLarge,
    /// The service's.
    Refused(&'a WriteFailure),
}

impl Default for Outcome {
    fn default() -> Self {
        Self { sent: 0, changed: 0, uncertain: 0, rejected: Rejected::new("cell"), sums: 0 }
    }
}

impl Outcome {
    /// Counts a cell that could not be written. `row` is its place in the statement, from 0;
    /// `name` says which cell it is.
    pub(super) fn reject(&mut self, reason: Reason<'_>, row: usize, name: String) {
        let text = reason.words();
        let rejected = RejectedRow {
            row: row + 1,
            name: Some(name),
            reason: reason.word().map(str::to_owned),
            details: Some(text.clone()),
            ..RejectedRow::default()
        };
        self.rejected.add(text, rejected, |row| row.name.clone().unwrap_or_default());
    }

    /// Why cells were rejected, and what isn't known.
    fn details(&self) -> Option<String> {
        let unknown = match self.uncertain {
            0 => None,
            1 => Some(
                "1 cell has its new value, and an answer was lost that said whether it had another \
                 before"
                    .to_owned(),
            ),
            count => Some(format!(
                "{count} cells have their new values, and an answer was lost that said how many of \
                 them had others before"
            )),
        };
        let both: Vec<String> = unknown.into_iter().chain(self.rejected.details()).collect();
        (!both.is_empty()).then(|| both.join("; "))
    }

    /// The one row of the result.
    pub(super) fn batch(&self) -> Result<RecordBatch> {
        let number = |count: u64| -> ArrayRef {
            Arc::new(Int64Array::from(vec![i64::try_from(count).unwrap_or(i64::MAX)]))
        };
        let unknown = || -> ArrayRef { Arc::new(Int64Array::from(vec![None])) };
        let unchanged = self.sent.saturating_sub(self.changed);
        let is_known = self.uncertain == 0;
        let columns = vec![
            if is_known { number(self.changed) } else { unknown() },
            if is_known { number(unchanged) } else { unknown() },
            number(self.rejected.count),
            number(self.sums),
            Arc::new(StringArray::from(vec![self.details()])),
        ];
        Ok(RecordBatch::try_new(schema(), columns).map_err(DataFusionError::from)?)
    }
}

/// The schema of the result.
pub(super) fn schema() -> SchemaRef {
    let counts = COUNTS
        .iter()
        .enumerate()
        .map(|(place, &name)| Field::new(name, DataType::Int64, place < UNCERTAIN));
    let details = Field::new("Details", DataType::Utf8, true);
    Arc::new(Schema::new(counts.chain([details]).collect::<Vec<_>>()))
}

impl Reason<'_> {
    /// The service's word.
    fn word(&self) -> Option<&str> {
        match self {
            Self::Refused(failure) => failure.failure_type.as_deref(),
            _ => None,
        }
    }

    fn words(self) -> String {
        match self {
            Self::Place(NoPlace::Missing(dimension)) => {
                format!("\"{dimension}\" has no item of this name any more")
            }
            Self::Place(NoPlace::Ambiguous(dimension)) => format!(
                "several items of \"{dimension}\" have this name, and nothing tells which is meant"
            ),
            Self::Value(NoValue::NotFinite) => {
                "the value is no finite number (such as one divided by zero)".to_owned()
            }
            Self::TooLarge => "the text is too long".to_owned(),
            Self::Refused(failure) => refusal(failure),
        }
    }
}

/// The service's reason in words.
fn refusal(failure: &WriteFailure) -> String {
    match failure.failure_type.as_deref() {
        Some("cellIsCalculated") => "calculated, or a sum of others".to_owned(),
        _ => failure.words(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(kind: &str, details: &str) -> WriteFailure {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        WriteFailure {
            request_index: 0,
            failure_type: text(kind),
            failure_message_details: text(details),
        }
    }

    #[test]
    fn what_is_not_known_is_null_and_said_in_words() {
        let mut outcome = Outcome { sent: 10, changed: 4, ..Outcome::default() };
        assert_eq!(outcome.details(), None);
        outcome.reject(Reason::Refused(&refused("cellIsCalculated", "…")), 0, "first".into());
        outcome.reject(Reason::Value(NoValue::NotFinite), 1, "a".into());
        outcome.reject(Reason::Refused(&refused("odd", "two\nlines")), 4, "c".into());
        insta::assert_snapshot!(outcome.details().unwrap_or_default(), @"1 cell: calculated, or a sum of others (first); 1 cell: the value is no finite number (such as one divided by zero) (a); 1 cell: two lines (c)");
        let batch = outcome.batch().expect("a row");
        assert_eq!((batch.num_rows(), batch.num_columns()), (1, COUNTS.len() + 1));
        assert_eq!([0, 1, 2].map(|place| batch.column(place).null_count()), [0, 0, 0]);
        outcome.uncertain = 6;
        let batch = outcome.batch().expect("a row");
        assert_eq!([0, 1, 2].map(|place| batch.column(place).null_count()), [1, 1, 0]);
        assert!(
            outcome.details().unwrap_or_default().starts_with("6 cells have their new values,")
        );
    }
}
