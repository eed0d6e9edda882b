//! `/models/{m}/files`

use std::sync::Arc;

use bytes::Bytes;

use crate::client::model::{Chunk, File, ModelId};
use crate::client::{Client, error};
use crate::error::Result;
use crate::http::{Observer, Request};

impl Client {
    /// The files of a model: those of imports and those that exports write.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) also when the user has no
    /// access to the model.
    pub async fn files(&self, model: &ModelId, observer: Arc<dyn Observer>) -> Result<Vec<File>> {
        self.list_all(self.url(&["models", model.as_str(), "files"]), observer).await
    }

    /// The pieces of a file's content, in order; none if the user has no such content. An
    /// export's id is that of its file.
    ///
    /// # Errors
    /// As every call.
    pub async fn chunks(
        &self,
        model: &ModelId,
        file: &str,
        observer: Arc<dyn Observer>,
    ) -> Result<Vec<Chunk>> {
        let url = self.url(&["models", model.as_str(), "files", file, "chunks"]);
        let mut chunks: Vec<Chunk> = self.list_all(url, observer).await?;
        // Nobody promises that they are listed in order.
        chunks.sort_by_key(|chunk| chunk.id.parse::<u64>().unwrap_or(u64::MAX));
        Ok(chunks)
    }

    /// The bytes of one piece. It comes whole or not at all: a download that breaks is repeated
    /// before anybody sees a part of it. But where its first bytes are `enough`, the download ends
    /// as soon as at least so many have come.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when the piece is gone.
    pub async fn chunk(
        &self,
        model: &ModelId,
        file: &str,
        chunk: &Chunk,
        enough: Option<usize>,
        observer: &dyn Observer,
    ) -> Result<Bytes> {
        let path = ["models", model.as_str(), "files", file, "chunks", &chunk.id];
        let mut request = Request::get(self.url(&path)).accept_anything();
        if let Some(bytes) = enough {
            request = request.enough(bytes);
        }
        let answer = self.send(&request, observer).await?;
        error::check_file(&request, &answer)?;
        Ok(answer.body)
    }
}
