//! `/audit/api/1/events`

use std::sync::Arc;

use futures::stream::{BoxStream, StreamExt, TryStreamExt};

use crate::client::model::AuditEvent;
use crate::client::{Client, below};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;

impl Client {
    /// What happened in the tenant between two moments, both included, in epoch milliseconds and
    /// no more than 30 days apart. Pages are read as they are needed.
    ///
    /// # Errors
    /// As every call; kind [`Denied`](ErrorKind::Denied) for users who are no tenant auditors.
    pub fn audit_events(
        &self,
        from: i64,
        to: i64,
        observer: Arc<dyn Observer>,
    ) -> BoxStream<'static, Result<AuditEvent>> {
        let mut url = below(&self.0.endpoints.audit, &["events"]);
        url.query_pairs_mut()
            .append_pair("type", "all")
            .append_pair("dateFrom", &from.to_string())
            .append_pair("dateTo", &to.to_string());
        self.list(url, observer).map_err(explain).boxed()
    }
}

fn explain(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Denied => error.with_hint(
            "audit events are for users with the role Tenant Auditor: a tenant administrator can \
             grant it",
        ),
        _ => error,
    }
}
