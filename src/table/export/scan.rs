//! The scan of an export.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};

use super::fetch::Fetch;
use super::provider::ExportTable;
use super::read::Reading;
use super::run::HeldRuns;
use crate::table::metrics::ScanObserver;
use crate::table::scan::{Facts, Scan, Wanted};

/// Batches that wait for whoever reads the rows: about as many as come of a chunk, so that all parsers of
/// chunks go on meanwhile.
const WAITING: usize = 12;

/// Runs an export and reads its file.
#[derive(Debug)]
pub(super) struct ExportScan {
    pub(super) table: Arc<ExportTable>,
    /// Whether it was planned to read the last run's file again. What is done is decided anew
    /// when it runs.
    pub(super) reuses: bool,
}

impl Scan for ExportScan {
    const NAME: &'static str = "ExportExec";

    fn facts(&self) -> (Facts, Facts) {
        let source = vec![
            ("export", format!("{:?}", self.table.name())),
            ("model", format!("{:?}", self.table.model_name())),
        ];
        let mut facts = Facts::new();
        facts.extend(self.row_estimate().map(|rows| ("rows", rows.to_string())));
        // To start it, to look at it; to list the chunks of its file, to fetch one.
        let requests = if self.reuses { "2+" } else { "4+" };
        facts.push(("requests", requests.to_owned()));
        facts.push(("locks_model", (!self.reuses).to_string()));
        (source, facts)
    }

    fn row_estimate(&self) -> Option<usize> {
        self.table.shape().row_estimate.and_then(|rows| usize::try_from(rows).ok())
    }

    fn open(
        &self,
        wanted: Wanted,
        context: &TaskContext,
    ) -> BoxStream<'static, Result<RecordBatch>> {
        let connection = self.table.connection();
        let progress = connection.progress.scan(self.table.name());
        let held = context.session_config().get_extension::<HeldRuns>();
        let fetch = Fetch {
            table: Arc::clone(&self.table),
            observer: Arc::new(ScanObserver::new(wanted.requests.clone(), Arc::clone(&progress))),
            progress,
        };
        // Joined now, not when polled, so that both sides of a self-join share a run.
        let slot = connection.runs.join(self.table.key(), held.as_deref());
        stream::once(async move {
            let mut builder =
                RecordBatchReceiverStream::builder(Arc::clone(&wanted.schema), WAITING);
            let sender = builder.tx();
            let reading = Reading { fetch, wanted, slot };
            builder.spawn(async move { reading.run(sender).await.map_err(DataFusionError::from) });
            Ok::<_, DataFusionError>(builder.build())
        })
        .try_flatten()
        .boxed()
    }
}
