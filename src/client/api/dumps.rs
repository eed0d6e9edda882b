//! `…/tasks/{t}/dump` and `…/dumps/{i}`: the rows that an import rejected.

use std::sync::Arc;

use bytes::Bytes;
use url::Url;

use super::tasks::Runnable;
use crate::client::model::{Chunk, TaskId};
use crate::client::{Client, error};
use crate::error::Result;
use crate::http::{Observer, Request};

/// The rows that an import rejected when a task ran it. They are kept for 48 hours, for the user
/// who started the task, until the same user runs the import again.
#[derive(Debug, Clone, Copy)]
pub struct Dump<'a> {
    /// The import, or the process that ran it.
    pub of: Runnable<'a>,
    /// The task.
    pub task: &'a TaskId,
    /// In a process, the id of the import.
    pub step: Option<&'a str>,
}

impl Client {
    /// The pieces of a dump; none if nothing was rejected.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when the dump is gone, the task
    /// hasn't ended, or there is none.
    pub async fn dump_chunks(
        &self,
        dump: Dump<'_>,
        observer: Arc<dyn Observer>,
    ) -> Result<Vec<Chunk>> {
        self.list_all(self.dump_url(dump, None), observer).await
    }

    /// The bytes of one piece. Where its first bytes are `enough`, the download ends as soon as at
    /// least so many have come.
    ///
    /// # Errors
    /// As [`dump_chunks`](Self::dump_chunks).
    pub async fn dump_chunk(
        &self,
        dump: Dump<'_>,
        chunk: &Chunk,
        enough: Option<usize>,
        observer: &dyn Observer,
    ) -> Result<Bytes> {
        let mut request = Request::get(self.dump_url(dump, Some(chunk))).accept_anything();
        if let Some(bytes) = enough {
            request = request.enough(bytes);
        }
        let answer = self.send(&request, observer).await?;
        error::check_file(&request, &answer)?;
        Ok(answer.body)
    }

    fn dump_url(&self, dump: Dump<'_>, chunk: Option<&Chunk>) -> Url {
        let Dump { of, task, step } = dump;
        let mut path = vec!["models", of.model.as_str(), of.runs.segment(), of.id, "tasks"];
        path.push(task.as_str());
        match step {
            Some(step) => path.extend(["dumps", step]),
            None => path.push("dump"),
        }
        path.push("chunks");
        path.extend(chunk.map(|chunk| chunk.id.as_str()));
        self.url(&path)
    }
}
