//! Counts what becomes of an import's rows, and keeps those that were rejected.

use std::io;

use super::super::content::{Content, Store};
use super::super::tenant::Detail;
use super::Done;

/// What becomes of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Something was made.
    Created,
    /// Something was there and was changed.
    Updated,
    /// Nothing to do: a blank row.
    Ignored,
    /// Rejected; the errors say why.
    Failed,
}

/// The counts of an import.
#[derive(Debug, Default)]
pub(super) struct Tally {
    created: u64,
    updated: u64,
    /// Of the rows with warnings.
    warned_created: u64,
    warned_updated: u64,
    ignored: u64,
    failed: u64,
    pub(super) renamed: u64,
    dump: Dump,
}

impl Tally {
    /// Counts a row. One that failed, or brought errors all the same, goes into the dump.
    pub(super) fn count(&mut self, fate: Fate, line: u64, cells: &[String], errors: &[String]) {
        let counter = match (fate, errors.is_empty()) {
            (Fate::Failed, _) => &mut self.failed,
            (Fate::Ignored, _) => &mut self.ignored,
            (Fate::Created, true) => &mut self.created,
            (Fate::Updated, true) => &mut self.updated,
            (Fate::Created, false) => &mut self.warned_created,
            (Fate::Updated, false) => &mut self.warned_updated,
        };
        *counter += 1;
        if !errors.is_empty() {
            let status = if fate == Fate::Failed { "E" } else { "W" };
            self.dump.push(status, line, cells, errors);
        }
    }

    fn warned(&self) -> u64 {
        self.warned_created + self.warned_updated
    }

    fn succeeded(&self) -> u64 {
        self.created + self.updated
    }

    fn total(&self) -> u64 {
        self.succeeded() + self.warned() + self.ignored + self.failed
    }

    /// Ends an import into a list. Its text without warnings and failures is the one that was seen
    /// at the service; what is added for those is made up.
    pub(super) fn list(self, list: &str, header: &[String], chunk_size: usize) -> io::Result<Done> {
        if self.total() == 0 {
            let values = vec!["hierarchyName".to_owned(), list.to_owned()];
            let text = format!("{list}: no changes required");
            return Ok(Done::success("hierarchyNoChanges", &text, values));
        }
        let mut text = format!(
            "{list}: {} ({}/{}) rows successful",
            self.succeeded(),
            self.created,
            self.updated
        );
        if self.warned() > 0 {
            let (all, new, old) = (self.warned(), self.warned_created, self.warned_updated);
            text.push_str(&format!(", {all} ({new}/{old}) successful with warnings"));
        }
        self.add_failed(&mut text);
        let (created, updated) =
            (self.created + self.warned_created, self.updated + self.warned_updated);
        let mut values = vec!["hierarchyName".to_owned(), list.to_owned()];
        for (name, count) in [
            ("successRowCount", self.succeeded()),
            ("successCreateCount", self.created),
            ("successUpdateCount", self.updated),
            ("warningsRowCount", self.warned()),
            ("warningsCreateCount", self.warned_created),
            ("warningsUpdateCount", self.warned_updated),
            ("failedCount", self.failed),
            ("ignoredCount", self.ignored),
            ("totalRowCount", self.total()),
            ("totalCreateCount", created),
            ("totalUpdateCount", updated),
            ("invalidCount", self.failed),
            ("updatedCount", updated),
            ("renamedCount", self.renamed),
            ("createdCount", created),
        ] {
            values.extend([name.to_owned(), count.to_string()]);
        }
        self.end("hierarchyRowsProcessed", text, values, header, chunk_size)
    }

    /// Ends any other import, after the name of what its rows went into.
    pub(super) fn rows(
        self,
        kind: &str,
        (label, name): (&str, &str),
        header: &[String],
        chunk_size: usize,
    ) -> io::Result<Done> {
        let mut text = format!("{name}: {} rows successful", self.succeeded() + self.warned());
        self.add_failed(&mut text);
        let mut values = vec![label.to_owned(), name.to_owned()];
        for (name, count) in [
            ("successRowCount", self.succeeded() + self.warned()),
            ("failedCount", self.failed),
            ("ignoredCount", self.ignored),
            ("totalRowCount", self.total()),
            ("updatedCount", self.updated + self.warned_updated),
            ("createdCount", self.created + self.warned_created),
        ] {
            values.extend([name.to_owned(), count.to_string()]);
        }
        self.end(kind, text, values, header, chunk_size)
    }

    fn add_failed(&self, text: &mut String) {
        if self.failed > 0 {
            text.push_str(&format!(", {} failed", self.failed));
        }
        text.push_str(&format!(", {} ignored", self.ignored));
    }

    /// Rows that were rejected leave the import itself successful.
    fn end(
        self,
        kind: &str,
        text: String,
        values: Vec<String>,
        header: &[String],
        chunk_size: usize,
    ) -> io::Result<Done> {
        let has_failures = self.dump.rows > 0;
        let kind = if has_failures && !kind.starts_with("users") && !kind.starts_with("versions") {
            format!("{kind}WithFailures")
        } else {
            kind.to_owned()
        };
        let dump = if has_failures { Some(self.dump.content(header, chunk_size)?) } else { None };
        Ok(Done { successful: true, details: vec![Detail { kind, text, values }], dump })
    }
}

/// The rows that were rejected.
#[derive(Debug, Default)]
struct Dump {
    /// The rows without their last cells, since the number of errors is known at the end only.
    text: String,
    /// Where each row ends, and how many errors it has.
    ends: Vec<(usize, usize)>,
    rows: u64,
}

impl Dump {
    fn push(&mut self, status: &str, line: u64, cells: &[String], errors: &[String]) {
        self.rows += 1;
        quote(status, &mut self.text);
        for cell in cells {
            self.text.push(',');
            quote(cell, &mut self.text);
        }
        for cell in [&line.to_string()].into_iter().chain(errors) {
            self.text.push(',');
            quote(cell, &mut self.text);
        }
        self.ends.push((self.text.len(), errors.len()));
    }

    fn content(&self, header: &[String], chunk_size: usize) -> io::Result<Content> {
        let width = self.ends.iter().map(|(_, errors)| *errors).max().unwrap_or(0);
        let store = Store::new();
        let mut block = String::new();
        quote("_Status_", &mut block);
        for cell in header {
            block.push(',');
            quote(cell, &mut block);
        }
        block.push_str(",\"_Line_\"");
        for number in 1..=width {
            block.push_str(&format!(",\"_Error_{number}_\""));
        }
        block.push('\n');
        let mut start = 0;
        for (end, errors) in &self.ends {
            block.push_str(self.text.get(start..*end).unwrap_or_default());
            for _ in *errors..width {
                block.push_str(",\"\"");
            }
            block.push('\n');
            start = *end;
            if block.len() > 1024 * 1024 {
                store.append(block.as_bytes())?;
                block.clear();
            }
        }
        store.append(block.as_bytes())?;
        Ok(Content::of_store(store, chunk_size))
    }
}

fn quote(cell: &str, out: &mut String) {
    out.push('"');
    for (place, part) in cell.split('"').enumerate() {
        if place > 0 {
            out.push_str("\"\"");
        }
        out.push_str(part);
    }
    out.push('"');
}
