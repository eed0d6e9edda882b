//! `/models/{m}/files`: what a user puts there.

use bytes::Bytes;
use http::HeaderValue;
use serde::Deserialize;
use serde_json::json;

use crate::client::model::ModelId;
use crate::client::{Client, error};
use crate::error::Result;
use crate::http::{Observer, Request};

/// What is answered about a file.
#[derive(Deserialize)]
struct Answer {
    file: Described,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Described {
    chunk_count: Option<i64>,
}

impl Client {
    /// Announces an upload of so many chunks, or of a number that is told at its end. What the
    /// user had uploaded before is gone then.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when there is no such file.
    pub async fn announce_upload(
        &self,
        model: &ModelId,
        file: &str,
        chunks: Option<usize>,
        observer: &dyn Observer,
    ) -> Result<()> {
        let count = chunks.map_or_else(|| json!(-1), |chunks| json!(chunks));
        let url = self.url(&["models", model.as_str(), "files", file]);
        // Nothing has come yet: announcing it twice is announcing it once.
        let request = Request::post(url).json(&json!({ "chunkCount": count })).idempotent();
        let answer = self.send(&request, observer).await?;
        error::check(&request, &answer)?;
        error::parse::<Answer>(&request, &answer).map(drop)
    }

    /// Uploads one chunk, compressed with gzip. Sent twice, it replaces itself.
    ///
    /// # Errors
    /// As every call.
    pub async fn put_chunk(
        &self,
        model: &ModelId,
        file: &str,
        number: usize,
        packed: Bytes,
        observer: &dyn Observer,
    ) -> Result<()> {
        let number = number.to_string();
        let url = self.url(&["models", model.as_str(), "files", file, "chunks", &number]);
        let request = Request::new(http::Method::PUT, url)
            .body(packed, HeaderValue::from_static("application/x-gzip"))
            .idempotent();
        let answer = self.send(&request, observer).await?;
        error::check_done(&request, &answer)
    }

    /// Says that all chunks have come, and hands out how many the service has, if it tells. It is
    /// said again after a passing fault only if it is `needed`.
    ///
    /// # Errors
    /// As every call; the service refuses where chunks are missing.
    pub async fn complete_upload(
        &self,
        model: &ModelId,
        file: &str,
        needed: bool,
        observer: &dyn Observer,
    ) -> Result<Option<usize>> {
        let url = self.url(&["models", model.as_str(), "files", file, "complete"]);
        // It takes only JSON, though it needs nothing to be in it.
        let mut request = Request::post(url).json(&json!({}));
        if needed {
            request = request.idempotent();
        }
        let answer = self.send(&request, observer).await?;
        error::check(&request, &answer)?;
        let answer: Answer = error::parse(&request, &answer)?;
        Ok(answer.file.chunk_count.and_then(|count| usize::try_from(count).ok()))
    }

    /// Deletes the signed-in user's content of a file; the file itself stays.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when there is no such file.
    pub async fn delete_content(
        &self,
        model: &ModelId,
        file: &str,
        observer: &dyn Observer,
    ) -> Result<()> {
        let url = self.url(&["models", model.as_str(), "files", file]);
        let request = Request::new(http::Method::DELETE, url).idempotent();
        let answer = self.send(&request, observer).await?;
        error::check_done(&request, &answer)
    }
}
