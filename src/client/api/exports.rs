//! `/models/{m}/exports`

use std::sync::Arc;

use serde::Deserialize;

use crate::client::Client;
use crate::client::model::{Export, ExportId, ExportMetadata, ModelId};
use crate::error::Result;
use crate::http::Observer;

impl Client {
    /// The exports of a model.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) also when the user has no
    /// access to the model.
    pub async fn exports(
        &self,
        model: &ModelId,
        observer: Arc<dyn Observer>,
    ) -> Result<Vec<Export>> {
        self.list_all(self.url(&["models", model.as_str(), "exports"]), observer).await
    }

    /// What the file of an export looks like.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when the export is gone.
    pub async fn export_metadata(
        &self,
        model: &ModelId,
        export: &ExportId,
        observer: Arc<dyn Observer>,
    ) -> Result<ExportMetadata> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            export_metadata: ExportMetadata,
        }
        let url = self.url(&["models", model.as_str(), "exports", export.as_str()]);
        let answer: Answer = self.read(url, observer.as_ref()).await?;
        Ok(answer.export_metadata)
    }
}
