//! What a metadata table is asked for, and how it asks many models at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};

use super::choice::ModelChoice;
use super::{Cell, KeyFilters, Row, Scope};
use crate::client::Client;
use crate::client::model::Model;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;
use crate::progress::{Phase, ScanProgress};

/// How much is asked at a time where a `LIMIT` may soon be reached.
const AT_ONCE_UNDER_LIMIT: usize = 2;

/// What a table is asked for. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) scope: Scope,
    pub(super) filters: KeyFilters,
    pub(super) choice: Arc<ModelChoice>,
    /// The columns that are wanted.
    pub(super) columns: Arc<[&'static str]>,
    pub(super) limited: bool,
    pub(super) progress: Arc<ScanProgress>,
}

impl Request {
    /// Whether one of these columns is wanted: some cost requests of their own.
    pub(super) fn wants(&self, columns: &[&str]) -> bool {
        columns.iter().any(|column| self.columns.contains(column))
    }

    pub(super) fn client(&self) -> &Client {
        &self.scope.connection.client
    }

    pub(super) fn observer(&self) -> Arc<dyn Observer> {
        Arc::clone(&self.scope.observer)
    }

    fn at_once(&self) -> usize {
        let most = self.scope.connection.settings.max_connections.max(1);
        if self.limited { most.min(AT_ONCE_UNDER_LIMIT) } else { most }
    }

    /// Reads something from each model that is covered, several models at a time, in the order of
    /// the models. A model that the user may not look into is passed over, as the service itself
    /// leaves out what a user may not see. Any other failure ends the query.
    pub(super) fn each_model<T, F, R>(self, read: F) -> BoxStream<'static, Result<T>>
    where
        T: Send + 'static,
        F: Fn(Self, Arc<Model>) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<Vec<T>>> + Send,
    {
        let at_once = self.at_once();
        let models = {
            let request = self.clone();
            async move {
                let models = request.scope.models(&request.filters).await?;
                let models = request.choice.retain(models)?;
                request.progress.set(Phase::Models);
                request.progress.chunks(models.len());
                Ok::<_, Error>(models)
            }
        };
        stream::once(models)
            .map_ok(|models| stream::iter(models).map(Ok))
            .try_flatten()
            .map_ok(move |model| {
                let (request, read) = (self.clone(), read.clone());
                async move {
                    let progress = Arc::clone(&request.progress);
                    let found = read(request, Arc::clone(&model)).await;
                    progress.chunk();
                    match found {
                        Err(error) if is_hidden(error.kind()) => {
                            tracing::warn!(model = model.name, %error, "passed over");
                            Ok(Vec::new())
                        }
                        found => found,
                    }
                }
            })
            .try_buffered(at_once)
            .map_ok(|found| stream::iter(found).map(Ok))
            .try_flatten()
            .boxed()
    }

    /// The same for what not every user may see. Where no model at all lets it be read, an empty
    /// table would say that there is nothing: that is an error, as for the tables of a tenant that
    /// need a role.
    pub(super) fn each_open_model<T, F, R>(
        self,
        what: &'static str,
        read: F,
    ) -> BoxStream<'static, Result<T>>
    where
        T: Send + 'static,
        F: Fn(Self, Arc<Model>) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<Vec<T>>> + Send,
    {
        let (asked, open) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let counts = (Arc::clone(&asked), Arc::clone(&open));
        let read = move |request: Self, model: Arc<Model>| {
            let (asked, open) = (Arc::clone(&counts.0), Arc::clone(&counts.1));
            let reading = read(request, model);
            async move {
                asked.fetch_add(1, Ordering::Relaxed);
                let found = reading.await?;
                open.fetch_add(1, Ordering::Relaxed);
                Ok(found)
            }
        };
        let end = stream::once(async move {
            let count = asked.load(Ordering::Relaxed);
            (count > 0 && open.load(Ordering::Relaxed) == 0).then(|| {
                let models =
                    if count == 1 { "the model".to_owned() } else { format!("{count} models") };
                Err(Error::new(
                    ErrorKind::Denied,
                    format!("the {what} of {models} can't be read by the signed-in user"),
                )
                .with_hint("they are for workspace administrators"))
            })
        });
        self.each_model(read).chain(end.filter_map(futures::future::ready)).boxed()
    }

    /// Reads the rows of each object, several objects at a time, in their order. One that has gone
    /// since it was listed is passed over.
    pub(super) fn each<T, F, R>(
        self,
        objects: BoxStream<'static, Result<T>>,
        read: F,
    ) -> BoxStream<'static, Result<Row>>
    where
        T: Send + 'static,
        F: Fn(Self, T) -> R + Send + 'static,
        R: Future<Output = Result<Vec<Row>>> + Send + 'static,
    {
        let at_once = self.at_once();
        objects
            .map_ok(move |object| {
                let reading = read(self.clone(), object);
                async move {
                    match reading.await {
                        Err(error) if is_hidden(error.kind()) => {
                            tracing::warn!(%error, "passed over");
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

/// Whether an error means that the user may not see something, or that it isn't there.
fn is_hidden(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::Denied)
}

/// A row of a table whose first columns are workspace_id, model_id, model_name.
pub(super) fn row(model: &Model, cells: impl IntoIterator<Item = Cell>) -> Row {
    let place = [
        model.current_workspace_id.as_str().into(),
        model.id.as_str().into(),
        model.name.as_str().into(),
    ];
    place.into_iter().chain(cells).collect()
}

/// Rows that are got in one go.
pub(super) fn at_once(
    rows: impl Future<Output = Result<Vec<Row>>> + Send + 'static,
) -> BoxStream<'static, Result<Row>> {
    stream::once(rows).map_ok(|rows| stream::iter(rows).map(Ok)).try_flatten().boxed()
}
