//! `/models/{m}/lists/{l}/items`, as CSV.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, header};

use crate::client::model::{ListId, ModelId, WorkspaceId};
use crate::client::{Body, Client, error};
use crate::error::Result;
use crate::http::{Observer, Request};

impl Client {
    /// The items of a list as CSV, while they come: `id,name,code,parent,parentId,listId,listName`,
    /// and with `all` a column for each subset and each property. None if they are too many for
    /// one answer, which the service says with 400. An answer that breaks off is asked for again, and
    /// read on from there.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when the list is gone. In the
    /// stream, when the answer breaks off several times, or has changed when it comes again.
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
        let request = csv(Request::get(url));
        let (answer, body) = self.open(&request, Arc::clone(&observer)).await?;
        if error::is_about_size(&answer) {
            return Ok(None);
        }
        error::check_file(&request, &answer)?;
        Ok(Some(self.resumed(request, body, observer)))
    }

    /// The first 1,000 items of a list as CSV, with all columns.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when the list is gone.
    pub async fn list_preview(
        &self,
        (workspace, model): (&WorkspaceId, &ModelId),
        list: &ListId,
        observer: &dyn Observer,
    ) -> Result<Bytes> {
        // Documented with the workspace only.
        let path = ["workspaces", workspace.as_str(), "models", model.as_str()];
        let url = self.url(&[&path[..], &["lists", list.as_str(), "preview"]].concat());
        let request = csv(Request::get(url));
        let answer = self.send(&request, observer).await?;
        error::check_file(&request, &answer)?;
        Ok(answer.body)
    }
}

fn csv(request: Request) -> Request {
    request.header(header::ACCEPT, HeaderValue::from_static("text/csv"))
}
