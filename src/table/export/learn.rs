//! Reading the header of a grid before its rows, where the metadata doesn't tell all columns.

use std::sync::Arc;

use super::fetch::Fetch;
use super::header::{GridHeader, HeaderReader};
use super::provider::ExportTable;
use super::run::HeldRuns;
use crate::client::model::Chunk;
use crate::error::{ErrorKind, Result};
use crate::http::Unobserved;

/// How much of a file is likely to hold its header lines: some 10,000 columns.
const HEAD: usize = 256 << 10;

impl ExportTable {
    /// Finds out what the columns of a grid are, if its metadata leaves that to its file, and keeps
    /// it for the session: tables made from then on have those columns.
    ///
    /// Looks at the file that the user has. Without one it runs the export, and holds that run in
    /// `held`, for the scan that is to come. Says whether there was anything to find out.
    ///
    /// # Errors
    /// As reading the table.
    pub async fn learn_columns(&self, held: &HeldRuns) -> Result<bool> {
        if !self.shape().lacks_names() {
            return Ok(false);
        }
        let connection = self.connection();
        let fetch = Fetch {
            table: Arc::new(self.clone()),
            observer: Arc::new(Unobserved),
            progress: connection.progress.scan(self.name()),
        };
        let mut header = match fetch.chunks().await {
            Ok(chunks) => fetch.header(&chunks).await,
            Err(error) => Err(error),
        };
        // A file that is gone is no file; what else is wrong, the run will tell too.
        if header.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            header = Ok(None);
        }
        let header = match header? {
            Some(header) => Some(header),
            None => {
                let slot = connection.runs.join(self.key(), None);
                let file = slot.file(fetch.make_file()).await?;
                let header = fetch.header(&file.chunks).await?;
                held.hold(self.key().clone(), slot);
                header
            }
        };
        if let Some(header) = header {
            connection.headers.keep(self.key().clone(), header);
        }
        Ok(true)
    }
}

impl Fetch {
    /// The header at the beginning of a file, reading no more of it than that takes.
    async fn header(&self, chunks: &[Chunk]) -> Result<Option<GridHeader>> {
        let mut reader = HeaderReader::new(self.table.shape());
        for number in 0..chunks.len() {
            let mut read = 0;
            if number == 0 {
                let head = self.chunk(number, chunks, Some(HEAD)).await?;
                if reader.push(&head).is_break() {
                    return Ok(reader.finish(false));
                }
                read = head.len();
                if read < HEAD {
                    continue;
                }
            }
            let body = self.chunk(number, chunks, None).await?;
            if reader.push(body.get(read..).unwrap_or_default()).is_break() {
                return Ok(reader.finish(false));
            }
        }
        Ok(reader.finish(true))
    }
}
