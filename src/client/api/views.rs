//! `/models/{m}/views`

use std::sync::Arc;

use crate::client::Client;
use crate::client::model::{ModelId, View, ViewDetail, ViewId};
use crate::error::Result;
use crate::http::Observer;

impl Client {
    /// The views of a model: each module's default view and the saved ones, without those of
    /// single line items.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) also when the user has no
    /// access to the model.
    pub async fn views(&self, model: &ModelId, observer: Arc<dyn Observer>) -> Result<Vec<View>> {
        self.list_all(self.url(&["models", model.as_str(), "views"]), observer).await
    }

    /// The same, and the views of single line items that have dimensions of their own. Nothing but
    /// the other listing tells them from saved ones.
    ///
    /// # Errors
    /// As [`views`](Self::views).
    pub async fn views_and_subsidiary_ones(
        &self,
        model: &ModelId,
        observer: Arc<dyn Observer>,
    ) -> Result<Vec<View>> {
        let mut url = self.url(&["models", model.as_str(), "views"]);
        url.query_pairs_mut().append_pair("includesubsidiaryviews", "true");
        self.list_all(url, observer).await
    }

    /// What stands on the axes of a view.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when the view is gone.
    pub async fn view(
        &self,
        model: &ModelId,
        view: &ViewId,
        observer: Arc<dyn Observer>,
    ) -> Result<ViewDetail> {
        let url = self.url(&["models", model.as_str(), "views", view.as_str()]);
        self.read(url, observer.as_ref()).await
    }
}
