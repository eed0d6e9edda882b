//! `…/dimensions/{d}/items`

use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use crate::client::model::{DimensionId, DimensionItem, LineItemId, ModelId, ViewId};
use crate::client::page::Page;
use crate::client::{Client, error};
use crate::error::Result;
use crate::http::{Observer, Request};

impl Client {
    /// The items of a list, of a subset of one, of a subset of line items, or the users. The
    /// service refuses time and more than 1,000,000 items.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when the dimension is gone.
    pub async fn dimension_items(
        &self,
        model: &ModelId,
        dimension: &DimensionId,
        observer: Arc<dyn Observer>,
    ) -> Result<Vec<DimensionItem>> {
        let path = ["models", model.as_str(), "dimensions", dimension.as_str(), "items"];
        self.list_whole(self.url(&path), observer).await
    }

    /// The items of a dimension that a view shows, in no order; of any dimension on the view, time,
    /// versions and line items included. None if they are too many for one answer, which the
    /// service says with 400.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when the view doesn't have the
    /// dimension.
    pub async fn view_dimension_items(
        &self,
        model: &ModelId,
        view: &ViewId,
        dimension: &DimensionId,
        observer: Arc<dyn Observer>,
    ) -> Result<Option<Vec<DimensionItem>>> {
        let (model, view, dimension) = (model.as_str(), view.as_str(), dimension.as_str());
        let path = ["models", model, "views", view, "dimensions", dimension, "items"];
        let request = Request::get(self.url(&path));
        let answer = self.send(&request, observer.as_ref()).await?;
        if answer.status == StatusCode::BAD_REQUEST {
            return Ok(None);
        }
        error::check(&request, &answer)?;
        let page: Page<DimensionItem> = error::parse(&request, &answer)?;
        Ok(Some(page.items))
    }

    /// The items of a dimension that a line item has, time and versions included.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when the line item doesn't have
    /// the dimension.
    pub async fn line_item_dimension_items(
        &self,
        model: &ModelId,
        line_item: &LineItemId,
        dimension: &DimensionId,
        observer: Arc<dyn Observer>,
    ) -> Result<Vec<DimensionItem>> {
        let (model, item, dimension) = (model.as_str(), line_item.as_str(), dimension.as_str());
        let path = ["models", model, "lineItems", item, "dimensions", dimension, "items"];
        self.list_whole(self.url(&path), observer).await
    }

    /// The items of a dimension that have one of these names or codes, in whichever case. Time and
    /// versions have names only. What nobody has is left out; nothing asked for is no request.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when the dimension is gone.
    pub async fn lookup_items(
        &self,
        model: &ModelId,
        dimension: &DimensionId,
        names: &[&str],
        codes: &[&str],
        observer: Arc<dyn Observer>,
    ) -> Result<Vec<DimensionItem>> {
        if names.is_empty() && codes.is_empty() {
            return Ok(Vec::new());
        }
        let path = ["models", model.as_str(), "dimensions", dimension.as_str(), "items"];
        let mut body = serde_json::Map::new();
        for (key, texts) in [("names", names), ("codes", codes)] {
            if !texts.is_empty() {
                body.insert(key.to_owned(), json!(texts));
            }
        }
        // A POST that only reads.
        let request = Request::post(self.url(&path)).json(&body.into()).idempotent();
        let answer = self.send(&request, observer.as_ref()).await?;
        error::check(&request, &answer)?;
        let page: Page<DimensionItem> = error::parse(&request, &answer)?;
        Ok(page.items)
    }
}
