//! The scan of a view.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::TaskContext;
use futures::stream::BoxStream;

use super::arrange::Arrange;
use super::provider::ViewTable;
use crate::error::Result;
use crate::table::scan::{Facts, Scan, Wanted as ScanWanted};
use crate::table::sheet::{
    ItemReader, Selection, SheetReading, Wanted, Whole, count_wanted, estimate_rows,
    read_in_background, show,
};

/// Reads a view.
#[derive(Debug)]
pub(super) struct ViewScan {
    pub(super) table: Arc<ViewTable>,
    /// The labels that are wanted of page dimensions.
    pub(super) wanted: Arc<Wanted>,
}

impl Scan for ViewScan {
    const NAME: &'static str = "ViewExec";

    fn facts(&self) -> (Facts, Facts) {
        let shape = self.table.shape();
        let source = vec![
            ("view", format!("{:?}", self.table.name())),
            ("model", format!("{:?}", self.table.source().model_name)),
        ];
        let mut facts = Facts::new();
        facts.extend(show(&shape.page_columns(), &self.wanted).map(|shown| ("pages", shown)));
        facts.extend(shape.cells.map(|cells| ("cells", cells.to_string())));
        let (read, requests) = match count_wanted(shape.detail.pages.len(), &self.wanted) {
            Some(pages) => ("pages", (pages + self.wanted.len()).to_string()),
            None if whole(&self.table) == Whole::Pages => ("pages", "1+".to_owned()),
            // Nobody knows before how many cells there are.
            None => ("view", format!("{}+", 1 + self.wanted.len())),
        };
        facts.extend([("read", read.to_owned()), ("requests", requests)]);
        facts.push(("locks_model", "false".to_owned()));
        (source, facts)
    }

    fn row_estimate(&self) -> Option<usize> {
        let shape = self.table.shape();
        Some(estimate_rows(shape.rows?, shape.leading(), &self.wanted))
    }

    fn open(
        &self,
        wanted: ScanWanted,
        _context: &TaskContext,
    ) -> BoxStream<'static, DataFusionResult<RecordBatch>> {
        let (table, pages) = (Arc::clone(&self.table), Arc::clone(&self.wanted));
        let parts =
            table.shape().inner().map_or(1, |inner| table.shape().across.len() / inner.max(1));
        let source = table.source().clone();
        let name = table.name().to_owned();
        read_in_background(source, &name, wanted, parts, move |reading, wanted| async move {
            read(&table, &pages, &wanted, reading).await
        })
    }
}

/// How a view is read of which no filter chooses few pages.
fn whole(table: &ViewTable) -> Whole {
    // Only a grid has columns that are no product.
    if table.shape().inner().is_some() { Whole::Table } else { Whole::Pages }
}

async fn read(
    table: &ViewTable,
    pages: &Wanted,
    wanted: &ScanWanted,
    reading: SheetReading,
) -> Result<()> {
    let observer = Arc::clone(&reading.observer);
    let shape = table.shape();
    let selection = Selection {
        items: ItemReader { source: table.source(), observer },
        columns: &shape.page_columns(),
        wanted: pages,
        known: HashMap::new(),
        is_sum: &|_, _| false,
        sums: true,
        whole: whole(table),
        in_order: false,
    };
    let Some(route) = selection.route().await? else { return Ok(()) };
    let batch_size = table.source().connection.batch_size;
    let columns = (wanted.projection.as_slice(), Arc::clone(&wanted.schema));
    let mut rows = Arrange::new(shape, columns, batch_size, wanted.limit);
    reading.run(route, &mut rows).await
}
