//! UPDATE of a module.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::{SendableRecordBatchStream, SessionState};
use datafusion::logical_expr::LogicalPlan;
use futures::TryStreamExt;
use futures::stream::BoxStream;

use super::count::{Estimate, counted};
use super::outcome::{Outcome, Reason, schema};
use super::places::{Labels, Places};
use super::rows::{Rows, labels as texts};
use super::target::{Target, targets};
use crate::client::model::CellsWritten;
use crate::client::{CellCall, CellWrite, CellWrites, Sent, Written};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;
use crate::progress::{Phase, ScanProgress};
use crate::table::module::ModuleTable;
use crate::table::scan::Facts;
use crate::write::hold::{Seen, hold};
use crate::write::{Change, Work, Writer};

/// What memory is taken for, in DataFusion's words.
const CONSUMER: &str = "CellUpdate";

/// Sets cells of a module.
#[derive(Debug, Clone)]
pub(crate) struct CellUpdate {
    table: Arc<ModuleTable>,
    targets: Vec<Target>,
    /// The columns that are read: dimensions, whether a row is a sum, the line items.
    wanted: Vec<usize>,
    /// Whether rows may be of the same cells.
    repeats: bool,
    /// How many cells that is, if somebody has counted.
    estimate: Option<Estimate>,
}

impl CellUpdate {
    /// What a statement is to do to a module.
    ///
    /// # Errors
    /// Kind [`Unsupported`](crate::ErrorKind::Unsupported) when one of its columns can't be set.
    pub(crate) fn new(table: &ModuleTable, change: &Change) -> Result<Self> {
        let shape = table.shape();
        let targets = targets(table, &change.columns)?;
        targets.iter().try_for_each(|target| target.check(&change.rows))?;
        let dimensions = shape.dimensions.len();
        let places = targets.iter().filter_map(|target| {
            let place = shape.line_items.iter().position(|item| item.name == target.name)?;
            Some(dimensions + place)
        });
        let sums = shape.is_summary.iter().map(|_| dimensions + shape.line_items.len());
        let wanted = (0..dimensions).chain(sums).chain(places).collect();
        Ok(Self {
            table: Arc::new(table.clone()),
            targets,
            wanted,
            repeats: change.may_repeat(),
            estimate: None,
        })
    }

    pub(super) fn with_estimate(&self, estimate: Estimate) -> Self {
        Self { estimate: Some(estimate), ..self.clone() }
    }

    pub(super) fn table(&self) -> &ModuleTable {
        &self.table
    }

    /// How many line items are set.
    pub(super) fn width(&self) -> usize {
        self.targets.len()
    }

    fn rows(&self, batch: &RecordBatch) -> Result<Rows> {
        let shape = self.table.shape();
        Rows::new(batch, shape.dimensions.len(), shape.is_summary.is_some(), &self.targets)
    }
}

#[async_trait]
impl Writer for CellUpdate {
    fn name(&self) -> &'static str {
        "CellUpdateExec"
    }

    fn facts(&self) -> Facts {
        let items: Vec<&str> = self.targets.iter().map(|target| target.name.as_str()).collect();
        let mut facts = vec![
            ("module", format!("{:?}", self.table.name())),
            ("model", format!("{:?}", self.table.model_name())),
            ("line_items", format!("[{}]", items.join(", "))),
            ("changes", "true".to_owned()),
        ];
        facts.extend(self.estimate.map(|estimate| ("cells", estimate.to_string())));
        facts
    }

    fn wanted(&self) -> Vec<usize> {
        self.wanted.clone()
    }

    fn schema(&self) -> SchemaRef {
        schema()
    }

    async fn counted(
        &self,
        rows: &LogicalPlan,
        state: &SessionState,
    ) -> Result<Option<Arc<dyn Writer>>> {
        Ok(Some(Arc::new(counted(self, rows, state).await?)))
    }

    async fn write(&self, rows: SendableRecordBatchStream, work: Work) -> Result<RecordBatch> {
        let dimensions = self.table.shape().dimensions.len();
        let mut labels = Labels::new(dimensions);
        let context = &work.context;
        let mut seen = self.repeats.then(|| Seen::new(context, CONSUMER));
        let mut held = hold(rows, context, CONSUMER, |batch| {
            labels.add(&self.rows(batch)?);
            seen.as_mut().map_or(Ok(()), |seen| once(seen, batch, dimensions))
        })
        .await?;
        drop(seen);
        let (connection, mut outcome) = (self.table.connection(), Outcome::default());
        let mut result = Ok(());
        if !labels.is_empty() {
            let progress = connection.progress.scan(&format!("Modules.{}", self.table.name()));
            progress.set(Phase::Writing);
            let places = Places::read(&self.table, &labels, &work.observer).await?;
            let mut calls = Calls {
                update: self,
                places: &places,
                observer: work.observer.as_ref(),
                progress,
                outcome,
                next: CellWrites::default(),
                cells: Vec::new(),
                rows: Vec::new(),
                taken: 0,
            };
            result = calls.run(&mut held).await;
            outcome = calls.outcome;
        }
        let answer = result.and_then(|()| outcome.batch());
        let (name, of) =
            (format!("Modules.{}", self.table.name()), format!("module \"{}\"", self.table.name()));
        outcome.rejected.report(connection, &name, of);
        answer
    }
}

/// Refuses rows that are of one cell.
fn once(seen: &mut Seen, batch: &RecordBatch, dimensions: usize) -> Result<()> {
    let labels = texts(batch, dimensions)?;
    for row in 0..batch.num_rows() {
        let cell: Vec<&str> = labels.iter().map(|labels| labels.value(row)).collect();
        if seen.add(cell, row as u64)?.is_some() {
            return Err(Error::new(
                ErrorKind::Query,
                "several rows of FROM fit the same cell, so that it isn't clear which of them \
                 counts; nothing was written",
            )
            .with_hint(
                "join on all dimensions that the rows of FROM differ in, or make one row of them \
                 with GROUP BY",
            ));
        }
    }
    Ok(())
}

/// Cells on their way into calls.
struct Calls<'a> {
    update: &'a CellUpdate,
    places: &'a Places,
    observer: &'a dyn Observer,
    progress: Arc<ScanProgress>,
    outcome: Outcome,
    next: CellWrites,
    /// The cells of the next call, to tell which are refused: which of the rows below, which row of
    /// those, which line item.
    cells: Vec<(usize, usize, usize)>,
    /// With how many rows there were before.
    rows: Vec<(usize, Arc<Rows>)>,
    /// How many rows have been taken.
    taken: usize,
}

impl Calls<'_> {
    /// Sends the cells of all rows.
    async fn run(
        &mut self,
        batches: &mut BoxStream<'static, DataFusionResult<RecordBatch>>,
    ) -> Result<()> {
        while let Some(batch) = batches.try_next().await? {
            self.take(self.update.rows(&batch)?).await?;
        }
        self.send().await
    }

    /// Takes the cells of some rows, and sends the calls that are full.
    async fn take(&mut self, rows: Rows) -> Result<()> {
        let (before, rows) = (self.taken, Arc::new(rows));
        self.taken += rows.count;
        self.rows.push((before, Arc::clone(&rows)));
        for row in 0..rows.count {
            if rows.is_sum(row) {
                self.outcome.sums += 1;
                continue;
            }
            for number in 0..self.update.targets.len() {
                if self.push(before, &rows, row, number) {
                    continue;
                }
                self.send().await?;
                self.rows.push((before, Arc::clone(&rows)));
                if !self.push(before, &rows, row, number) {
                    let name = self.update.describe(&rows, row, number);
                    self.outcome.reject(Reason::TooLarge, before + row, name);
                }
            }
        }
        Ok(())
    }

    /// Puts a cell into the next call, or rejects it. Says `false` if the call has no room for it.
    fn push(&mut self, before: usize, rows: &Rows, row: usize, number: usize) -> bool {
        let Self { update, places, outcome, next, cells, rows: all, .. } = self;
        let Some(target) = update.targets.get(number) else { return true };
        let name = || update.describe(rows, row, number);
        let mut at = Vec::new();
        if let Err(reason) = places.find(rows, row, &mut at) {
            outcome.reject(Reason::Place(reason), before + row, name());
            return true;
        }
        let value = match rows.value(row, number, target) {
            Ok(value) => value,
            Err(reason) => {
                outcome.reject(Reason::Value(reason), before + row, name());
                return true;
            }
        };
        let fits = next.push(&CellWrite::new(&target.id, &at, value));
        if fits {
            cells.push((all.len().saturating_sub(1), row, number));
        }
        fits
    }

    /// Sends the next call.
    async fn send(&mut self) -> Result<()> {
        let call = std::mem::take(&mut self.next);
        let cells = std::mem::take(&mut self.cells);
        let rows = std::mem::take(&mut self.rows);
        let count = call.len();
        let (written, is_sure) = match self.post(call.finish()).await {
            Ok(answer) => answer,
            Err(error) => return Err(self.failed(error)),
        };
        for failure in &written.failures {
            let Some(&(batch, row, number)) = cells.get(failure.request_index) else { continue };
            let Some((before, rows)) = rows.get(batch) else { continue };
            let name = self.update.describe(rows, row, number);
            self.outcome.reject(Reason::Refused(failure), before + row, name);
        }
        let taken = (count - written.failures.len()) as u64;
        self.outcome.sent += taken;
        self.outcome.changed += written.number_of_cells_changed;
        if !is_sure {
            self.outcome.uncertain += taken;
        }
        self.progress.rows(count);
        Ok(())
    }

    /// Has the service write the cells of a call, again if the answer gets lost. Says whether the
    /// number of cells that have changed is sure.
    async fn post(&self, call: CellCall) -> Result<(CellsWritten, bool)> {
        let (model, module) = self.update.table.place();
        let client = &self.update.table.connection().client;
        let lost =
            match client.write_cells((model, module), &call, Sent::First, self.observer).await? {
                Written::Done(written) => return Ok((written, true)),
                Written::Lost(error) => error,
            };
        // What takes too long may still run: another one would have to wait behind it.
        if lost.kind() == ErrorKind::Timeout {
            return Err(unknown(lost, call.len()));
        }
        tracing::warn!(%lost, module = self.update.table.name(), "the answer to cells was lost");
        // That this one is refused says nothing of the first one.
        let again = client.write_cells((model, module), &call, Sent::Again, self.observer).await;
        match again.map_err(|error| unknown(error, call.len()))? {
            // A call does all that can be done: if this one changes something, those before have
            // done nothing.
            Written::Done(written) => {
                let is_sure = written.number_of_cells_changed > 0;
                Ok((written, is_sure))
            }
            Written::Lost(error) => Err(unknown(error, call.len())),
        }
    }

    /// Says of a call that failed what calls before it have done.
    fn failed(&self, error: Error) -> Error {
        let module = self.update.table.name();
        let text = match self.outcome.sent {
            0 => format!("the cells of \"{module}\" can't be written"),
            sent => format!("after {sent} cells of \"{module}\" the others can't be written"),
        };
        error.context(text)
    }
}

fn unknown(error: Error, count: usize) -> Error {
    let text = format!("no answer came: nobody knows whether the next {count} cells were written");
    let hint = match error.kind() {
        ErrorKind::Timeout => {
            "it may still run: read the cells later, and raise Timeout before you run it again"
        }
        _ => {
            "read the cells before you run it again: what it works out of their values, it would \
             work out of the new ones"
        }
    };
    error.context(text).with_hint(hint)
}

impl CellUpdate {
    /// A cell for people: `"Revenue" of Beans, Jan 26`.
    fn describe(&self, rows: &Rows, row: usize, number: usize) -> String {
        let name = self.targets.get(number).map_or("", |target| &target.name);
        let labels = rows.labels.iter().map(|labels| match labels.is_valid(row) {
            true => labels.value(row),
            false => "NULL",
        });
        let labels: Vec<&str> = labels.collect();
        if labels.is_empty() {
            return format!("\"{name}\"");
        }
        format!("\"{name}\" of {}", labels.join(", "))
    }
}
