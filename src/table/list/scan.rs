//! The scan of a list.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::error::Result;
use datafusion::execution::TaskContext;
use futures::stream::BoxStream;

use super::provider::ListTable;
use super::read::Reading;
use super::way::Way;
use crate::table::metrics::ScanObserver;
use crate::table::scan::{Facts, Scan, Wanted, read_on_a_task};

/// Reads the items of a list.
#[derive(Debug)]
pub(super) struct ListScan {
    pub(super) table: Arc<ListTable>,
    pub(super) way: Way,
}

impl Scan for ListScan {
    const NAME: &'static str = "ListExec";

    fn facts(&self) -> (Facts, Facts) {
        let source = vec![
            ("list", format!("{:?}", self.table.name())),
            ("model", format!("{:?}", self.table.model().name)),
        ];
        let filters = self
            .way
            .named()
            .map(|named| format!("[{}=[{}]]", named.key.column(), named.texts.join(", ")));
        let mut behind: Facts = filters.map(|filters| ("filters", filters)).into_iter().collect();
        behind.push(("read", self.way.to_string()));
        behind.push(("requests", self.way.requests(self.table.metadata())));
        behind.extend(self.row_estimate().map(|rows| ("items", rows.to_string())));
        behind.push(("locks_model", "false".to_owned()));
        (source, behind)
    }

    fn row_estimate(&self) -> Option<usize> {
        self.way.rows(self.table.metadata())
    }

    fn narrows_by(&self, column: &str) -> bool {
        self.way.narrows_by(self.table.metadata(), column)
    }

    fn open(
        &self,
        wanted: Wanted,
        _context: &TaskContext,
    ) -> BoxStream<'static, Result<RecordBatch>> {
        let progress = self.table.connection().progress.scan(self.table.name());
        let observer = ScanObserver::new(wanted.requests.clone(), Arc::clone(&progress));
        let reading = Reading {
            table: Arc::clone(&self.table),
            way: self.way.clone(),
            wanted,
            observer: Arc::new(observer),
            progress,
        };
        read_on_a_task(Arc::clone(&reading.wanted.schema), |sender| reading.run(sender))
    }
}
