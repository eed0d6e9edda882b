//! Tables for people.

use std::io::Write;

use ::arrow::array::RecordBatch;
use ::arrow::datatypes::SchemaRef;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::cells::{Cells, numeric};
use super::{ResultWriter, Sink, failed};
use crate::error::Result;

/// Rows that are read before the widths of columns are decided, unless they are very long.
const BLOCK_ROWS: usize = 1000;
const BLOCK_BYTES: usize = 4 << 20;

/// Writes a table whose columns are as wide as the cells of its first block. A wider cell further
/// down pushes its own line out; nothing is cut.
pub(super) struct Table {
    sink: Sink,
    boxes: bool,
    names: Vec<String>,
    numeric: Vec<bool>,
    /// Whether it is the result of EXPLAIN, whose line breaks are its form.
    plan: bool,
    block: Vec<Vec<String>>,
    bytes: usize,
    /// The widths of the columns, once they are decided.
    widths: Option<Vec<usize>>,
}

impl Table {
    pub(super) fn begin(schema: &SchemaRef, sink: Sink, boxes: bool) -> Self {
        Self {
            sink,
            boxes,
            names: schema.fields().iter().map(|field| one_line(field.name(), boxes)).collect(),
            numeric: numeric(schema),
            plan: schema.fields().iter().map(|field| field.name()).eq(["plan_type", "plan"]),
            block: Vec::new(),
            bytes: 0,
            widths: None,
        }
    }

    /// Decides the widths, and writes the head and the rows read so far.
    fn write_block(&mut self) -> Result<()> {
        let mut widths: Vec<usize> = self.names.iter().map(|name| name.width()).collect();
        for row in &self.block {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        let mut text = self.rule(&widths, ["┌", "┬", "┐"]);
        self.line(&mut text, &widths, &self.names);
        text.push_str(&self.rule(&widths, ["├", "┼", "┤"]));
        for row in &self.block {
            self.line(&mut text, &widths, row);
        }
        self.block = Vec::new();
        self.widths = Some(widths);
        self.write(&text)
    }

    fn rule(&self, widths: &[usize], [left, middle, right]: [&str; 3]) -> String {
        let ([left, middle, right], dash) =
            if self.boxes { ([left, middle, right], "─") } else { (["+"; 3], "-") };
        let dashes: Vec<String> = widths.iter().map(|width| dash.repeat(width + 2)).collect();
        format!("{left}{}{right}\n", dashes.join(middle))
    }

    fn line(&self, text: &mut String, widths: &[usize], cells: &[String]) {
        let bar = if self.boxes { "│" } else { "|" };
        for ((cell, width), numeric) in cells.iter().zip(widths).zip(&self.numeric) {
            let padding = " ".repeat(width.saturating_sub(cell.width()));
            let (before, after) = if *numeric { (&*padding, "") } else { ("", &*padding) };
            text.push_str(&format!("{bar} {before}{cell}{after} "));
        }
        text.push_str(bar);
        text.push('\n');
    }

    /// Keeps a row for the block, or adds it to `lines` when the widths are decided.
    fn row(&mut self, row: Vec<String>, lines: &mut String) -> Result<()> {
        if let Some(widths) = &self.widths {
            self.line(lines, widths, &row);
            return Ok(());
        }
        self.bytes += row.iter().map(String::len).sum::<usize>();
        self.block.push(row);
        if self.block.len() >= BLOCK_ROWS || self.bytes >= BLOCK_BYTES {
            self.write_block()?;
        }
        Ok(())
    }

    fn write(&mut self, text: &str) -> Result<()> {
        let written = self.sink.write_all(text.as_bytes());
        written.and_then(|()| self.sink.flush()).map_err(failed)
    }
}

impl ResultWriter for Table {
    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        let cells = Cells::try_new(batch)?;
        let mut text = String::new();
        let mut lines = String::new();
        for index in 0..batch.num_rows() {
            let mut row = Vec::with_capacity(cells.columns());
            for column in 0..cells.columns() {
                cells.read(column, index, &mut text)?;
                if self.plan && column == 1 {
                    // Each further line of the plan gets a row of its own.
                    for line in text.trim_end().split('\n') {
                        row.push(one_line(line, self.boxes));
                        self.row(std::mem::replace(&mut row, vec![String::new()]), &mut lines)?;
                    }
                } else {
                    row.push(one_line(&text, self.boxes));
                }
            }
            if !self.plan {
                self.row(row, &mut lines)?;
            }
        }
        self.write(&lines)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        if self.widths.is_none() {
            self.write_block()?;
        }
        let widths = self.widths.take().unwrap_or_default();
        self.write(&self.rule(&widths, ["└", "┴", "┘"]))
    }
}

/// A cell's text on one line: a line break as a sign, and whatever else would move the cursor
/// escaped.
fn one_line(text: &str, boxes: bool) -> String {
    if !text.contains(|c: char| c.width().is_none()) {
        return text.to_owned();
    }
    let mut line = String::with_capacity(text.len() + 8);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' => line.push_str(if boxes { "↵" } else { "\\n" }),
            c if c.is_control() => line.extend(c.escape_default()),
            c => line.push(c),
        }
    }
    line
}
