//! `/models/{m}/versions`

use std::sync::Arc;

use crate::client::Client;
use crate::client::model::{ModelId, Version};
use crate::error::Result;
use crate::http::Observer;

impl Client {
    /// The versions of a model; for workspace administrators.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) also when the user has no
    /// access to the model.
    pub async fn versions(
        &self,
        model: &ModelId,
        observer: Arc<dyn Observer>,
    ) -> Result<Vec<Version>> {
        self.list_whole(self.url(&["models", model.as_str(), "versions"]), observer).await
    }
}
