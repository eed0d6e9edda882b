//! From the lines of a view to its rows.

use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use super::shape::ViewShape;
use crate::error::{Error, ErrorKind, Result};
use crate::table::csv::{BatchBuilder, CellSource, Target};
use crate::table::sheet::{Layout, Line, OwnedLine, Selected, Sink, TakeLines};

type Flow = ControlFlow<()>;

/// Makes rows of the lines of a view.
pub(super) struct Arrange {
    shape: Arc<ViewShape>,
    projection: Vec<usize>,
    builder: BatchBuilder,
    ready: Vec<RecordBatch>,
    limit: Option<usize>,
    /// Rows to be left out, since an earlier text had them, and rows that have been made.
    skip: usize,
    made: usize,
    /// How many dimensions lead a line.
    leading: usize,
    /// For each place across the view: which line of a row has it, and where.
    places: Vec<(usize, usize)>,
    /// How many lines a row has, and those of them that have come.
    parts: usize,
    held: Vec<OwnedLine>,
}

impl Arrange {
    /// `schema` is that of the projected columns.
    pub(super) fn new(
        shape: &Arc<ViewShape>,
        (projection, schema): (&[usize], SchemaRef),
        batch_size: usize,
        limit: Option<usize>,
    ) -> Self {
        let targets = projection
            .iter()
            .map(|&column| {
                let column = &shape.columns[column];
                let source = CellSource::Missing;
                Target { name: column.name.clone(), kind: column.kind, source }
            })
            .collect();
        Self {
            shape: Arc::clone(shape),
            projection: projection.to_vec(),
            builder: BatchBuilder::new(schema, targets, batch_size),
            ready: Vec::new(),
            limit,
            skip: 0,
            made: 0,
            leading: 0,
            places: Vec::new(),
            parts: 1,
            held: Vec::new(),
        }
    }

    /// Adds a row: its last line, and those before it.
    fn row(&mut self, last: &Line<'_>) -> Result<Flow> {
        let held = std::mem::take(&mut self.held);
        if self.skip > 0 {
            self.skip -= 1;
            return Ok(Flow::Continue(()));
        }
        let lines: Vec<Line<'_>> = held.iter().map(OwnedLine::as_line).collect();
        let Self { shape, projection, places, builder, .. } = &mut *self;
        let labels = shape.leading();
        let cell = |target: usize| {
            let column = projection[target];
            let Some(across) = column.checked_sub(labels) else { return last.label(column) };
            let (part, place) = places[across];
            lines.get(part).unwrap_or(last).cell(place)
        };
        builder.push_cells(last.number(), cell)?;
        self.made += 1;
        if self.builder.is_full() {
            self.ready.push(self.builder.finish()?);
        }
        let is_enough = self.limit.is_some_and(|limit| self.made >= limit);
        Ok(if is_enough { Flow::Break(()) } else { Flow::Continue(()) })
    }
}

impl Sink for Arrange {
    fn begin(&mut self, layout: &Layout, _selected: &[Selected]) {
        self.leading = layout.leading();
        self.held.clear();
    }

    fn end(&mut self) -> Result<Flow> {
        if self.held.is_empty() { Ok(Flow::Continue(())) } else { Err(changed()) }
    }

    fn batches(&mut self, all: bool) -> Result<Vec<RecordBatch>> {
        if all && !self.builder.is_empty() {
            self.ready.push(self.builder.finish()?);
        }
        Ok(std::mem::take(&mut self.ready))
    }

    fn made(&self) -> usize {
        self.made
    }

    fn is_done(&self) -> bool {
        self.limit.is_some_and(|limit| self.made >= limit)
    }

    fn restart(&mut self) -> Result<()> {
        drop(self.batches(true)?);
        self.held.clear();
        (self.skip, self.made) = (0, 0);
        Ok(())
    }

    fn resume(&mut self) {
        self.held.clear();
        self.skip = self.made;
    }
}

impl TakeLines for Arrange {
    fn header(&mut self, across: &[Vec<String>]) -> Result<()> {
        let known = &self.shape.across;
        let outer = self.leading - self.shape.leading();
        if outer == 0 {
            self.parts = 1;
            self.places = find(known, across)?;
            return Ok(());
        }
        // Each line has the innermost labels of one tuple of outer ones.
        let inner = |labels: &Vec<String>| labels.last().cloned();
        let fits = !across.is_empty()
            && known.chunks(across.len()).all(|part| {
                part.len() == across.len() && part.iter().map(inner).eq(across.iter().map(inner))
            });
        if !fits {
            return Err(changed());
        }
        self.parts = known.len() / across.len();
        let count = across.len();
        self.places = (0..known.len()).map(|place| (place / count, place % count)).collect();
        Ok(())
    }

    fn line(&mut self, line: &Line<'_>) -> Result<Flow> {
        let part = self.held.len();
        if self.parts > 1 {
            let labels = self.shape.leading();
            let first = self.held.first().map(OwnedLine::as_line);
            let first = first.as_ref().unwrap_or(line);
            let known = self.shape.across.get(part * (self.places.len() / self.parts));
            let outer = known.map(|labels| &labels[..labels.len().saturating_sub(1)]);
            let same_row = (0..labels).all(|at| line.label(at) == first.label(at));
            let same_part = outer.is_some_and(|outer| {
                (labels..self.leading)
                    .map(|at| line.label(at))
                    .eq(outer.iter().map(String::as_bytes))
            });
            if !same_row || !same_part {
                return Err(changed());
            }
        }
        if part + 1 < self.parts {
            self.held.push(line.keep());
            return Ok(Flow::Continue(()));
        }
        self.row(line)
    }
}

/// Where the columns stand in a header: in the same order, or found by their labels, the first of
/// some labels before the second.
fn find(known: &[Vec<String>], across: &[Vec<String>]) -> Result<Vec<(usize, usize)>> {
    if known == across {
        return Ok((0..known.len()).map(|place| (0, place)).collect());
    }
    let mut used = vec![false; across.len()];
    let mut places = Vec::with_capacity(known.len());
    for labels in known {
        let place = across.iter().zip(&used).position(|(it, used)| !used && it == labels);
        let Some(place) = place.filter(|_| known.len() == across.len()) else {
            return Err(changed());
        };
        used[place] = true;
        places.push((0, place));
    }
    Ok(places)
}

fn changed() -> Error {
    Error::new(ErrorKind::Data, "the columns of the view are not those that it had before")
        .with_hint("the view has changed in the meantime: REFRESH METADATA, then run it again")
}

#[cfg(test)]
#[path = "arrange_tests.rs"]
mod tests;
