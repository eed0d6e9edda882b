//! `/models`

use std::sync::Arc;

use crate::client::Client;
use crate::client::model::{Model, WorkspaceId};
use crate::error::Result;
use crate::http::Observer;

impl Client {
    /// Every model that the user sees, archived ones too, of the tenant or of one workspace.
    ///
    /// One request for each 5,000 models, however many workspaces they are spread over.
    ///
    /// # Errors
    /// As every call: sign-in, connection and service errors.
    pub async fn models(
        &self,
        workspace: Option<&WorkspaceId>,
        observer: Arc<dyn Observer>,
    ) -> Result<Vec<Model>> {
        let mut url = match workspace {
            Some(workspace) => self.url(&["workspaces", workspace.as_str(), "models"]),
            None => self.url(&["models"]),
        };
        url.query_pairs_mut().append_pair("modelDetails", "true");
        self.list_all(url, observer).await
    }
}
