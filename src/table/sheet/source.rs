//! A view of a model, and the way to its cells.

use std::sync::Arc;

use bytes::Bytes;
use futures::stream::BoxStream;

use crate::client::model::{
    DimensionId, ExportType, ItemId, ModelId, ModuleId, ReadRequest, TaskState, ViewDetail,
    WorkspaceId,
};
use crate::client::{CellQuery, ReadSource, TooLarge};
use crate::error::Result;
use crate::http::Observer;
use crate::progress::{Phase, ScanProgress};
use crate::table::Connection;

/// Pages of a large read that are fetched while one is parsed.
const AHEAD: usize = 2;

/// A view of a model, and the way to its cells.
#[derive(Debug, Clone)]
pub(in crate::table) struct SheetSource {
    pub(in crate::table) connection: Connection,
    pub(in crate::table) workspace: WorkspaceId,
    pub(in crate::table) model: ModelId,
    pub(in crate::table) model_name: String,
    pub(in crate::table) module: ModuleId,
    pub(in crate::table) detail: Arc<ViewDetail>,
    /// For messages: `module "Revenue"`.
    pub(in crate::table) what: String,
}

impl SheetSource {
    /// All pages as a table, or those of the items that are selected.
    pub(super) async fn table(
        &self,
        pages: &[(DimensionId, ItemId)],
        max_rows: Option<usize>,
        observer: &dyn Observer,
    ) -> Result<Result<Bytes, TooLarge>> {
        let tabular = Some(self.module.clone());
        self.cells(&CellQuery { pages: pages.to_vec(), tabular, max_rows }, observer).await
    }

    /// One page as a grid.
    pub(in crate::table) async fn grid(
        &self,
        pages: &[(DimensionId, ItemId)],
        max_rows: Option<usize>,
        observer: &dyn Observer,
    ) -> Result<Result<Bytes, TooLarge>> {
        self.cells(&CellQuery { pages: pages.to_vec(), tabular: None, max_rows }, observer).await
    }

    async fn cells(
        &self,
        query: &CellQuery,
        observer: &dyn Observer,
    ) -> Result<Result<Bytes, TooLarge>> {
        let client = &self.connection.client;
        let answer = client.cells(&self.model, &self.detail.view_id, query, observer).await;
        answer.map_err(|error| error.context(format!("{} can't be read", self.what)))
    }

    /// All pages as a table, in parts, however many cells there are.
    pub(super) async fn large(
        &self,
        observer: Arc<dyn Observer>,
        progress: Arc<ScanProgress>,
    ) -> Result<BoxStream<'static, Result<Bytes>>> {
        let layout = ExportType::TabularMultiColumn;
        let source = ReadSource::View(self.detail.view_id.clone(), layout);
        let owner = (&self.workspace, &self.model);
        progress.set(Phase::Starting);
        let client = &self.connection.client;
        let read = client.start_read(owner, &source, &self.what, Arc::clone(&observer)).await?;
        Ok(read.pages(AHEAD, observer, move |read: &ReadRequest| {
            progress.set(match read.request_state {
                Some(TaskState::NotStarted) => Phase::Waiting,
                _ => Phase::Reading,
            });
        }))
    }
}
