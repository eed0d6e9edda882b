//! From the lines of a view to rows of a module: line items become columns, wherever the view has
//! them.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use super::across::{Group, changed, gone, group, missing};
use super::members::Members;
use super::shape::{ModuleShape, Source};
use crate::error::{Error, ErrorKind, Result};
use crate::table::csv::{BatchBuilder, CellSource, Target};
use crate::table::sheet::{Layout, Line, OwnedLine, Selected, Sink, TakeLines};

type Flow = ControlFlow<()>;

/// Lines that wait for those of other line items may take so much memory together.
const MAX_HELD: usize = 256 << 20;

/// Makes rows of the lines of one view.
pub(super) struct Reshape {
    shape: Arc<ModuleShape>,
    sources: Vec<Source>,
    builder: BatchBuilder,
    ready: Vec<RecordBatch>,
    /// Which rows are wanted.
    wanted: Rows,
    /// Rows to be left out, since an earlier text had them, and rows that have been made.
    skip: usize,
    made: usize,
    /// How sums are told, for each dimension; nothing if nobody needs to know.
    members: Option<Vec<Members>>,
    places: Places,
    /// What goes across.
    groups: Vec<Group>,
    held: Held,
    /// Whether a line item came that nobody knows.
    is_strange: bool,
    /// The line items that haven't come, if one of those that are wanted hasn't.
    missing: Vec<usize>,
}

/// Which rows are wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    /// Whether sums are.
    pub(super) sums: bool,
    /// How many at most.
    pub(super) limit: Option<usize>,
}

/// Where things stand in the view.
struct Places {
    /// How many dimensions lead a line.
    leading: usize,
    /// Where the line items lead it, if they do.
    line_items: Option<usize>,
    /// How many items each dimension of the view shows, as far as that is known.
    sizes: Vec<Option<usize>>,
    /// Whether the one item of a dimension that is shown is a sum.
    fixed: Vec<Option<bool>>,
    /// How many lines have come.
    lines: usize,
}

/// Lines of several line items, until those of the same rows have all come.
#[derive(Default)]
struct Held {
    /// For each line item, by its label: its lines.
    runs: Vec<(Vec<u8>, Vec<HeldLine>)>,
    size: usize,
}

/// A line, and whether it holds sums.
type HeldLine = (OwnedLine, bool);

impl Reshape {
    /// `schema` is that of the projected columns. `sizes` and `fixed` go by the view's dimensions.
    pub(super) fn new(
        shape: &Arc<ModuleShape>,
        (projection, schema): (&[usize], SchemaRef),
        batch_size: usize,
        members: Option<Vec<Members>>,
        sizes: Vec<Option<usize>>,
        wanted: Rows,
    ) -> Self {
        let all: Vec<Source> = shape.sources().collect();
        let sources: Vec<Source> = projection.iter().map(|&column| all[column]).collect();
        let targets = sources
            .iter()
            .map(|&source| {
                let (name, kind) = shape.target(source);
                Target { name: name.to_owned(), kind, source: CellSource::Missing }
            })
            .collect();
        let fixed = vec![None; sizes.len()];
        Self {
            shape: Arc::clone(shape),
            sources,
            builder: BatchBuilder::new(schema, targets, batch_size),
            ready: Vec::new(),
            wanted,
            skip: 0,
            made: 0,
            members,
            places: Places { leading: 0, line_items: None, sizes, fixed, lines: 0 },
            groups: Vec::new(),
            held: Held::default(),
            is_strange: false,
            missing: Vec::new(),
        }
    }

    /// The line items that the view doesn't show, if that is why it can't be read.
    pub(super) fn missing(&self) -> &[usize] {
        if self.made == 0 { &self.missing } else { &[] }
    }

    /// Makes sure that the line items that are wanted have come.
    fn check_line_items(&mut self, has_come: impl Fn(usize, &str) -> bool) -> Result<()> {
        let missing = missing(&self.shape, has_come);
        let Some(&first) = missing.iter().find(|item| self.wants(**item)) else { return Ok(()) };
        self.missing = missing;
        Err(gone(&self.shape.line_items[first].item.name))
    }

    /// Whether the cells of a line item are wanted.
    fn wants(&self, item: usize) -> bool {
        self.sources.contains(&Source::LineItem(item))
    }

    /// Whether a row with the labels that lead this line is a sum.
    fn leads_sum(&mut self, line: &Line<'_>, number: usize) -> Result<bool> {
        let Self { shape, members: Some(members), places, .. } = self else { return Ok(false) };
        let mut is_sum = false;
        for (column, members) in shape.dimensions.iter().zip(members) {
            if column.place >= places.leading {
                continue;
            }
            is_sum |= match places.fixed.get(column.place).copied().flatten() {
                Some(fixed) => fixed,
                None => members
                    .is_sum(line.label(column.place), || places.position(column.place, number))
                    .map_err(|unclear| unclear.error(&column.name))?,
            };
        }
        Ok(is_sum)
    }

    /// Takes lines of one line item after the other.
    fn hold(&mut self, axis: usize, line: &Line<'_>, is_sum: bool) -> Result<Flow> {
        if self.held.is_complete(axis, self.places.leading, line) && self.release()?.is_break() {
            return Ok(Flow::Break(()));
        }
        let size = line.size();
        self.held.size += size;
        if self.held.size > MAX_HELD {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "the default view of the module has its line items so far outside that more \
                     than {} MiB of cells would have to be held to make rows of them",
                    MAX_HELD >> 20
                ),
            )
            .with_hint(
                "have a model builder move the line items to the columns of the module's default \
                 view, or query a saved view",
            ));
        }
        let label = line.label(axis);
        match self.held.runs.last_mut() {
            Some((last, lines)) if last == label => lines.push((line.keep(), is_sum)),
            _ => self.held.runs.push((label.to_vec(), vec![(line.keep(), is_sum)])),
        }
        // One line item never meets another.
        if self.shape.shown == 1 { self.release() } else { Ok(Flow::Continue(())) }
    }

    /// Makes rows of the lines that were held.
    fn release(&mut self) -> Result<Flow> {
        let Some(axis) = self.places.line_items else { return Ok(Flow::Continue(())) };
        let runs = std::mem::take(&mut self.held).runs;
        let Some((_, first)) = runs.first() else { return Ok(Flow::Continue(())) };
        let run_of = |item: &super::shape::LineItemColumn| {
            runs.iter().position(|(label, _)| label == item.item.name.as_bytes())
        };
        let items: Vec<Option<usize>> = self.shape.line_items.iter().map(run_of).collect();
        let has_come = |item: usize, _: &str| items[item].is_some();
        self.check_line_items(has_come)?;
        if self.made == 0 {
            self.is_strange |= runs.iter().any(|(label, _)| !self.shape.has_line_item(label));
        }
        if runs.iter().any(|(_, lines)| lines.len() != first.len()) {
            return Err(changed());
        }
        for (place, (leader, is_sum)) in first.iter().enumerate() {
            let leader = leader.as_line();
            let lines: Vec<Line<'_>> =
                runs.iter().filter_map(|(_, run)| Some(run.get(place)?.0.as_line())).collect();
            let alike = |line: &Line<'_>| {
                (axis + 1..self.places.leading).all(|at| line.label(at) == leader.label(at))
            };
            if !lines.iter().all(alike) {
                return Err(changed());
            }
            let cell = |item: usize, group: &Group| {
                let run = items.get(item).copied().flatten()?;
                Some(lines.get(run)?.cell(group.cells.first().copied().flatten()?))
            };
            if self.rows(&leader, *is_sum, cell)?.is_break() {
                return Ok(Flow::Break(()));
            }
        }
        Ok(Flow::Continue(()))
    }

    /// Adds the rows of a line: one for each group across.
    fn rows<'a>(
        &mut self,
        line: &Line<'a>,
        leads_sum: bool,
        cell: impl Fn(usize, &Group) -> Option<&'a [u8]>,
    ) -> Result<Flow> {
        let Self { shape, sources, builder, ready, wanted, skip, made, places, groups, .. } = self;
        for group in groups.iter() {
            let is_sum = leads_sum || group.is_sum;
            if is_sum && !wanted.sums {
                continue;
            }
            if *skip > 0 {
                *skip -= 1;
                continue;
            }
            *made += 1;
            builder.push_cells(line.number(), |column| match sources[column] {
                Source::Dimension(dimension) => {
                    let place = shape.dimensions[dimension].place;
                    match place.checked_sub(places.leading) {
                        None => line.label(place),
                        Some(across) => group.labels.get(across).map_or(&[], |it| it.as_bytes()),
                    }
                }
                Source::LineItem(item) => cell(item, group).unwrap_or_default(),
                Source::IsSummary if is_sum => b"true",
                Source::IsSummary => b"false",
            })?;
            if builder.is_full() {
                ready.push(builder.finish()?);
            }
            if wanted.limit.is_some_and(|limit| *made >= limit) {
                return Ok(Flow::Break(()));
            }
        }
        Ok(Flow::Continue(()))
    }
}

impl Sink for Reshape {
    fn begin(&mut self, layout: &Layout, selected: &[Selected]) {
        let leading = layout.leading();
        let line_items = self.shape.line_item_axis.filter(|&axis| axis < leading);
        let sizes = std::mem::take(&mut self.places.sizes);
        let mut fixed = vec![None; sizes.len()];
        for item in selected {
            if let Some(fixed) = fixed.get_mut(item.place) {
                *fixed = Some(item.is_sum);
            }
        }
        self.places = Places { leading, line_items, sizes, fixed, lines: 0 };
    }

    fn end(&mut self) -> Result<Flow> {
        self.release()
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

    fn is_strange(&self) -> bool {
        self.is_strange
    }

    fn is_done(&self) -> bool {
        self.wanted.limit.is_some_and(|limit| self.made >= limit)
    }

    fn restart(&mut self) -> Result<()> {
        drop(self.batches(true)?);
        self.held = Held::default();
        (self.skip, self.made) = (0, 0);
        Ok(())
    }

    fn resume(&mut self) {
        self.held = Held::default();
        self.skip = self.made;
    }
}

impl TakeLines for Reshape {
    fn header(&mut self, across: &[Vec<String>]) -> Result<()> {
        let line_items =
            self.shape.line_item_axis.and_then(|axis| axis.checked_sub(self.places.leading));
        let mut groups = group(across, line_items, &self.shape)?;
        if let Some(axis) = line_items {
            let come: HashSet<&str> =
                across.iter().filter_map(|labels| Some(labels.get(axis)?.as_str())).collect();
            self.check_line_items(|_, name| come.contains(name))?;
            let mut labels = across.iter().filter_map(|labels| labels.get(axis));
            self.is_strange |= labels.any(|label| !self.shape.has_line_item(label.as_bytes()));
        }
        let Self { shape, members, places, wanted, .. } = self;
        if let Some(members) = members {
            for (column, members) in shape.dimensions.iter().zip(members) {
                let Some(at) = column.place.checked_sub(places.leading) else { continue };
                let inner: Option<usize> =
                    places.sizes.iter().skip(column.place + 1).copied().product();
                let size = places.sizes.get(column.place).copied().flatten();
                for group in &mut groups {
                    let position = || Some(group.place / inner?.max(1) % size?.max(1));
                    let label = group.labels.get(at).map_or("", String::as_str);
                    group.is_sum |= members
                        .is_sum(label.as_bytes(), position)
                        .map_err(|unclear| unclear.error(&column.name))?;
                }
            }
        }
        if !wanted.sums {
            groups.retain(|group| !group.is_sum);
        }
        self.groups = groups;
        Ok(())
    }

    fn line(&mut self, line: &Line<'_>) -> Result<Flow> {
        let number = self.places.lines;
        self.places.lines += 1;
        let is_sum = self.leads_sum(line, number)?;
        if is_sum && !self.wanted.sums {
            return Ok(Flow::Continue(()));
        }
        match self.places.line_items {
            Some(axis) => self.hold(axis, line, is_sum),
            None => self.rows(line, is_sum, |item, group| {
                Some(line.cell(group.cells.get(item).copied().flatten()?))
            }),
        }
    }
}

impl Places {
    /// Which item of a leading dimension a line is of.
    fn position(&self, place: usize, line: usize) -> Option<usize> {
        let size = |place: usize| match self.fixed.get(place) {
            Some(Some(_)) => Some(1),
            _ => self.sizes.get(place).copied().flatten(),
        };
        let inner: usize = (place + 1..self.leading).map(size).product::<Option<usize>>()?;
        Some(line / inner.max(1) % size(place)?.max(1))
    }
}

impl Held {
    /// Whether the lines so far are all that there are of their rows, since this one is of others:
    /// a line item comes again, or something outside of them has changed.
    fn is_complete(&self, axis: usize, leading: usize, line: &Line<'_>) -> bool {
        let (Some((_, first)), Some((last, _))) = (self.runs.first(), self.runs.last()) else {
            return false;
        };
        let Some((first, _)) = first.first() else { return false };
        let first = first.as_line();
        let label = line.label(axis);
        let again = if label == last {
            axis + 1 == leading
        } else {
            self.runs.iter().any(|(seen, _)| seen == label)
        };
        again || (0..axis).any(|outer| line.label(outer) != first.label(outer))
    }
}

#[cfg(test)]
#[path = "reshape_tests.rs"]
mod tests;
