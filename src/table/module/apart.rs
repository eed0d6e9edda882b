//! Line items that the module's default view hides. Each is read by a view of its own; its rows are
//! put beside those of the others, in their order.
//!
//! Labels don't tell rows apart, since they may repeat. But views over the same dimensions have the
//! same rows in the same order, whichever axes the dimensions stand on, as long as they stand there
//! in one order. So rows are counted, and their labels compared: should one view show other items
//! than the other, the query fails and mixes nothing up.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::error::Result as DataFusionResult;
use futures::future::try_join_all;
use futures::stream::{BoxStream, StreamExt};

use super::across::changed;
use super::plan::Plan;
use super::provider::ModuleTable;
use super::scan::ModuleScan;
use super::shape::Source;
use crate::client::model::{DimensionId, DimensionKind};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;
use crate::table::scan::{Batches, Wanted};
use crate::table::sheet::{SheetSource, dimensions};

/// The line items that are hidden and wanted, of those that didn't come; nothing if one of them was
/// renamed or deleted instead. What is hidden is known from then on.
pub(super) async fn learn(
    table: &ModuleTable,
    wanted: &Wanted,
    missing: &[usize],
    observer: &Arc<dyn Observer>,
) -> Result<Option<Vec<usize>>> {
    let SheetSource { connection, model, module, detail, .. } = table.source();
    let observer = Arc::clone(observer);
    let now = connection.client.line_items(model, Some(module), false, observer).await?;
    let items = &table.shape().line_items;
    let mut hidden = missing.to_vec();
    hidden.retain(|&place| {
        let item = &items[place].item;
        now.iter().any(|it| it.id == item.id && it.name == item.name)
    });
    let sources: Vec<Source> = table.shape().sources().collect();
    let is_wanted = |place: &usize| {
        wanted.projection.iter().any(|&column| sources[column] == Source::LineItem(*place))
    };
    if missing.iter().any(|place| is_wanted(place) && !hidden.contains(place)) {
        return Ok(None);
    }
    let key = (model.clone(), detail.view_id.clone());
    let ids = hidden.iter().map(|&place| items[place].item.id.clone()).collect();
    connection.sheets.hidden.get(&key, async { Ok(ids) }).await?;
    hidden.retain(is_wanted);
    Ok(Some(hidden))
}

/// Reads the default view and those of hidden line items side by side.
pub(super) async fn read(
    table: &ModuleTable,
    plan: &Plan,
    wanted: &Wanted,
    hidden: &[usize],
    sender: &Batches,
) -> Result<()> {
    let all: Vec<Source> = table.shape().sources().collect();
    let sources: Vec<Source> = wanted.projection.iter().map(|&column| all[column]).collect();
    let shown = sources.iter().filter_map(|source| match source {
        Source::LineItem(item) if !hidden.contains(item) => Some(*item),
        _ => None,
    });
    let shown: Vec<usize> = shown.collect();
    let mut parts = Vec::new();
    if !shown.is_empty() {
        parts.push(Part::open(table, table.without(hidden), shown, (plan, wanted))?);
    }
    for &item in hidden {
        parts.push(Part::open(table, alone(table, item).await?, vec![item], (plan, wanted))?);
    }
    let labels = table.shape().dimensions.len();
    if let Err(error) = put_together(&mut parts, (&sources, labels), wanted, sender).await {
        // Nobody may be listening any more.
        let _ = sender.send(Err(error)).await;
    }
    Ok(())
}

/// The table of a line item by a view of its own.
async fn alone(table: &ModuleTable, item: usize) -> Result<ModuleTable> {
    let item = &table.shape().line_items[item].item;
    let refused = |why: &str| {
        let (item, module) = (&item.name, table.name());
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "line item \"{item}\" can't be read: the default view of module \"{module}\" hides \
                 it, and {why}"
            ),
        )
        .with_hint(
            "have a model builder show it in the module's default view, query a saved view that \
             shows it, or leave it out of the statement",
        )
    };
    let none = "the service gives no view of it alone";
    let own = match table.alone(item).await {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::Denied | ErrorKind::Service
            ) =>
        {
            return Err(refused(none).with_source(error));
        }
        own => own?,
    };
    let (default, detail) = (&table.source().detail, &own.source().detail);
    if detail.view_id == default.view_id {
        return Err(refused(none));
    }
    let order = |detail| {
        let all = dimensions(detail).filter(|it| it.kind() != DimensionKind::LineItems);
        all.map(|it| it.id.clone()).collect::<Vec<DimensionId>>()
    };
    if order(detail) != order(default) {
        return Err(refused("its own view has other dimensions, or has them in another order"));
    }
    Ok(own)
}

/// The rows of one view: the labels of all dimensions, line items, and whether they are sums if that
/// is wanted.
struct Part {
    rows: BoxStream<'static, DataFusionResult<RecordBatch>>,
    items: Vec<usize>,
    /// The labels that are wanted, by the column of their dimension.
    labels: Vec<(usize, BTreeSet<String>)>,
    held: Option<RecordBatch>,
}

impl Part {
    /// Begins to read a view that shows these line items of a table.
    fn open(
        table: &ModuleTable,
        part: ModuleTable,
        items: Vec<usize>,
        (plan, wanted): (&Plan, &Wanted),
    ) -> Result<Self> {
        let (all, own) = (table.shape(), Arc::clone(part.shape()));
        let dimensions = all.dimensions.iter().map(|column| {
            own.dimensions.iter().position(|it| it.dimension.id == column.dimension.id)
        });
        let line_items = items.iter().map(|&item| {
            let id = &all.line_items[item].item.id;
            let place = own.line_items.iter().position(|it| it.item.id == *id)?;
            Some(own.dimensions.len() + place)
        });
        let flag = own.is_summary.iter().map(|_| Some(own.dimensions.len() + own.line_items.len()));
        let projection: Option<Vec<usize>> = dimensions.chain(line_items).chain(flag).collect();
        let projection = projection.ok_or_else(changed)?;
        let labels = plan.wanted.iter().filter_map(|(place, labels)| {
            let column = all.dimensions.iter().position(|it| it.place == *place)?;
            Some((column, labels.clone()))
        });
        let schema = own.schema().project(&projection);
        let wanted = Wanted {
            projection,
            schema: Arc::new(schema.map_err(|error| {
                Error::new(ErrorKind::Internal, "columns can't be chosen").with_source(error)
            })?),
            // Rows of other labels are left out behind it.
            limit: wanted.limit.filter(|_| plan.wanted.is_empty()),
            of_joins: Vec::new(),
            requests: wanted.requests.clone(),
            compute: wanted.compute.clone(),
        };
        let labels = labels.collect();
        let plan = Arc::new(plan.of_part(all, &own));
        let rows = ModuleScan { table: Arc::new(part), plan }.stream(wanted);
        Ok(Self { rows, items, labels, held: None })
    }

    /// Waits until there are rows, or no more.
    async fn fill(&mut self) -> DataFusionResult<()> {
        while self.held.as_ref().is_none_or(|held| held.num_rows() == 0) {
            let Some(batch) = self.rows.next().await else {
                self.held = None;
                break;
            };
            self.held = Some(self.keep(batch?)?);
        }
        Ok(())
    }

    /// The rows with labels that are wanted: one view may be read with others, another without.
    fn keep(&self, mut batch: RecordBatch) -> DataFusionResult<RecordBatch> {
        for (column, labels) in &self.labels {
            let Some(shown) = batch.column(*column).as_string_opt::<i32>() else { continue };
            let is_wanted = |label: Option<&str>| label.is_some_and(|it| labels.contains(it));
            let mask: BooleanArray = shown.iter().map(|label| Some(is_wanted(label))).collect();
            batch = filter_record_batch(&batch, &mask)?;
        }
        Ok(batch)
    }

    /// Takes rows from those that are there.
    fn take(&mut self, rows: usize) -> Option<RecordBatch> {
        let held = self.held.take()?;
        self.held = Some(held.slice(rows, held.num_rows() - rows));
        Some(held.slice(0, rows))
    }
}

async fn put_together(
    parts: &mut [Part],
    (sources, labels): (&[Source], usize),
    wanted: &Wanted,
    sender: &Batches,
) -> DataFusionResult<()> {
    let mut left = wanted.limit.unwrap_or(usize::MAX);
    while left > 0 {
        try_join_all(parts.iter_mut().map(Part::fill)).await?;
        let sizes = parts.iter().filter_map(|part| Some(part.held.as_ref()?.num_rows()));
        let Some(rows) = sizes.min().map(|rows| rows.min(left)) else { break };
        left -= rows;
        let columns = columns(parts, (sources, labels), rows)?;
        let batch = RecordBatch::try_new(Arc::clone(&wanted.schema), columns)?;
        if sender.send(Ok(batch)).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// Takes the columns that are wanted of the next rows. Line items stand behind the labels.
fn columns(
    parts: &mut [Part],
    (sources, labels): (&[Source], usize),
    rows: usize,
) -> Result<Vec<ArrayRef>> {
    let taken: Option<Vec<RecordBatch>> = parts.iter_mut().map(|part| part.take(rows)).collect();
    let taken = taken.ok_or_else(changed)?;
    let first = taken.first().ok_or_else(changed)?;
    let differs =
        |it: &RecordBatch| (0..labels).any(|column| it.column(column) != first.column(column));
    if taken.iter().any(differs) {
        return Err(changed());
    }
    let cells = |item: usize| {
        parts.iter().zip(&taken).find_map(|(part, taken)| {
            let place = part.items.iter().position(|it| *it == item)?;
            Some(Arc::clone(taken.column(labels + place)))
        })
    };
    let column = |source: &Source| match source {
        Source::Dimension(place) => Some(Arc::clone(first.column(*place))),
        Source::LineItem(item) => cells(*item),
        Source::IsSummary => first.columns().last().cloned(),
    };
    sources.iter().map(column).collect::<Option<_>>().ok_or_else(changed)
}
