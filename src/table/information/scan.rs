//! The scan of a metadata table.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use futures::future::ready;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};

use super::choice::{ModelChoice, is_of_model};
use super::column::batch;
use super::{InformationTable, KeyFilters, Request, Scope};
use crate::table::metrics::ScanObserver;
use crate::table::scan::{Facts, Scan, Wanted};

/// Reads a metadata table.
#[derive(Debug)]
pub(super) struct InformationScan {
    pub(super) table: InformationTable,
    pub(super) filters: KeyFilters,
    pub(super) choice: ModelChoice,
    /// How many models there are to read, if the table is about models.
    pub(super) models: Option<usize>,
    pub(super) projection: Vec<usize>,
}

impl Scan for InformationScan {
    const NAME: &'static str = "InformationExec";

    fn facts(&self) -> (Facts, Facts) {
        let definition = self.table.definition();
        let keys = Some(self.filters.to_string()).filter(|keys| !keys.is_empty());
        let filters: Vec<String> = keys.into_iter().chain(self.choice.shown().to_vec()).collect();
        let mut behind = Facts::new();
        if !filters.is_empty() {
            behind.push(("filters", format!("[{}]", filters.join(", "))));
        }
        behind.extend(self.models.map(|models| ("models", models.to_string())));
        let requests = definition.asks.requests(self.models, &self.projection, &self.filters);
        behind.push(("requests", requests));
        behind.push(("locks_model", "false".to_owned()));
        (vec![("table", definition.name.to_owned())], behind)
    }

    fn row_estimate(&self) -> Option<usize> {
        let names = self.table.scope().directory.known_names();
        self.table.definition().asks.rows(self.models, names.as_deref(), &self.filters)
    }

    fn narrows_by(&self, column: &str) -> bool {
        self.models.is_some() && is_of_model(column)
    }

    fn open(
        &self,
        wanted: Wanted,
        _context: &TaskContext,
    ) -> BoxStream<'static, Result<RecordBatch>> {
        let Wanted { projection, schema, limit, of_joins, requests, compute } = wanted;
        let definition = self.table.definition();
        let progress = self.table.scope().connection.progress.scan(definition.name);
        let observer = ScanObserver::new(requests, Arc::clone(&progress));
        let scope = Scope { observer: Arc::new(observer), ..self.table.scope().clone() };
        let batch_size = scope.connection.batch_size;
        let rows = (definition.rows)(Request {
            scope,
            filters: self.filters.clone(),
            choice: Arc::new(self.choice.narrowed(of_joins)),
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
