//! Reading a view: the texts that show it, one after the other, into whatever takes lines.

use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::RecordBatch;
use futures::stream::{self, BoxStream, StreamExt};

use super::dimensions;
use super::lines::{Form, Layout, LineReader, TakeLines};
use super::pages::Pages;
use super::select::MAX_PAGES;
use super::source::SheetSource;
use crate::client::TooLarge;
use crate::client::model::{DimensionId, ItemId};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;
use crate::progress::{Phase, ScanProgress};
use crate::table::metrics::ScanObserver;
use crate::table::scan::{Batches, Wanted, read_on_a_task};

/// Pages of the view that are fetched or wait while one is parsed; each may have a million cells.
const AHEAD: usize = 4;

/// Parsed at once, between which others get the thread.
const PIECE: usize = 1 << 20;

/// What makes rows of lines.
pub(in crate::table) trait Sink: TakeLines + Send {
    /// Begins a text of this layout, of these items of page dimensions.
    fn begin(&mut self, layout: &Layout, selected: &[Selected]);

    /// Ends it.
    fn end(&mut self) -> Result<ControlFlow<()>>;

    /// The batches that are ready; with `all` also one that isn't full.
    fn batches(&mut self, all: bool) -> Result<Vec<RecordBatch>>;

    /// How many rows have been made.
    fn made(&self) -> usize;

    /// Whether something came that nobody knows, which may be of another dimension.
    fn is_strange(&self) -> bool {
        false
    }

    /// Whether all rows that are wanted have come.
    fn is_done(&self) -> bool;

    /// Forgets the rows that have been made, none of which has been handed out: they come again.
    fn restart(&mut self) -> Result<()>;

    /// Says that the text was cut off, and that the next one begins like it: the rows that have
    /// been made of it are not wanted again.
    fn resume(&mut self);
}

/// An item of a page dimension that a text shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::table) struct Selected {
    /// Where the dimension stands among those of the view.
    pub(in crate::table) place: usize,
    pub(in crate::table) dimension: DimensionId,
    pub(in crate::table) item: ItemId,
    pub(in crate::table) is_sum: bool,
}

/// The way a view is read.
#[derive(Debug)]
pub(in crate::table) enum Route {
    /// All in one answer, or what is left when these items are selected. If the service says that
    /// it is too large, by a large read.
    Table(Vec<Selected>),
    /// Page by page: for each an item of every page dimension. With a number of rows that are
    /// enough, only if a few pages are likely to have them, else by a large read.
    Pages(Pages, Option<usize>),
    /// By a large read.
    Large,
}

/// Rows above a limit that are asked for: some, such as sums, may be left out.
const SPARE: usize = 200;

/// Reads a view on a task of its own. `lines` says of how many lines a row is made.
pub(in crate::table) fn read_in_background<F, R>(
    source: SheetSource,
    name: &str,
    wanted: Wanted,
    lines: usize,
    read: F,
) -> BoxStream<'static, datafusion::error::Result<RecordBatch>>
where
    F: FnOnce(SheetReading, Wanted) -> R + Send + 'static,
    R: Future<Output = Result<()>> + Send + 'static,
{
    let progress = source.connection.progress.scan(name);
    let observer = ScanObserver::new(wanted.requests.clone(), Arc::clone(&progress));
    let max_rows = wanted.limit.map(|limit| limit.saturating_add(SPARE).saturating_mul(lines));
    read_on_a_task(Arc::clone(&wanted.schema), move |sender| {
        let observer = Arc::new(observer);
        read(SheetReading { source, observer, progress, max_rows, sender }, wanted)
    })
}

/// Reads one view.
pub(in crate::table) struct SheetReading {
    pub(in crate::table) source: SheetSource,
    pub(in crate::table) observer: Arc<dyn Observer>,
    pub(in crate::table) progress: Arc<ScanProgress>,
    /// Lines that are likely to be enough.
    pub(in crate::table) max_rows: Option<usize>,
    pub(in crate::table) sender: Batches,
}

impl SheetReading {
    /// Reads all that is wanted into the sender; ends early when nobody listens.
    pub(in crate::table) async fn run(&self, route: Route, sink: &mut impl Sink) -> Result<()> {
        let read = async {
            self.progress.set(Phase::Reading);
            let flow = match route {
                Route::Table(selected) => self.table(&selected, sink).await?,
                Route::Pages(pages, enough) => self.pages(pages, enough, sink).await?,
                Route::Large => self.large(sink).await?,
            };
            if flow.is_continue() || sink.is_done() {
                if sink.is_strange() {
                    self.check_axes().await?;
                }
                let _ = self.deliver(sink, true).await?;
            }
            Ok(())
        };
        read.await.map_err(|error: Error| self.explain(error))
    }

    /// Makes sure that the view still has the dimensions that it had.
    pub(in crate::table) async fn check_axes(&self) -> Result<()> {
        let SheetSource { connection, model, detail, .. } = &self.source;
        let observer = Arc::clone(&self.observer);
        let now = connection.client.view(model, &detail.view_id, observer).await?;
        if dimensions(&now).map(|it| &it.id).eq(dimensions(detail).map(|it| &it.id)) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Data, "it has other dimensions than it had before").with_hint(
            "the model has changed in the meantime: REFRESH METADATA, then run it again",
        ))
    }

    fn explain(&self, error: Error) -> Error {
        if error.kind() != ErrorKind::Data {
            return error;
        }
        let hint = error.hint().unwrap_or("read every column as text with ColumnTypes=Text");
        Error::new(ErrorKind::Data, format!("{}: {error}", self.source.what))
            .with_hint(hint.to_owned())
    }

    async fn table(&self, selected: &[Selected], sink: &mut impl Sink) -> Result<ControlFlow<()>> {
        let layout = Layout::new(Form::Tabular, &self.source.detail);
        let pages: Vec<(DimensionId, ItemId)> =
            selected.iter().map(|it| (it.dimension.clone(), it.item.clone())).collect();
        let mut max_rows = self.max_rows;
        loop {
            let answer = self.source.table(&pages, max_rows, self.observer.as_ref()).await?;
            let Ok(text) = answer else { return self.large(sink).await };
            sink.begin(&layout, selected);
            let mut reader = LineReader::new(layout.clone());
            if self.feed(&text, &mut reader, sink).await?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            if max_rows.take().is_none_or(|most| reader.lines() < most) {
                return self.finish(&mut reader, sink).await;
            }
            // They weren't enough after all.
            sink.resume();
        }
    }

    async fn pages(
        &self,
        pages: Pages,
        enough: Option<usize>,
        sink: &mut impl Sink,
    ) -> Result<ControlFlow<()>> {
        let layout = Layout::new(Form::Grid, &self.source.detail);
        let connections = self.source.connection.settings.max_connections;
        // With few rows wanted, the first pages are likely to be enough.
        let ahead = if self.max_rows.is_some() { 1 } else { AHEAD.min(connections) };
        self.progress.chunks(enough.map_or_else(|| pages.total(), |_| MAX_PAGES));
        type Text = Result<(Vec<Selected>, Result<Bytes, TooLarge>)>;
        let mut texts: BoxStream<'_, Text> = stream::iter(pages)
            .map(|selected| async move {
                let pages: Vec<(DimensionId, ItemId)> =
                    selected.iter().map(|it| (it.dimension.clone(), it.item.clone())).collect();
                let text = self.source.grid(&pages, None, self.observer.as_ref()).await?;
                self.progress.chunk();
                Ok((selected, text))
            })
            .buffered(ahead)
            .boxed();
        let mut number = 0;
        while let Some(text) = texts.next().await {
            let (selected, text) = text?;
            let text = match text {
                Ok(text) => text,
                // Pages are of one size: if one is too large, the first one is.
                Err(_) if number == 0 => {
                    drop(texts);
                    return self.large(sink).await;
                }
                Err(TooLarge(refused)) => {
                    let what = format!("a page of {} can't be read", self.source.what);
                    return Err(refused.context(what));
                }
            };
            number += 1;
            sink.begin(&layout, &selected);
            let mut reader = LineReader::new(layout.clone());
            if number == 1
                && let Some(enough) = enough
            {
                if self.measure(&text, &mut reader, sink).await?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                // Pages are of one size, so that the first one tells how many it takes.
                if sink.made().saturating_mul(MAX_PAGES) < enough {
                    drop(texts);
                    sink.restart()?;
                    return self.large(sink).await;
                }
                if self.deliver(sink, false).await?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                continue;
            }
            if self.feed(&text, &mut reader, sink).await?.is_break()
                || self.finish(&mut reader, sink).await?.is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    async fn large(&self, sink: &mut impl Sink) -> Result<ControlFlow<()>> {
        let layout = Layout::new(Form::Tabular, &self.source.detail);
        let (observer, progress) = (Arc::clone(&self.observer), Arc::clone(&self.progress));
        let mut parts = self.source.large(observer, progress).await?;
        sink.begin(&layout, &[]);
        let mut reader = LineReader::new(layout);
        while let Some(part) = parts.next().await {
            if self.feed(&part?, &mut reader, sink).await?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            if reader.end(sink)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        sink.end()
    }

    /// Takes a text, or a part of one.
    async fn feed(
        &self,
        text: &Bytes,
        reader: &mut LineReader,
        sink: &mut impl Sink,
    ) -> Result<ControlFlow<()>> {
        for piece in text.chunks(PIECE) {
            let flow = reader.push(piece, sink)?;
            if self.deliver(sink, false).await?.is_break() || flow.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            tokio::task::yield_now().await;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Takes a page without handing on any of its rows.
    async fn measure(
        &self,
        text: &Bytes,
        reader: &mut LineReader,
        sink: &mut impl Sink,
    ) -> Result<ControlFlow<()>> {
        for piece in text.chunks(PIECE) {
            if reader.push(piece, sink)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            tokio::task::yield_now().await;
        }
        if reader.end(sink)?.is_break() { Ok(ControlFlow::Break(())) } else { sink.end() }
    }

    async fn finish(
        &self,
        reader: &mut LineReader,
        sink: &mut impl Sink,
    ) -> Result<ControlFlow<()>> {
        if reader.end(sink)?.is_break() || sink.end()?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        self.deliver(sink, false).await
    }

    async fn deliver(&self, sink: &mut impl Sink, all: bool) -> Result<ControlFlow<()>> {
        for batch in sink.batches(all)? {
            self.progress.rows(batch.num_rows());
            if self.sender.send(Ok(batch)).await.is_err() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}
