//! `/models/{m}/lists`

use std::sync::Arc;

use serde::Deserialize;

use crate::client::Client;
use crate::client::model::{List, ListId, ListMetadata, ModelId};
use crate::error::Result;
use crate::http::Observer;

impl Client {
    /// The lists of a model.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) also when the user has no
    /// access to the model.
    pub async fn lists(&self, model: &ModelId, observer: Arc<dyn Observer>) -> Result<Vec<List>> {
        self.list_all(self.url(&["models", model.as_str(), "lists"]), observer).await
    }

    /// What a list is made of: properties, subsets, how many items.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when the list is gone.
    pub async fn list_metadata(
        &self,
        model: &ModelId,
        list: &ListId,
        observer: Arc<dyn Observer>,
    ) -> Result<ListMetadata> {
        #[derive(Deserialize)]
        struct Answer {
            metadata: ListMetadata,
        }
        let url = self.url(&["models", model.as_str(), "lists", list.as_str()]);
        let answer: Answer = self.read(url, observer.as_ref()).await?;
        Ok(answer.metadata)
    }
}
