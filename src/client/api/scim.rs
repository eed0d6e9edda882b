//! `/scim/1/0/v2/Users`

use std::collections::VecDeque;
use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt};
use http::{HeaderValue, header};
use serde::Deserialize;

use crate::client::model::ScimUser;
use crate::client::{Client, below, error};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Observer, Request};

/// The most users that one request gives.
const PAGE: u64 = 100;

/// A page; an empty one may have no `Resources`.
#[derive(Deserialize)]
struct Page {
    #[serde(rename = "totalResults")]
    total: u64,
    #[serde(rename = "Resources")]
    users: Option<Vec<ScimUser>>,
}

struct State {
    client: Client,
    filter: Option<String>,
    observer: Arc<dyn Observer>,
    /// How many have been read, and how many there are if that is known.
    read: u64,
    total: Option<u64>,
    ready: VecDeque<ScimUser>,
}

impl Client {
    /// The tenant's users that a SCIM filter selects (`userName eq "joe@example.com"`), or all. Pages
    /// of 100 are read as they are needed.
    ///
    /// # Errors
    /// As every call; kind [`Denied`](ErrorKind::Denied) for users who don't administer users.
    pub fn scim_users(
        &self,
        filter: Option<String>,
        observer: Arc<dyn Observer>,
    ) -> BoxStream<'static, Result<ScimUser>> {
        let ready = VecDeque::new();
        let state = State { client: self.clone(), filter, observer, read: 0, total: None, ready };
        stream::try_unfold(state, |mut state| async move {
            loop {
                if let Some(user) = state.ready.pop_front() {
                    return Ok(Some((user, state)));
                }
                if state.total.is_some_and(|total| state.read >= total) {
                    return Ok(None);
                }
                state.read_page().await?;
            }
        })
        .boxed()
    }
}

impl State {
    async fn read_page(&mut self) -> Result<()> {
        let mut url = below(&self.client.0.endpoints.scim, &["Users"]);
        url.query_pairs_mut()
            // Counted from 1.
            .append_pair("startIndex", &(self.read + 1).to_string())
            .append_pair("count", &PAGE.to_string());
        if let Some(filter) = &self.filter {
            url.query_pairs_mut().append_pair("filter", filter);
        }
        let accept = HeaderValue::from_static("application/scim+json, application/json");
        let request = Request::get(url).header(header::ACCEPT, accept);
        let answer = self.client.send(&request, self.observer.as_ref()).await?;
        error::check(&request, &answer).map_err(explain)?;
        let page: Page = error::parse(&request, &answer)?;
        let users = page.users.unwrap_or_default();
        if users.is_empty() && self.read < page.total {
            return Err(Error::new(
                ErrorKind::Service,
                format!("the service announced {} users but gave only {}", page.total, self.read),
            )
            .with_hint("users may just have changed: try again"));
        }
        self.read += users.len() as u64;
        self.total = Some(page.total);
        self.ready.extend(users);
        Ok(())
    }
}

fn explain(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Denied => error.with_hint(
            "SCIM is for users with the role User Administrator; information.users has the users \
             for everybody",
        ),
        _ => error,
    }
}
