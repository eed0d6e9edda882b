//! `/models/{m}/actions`

use std::sync::Arc;

use crate::client::Client;
use crate::client::model::{Action, ModelId};
use crate::error::Result;
use crate::http::Observer;

impl Client {
    /// The actions of a model that are neither imports nor exports nor processes.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) also when the user has no
    /// access to the model.
    pub async fn actions(
        &self,
        model: &ModelId,
        observer: Arc<dyn Observer>,
    ) -> Result<Vec<Action>> {
        self.list_all(self.url(&["models", model.as_str(), "actions"]), observer).await
    }
}
