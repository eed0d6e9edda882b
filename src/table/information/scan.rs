//! The scan of a metadata table.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use futures::stream::{BoxStream, StreamExt};

use super::column::batch;
use super::{InformationTable, KeyFilters, Request, Scope};
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
        let scope = Scope { observer: Arc::new(requests), ..self.table.scope().clone() };
        let batch_size = scope.connection.batch_size;
        let rows = (definition.rows)(Request { scope, filters: self.filters.clone() });
        rows.take(limit.unwrap_or(usize::MAX))
            .ready_chunks(batch_size)
            .map(move |rows| {
                let _timer = compute.timer();
                let rows = rows.into_iter().collect::<crate::Result<Vec<_>>>();
                rows.and_then(|rows| batch(&rows, definition.columns, &projection, &schema))
                    .map_err(DataFusionError::from)
            })
            .boxed()
    }
}
