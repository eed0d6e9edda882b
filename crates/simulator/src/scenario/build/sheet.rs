//! CSV files beside a scenario.

use super::super::fields::Fields;
use super::super::problem::count;
use super::Build;

/// The content of a CSV file.
pub(super) struct Sheet {
    /// The path as the scenario has it.
    pub(super) shown: String,
    /// Where the scenario names it.
    pub(super) place: usize,
    pub(super) headers: Vec<String>,
    /// The rows, each with its line.
    pub(super) rows: Vec<(u64, Vec<String>)>,
}

impl Sheet {
    /// Names a line of it.
    pub(super) fn line(&self, line: u64) -> String {
        format!("{}, line {line}", self.shown)
    }

    /// Finds a column by its name, whatever its case.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.headers.iter().position(|header| header.trim().eq_ignore_ascii_case(name))
    }
}

impl Build<'_> {
    /// Reads a file, if there is one under a key.
    pub(super) fn bytes(&mut self, fields: Fields<'_>, key: &str) -> Option<Vec<u8>> {
        self.read_file(fields.text(key)?, fields.place(key))
    }

    /// Reads the file of a path that stands at a place of the scenario.
    pub(super) fn read_file(&mut self, path: &str, place: usize) -> Option<Vec<u8>> {
        match std::fs::read(self.folder.join(path)) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                self.problems.add(place, format!("{path} can't be read: {error}"));
                None
            }
        }
    }

    /// Reads a CSV file, if there is one under a key. Its first line holds the headers.
    pub(super) fn sheet(&mut self, fields: Fields<'_>, key: &str) -> Option<Sheet> {
        let bytes = self.bytes(fields, key)?;
        let shown = fields.text(key).unwrap_or_default().to_owned();
        let place = fields.place(key);
        let mut sheet = Sheet { shown, place, headers: Vec::new(), rows: Vec::new() };
        let mut reader = csv::ReaderBuilder::new().from_reader(bytes.as_slice());
        let mut read = || -> Result<(), csv::Error> {
            sheet.headers = reader.headers()?.iter().map(str::to_owned).collect();
            for record in reader.records() {
                let record = record?;
                let line = record.position().map_or(0, csv::Position::line);
                sheet.rows.push((line, record.iter().map(str::to_owned).collect()));
            }
            Ok(())
        };
        if let Err(error) = read() {
            let problem = match error.kind() {
                csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
                    let line = pos.as_ref().map_or(0, csv::Position::line);
                    let cells = count(usize::try_from(*len).unwrap_or(usize::MAX), "cell");
                    format!("{}: {cells}, but {expected_len} in the first line", sheet.line(line))
                }
                csv::ErrorKind::Utf8 { pos, .. } => {
                    let line = pos.as_ref().map_or(0, csv::Position::line);
                    format!("{}: no UTF-8", sheet.line(line))
                }
                _ => format!("{} is no CSV file", sheet.shown),
            };
            self.problems.add(place, problem);
        }
        Some(sheet)
    }
}
