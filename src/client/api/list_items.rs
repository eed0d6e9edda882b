//! `/models/{m}/lists/{l}/items`, as CSV.

use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use http::{HeaderValue, StatusCode, header};

use crate::client::model::{ListId, ModelId};
use crate::client::{Client, error};
use crate::error::Result;
use crate::http::{Observer, Request};

/// A body while it comes.
pub type Body = BoxStream<'static, Result<Bytes>>;

impl Client {
    /// The items of a list as CSV, while they come: `id,name,code,parent,parentId,listId,listName`,
    /// and with `all` a column for each subset and each property. None if they are too many for
    /// one answer, which the service says with 400.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when the list is gone. In the
    /// stream, when the answer breaks off.
    pub async fn list_items(
        &self,
        model: &ModelId,
        list: &ListId,
        all: bool,
        observer: Arc<dyn Observer>,
    ) -> Result<Option<Body>> {
        let mut url = self.url(&["models", model.as_str(), "lists", list.as_str(), "items"]);
        if all {
            url.query_pairs_mut().append_pair("includeAll", "true");
        }
        let csv = HeaderValue::from_static("text/csv");
        let request = Request::get(url).header(header::ACCEPT, csv);
        let answer = self.send(&request, observer.as_ref()).await?;
        if answer.status == StatusCode::BAD_REQUEST {
            return Ok(None);
        }
        error::check(&request, &answer)?;
        Ok(Some(stream::once(async move { Ok(answer.body) }).boxed()))
    }
}
