//! `/models/{m}/imports`

use std::sync::Arc;

use crate::client::Client;
use crate::client::model::{Import, ModelId};
use crate::error::Result;
use crate::http::Observer;

impl Client {
    /// The imports of a model.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) also when the user has no
    /// access to the model.
    pub async fn imports(
        &self,
        model: &ModelId,
        observer: Arc<dyn Observer>,
    ) -> Result<Vec<Import>> {
        self.list_all(self.url(&["models", model.as_str(), "imports"]), observer).await
    }
}
