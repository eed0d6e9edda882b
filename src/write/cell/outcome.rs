//! What became of the cells of a statement, as its result shows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::DataFusionError;

use super::places::NoPlace;
use super::rows::NoValue;
use crate::client::model::CellFailure;
use crate::error::Result;
use crate::table::RejectedRow;

/// What the result counts; then come the details.
const COUNTS: [&str; 4] = ["CellsChanged", "CellsUnchanged", "CellsRejected", "SumsSkipped"];

/// So many reasons are told apart; the service has fewer.
const MAX_REASONS: usize = 20;

/// So many rejected cells are kept; of more only the number.
const KEPT: usize = 10_000;

/// What became of the cells.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) sent: u64,
    pub(super) changed: u64,
    pub(super) rejected: u64,
    pub(super) sums: u64,
    /// For each reason how often, and an example.
    reasons: BTreeMap<String, (u64, String)>,
    /// The first cells that were rejected.
    pub(super) kept: Vec<RejectedRow>,
}

/// Why a cell could not be written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reason<'a> {
    Place(NoPlace<'a>),
    Value(NoValue),
    /// It doesn't fit into a call, even alone.
    TooLarge,
    /// The service's.
    Refused(&'a CellFailure),
}

impl Outcome {
    /// Counts a cell that could not be written. `row` is its place in the statement, from 0;
    /// `name` says which cell it is.
    pub(super) fn reject(&mut self, reason: Reason<'_>, row: usize, name: impl Fn() -> String) {
        self.rejected += 1;
        let mut text = reason.words();
        if self.kept.len() < KEPT {
            self.kept.push(RejectedRow {
                row: row + 1,
                name: Some(name()),
                reason: reason.word().map(str::to_owned),
                details: Some(text.clone()),
                ..RejectedRow::default()
            });
        }
        if self.reasons.len() >= MAX_REASONS && !self.reasons.contains_key(&text) {
            "other reasons".clone_into(&mut text);
        }
        self.reasons.entry(text).or_insert_with(|| (0, name())).0 += 1;
    }

    /// The reasons, the most frequent first.
    pub(super) fn details(&self) -> Option<String> {
        let mut all: Vec<_> = self.reasons.iter().collect();
        all.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        let each = all.into_iter().map(|(reason, (count, example))| {
            let cells = if *count == 1 { "cell" } else { "cells" };
            format!("{count} {cells}: {reason} ({example})")
        });
        let each: Vec<String> = each.collect();
        (!each.is_empty()).then(|| each.join("; "))
    }

    /// The one row of the result.
    pub(super) fn batch(&self) -> Result<RecordBatch> {
        let number = |count: u64| -> ArrayRef {
            Arc::new(Int64Array::from(vec![i64::try_from(count).unwrap_or(i64::MAX)]))
        };
        let unchanged = self.sent.saturating_sub(self.changed);
        let columns = vec![
            number(self.changed),
            number(unchanged),
            number(self.rejected),
            number(self.sums),
            Arc::new(StringArray::from(vec![self.details()])),
        ];
        Ok(RecordBatch::try_new(schema(), columns).map_err(DataFusionError::from)?)
    }
}

/// The schema of the result.
pub(super) fn schema() -> SchemaRef {
    let counts = COUNTS.iter().map(|&name| Field::new(name, DataType::Int64, false));
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
fn refusal(failure: &CellFailure) -> String {
    let said = failure.failure_message_details.as_deref().map(str::trim).unwrap_or_default();
    match failure.failure_type.as_deref().unwrap_or_default() {
        "cellIsCalculated" => "calculated, or a sum of others".to_owned(),
        "" if said.is_empty() => "the service doesn't say why".to_owned(),
        word if said.is_empty() => word.to_owned(),
        _ => said.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(kind: &str, details: &str) -> CellFailure {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        CellFailure {
            request_index: 0,
            failure_type: text(kind),
            failure_message_details: text(details),
        }
    }

    #[test]
    fn reasons_are_told_once_with_their_number_and_an_example() {
        let mut outcome = Outcome { sent: 10, changed: 4, ..Outcome::default() };
        assert_eq!(outcome.details(), None);
        outcome.reject(Reason::Refused(&refused("cellIsCalculated", "…")), 0, || "first".into());
        outcome.reject(Reason::Value(NoValue::NotFinite), 1, || "a".into());
        outcome.reject(Reason::Refused(&refused("cellIsCalculated", "…")), 2, || "later".into());
        outcome.reject(Reason::Refused(&refused("", "")), 3, || "b".into());
        outcome.reject(Reason::Refused(&refused("odd", "two\nlines")), 4, || "c".into());
        insta::assert_snapshot!(outcome.details().unwrap_or_default(), @"2 cells: calculated, or a sum of others (first); 1 cell: the service doesn't say why (b); 1 cell: the value is no finite number (such as one divided by zero) (a); 1 cell: two lines (c)");
        let kept = &outcome.kept[2];
        assert_eq!((kept.row, kept.name.as_deref()), (3, Some("later")));
        assert_eq!(kept.reason.as_deref(), Some("cellIsCalculated"));
        let batch = outcome.batch().expect("a row");
        assert_eq!((batch.num_rows(), batch.num_columns()), (1, COUNTS.len() + 1));
    }

    #[test]
    fn details_stay_short_however_many_reasons_there_are() {
        let mut outcome = Outcome::default();
        for number in 0..500 {
            let failure = refused("odd", &format!("reason {number}"));
            outcome.reject(Reason::Refused(&failure), number, || number.to_string());
        }
        let details = outcome.details().unwrap_or_default();
        assert_eq!(details.matches("; ").count(), MAX_REASONS);
        assert!(details.starts_with("480 cells: other reasons (20)"), "{details}");
        assert_eq!(outcome.rejected, 500);
    }
}
