//! The scan of a metadata table.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use futures::future::ready;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};

use super::column::batch;
use super::{InformationTable, KeyFilters, Request, Scope};
use crate::table::metrics::ScanObserver;
use crate::table::scan::{Facts, Scan, Wanted};

/// Reads a metadata table.
#[derive(Debug)]
pub(super) struct InformationScan {
    pub(super) table: InformationTable,
    pub(super) filters: KeyFilters,
}

impl Scan for InformationScan {
    const NAME: &'static str = "InformationExec";

    fn facts(&self) -> (Facts, Facts) {
        let filters = self.filters.to_string();
        let filters = (!filters.is_empty()).then(|| ("filters", format!("[{filters}]")));
        let table = self.table.definition().name.to_owned();
        (vec![("table", table)], filters.into_iter().collect())
    }

    fn open(
        &self,
        wanted: Wanted,
        _context: &TaskContext,
    ) -> BoxStream<'static, Result<RecordBatch>> {
        let Wanted { projection, schema, limit, requests, compute } = wanted;
        let definition = self.table.definition();
        let progress = self.table.scope().connection.progress.scan(definition.name);
        let observer = ScanObserver::new(requests, Arc::clone(&progress));
        let scope = Scope { observer: Arc::new(observer), ..self.table.scope().clone() };
        let batch_size = scope.connection.batch_size;
        let rows = (definition.rows)(Request {
            scope,
            filters: self.filters.clone(),
            columns: projection.iter().map(|&index| definition.columns[index].name).collect(),
            limited: limit.is_some(),
            progress: Arc::clone(&progress),
        });
        let filters = self.filters.clone();
        rows.try_filter(move |row| ready(filters.keep(definition.columns, row)))
            .take(limit.unwrap_or(usize::MAX))
            .ready_chunks(batch_size)
            .map(move |rows| {
                let _timer = compute.timer();
                progress.rows(rows.len());
                let rows = rows.into_iter().collect::<crate::Result<Vec<_>>>();
                rows.and_then(|rows| batch(&rows, definition.columns, &projection, &schema))
                    .map_err(DataFusionError::from)
            })
            .boxed()
    }
}
