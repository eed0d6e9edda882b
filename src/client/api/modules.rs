//! `/models/{m}/modules`

use std::sync::Arc;

use crate::client::Client;
use crate::client::model::{ModelId, Module};
use crate::error::Result;
use crate::http::Observer;

impl Client {
    /// The modules of a model.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) also when the user has no
    /// access to the model.
    pub async fn modules(
        &self,
        model: &ModelId,
        observer: Arc<dyn Observer>,
    ) -> Result<Vec<Module>> {
        self.list_all(self.url(&["models", model.as_str(), "modules"]), observer).await
    }
}
