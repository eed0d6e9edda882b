//! Reading an export: run it, fetch its chunks, parse them.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::runtime::SpawnedTask;
use futures::{StreamExt, stream};
use tokio::sync::mpsc::Sender;

use super::fetch::Fetch;
use super::parser::Parser;
use super::run::RunSlot;
use crate::error::{Error, ErrorKind, Result};
use crate::progress::Phase;
use crate::table::scan::Wanted;

/// Chunks that are fetched or wait while one is parsed: with 10 MB each, enough to keep a line
/// busy and little enough to hold.
const AHEAD: usize = 2;

/// Parsed at once, between which others get the thread.
const PIECE: usize = 1 << 20;

/// One reading of one export.
pub(super) struct Reading {
    pub(super) fetch: Fetch,
    pub(super) wanted: Wanted,
    pub(super) slot: Arc<RunSlot>,
}

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
        let chunks = file.chunks.len();
        progress.set(Phase::Reading);
        progress.chunks(chunks);
        let Wanted { projection, schema, limit, compute, .. } = &self.wanted;
        let mut parser = Parser::new(
            Arc::clone(table.shape()),
            projection.clone(),
            Arc::clone(schema),
            table.connection().batch_size,
            *limit,
        );
        // With a limit the first chunk is likely to be enough.
        let ahead = if limit.is_some() { 1 } else { AHEAD };
        // Each on a task of its own, so that one arrives while another is parsed.
        let mut bodies = stream::iter(0..chunks)
            .map(|number| {
                let (fetch, file) = (self.fetch.clone(), Arc::clone(&file));
                let fetching = SpawnedTask::spawn(async move {
                    let body = fetch.chunk(number, &file.chunks, None).await?;
                    fetch.progress.chunk();
                    Ok::<_, Error>(body)
                });
                fetching.join_unwind()
            })
            .buffered(ahead);
        while let Some(body) = bodies.next().await {
            let body =
                body.map_err(|_| Error::new(ErrorKind::Cancelled, "the program is ending"))??;
            for piece in body.chunks(PIECE) {
                let timer = compute.timer();
                let batches = parser.push(piece)?;
                timer.done();
                for batch in batches {
                    if !self.deliver(batch, sender).await {
                        return Ok(());
                    }
                }
                if parser.is_done() {
                    return Ok(());
                }
                tokio::task::yield_now().await;
            }
        }
        if chunks > 1 {
            self.fetch.check_unchanged(&file).await?;
        }
        for batch in parser.finish()? {
            if !self.deliver(batch, sender).await {
                return Ok(());
            }
        }
        if !parser.saw_header() {
            tracing::warn!(
                export = table.name(),
                "the export's file is empty, not even a header is in it: only administrators may \
                 be allowed to see its content"
            );
        }
        Ok(())
    }

    async fn deliver(
        &self,
        batch: RecordBatch,
        sender: &Sender<datafusion::error::Result<RecordBatch>>,
    ) -> bool {
        self.fetch.progress.rows(batch.num_rows());
        sender.send(Ok(batch)).await.is_ok()
    }
}
