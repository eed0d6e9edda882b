//! Reading the items of a list.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use futures::StreamExt;

use super::lookup::{look_up, rows};
use super::provider::ListTable;
use super::shape::ListSource;
use super::way::{Named, Way, key};
use crate::client::{Body, ReadSource};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;
use crate::progress::{Phase, ScanProgress};
use crate::table::csv::{CellSource, Only, Record, TableParser, Target};
use crate::table::scan::{Batches, Wanted};
use crate::table::truth::{listed, parts};

/// Pages that are fetched or wait while one is parsed.
const AHEAD: usize = 2;

/// Parsed at once, between which others get the thread.
const PIECE: usize = 1 << 20;

/// One reading of one list.
pub(super) struct Reading {
    pub(super) table: Arc<ListTable>,
    pub(super) way: Way,
    pub(super) wanted: Wanted,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) progress: Arc<ScanProgress>,
}

impl Reading {
    /// Reads everything that is wanted into `sender`; ends early when nobody listens.
    pub(super) async fn run(mut self, sender: Batches) -> Result<()> {
        self.narrow();
        self.read(&sender).await.map_err(|error| {
            let name = self.table.name();
            match error.kind() {
                ErrorKind::Data => {
                    let hint = error.hint().map_or_else(
                        || "read every column as text with ColumnTypes=Text".to_owned(),
                        str::to_owned,
                    );
                    Error::new(ErrorKind::Data, format!("list \"{name}\": {error}")).with_hint(hint)
                }
                _ => error.context(format!("the items of list \"{name}\" can't be read")),
            }
        })
    }

    /// Takes what a join has found on its other side for a filter.
    fn narrow(&mut self) {
        let (shape, metadata) = (self.table.shape(), self.table.metadata());
        let told = self.wanted.of_joins.iter().flat_map(parts).filter_map(|part| {
            let (column, texts) = listed(&part)?;
            let key = key(metadata, &column).filter(|_| self.way.narrows_by(metadata, &column))?;
            Some(Named::new(key, texts))
        });
        if let Some(named) = told.min_by_key(|named| named.texts.len()) {
            let projection = Some(&self.wanted.projection);
            self.way = Way::of((shape, metadata), projection, Some(named), self.wanted.limit);
        }
    }

    async fn read(&self, sender: &Batches) -> Result<()> {
        self.progress.set(Phase::Reading);
        let client = &self.table.connection().client;
        let (model, list) = (self.table.model(), self.table.list());
        let all = match &self.way {
            Way::Nothing => return Ok(()),
            Way::Lookup(named) => {
                let observer = Arc::clone(&self.observer);
                if let Some(found) = look_up(&self.table, named, observer).await? {
                    self.deliver(vec![rows(&self.table, &self.wanted, &found)?], sender).await;
                    return Ok(());
                }
                false
            }
            Way::Preview => {
                let place = (&model.current_workspace_id, &model.id);
                let page = client.list_preview(place, list, self.observer.as_ref()).await?;
                let mut parser = self.parser(true, None);
                if self.parse(&mut parser, &page, sender).await? {
                    parser.end_page()?;
                    self.deliver(parser.finish()?, sender).await;
                }
                return Ok(());
            }
            Way::LargeRead(_) => return self.large_read(sender).await,
            Way::Items(_) => self.wants_all(),
        };
        match client.list_items(&model.id, list, all, Arc::clone(&self.observer)).await? {
            Some(body) => self.items(body, all, sender).await,
            None => self.large_read(sender).await,
        }
    }

    /// Reads one answer while it comes.
    async fn items(&self, mut body: Body, all: bool, sender: &Batches) -> Result<()> {
        let only = self.way.named().map(|named| only(named, None));
        let mut parser = self.parser(all, only);
        while let Some(piece) = body.next().await {
            if !self.parse(&mut parser, &piece?, sender).await? {
                return Ok(());
            }
        }
        parser.end_page()?;
        self.deliver(parser.finish()?, sender).await;
        Ok(())
    }

    /// Reads page after page, while the service makes them.
    async fn large_read(&self, sender: &Batches) -> Result<()> {
        let only = match &self.way {
            // What a lookup couldn't tell is read as a whole.
            Way::Items(Some(named)) | Way::LargeRead(Some(named)) => {
                let found = match look_up(&self.table, named, Arc::clone(&self.observer)).await {
                    // It only saves pages, and may be refused where reading is not.
                    Err(error)
                        if matches!(error.kind(), ErrorKind::Denied | ErrorKind::Service) =>
                    {
                        tracing::debug!(%error, "items can't be looked up");
                        None
                    }
                    found => found?,
                };
                Some(only(named, found.map(|found| found.len())))
            }
            _ => None,
        };
        if only.as_ref().is_some_and(|only| only.count == Some(0)) {
            return Ok(());
        }
        let model = self.table.model();
        let what = format!("list \"{}\"", self.table.name());
        self.progress.set(Phase::Starting);
        let read = self
            .table
            .connection()
            .client
            .start_read(
                (&model.current_workspace_id, &model.id),
                &ReadSource::List(self.table.list().clone()),
                &what,
                Arc::clone(&self.observer),
            )
            .await?;
        // Where it may end soon, the first pages are likely to be enough.
        let ends_soon = self.wanted.limit.is_some() || only.is_some();
        let ahead = if ends_soon { 1 } else { AHEAD };
        let progress = Arc::clone(&self.progress);
        let mut pages = read.pages(ahead, Arc::clone(&self.observer), move |request| {
            progress.set(match request.available_pages {
                None | Some(0) => Phase::Running(None),
                Some(pages) => {
                    progress.chunks(usize::try_from(pages).unwrap_or(usize::MAX));
                    Phase::Reading
                }
            });
        });
        let mut parser = self.parser(true, only);
        let mut number = 0_u64;
        while let Some(page) = pages.next().await {
            let page = page?;
            number += 1;
            self.progress.chunk();
            let placed = |error: Error| match error.kind() {
                // Lines are counted anew on every page.
                ErrorKind::Data => {
                    let placed = Error::new(ErrorKind::Data, format!("page {number}, {error}"));
                    match error.hint() {
                        Some(hint) => placed.with_hint(hint.to_owned()),
                        None => placed,
                    }
                }
                _ => error,
            };
            if !self.parse(&mut parser, &page, sender).await.map_err(placed)? {
                return Ok(());
            }
            parser.end_page().map_err(placed)?;
            if parser.is_done() {
                break;
            }
        }
        self.deliver(parser.finish()?, sender).await;
        Ok(())
    }

    /// Whether a column is wanted that only the long answer has.
    fn wants_all(&self) -> bool {
        let columns = &self.table.shape().columns;
        let is_built_in = |&index: &usize| matches!(columns[index].source, ListSource::BuiltIn(_));
        !self.wanted.projection.iter().all(is_built_in)
    }

    fn parser(
        &self,
        all: bool,
        only: Option<Only>,
    ) -> TableParser<impl FnMut(&Record<'_>) -> Result<Vec<Target>> + use<>> {
        let (shape, projection) = (Arc::clone(self.table.shape()), self.wanted.projection.clone());
        let header = move |header: &Record<'_>| {
            let sources: Vec<CellSource> = shape.sources(header, all)?;
            let target = |&index: &usize| {
                let column = &shape.columns[index];
                Target { name: column.name.clone(), kind: column.kind, source: sources[index] }
            };
            Ok(projection.iter().map(target).collect())
        };
        let batch_size = self.table.connection().batch_size;
        let schema = Arc::clone(&self.wanted.schema);
        TableParser::new(schema, batch_size, self.wanted.limit, header).only(only)
    }

    /// Parses a part of the answer, and says whether more is wanted.
    async fn parse<H: FnMut(&Record<'_>) -> Result<Vec<Target>>>(
        &self,
        parser: &mut TableParser<H>,
        text: &[u8],
        sender: &Batches,
    ) -> Result<bool> {
        for piece in text.chunks(PIECE) {
            let timer = self.wanted.compute.timer();
            let batches = parser.push(piece)?;
            timer.done();
            if !self.deliver(batches, sender).await || parser.is_done() {
                return Ok(false);
            }
            tokio::task::yield_now().await;
        }
        Ok(true)
    }

    /// Hands batches on, and says whether anybody listens.
    async fn deliver(&self, batches: Vec<RecordBatch>, sender: &Batches) -> bool {
        for batch in batches {
            self.progress.rows(batch.num_rows());
            if sender.send(Ok(batch)).await.is_err() {
                return false;
            }
        }
        true
    }
}

/// The rows of the items that are named, of which there are so many if that is known.
fn only(named: &Named, count: Option<usize>) -> Only {
    Only { column: named.key.column(), texts: named.texts.iter().cloned().collect(), count }
}
