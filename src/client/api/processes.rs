//! `/models/{m}/processes`

use std::sync::Arc;

use serde::Deserialize;

use crate::client::Client;
use crate::client::model::{ModelId, Process, ProcessId, ProcessMetadata, ProcessStep};
use crate::error::Result;
use crate::http::Observer;

impl Client {
    /// The processes of a model.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) also when the user has no
    /// access to the model.
    pub async fn processes(
        &self,
        model: &ModelId,
        observer: Arc<dyn Observer>,
    ) -> Result<Vec<Process>> {
        self.list_all(self.url(&["models", model.as_str(), "processes"]), observer).await
    }

    /// The steps of a process, in order.
    ///
    /// # Errors
    /// As every call; kind [`NotFound`](crate::ErrorKind::NotFound) when the process is gone.
    pub async fn process_steps(
        &self,
        model: &ModelId,
        process: &ProcessId,
        observer: Arc<dyn Observer>,
    ) -> Result<Vec<ProcessStep>> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            process_metadata: ProcessMetadata,
        }
        let mut url = self.url(&["models", model.as_str(), "processes", process.as_str()]);
        url.query_pairs_mut().append_pair("showImportDataSource", "true");
        let answer: Answer = self.read(url, observer.as_ref()).await?;
        Ok(answer.process_metadata.actions)
    }
}
