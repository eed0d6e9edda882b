//! The scan of a module.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::TaskContext;
use futures::future::{BoxFuture, FutureExt};
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};

use super::apart;
use super::joined::narrow;
use super::load::{Loaded, Loader};
use super::members::Members;
use super::plan::Plan;
use super::provider::ModuleTable;
use super::reshape::{Reshape, Rows};
use crate::error::Result;
use crate::table::scan::{Facts, Scan, Wanted};
use crate::table::sheet::{
    Item, ItemReader, Selection, SheetReading, SheetSource, dimensions, estimate_rows,
    read_in_background,
};

/// Reads a module.
#[derive(Debug)]
pub(super) struct ModuleScan {
    pub(super) table: Arc<ModuleTable>,
    pub(super) plan: Arc<Plan>,
}

impl Scan for ModuleScan {
    const NAME: &'static str = "ModuleExec";

    fn facts(&self) -> (Facts, Facts) {
        let source = vec![
            ("module", format!("{:?}", self.table.name())),
            ("model", format!("{:?}", self.table.source().model_name)),
        ];
        (source, self.plan.facts(self.table.shape()))
    }

    fn row_estimate(&self) -> Option<usize> {
        let shape = self.table.shape();
        let rows = usize::try_from(shape.item_cells?).ok()?;
        Some(estimate_rows(rows, shape.dimensions.len(), &self.plan.wanted))
    }

    fn narrows_by(&self, column: &str) -> bool {
        // Their items are read only to tell sums.
        self.plan.tells_sums && self.table.shape().page_columns().iter().any(|it| it.name == column)
    }

    fn open(
        &self,
        wanted: Wanted,
        _context: &TaskContext,
    ) -> BoxStream<'static, DataFusionResult<RecordBatch>> {
        self.stream(wanted)
    }
}

impl ModuleScan {
    /// Begins to read. Nothing is sent before the stream is polled.
    pub(super) fn stream(
        &self,
        wanted: Wanted,
    ) -> BoxStream<'static, DataFusionResult<RecordBatch>> {
        let (table, plan) = (Arc::clone(&self.table), Arc::clone(&self.plan));
        let (source, name) = (table.source().clone(), table.name().to_owned());
        let lines = lines_of_a_row(&table);
        read_in_background(source, &name, wanted, lines, move |reading, wanted| async move {
            read(&table, &plan, &wanted, reading).await
        })
    }
}

/// How many lines a row is made of: one for each line item, unless they go across.
fn lines_of_a_row(table: &ModuleTable) -> usize {
    let shape = table.shape();
    let detail = &shape.detail;
    let across = detail.pages.len() + detail.rows.len() + detail.columns.len().saturating_sub(1);
    if shape.line_item_axis.is_some_and(|axis| axis < across) { shape.shown.max(1) } else { 1 }
}

async fn read(
    table: &ModuleTable,
    plan: &Plan,
    wanted: &Wanted,
    reading: SheetReading,
) -> Result<()> {
    if !plan.hidden.is_empty() {
        return apart::read(table, plan, wanted, &plan.hidden, &reading.sender).await;
    }
    let shape = table.shape();
    let observer = Arc::clone(&reading.observer);
    let items = ItemReader { source: table.source(), observer };
    let loader = Loader { items: items.clone(), shape };
    let loaded = if plan.tells_sums { Some(load(&loader).await?) } else { None };
    let sums = shape.is_summary.is_some();
    let known = loaded.iter().flatten().zip(&shape.dimensions).filter_map(|(it, column)| {
        let items = it.items.iter().map(|item| Item {
            id: item.id.as_str().into(),
            label: item.label.clone(),
            is_sum: item.is_sum,
        });
        (!it.items.is_empty()).then(|| (column.place, items.collect()))
    });
    let is_sum = |place: usize, label: &str| {
        let all = loaded.iter().flatten().zip(&shape.dimensions);
        let mut at = all.filter(|(_, column)| column.place == place);
        at.next().is_some_and(|(it, _)| it.members.is_longer(label.as_bytes()))
    };
    let (columns, known) = (shape.page_columns(), known.collect());
    let labels = narrow(&plan.wanted, &wanted.of_joins, &columns, &known, &items).await;
    let selection = Selection {
        items,
        columns: &columns,
        wanted: &labels,
        known,
        is_sum: &is_sum,
        sums,
        whole: plan.whole,
        in_order: plan.is_part,
    };
    let Some(route) = selection.route().await? else { return Ok(()) };
    let sizes = sizes(&loader, loaded.as_deref()).await?;
    let members = loaded.map(|all| all.into_iter().map(|it| it.members).collect());
    let mut rows = Reshape::new(
        shape,
        (&wanted.projection, Arc::clone(&wanted.schema)),
        table.source().connection.batch_size,
        members,
        sizes,
        Rows { sums, limit: wanted.limit },
    );
    let outcome = reading.run(route, &mut rows).await;
    if plan.is_part || rows.missing().is_empty() {
        return outcome;
    }
    reading.check_axes().await?;
    match apart::learn(table, wanted, rows.missing(), &reading.observer).await? {
        Some(hidden) => apart::read(table, plan, wanted, &hidden, &reading.sender).await,
        None => outcome,
    }
}

/// How sums are told, for each dimension.
async fn load(loader: &Loader<'_>) -> Result<Vec<Loaded>> {
    let connections = loader.items.source.connection.settings.max_connections;
    let each: Vec<BoxFuture<'_, Result<Loaded>>> =
        loader.shape.dimensions.iter().map(|column| loader.load(column).boxed()).collect();
    stream::iter(each).buffered(connections).try_collect().await
}

/// How many items each dimension of the view shows, if places must tell what labels don't.
async fn sizes(loader: &Loader<'_>, loaded: Option<&[Loaded]>) -> Result<Vec<Option<usize>>> {
    let shape = loader.shape;
    let mut sizes = vec![None; dimensions(&shape.detail).count()];
    let is_shared = |it: &Loaded| match &it.members {
        Members::Items(items) => !items.shared.is_empty(),
        _ => false,
    };
    let Some(loaded) = loaded.filter(|all| all.iter().any(is_shared)) else { return Ok(sizes) };
    if let Some(axis) = shape.line_item_axis {
        sizes[axis] = Some(line_items(loader, axis).await?);
    }
    for (column, loaded) in shape.dimensions.iter().zip(loaded) {
        sizes[column.place] = match &loaded.members {
            Members::Items(items) => items.count,
            _ => loader.items.shown(&column.dimension).await?.map(|shown| shown.len()),
        };
    }
    Ok(sizes)
}

/// How many line items the view shows. It may hide some.
async fn line_items(loader: &Loader<'_>, axis: usize) -> Result<usize> {
    let SheetSource { connection, model, detail, .. } = loader.items.source;
    let all = loader.shape.shown;
    let Some(dimension) = dimensions(detail).nth(axis) else { return Ok(all) };
    let read = async {
        let shown = loader.items.shown(dimension).await?.unwrap_or_default();
        Ok(shown.into_iter().map(|item| item.name).collect())
    };
    let shown = connection.sheets.shown.get(&(model.clone(), detail.view_id.clone()), read).await?;
    Ok(if shown.is_empty() { all } else { shown.len() })
}
