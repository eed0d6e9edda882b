//! `/workspaces`

use std::sync::Arc;

use crate::client::Client;
use crate::client::model::Workspace;
use crate::error::Result;
use crate::http::Observer;

impl Client {
    /// Every workspace that the user sees, with its sizes where the service tells them.
    ///
    /// # Errors
    /// As every call: sign-in, connection and service errors.
    pub async fn workspaces(&self, observer: Arc<dyn Observer>) -> Result<Vec<Workspace>> {
        let mut url = self.url(&["workspaces"]);
        url.query_pairs_mut().append_pair("tenantDetails", "true");
        self.list_all(url, observer).await
    }
}
