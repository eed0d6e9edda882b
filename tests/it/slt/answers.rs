//! What the files hold, whoever answers.

use std::path::{Path, PathBuf};

use arrow::array::{Array, RecordBatch};
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// The rows of a batch as text. What has line breaks in it, as plans have, becomes several rows.
pub(crate) fn rows(batch: &RecordBatch) -> Vec<Vec<String>> {
    let options = FormatOptions::default().with_null("NULL");
    let formatters: Vec<ArrayFormatter<'_>> = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column.as_ref(), &options).expect("a formatter"))
        .collect();
    let is_plan = batch.schema().fields().iter().any(|field| field.name() == "plan");
    let mut rows = Vec::new();
    for row in 0..batch.num_rows() {
        let cells: Vec<String> = formatters
            .iter()
            .zip(batch.columns())
            .map(|(formatter, column)| match formatter.value(row).to_string() {
                text if text.is_empty() && !column.is_null(row) => "(empty)".to_owned(),
                text => text,
            })
            .collect();
        if is_plan {
            let lines = cells.last().into_iter().flat_map(|plan| plan.lines());
            rows.extend(lines.map(|line| vec![cells[0].clone(), line.to_owned()]));
        } else {
            rows.push(cells.iter().map(|cell| on_one_line(cell)).collect());
        }
    }
    rows
}

/// A cell with its line breaks shown.
pub(crate) fn on_one_line(cell: &str) -> String {
    cell.replace('\r', "\\r").replace('\n', "\\n")
}

/// The files below the root of the repository that are to be run.
pub(crate) fn files(root: &Path) -> Vec<PathBuf> {
    let wanted = std::env::var("ANAPLAN_SQL_SLT").unwrap_or_default();
    let directory = root.join("tests/slt");
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .expect("the directory is there")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "slt"))
        .filter(|path| path.to_string_lossy().contains(&wanted))
        .collect();
    files.sort();
    files
}
