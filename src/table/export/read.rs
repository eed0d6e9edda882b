//! Reading an export: run it, fetch its chunks, parse them.
//!
//! ```text
//! chunks ──► Cutting ──► Parser of the beginning ──► batches, in the order of the file
//!  (AHEAD)       └────► Parsers of parts, several at once ──► ┘
//! ```
//! Everything that computes runs on threads for such work. Each stage waits for the next one, and holds no more
//! than its few chunks: however large the file is, and however slow whoever reads the rows.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::RecordBatch;
use datafusion::common::runtime::SpawnedTask;
use datafusion::physical_plan::metrics::Time;
use futures::future::FutureExt;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{self, Sender};

use super::fetch::Fetch;
use super::parser::Parser;
use super::parts::{Cutting, Part};
use super::run::{RunFile, RunSlot};
use crate::error::{Error, ErrorKind, Result};
use crate::progress::Phase;
use crate::table::scan::Wanted;

/// Chunks that are fetched or wait while others are parsed: with 10 MB each, enough to keep a line
/// busy and little enough to hold.
const AHEAD: usize = 3;

/// The most parts that are parsed at the same time.
const MOST_WORKERS: usize = 8;

/// For each core, parts that are parsed and wait: so many that a pause of whoever takes rows stops nobody.
const WAITING: usize = 2;

/// Where chunks are smaller, several parsers aren't worth it.
const LARGE: usize = 256 << 10;

/// Parsed at once by the first parser, between which batches are handed on.
const PIECE: usize = 1 << 20;

/// Less than this is parsed at once rather than elsewhere.
const SMALL: usize = 64 << 10;

/// One reading of one export.
pub(super) struct Reading {
    pub(super) fetch: Fetch,
    pub(super) wanted: Wanted,
    pub(super) slot: Arc<RunSlot>,
}

/// The chunks of a file while they become parts.
struct Parts {
    chunks: BoxStream<'static, Result<Bytes>>,
    /// Those of the chunk that came last.
    ready: VecDeque<Part>,
    /// None at the end.
    cutting: Option<Cutting>,
    compute: Time,
}

/// Whether somebody still listens.
type Listens = bool;

impl Reading {
    /// Reads everything that is wanted into `sender`; ends early when nobody listens.
    pub(super) async fn run(
        self,
        sender: Sender<datafusion::error::Result<RecordBatch>>,
    ) -> Result<()> {
        self.read(&sender).await.map_err(|error| match error.kind() {
            ErrorKind::Data => {
                let table = &self.fetch.table;
                if let Some(header) = &table.shape().header {
                    // It may be the header that has changed: the next statement looks again.
                    table.connection().headers.forget(table.key(), header);
                }
                let hint = error.hint().map_or_else(
                    || "read every column as text with ColumnTypes=Text".to_owned(),
                    str::to_owned,
                );
                let message = format!("export \"{}\": {error}", table.name());
                Error::new(ErrorKind::Data, message).with_hint(hint)
            }
            _ => error,
        })
    }

    async fn read(&self, sender: &Sender<datafusion::error::Result<RecordBatch>>) -> Result<()> {
        let Fetch { table, progress, .. } = &self.fetch;
        let file = self.slot.file(self.fetch.make_file()).await?;
        progress.set(Phase::Reading);
        progress.chunks(file.chunks.len());
        let Wanted { projection, schema, limit, compute, .. } = &self.wanted;
        let mut parser = Parser::new(
            Arc::clone(table.shape()),
            projection.clone(),
            Arc::clone(schema),
            table.connection().batch_size,
            *limit,
        );
        let mut parts = Parts {
            chunks: self.chunks(&file),
            ready: VecDeque::new(),
            cutting: Some(Cutting::new(table.shape())),
            compute: compute.clone(),
        };
        // The beginning: the header, and in a small file all rows.
        while let Some(part) = parts.next().await? {
            let several = part.len() >= LARGE && limit.is_none();
            for piece in part.pieces().flat_map(|piece| split(piece, PIECE)) {
                let batches;
                (parser, batches) = parse(parser, piece, compute).await?;
                if !self.deliver(batches, sender).await {
                    return Ok(());
                }
                if parser.is_done() {
                    return Ok(());
                }
            }
            if several && parser.part(0).is_some() {
                if !self.deliver(parser.end()?, sender).await {
                    return Ok(());
                }
                break;
            }
        }
        let mut last = None;
        if parts.cutting.is_some() && !self.read_parts(parts, &parser, &mut last, sender).await? {
            return Ok(());
        }
        if file.chunks.len() > 1 {
            self.fetch.check_unchanged(&file).await?;
        }
        let last = last.into_iter().chain(parser.end()?).collect();
        if self.deliver(last, sender).await && !parser.saw_header() {
            tracing::warn!(
                export = table.name(),
                "the export's file is empty, not even a header is in it: only administrators may \
                 be allowed to see its content"
            );
        }
        Ok(())
    }

    /// Parses the rest of the file, several parts at a time. The last batch is kept back: it is for the caller
    /// to see whether the file is still the same.
    async fn read_parts(
        &self,
        parts: Parts,
        parser: &Parser,
        last: &mut Option<RecordBatch>,
        sender: &Sender<datafusion::error::Result<RecordBatch>>,
    ) -> Result<Listens> {
        let cores = std::thread::available_parallelism().map_or(2, NonZero::get).min(MOST_WORKERS);
        // It goes on while somebody takes their time over rows, as far as there is room for parts.
        let (begun, mut parsed) = mpsc::channel(cores * WAITING);
        let beginning = self.begin_parts(parts, parser.part(0), cores + 1, begun);
        let beginning = SpawnedTask::spawn(beginning);
        while let Some(part) = parsed.recv().await {
            let batches = part?.join_unwind().await.map_err(|_| ending())??;
            let ready: Vec<_> = last.take().into_iter().chain(batches).collect();
            let (kept, ready) = ready.split_last().map_or((None, &[][..]), |(k, r)| (Some(k), r));
            *last = kept.cloned();
            if !self.deliver(ready.to_vec(), sender).await {
                return Ok(false);
            }
        }
        // An end that comes of a panic is none.
        beginning.join_unwind().await.map_err(|_| ending())?;
        Ok(true)
    }

    /// Begins to parse parts, in order, so many at a time. Whoever takes them waits for each.
    fn begin_parts(
        &self,
        mut parts: Parts,
        first: Option<Parser>,
        workers: usize,
        begun: Sender<Result<SpawnedTask<Result<Vec<RecordBatch>>>>>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let compute = self.wanted.compute.clone();
        let workers = Arc::new(Semaphore::new(workers));
        async move {
            // Nobody listens any more where one can't be sent.
            loop {
                let part = match parts.next().await {
                    Ok(Some(part)) => part,
                    Ok(None) => return,
                    Err(error) => return drop(begun.send(Err(error)).await),
                };
                let parser = first.as_ref().and_then(|first| first.part(part.line));
                let worker = Arc::clone(&workers).acquire_owned().await;
                let (Some(parser), Ok(worker)) = (parser, worker) else {
                    return drop(begun.send(Err(ending())).await);
                };
                let compute = compute.clone();
                let task = SpawnedTask::spawn_blocking(move || {
                    let _worker = worker;
                    parse_part(parser, &part, &compute)
                });
                if begun.send(Ok(task)).await.is_err() {
                    return;
                }
            }
        }
    }

    /// The chunks of the file, in order. Each is fetched on a task of its own, so that some arrive while others
    /// are parsed.
    fn chunks(&self, file: &Arc<RunFile>) -> BoxStream<'static, Result<Bytes>> {
        // With a limit the first chunk is likely to be enough.
        let ahead = if self.wanted.limit.is_some() { 1 } else { AHEAD };
        let (fetch, file) = (self.fetch.clone(), Arc::clone(file));
        stream::iter(0..file.chunks.len())
            .map(move |number| {
                let (fetch, file) = (fetch.clone(), Arc::clone(&file));
                let fetching = SpawnedTask::spawn(async move {
                    let body = fetch.chunk(number, &file.chunks, None).await?;
                    fetch.progress.chunk();
                    Ok::<_, Error>(body)
                });
                fetching.join_unwind().map(|body| body.unwrap_or_else(|_| Err(ending())))
            })
            .buffered(ahead)
            .boxed()
    }

    async fn deliver(
        &self,
        batches: Vec<RecordBatch>,
        sender: &Sender<datafusion::error::Result<RecordBatch>>,
    ) -> Listens {
        for batch in batches {
            self.fetch.progress.rows(batch.num_rows());
            if sender.send(Ok(batch)).await.is_err() {
                return false;
            }
        }
        true
    }
}

impl Parts {
    /// The next part, or the last one when there is no more chunk.
    async fn next(&mut self) -> Result<Option<Part>> {
        while self.ready.is_empty() {
            let Some(mut cutting) = self.cutting.take() else { return Ok(None) };
            let Some(chunk) = self.chunks.try_next().await? else {
                return Ok(Some(cutting.finish()));
            };
            let (small, compute) = (chunk.len() < SMALL, self.compute.clone());
            let cut = move || {
                let _timer = compute.timer();
                let parts = cutting.push(chunk)?;
                Ok::<_, Error>((cutting, parts))
            };
            let (cutting, parts) = if small { cut()? } else { computed(cut).await?? };
            self.cutting = Some(cutting);
            self.ready = parts.into();
        }
        Ok(self.ready.pop_front())
    }
}

/// Parses a piece.
async fn parse(
    mut parser: Parser,
    piece: Bytes,
    compute: &Time,
) -> Result<(Parser, Vec<RecordBatch>)> {
    let (small, compute) = (piece.len() < SMALL, compute.clone());
    let parse = move || {
        let _timer = compute.timer();
        let batches = parser.read(&piece)?;
        Ok((parser, batches))
    };
    if small { parse() } else { computed(parse).await? }
}

/// Parses a part from its beginning to its end.
fn parse_part(mut parser: Parser, part: &Part, compute: &Time) -> Result<Vec<RecordBatch>> {
    let _timer = compute.timer();
    let mut batches = Vec::new();
    for piece in part.pieces() {
        batches.extend(parser.read(&piece)?);
    }
    batches.extend(parser.end()?);
    Ok(batches)
}

/// Does this on a thread where computing keeps nobody waiting.
fn computed<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Result<T>> + Send {
    let task = SpawnedTask::spawn_blocking(work);
    task.join_unwind().map(|done| done.map_err(|_| ending()))
}

fn ending() -> Error {
    Error::new(ErrorKind::Cancelled, "the program is ending")
}

/// Pieces of at most this size.
fn split(mut text: Bytes, size: usize) -> impl Iterator<Item = Bytes> {
    std::iter::from_fn(move || (!text.is_empty()).then(|| text.split_to(size.min(text.len()))))
}
