//! Filters that save requests: `column = 'text'` and `column IN ('a', 'b')` on key columns of
//! text, and bounds on key columns of moments.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::fmt;

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Operator};

use super::choice::is_of_model;
use super::{Cell, ColumnDefinition, ColumnKind, Row};
use crate::table::equality::allowed_values;

/// What the filters say of key columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyFilters(BTreeMap<&'static str, Condition>);

/// What a column must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// One of these texts.
    Among(BTreeSet<String>),
    /// A moment between these, both included.
    Between(Span),
}

/// A part of time, in milliseconds since 1970; open where there is no bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Option<i64>,
    pub(super) to: Option<i64>,
}

impl KeyFilters {
    /// Takes from these filters (joined by AND) what can be used; the rest is left to DataFusion.
    pub(super) fn new(columns: &'static [ColumnDefinition], filters: &[Expr]) -> Self {
        let mut all = Self::default();
        for filter in filters {
            let Some((column, condition)) = translate(columns, filter) else { continue };
            match all.0.entry(column) {
                Entry::Vacant(entry) => drop(entry.insert(condition)),
                Entry::Occupied(mut entry) => entry.get_mut().narrow(&condition),
            }
        }
        all
    }

    /// Whether a row is wanted. A scan checks every row, so that a table may use of the filters what
    /// saves requests, and a `LIMIT` behind them ends it early.
    pub(super) fn keep(&self, columns: &[ColumnDefinition], row: &Row) -> bool {
        columns.iter().zip(row).all(|(column, cell)| match (self.0.get(column.name), cell) {
            (None, _) => true,
            (Some(Condition::Among(values)), Cell::Text(text)) => values.contains(text),
            (Some(Condition::Between(span)), Cell::Moment(ms)) => span.holds(*ms),
            (Some(_), _) => false,
        })
    }

    /// Whether a row with this value in this column can be wanted.
    pub(super) fn allows(&self, column: &str, value: &str) -> bool {
        self.among(column).is_none_or(|values| values.contains(value))
    }

    /// The values that a column may have, if they are bound.
    pub(super) fn among(&self, column: &str) -> Option<&BTreeSet<String>> {
        match self.0.get(column) {
            Some(Condition::Among(values)) => Some(values),
            _ => None,
        }
    }

    /// How many values the narrowest filter leaves that is not about the model.
    pub(super) fn narrowest_of_objects(&self) -> Option<usize> {
        let among = self.0.iter().filter(|(column, _)| !is_of_model(column));
        among
            .filter_map(|(_, condition)| match condition {
                Condition::Among(values) => Some(values.len()),
                Condition::Between(_) => None,
            })
            .min()
    }

    /// The part of time that a column may be in.
    pub(super) fn span(&self, column: &str) -> Span {
        match self.0.get(column) {
            Some(Condition::Between(span)) => *span,
            _ => Span::default(),
        }
    }
}

impl Span {
    fn holds(&self, ms: i64) -> bool {
        self.from.is_none_or(|from| from <= ms) && self.to.is_none_or(|to| ms <= to)
    }
}

impl Condition {
    fn narrow(&mut self, other: &Self) {
        match (self, other) {
            (Self::Among(values), Self::Among(others)) => {
                values.retain(|value| others.contains(value));
            }
            (Self::Between(span), Self::Between(other)) => {
                span.from = span.from.max(other.from);
                span.to = [span.to, other.to].into_iter().flatten().min();
            }
            // A column is of one kind.
            (Self::Among(_), Self::Between(_)) | (Self::Between(_), Self::Among(_)) => {}
        }
    }
}

impl fmt::Display for KeyFilters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (column, condition)) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{column}{condition}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Among(values) => {
                let values: Vec<&str> = values.iter().map(String::as_str).collect();
                write!(f, "=[{}]", values.join(", "))
            }
            Self::Between(span) => {
                let text = |bound: Option<i64>| {
                    let moment = chrono::DateTime::from_timestamp_millis(bound?)?;
                    Some(moment.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
                };
                let (from, to) = (text(span.from), text(span.to));
                write!(f, "=[{}..{}]", from.unwrap_or_default(), to.unwrap_or_default())
            }
        }
    }
}

/// The key column and what a filter says of it, or nothing if it says something else. The answer
/// to "is it pushed down" is this function too.
pub(super) fn translate(
    columns: &'static [ColumnDefinition],
    filter: &Expr,
) -> Option<(&'static str, Condition)> {
    let text = |name: &str| {
        let is_it = |c: &&ColumnDefinition| c.key && c.kind == ColumnKind::Text && c.name == name;
        columns.iter().find(is_it).map(|c| c.name)
    };
    if let Some((column, values)) = allowed_values(filter, &text) {
        return Some((column, Condition::Among(values)));
    }
    let (column, span) = match filter {
        Expr::BinaryExpr(binary) => {
            match (moment(columns, &binary.left), moment(columns, &binary.right)) {
                (Some(column), None) => (column, span(binary.op, &binary.right)?),
                (None, Some(column)) => (column, span(binary.op.swap()?, &binary.left)?),
                _ => return None,
            }
        }
        Expr::Between(between) if !between.negated => {
            let from = span(Operator::GtEq, &between.low)?.from;
            let to = span(Operator::LtEq, &between.high)?.to;
            (moment(columns, &between.expr)?, Span { from, to })
        }
        _ => return None,
    };
    Some((column, Condition::Between(span)))
}

/// The key column of moments that an expression is. A moment stays the same in another zone, and in
/// a unit that is no coarser.
fn moment(columns: &'static [ColumnDefinition], expr: &Expr) -> Option<&'static str> {
    match expr {
        Expr::Column(column) => {
            let is_it = |c: &&ColumnDefinition| {
                c.key && c.kind == ColumnKind::Moment && c.name == column.name
            };
            columns.iter().find(is_it).map(|c| c.name)
        }
        Expr::Cast(cast) => match cast.field.data_type() {
            DataType::Timestamp(unit, _) if *unit != TimeUnit::Second => {
                moment(columns, &cast.expr)
            }
            _ => None,
        },
        _ => None,
    }
}

/// The moments, in whole milliseconds, that compare so with a literal.
fn span(op: Operator, expr: &Expr) -> Option<Span> {
    let Expr::Literal(value, _) = expr else { return None };
    let (count, in_millisecond) = match value {
        ScalarValue::TimestampSecond(count, _) => ((*count)?.checked_mul(1000)?, 1),
        ScalarValue::TimestampMillisecond(count, _) => ((*count)?, 1),
        ScalarValue::TimestampMicrosecond(count, _) => ((*count)?, 1000),
        ScalarValue::TimestampNanosecond(count, _) => ((*count)?, 1_000_000),
        _ => return None,
    };
    let before = count.div_euclid(in_millisecond);
    let after = if count.rem_euclid(in_millisecond) == 0 { before } else { before + 1 };
    let (from, to) = match op {
        // Between two milliseconds there is none.
        Operator::Eq => (Some(after), Some(before)),
        Operator::Gt => (Some(before.checked_add(1)?), None),
        Operator::GtEq => (Some(after), None),
        Operator::Lt => (None, Some(after.checked_sub(1)?)),
        Operator::LtEq => (None, Some(before)),
        _ => return None,
    };
    Some(Span { from, to })
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
