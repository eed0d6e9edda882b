//! `/workspaces/{w}/models/{m}/{views,lists}/{id}/readRequests`: what is too large for one answer.
//!
//! The service makes pages of CSV, which can be fetched while it still makes others. A read that
//! nobody needs any more is deleted, since the service keeps it for half an hour otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use http::{HeaderValue, Method, header};
use serde::Deserialize;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::Instant;
use url::Url;

use super::tasks::{FIRST_POLL, LAST_POLL};
use crate::client::model::{
    ExportType, ListId, ModelId, ReadRequest, ReadRequestId, TaskState, ViewId, WorkspaceId,
};
use crate::client::{Client, error};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Observer, Request, Unobserved};

/// What a large read is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadSource {
    /// Every item of a list, with subsets and properties.
    List(ListId),
    /// Every cell of a view, in this layout.
    View(ViewId, ExportType),
}

/// A large read at the service. It is deleted there once its pages have come, and also when it is
/// dropped before, in the background.
#[derive(Debug)]
pub struct RunningRead {
    client: Client,
    url: Url,
    id: ReadRequestId,
    /// For messages: `list "Products"`.
    what: String,
    started: Instant,
    runtime: Handle,
    deleted: AtomicBool,
    /// Held as long as the read may be there: see [`Client::settle`].
    alive: Arc<()>,
}

/// What looks at a large read have told, and when to look again.
struct Watch {
    /// How many pages have been handed out.
    next: u64,
    available: u64,
    complete: bool,
    pause: Duration,
}

impl ReadSource {
    fn path(&self) -> [&str; 2] {
        match self {
            Self::List(id) => ["lists", id.as_str()],
            Self::View(id, _) => ["views", id.as_str()],
        }
    }

    fn body(&self) -> serde_json::Value {
        match self {
            Self::List(_) => serde_json::json!({}),
            Self::View(_, layout) => serde_json::json!({ "exportType": layout.as_str() }),
        }
    }
}

/// The service has a key of its own for each kind of object.
#[derive(Deserialize)]
struct Answer {
    #[serde(alias = "listReadRequest", alias = "viewReadRequest")]
    request: ReadRequest,
}

impl Client {
    /// Starts a large read. `what` is for messages: `list "Products"`.
    ///
    /// The start isn't repeated when its answer is lost: a second one would have the service do
    /// the same work twice.
    ///
    /// # Errors
    /// As every call.
    pub async fn start_read(
        &self,
        (workspace, model): (&WorkspaceId, &ModelId),
        source: &ReadSource,
        what: &str,
        observer: Arc<dyn Observer>,
    ) -> Result<RunningRead> {
        let [kind, id] = source.path();
        // Documented with the workspace only.
        let path = ["workspaces", workspace.as_str(), "models", model.as_str()];
        let requests = self.url(&[&path[..], &[kind, id, "readRequests"]].concat());
        let request = Request::post(requests.clone()).json(&source.body());
        let (client, what) = (self.clone(), what.to_owned());
        let (sender, receiver) = oneshot::channel();
        // Whoever waits may be dropped while the request is on its way. It then goes on to its
        // end, nobody takes the read, and so it is deleted.
        self.0.tasks.watch(tokio::spawn(async move {
            let started = client.begin_read(requests, &request, what, observer.as_ref()).await;
            drop(sender.send(started));
        }));
        receiver.await.map_err(|_| {
            Error::new(ErrorKind::Cancelled, "the program is ending; nothing is started any more")
        })?
    }

    async fn begin_read(
        &self,
        requests: Url,
        request: &Request,
        what: String,
        observer: &dyn Observer,
    ) -> Result<RunningRead> {
        let started = Instant::now();
        let answer = self.send(request, observer).await?;
        error::check(request, &answer)?;
        let Answer { request: ReadRequest { request_id: id, .. } } =
            error::parse(request, &answer)?;
        tracing::info!(what, %id, "large read started");
        let mut url = requests;
        if let Ok(mut path) = url.path_segments_mut() {
            path.push(id.as_str());
        }
        Ok(RunningRead {
            client: self.clone(),
            url,
            id,
            what,
            started,
            runtime: Handle::current(),
            deleted: AtomicBool::new(false),
            alive: self.0.tasks.alive(),
        })
    }
}

impl RunningRead {
    /// The read's id.
    pub fn id(&self) -> &ReadRequestId {
        &self.id
    }

    /// The pages in their order, each a CSV text of whole lines; the first one begins with the
    /// header, and so may the others. `ahead` of them are fetched at once, and `seen` hears of
    /// every look at the read. It is deleted behind the last page, and when the stream is dropped.
    ///
    /// # Errors
    /// In the stream: kind [`Task`](ErrorKind::Task) when the read ended without success or was
    /// cancelled by somebody else; [`NotFound`](ErrorKind::NotFound) when the service has
    /// forgotten it, as it does when pages are fetched too slowly; [`Timeout`](ErrorKind::Timeout)
    /// when the bulk time-out passed before it was complete; else as every call.
    pub fn pages(
        self,
        ahead: usize,
        observer: Arc<dyn Observer>,
        seen: impl FnMut(&ReadRequest) + Send + 'static,
    ) -> BoxStream<'static, Result<Bytes>> {
        let read = Arc::new(self);
        let pause = read.client.options().polling_interval.unwrap_or(FIRST_POLL);
        let watch = Watch { next: 0, available: 0, complete: false, pause };
        let state = (Arc::clone(&read), Arc::clone(&observer), watch, seen);
        let numbers =
            stream::try_unfold(state, |(read, observer, mut watch, mut seen)| async move {
                let next = read.next_page(&mut watch, observer.as_ref(), &mut seen).await?;
                Ok::<_, Error>(next.map(|number| (number, (read, observer, watch, seen))))
            });
        let fetched = Arc::clone(&read);
        numbers
            .map_ok(move |number| {
                let (read, observer) = (Arc::clone(&fetched), Arc::clone(&observer));
                async move { read.page(number, observer.as_ref()).await }
            })
            .try_buffered(ahead.max(1))
            .map(Some)
            .chain(stream::once(async move {
                read.finish().await;
                None
            }))
            .filter_map(std::future::ready)
            .boxed()
    }

    /// Waits for the next page; none when all have been handed out and no more will come.
    async fn next_page(
        &self,
        watch: &mut Watch,
        observer: &dyn Observer,
        seen: &mut (impl FnMut(&ReadRequest) + Send),
    ) -> Result<Option<u64>> {
        let options = self.client.options();
        let deadline = options.bulk_timeout.map(|limit| self.started + limit);
        loop {
            if watch.next < watch.available {
                watch.next += 1;
                return Ok(Some(watch.next - 1));
            }
            if watch.complete {
                return Ok(None);
            }
            let request = match deadline {
                // Whoever takes pages slowly may come late to a read that has long been complete.
                Some(deadline) if Instant::now() < deadline => {
                    match tokio::time::timeout_at(deadline, self.look(observer)).await {
                        Ok(request) => request?,
                        Err(_) => return Err(self.too_long()),
                    }
                }
                _ => self.look(observer).await?,
            };
            seen(&request);
            let available = request.available_pages.unwrap_or_default();
            let grown = available > watch.available;
            watch.available = watch.available.max(available);
            match request.request_state {
                Some(TaskState::Complete) if request.successful == Some(false) => {
                    return Err(Error::new(
                        ErrorKind::Task,
                        format!("the large read of {} did not succeed", self.what),
                    )
                    .with_hint(format!(
                        "run the query again; the read's id is {}, which Anaplan's support may ask \
                         for",
                        self.id
                    )));
                }
                // Taken for none, its rows would be missing without a word.
                Some(TaskState::Complete) if request.available_pages.is_none() => {
                    return Err(Error::new(
                        ErrorKind::Service,
                        format!(
                            "the large read of {} is complete, but the service doesn't say how many \
                             pages it has",
                            self.what
                        ),
                    )
                    .with_hint("run the query again"));
                }
                Some(TaskState::Complete) => watch.complete = true,
                Some(TaskState::Cancelling | TaskState::Cancelled) => {
                    return Err(Error::new(
                        ErrorKind::Task,
                        format!("the large read of {} was cancelled at the service", self.what),
                    )
                    .with_hint("run the query again"));
                }
                _ => {}
            }
            if grown || watch.complete {
                continue;
            }
            let mut next = Instant::now() + watch.pause;
            if let Some(deadline) = deadline {
                if Instant::now() >= deadline {
                    return Err(self.too_long());
                }
                next = next.min(deadline);
            }
            tokio::time::sleep_until(next).await;
            if options.polling_interval.is_none() {
                watch.pause = (watch.pause * 3 / 2).min(LAST_POLL);
            }
        }
    }

    async fn look(&self, observer: &dyn Observer) -> Result<ReadRequest> {
        let answer: Result<Answer> = self.client.read(self.url.clone(), observer).await;
        Ok(answer.map_err(|error| self.lost(error))?.request)
    }

    async fn page(&self, number: u64, observer: &dyn Observer) -> Result<Bytes> {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.extend(["pages", &number.to_string()]);
        }
        let csv = HeaderValue::from_static("text/csv");
        let request = Request::get(url).header(header::ACCEPT, csv);
        let answer = self.client.send(&request, observer).await?;
        error::check_file(&request, &answer).map_err(|error| {
            self.lost(error.context(format!(
                "page {} of the large read of {} can't be fetched",
                number + 1,
                self.what
            )))
        })?;
        Ok(answer.body)
    }

    /// Says what it means that the service doesn't know the read any more.
    fn lost(&self, error: Error) -> Error {
        if error.kind() != ErrorKind::NotFound {
            return error;
        }
        error.context(format!("the large read of {} is gone", self.what)).with_hint(
            "the service forgets a read whose pages are not fetched for half an hour: run the \
             query again, and take its rows without long pauses",
        )
    }

    fn too_long(&self) -> Error {
        let waited = self.started.elapsed().as_secs_f64();
        Error::new(
            ErrorKind::Timeout,
            format!("the large read of {} was not complete after {waited:.0} s", self.what),
        )
        .with_hint("raise BulkTimeout (seconds; 0 waits for ever), or read less")
    }

    /// Deletes the read at the service, now that its pages have come.
    async fn finish(&self) {
        self.delete().await;
        // Not before: whoever is dropped while it deletes hasn't deleted it.
        self.deleted.store(true, Ordering::Relaxed);
    }

    /// Nobody needs the read any more: a failure harms nobody.
    async fn delete(&self) {
        let request = Request::new(Method::DELETE, self.url.clone()).idempotent().urgent();
        let deleted = match self.client.send(&request, &Unobserved).await {
            // It may have expired, or been deleted by an attempt whose answer was lost.
            Ok(answer) if matches!(answer.status.as_u16(), 404 | 409 | 410) => Ok(()),
            Ok(answer) => error::check(&request, &answer),
            Err(error) => Err(error),
        };
        match deleted {
            Ok(()) => tracing::info!(what = self.what, id = %self.id, "large read deleted"),
            Err(error) => tracing::warn!(
                what = self.what, id = %self.id, %error,
                "a large read could not be deleted: the service will forget it in half an hour"
            ),
        }
    }
}

impl Drop for RunningRead {
    fn drop(&mut self) {
        if self.deleted.load(Ordering::Relaxed) {
            return;
        }
        let read = Self {
            client: self.client.clone(),
            url: self.url.clone(),
            id: self.id.clone(),
            what: std::mem::take(&mut self.what),
            started: self.started,
            runtime: self.runtime.clone(),
            deleted: AtomicBool::new(true),
            alive: Arc::clone(&self.alive),
        };
        let client = self.client.clone();
        client.0.tasks.watch(self.runtime.spawn(async move { read.delete().await }));
    }
}
