//! What part of the tenant a metadata table covers.

use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};

use super::{KeyFilters, Row};
use crate::client::model::{Model, WorkspaceId};
use crate::error::{ErrorKind, Result};
use crate::http::Observer;
use crate::names::Directory;
use crate::table::Connection;

/// The tenant, or one workspace of it.
#[derive(Clone)]
pub struct Scope {
    /// The way to the service.
    pub connection: Connection,
    /// The names of workspaces and models.
    pub directory: Arc<Directory>,
    /// The workspace, if it is only one.
    pub workspace: Option<WorkspaceId>,
    /// Counts the requests.
    pub observer: Arc<dyn Observer>,
}

impl std::fmt::Debug for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scope").field("workspace", &self.workspace).finish_non_exhaustive()
    }
}

impl Scope {
    /// Whether this workspace is covered.
    pub(super) fn covers(&self, workspace: &WorkspaceId) -> bool {
        self.workspace.as_ref().is_none_or(|only| only == workspace)
    }

    /// The models that are covered, of those that the connection is narrowed to, archived ones
    /// left out: nothing can be read from them.
    pub(super) async fn models(&self, filters: &KeyFilters) -> Result<Vec<Arc<Model>>> {
        let names = self.directory.names().await?;
        Ok(names
            .models()
            .filter(|model| {
                !model.is_archived()
                    && self.covers(&model.current_workspace_id)
                    && filters.allows("model_id", model.id.as_str())
                    && filters.allows("workspace_id", model.current_workspace_id.as_str())
            })
            .cloned()
            .collect())
    }

    /// Reads something from each model that is covered, several models at a time, in the order of
    /// the models. A model that the user may not look into is passed over, as the service itself
    /// leaves out what a user may not see.
    pub(super) fn each_model<F, R>(
        self,
        filters: KeyFilters,
        read: F,
    ) -> BoxStream<'static, Result<Row>>
    where
        F: Fn(Self, Arc<Model>, KeyFilters) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<Vec<Row>>> + Send,
    {
        let at_once = self.connection.settings.max_connections;
        let models = {
            let (scope, filters) = (self.clone(), filters.clone());
            async move { scope.models(&filters).await }
        };
        stream::once(models)
            .map_ok(|models| stream::iter(models).map(Ok))
            .try_flatten()
            .map_ok(move |model| {
                let (scope, filters, read) = (self.clone(), filters.clone(), read.clone());
                async move {
                    match read(scope, Arc::clone(&model), filters).await {
                        Err(error)
                            if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Denied) =>
                        {
                            tracing::warn!(model = model.name, %error, "passed over");
                            Ok(Vec::new())
                        }
                        rows => rows,
                    }
                }
            })
            .try_buffered(at_once)
            .map_ok(|rows| stream::iter(rows).map(Ok))
            .try_flatten()
            .boxed()
    }
}
