//! `/models/{m}/imports`

use std::sync::Arc;

use serde::Deserialize;

use crate::client::Client;
use crate::client::model::{Import, ImportId, ImportMetadata, ModelId};
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

    /// Where an import reads from, and in which form.
    ///
    /// # Errors
    /// As every call. The service has an error of its own, 500, for an import that is gone.
    pub async fn import_metadata(
        &self,
        model: &ModelId,
        import: &ImportId,
        observer: &dyn Observer,
    ) -> Result<ImportMetadata> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            import_metadata: ImportMetadata,
        }
        let url = self.url(&["models", model.as_str(), "imports", import.as_str()]);
        let answer: Answer = self.read(url, observer).await?;
        Ok(answer.import_metadata)
    }
}
