//! What was rejected of the rows of a statement: counted, told in short, and kept.

use std::collections::BTreeMap;

use crate::rejected::Rejection;
use crate::table::{Connection, RejectedRow};

/// So many reasons are told apart; the service has fewer.
const MAX_REASONS: usize = 20;

/// So many rejected rows are kept; of more only the number.
const KEPT: usize = 10_000;

/// So many rows are named for a reason.
const NAMED: usize = 3;

/// What the service has no word for.
const OTHERS: &str = "for other reasons";

/// What was rejected of the rows of a statement.
#[derive(Debug)]
pub(super) struct Rejected {
    /// A word for one of it: `item`, `cell`.
    unit: &'static str,
    pub(super) count: u64,
    /// For each reason how often, and an example.
    reasons: BTreeMap<String, (u64, String)>,
    /// For each word how often, and the first rows.
    words: BTreeMap<String, (u64, Vec<usize>)>,
    /// The first ones.
    kept: Vec<RejectedRow>,
}

impl Rejected {
    /// Nothing yet.
    pub(super) fn new(unit: &'static str) -> Self {
        let (reasons, words, kept) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        Self { unit, count: 0, reasons, words, kept }
    }

    /// Counts one. `reason` is what it has in common with others, `example` says which it is.
    pub(super) fn add(
        &mut self,
        reason: String,
        row: RejectedRow,
        example: impl FnOnce(&RejectedRow) -> String,
    ) {
        self.count += 1;
        // What the service says beside its words may hold values, which have no place in logs.
        let word = row.reason.clone().unwrap_or_else(|| OTHERS.to_owned());
        let (count, rows) = entry(&mut self.words, word);
        *count += 1;
        if rows.len() <= NAMED && !rows.contains(&row.row) {
            rows.push(row.row);
        }
        let is_new = !self.reasons.contains_key(&reason);
        let (count, text) = entry(&mut self.reasons, reason);
        *count += 1;
        if is_new && text.is_empty() {
            *text = example(&row);
        }
        if self.kept.len() < KEPT {
            self.kept.push(row);
        }
    }

    /// Counts some of which the service doesn't say which they are.
    pub(super) fn add_untold(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        let text = "the service doesn't say which, nor why".to_owned();
        entry(&mut self.reasons, text).0 += count as u64;
        entry(&mut self.words, OTHERS.to_owned()).0 += count as u64;
        self.count += count as u64;
    }

    /// The reasons, the most frequent first.
    pub(super) fn details(&self) -> Option<String> {
        let each = frequent(&self.reasons).map(|(reason, count, example)| {
            let ending = if count == 1 { "" } else { "s" };
            let unit = self.unit;
            match example.as_str() {
                "" => format!("{count} {unit}{ending}: {reason}"),
                example => format!("{count} {unit}{ending}: {reason} ({example})"),
            }
        });
        let each: Vec<String> = each.collect();
        (!each.is_empty()).then(|| each.join("; "))
    }

    /// The reasons in words that may stand in logs, and the first rows of each.
    fn summary(&self) -> String {
        let each = frequent(&self.words).map(|(word, count, rows)| {
            let some: Vec<String> = rows.iter().take(NAMED).map(ToString::to_string).collect();
            let (ending, more) = match (rows.len(), rows.len() > NAMED) {
                (0, _) => return format!("{count} {word}"),
                (1, _) => ("", ""),
                (_, false) => ("s", ""),
                (_, true) => ("s", ", …"),
            };
            format!("{count} {word} (row{ending} {}{more})", some.join(", "))
        });
        each.collect::<Vec<_>>().join(", ")
    }

    /// Says to whom it matters what was rejected of `of`, which goes by `table` in SQL.
    pub(super) fn report(mut self, connection: &Connection, table: &str, of: String) {
        let rejection = Rejection::new(self.count, self.unit, of)
            .because(self.summary())
            .shown_by("SELECT * FROM information.rejected_rows");
        self.kept.iter_mut().for_each(|row| table.clone_into(&mut row.table));
        connection.rejected_rows.put(self.kept);
        connection.rejected.add(rejection);
    }
}

/// The entry of a reason; the one of all others when there are very many.
fn entry<V: Default>(all: &mut BTreeMap<String, (u64, V)>, mut reason: String) -> &mut (u64, V) {
    if all.len() >= MAX_REASONS && !all.contains_key(&reason) {
        "other reasons".clone_into(&mut reason);
    }
    all.entry(reason).or_default()
}

/// The most frequent first.
fn frequent<V>(all: &BTreeMap<String, (u64, V)>) -> impl Iterator<Item = (&str, u64, &V)> {
    let mut all: Vec<_> =
        all.iter().map(|(reason, (count, more))| (reason.as_str(), *count, more)).collect();
    all.sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
    all.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(rejected: &mut Rejected, row: usize, word: &str, reason: &str) {
        let word = (!word.is_empty()).then(|| word.to_owned());
        let rejected_row = RejectedRow { row, reason: word, ..RejectedRow::default() };
        rejected.add(reason.to_owned(), rejected_row, |row| format!("row {}", row.row));
    }

    #[test]
    fn reasons_are_told_once_with_their_number_and_an_example() {
        let mut rejected = Rejected::new("item");
        assert_eq!(rejected.details(), None);
        for row in [3, 5, 6, 8] {
            add(&mut rejected, row, "TWICE", "there already");
        }
        add(&mut rejected, 4, "", "secret value");
        rejected.add_untold(2);
        insta::assert_snapshot!(rejected.details().unwrap_or_default(), @"4 items: there already (row 3); 2 items: the service doesn't say which, nor why; 1 item: secret value (row 4)");
        insta::assert_snapshot!(rejected.summary(), @"4 TWICE (rows 3, 5, 6, …), 3 for other reasons (row 4)");
        assert_eq!((rejected.count, rejected.kept.len()), (7, 5));
    }

    #[test]
    fn details_stay_short_however_many_reasons_there_are() {
        let mut rejected = Rejected::new("cell");
        for row in 0..500 {
            add(&mut rejected, row, "odd", &format!("reason {row}"));
        }
        let details = rejected.details().unwrap_or_default();
        assert_eq!(details.matches("; ").count(), MAX_REASONS);
        assert!(details.starts_with("480 cells: other reasons (row 20)"), "{details}");
        assert_eq!(rejected.count, 500);
    }
}
