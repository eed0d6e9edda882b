//! The scan of rejected rows.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use futures::stream::{self, BoxStream, StreamExt};

use super::FailuresTable;
use super::read::DumpParser;
use crate::error::{Error, Result};
use crate::progress::{Phase, ScanProgress};
use crate::table::metrics::ScanObserver;
use crate::table::scan::{Facts, Scan, Wanted};

/// Parsed at once, between which others get the thread.
const PIECE: usize = 1 << 20;

/// Reads rejected rows.
#[derive(Debug)]
pub(super) struct FailuresScan {
    pub(super) table: FailuresTable,
}

/// A reading: the pieces that are left, and what has been made of those before.
struct Reading {
    table: FailuresTable,
    observer: ScanObserver,
    progress: Arc<ScanProgress>,
    parser: DumpParser,
    /// The number of the next piece, and what is left of the one before.
    next: usize,
    body: Bytes,
    ready: VecDeque<RecordBatch>,
    ended: bool,
}

impl Scan for FailuresScan {
    const NAME: &'static str = "ImportFailuresExec";

    fn facts(&self) -> (Facts, Facts) {
        let inner = &self.table.0;
        let mut source = vec![(inner.of.runs.word(), format!("{:?}", inner.of.name))];
        source.extend(inner.of.step.as_ref().map(|(_, name)| ("step", format!("{name:?}"))));
        source.push(("task", inner.of.task.to_string()));
        let requests = inner.chunks.len() - usize::from(inner.first.is_some());
        let facts = vec![("requests", requests.to_string()), ("locks_model", "false".to_owned())];
        (source, facts)
    }

    fn open(
        &self,
        wanted: Wanted,
        _context: &TaskContext,
    ) -> BoxStream<'static, datafusion::error::Result<RecordBatch>> {
        let table = self.table.clone();
        let inner = &table.0;
        let progress = inner.connection.progress.scan(&inner.of.name);
        let Wanted { projection, schema, limit, requests, .. } = wanted;
        let reading = Reading {
            observer: ScanObserver::new(requests, Arc::clone(&progress)),
            progress,
            parser: DumpParser::new(&projection, schema, inner.connection.batch_size, limit),
            next: 0,
            body: Bytes::new(),
            ready: VecDeque::new(),
            ended: false,
            table,
        };
        stream::try_unfold(reading, |mut reading| async move {
            let batch = reading.batch().await.map_err(DataFusionError::from)?;
            Ok(batch.map(|batch| (batch, reading)))
        })
        .boxed()
    }
}

impl Reading {
    /// The next rows.
    async fn batch(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(batch) = self.ready.pop_front() {
                self.progress.rows(batch.num_rows());
                return Ok(Some(batch));
            }
            if self.ended || self.parser.is_done() {
                return Ok(None);
            }
            let table = self.table.clone();
            let unreadable = |error: Error| error.context(table.0.of.unreadable());
            if self.body.is_empty() {
                match self.fetch().await.map_err(unreadable)? {
                    Some(body) => self.body = body,
                    None => {
                        self.ended = true;
                        self.ready.extend(self.parser.push(None).map_err(unreadable)?);
                        continue;
                    }
                }
            }
            let piece = self.body.split_to(self.body.len().min(PIECE));
            self.ready.extend(self.parser.push(Some(&piece)).map_err(unreadable)?);
            tokio::task::yield_now().await;
        }
    }

    /// The next piece of the dump.
    async fn fetch(&mut self) -> Result<Option<Bytes>> {
        let inner = &self.table.0;
        let Some(chunk) = inner.chunks.get(self.next) else { return Ok(None) };
        self.progress.set(Phase::Reading);
        self.progress.chunks(inner.chunks.len());
        self.next += 1;
        let body = match (&inner.first, self.next) {
            (Some(first), 1) => first.clone(),
            _ => {
                let client = &inner.connection.client;
                client.dump_chunk(inner.of.dump(), chunk, None, &self.observer).await?
            }
        };
        self.progress.chunk();
        Ok(Some(body))
    }
}
