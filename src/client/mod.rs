//! Anaplan's Integration API v2, typed.
//!
//! [`Client`] holds what every call needs; the calls themselves stand in `api/`, one file for
//! each kind of object, with the shapes of their answers in `model/` under the same names.
//! Reference: <https://anaplan.docs.apiary.io/>.

mod api;
mod error;
pub mod model;
mod page;
mod resume;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde::de::DeserializeOwned;
use url::Url;

pub use api::cell_writes::{CellCall, CellValue, CellWrite, CellWrites, Coordinate, Sent};
pub use api::cells::{CellQuery, TooLarge};
pub use api::dumps::Dump;
pub use api::list_item_writes::{ItemAction, ItemCall, ItemWrites};
pub use api::read_requests::{ReadSource, RunningRead};
pub use api::tasks::{Mapping, Runnable, RunningTask, Runs, TaskOptions};
pub use api::writes::Written;
pub use page::Listed;
pub use resume::Body;

use crate::config::Endpoints;
use crate::error::Result;
use crate::http::{Authorize, Observer, Request, Response, Transport};

/// How a client behaves, apart from where and as whom.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Items asked for in one page of a listing (the service gives 5,000 at most).
    pub page_size: usize,
    /// The pause between looks at a task; unset: from 250 ms, growing to 5 s.
    pub polling_interval: Option<Duration>,
    /// The time a task may take, waiting for the model included; unset: for ever.
    pub bulk_timeout: Option<Duration>,
}

/// Talks to the Integration API. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    transport: Transport,
    authorize: Arc<dyn Authorize>,
    endpoints: Endpoints,
    options: ClientOptions,
    tasks: api::tasks::Registry,
    /// Whether the tenant has refused plain CSV.
    escaped_csv: AtomicBool,
}

impl Client {
    /// A client of the services at these addresses.
    pub fn new(
        transport: Transport,
        authorize: Arc<dyn Authorize>,
        endpoints: Endpoints,
        options: ClientOptions,
    ) -> Self {
        let tasks = api::tasks::Registry::default();
        let escaped_csv = AtomicBool::new(false);
        Self(Arc::new(Inner { transport, authorize, endpoints, options, tasks, escaped_csv }))
    }

    /// How the client behaves.
    pub fn options(&self) -> &ClientOptions {
        &self.0.options
    }

    /// The Integration API that the client talks to, such as `https://api.anaplan.com/2/0`.
    pub fn base(&self) -> &Url {
        &self.0.endpoints.integration
    }

    /// Makes sure that there is a valid credential.
    ///
    /// # Errors
    /// Kind [`SignIn`](crate::ErrorKind::SignIn) when there is none.
    pub async fn sign_in(&self) -> Result<()> {
        self.0.authorize.authorization().await.map(drop)
    }

    /// The address of a path of the Integration API; each segment is escaped.
    fn url(&self, segments: &[&str]) -> Url {
        below(self.base(), segments)
    }

    /// Sends a request and hands out whatever is answered.
    async fn send(&self, request: &Request, observer: &dyn Observer) -> Result<Response> {
        self.0.transport.send(request, Some(self.0.authorize.as_ref()), observer).await
    }

    /// Sends a request and hands out the body while it comes; a status other than 2xx is handed
    /// out whole.
    async fn open(
        &self,
        request: &Request,
        observer: Arc<dyn Observer>,
    ) -> Result<(Response, Body)> {
        self.0.transport.open(request, Some(self.0.authorize.as_ref()), observer).await
    }

    /// Reads one JSON document; a status other than 2xx is an error.
    async fn read<T: DeserializeOwned>(&self, url: Url, observer: &dyn Observer) -> Result<T> {
        let request = Request::get(url);
        let answer = self.send(&request, observer).await?;
        error::check(&request, &answer)?;
        error::parse(&request, &answer)
    }
}

/// The address of a path below a base; each segment is escaped.
fn below(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}
