//! From a request to an answer: log, faults, routing, and the checks that every call goes through.

mod actions;
mod auth;
mod dumps;
mod exports;
mod files;
mod imports;
mod models;
mod table;
mod tasks;
mod uploads;
mod users;
mod workspaces;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, State as Shared};
use bytes::Bytes;
use http::header::{ACCEPT, ALLOW, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Method, Request, Response, StatusCode, request};
use serde_json::json;

use self::table::{Answers, Place, Route};
use super::fault::Action;
use super::listener::Connection;
use super::log::Entry;
use super::path::{Query, segments};
use super::reply::Reply;
use super::state::State;
use super::tenant::User;

/// The largest body of a request that is read.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// A larger body takes time, which the threads that serve requests don't have.
const LARGE_BODY: usize = 64 * 1024;

/// A call to the Integration API by a user who is signed in.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a State,
    pub(crate) path: &'a str,
    pub(crate) query: Query,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) user: User,
    pub(crate) now: i64,
}

/// A call that is answered with the error envelope.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    message: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: &str) -> Self {
        Self { status, message: message.to_owned() }
    }

    /// Refuses with the status' own name.
    pub(crate) fn plain(status: StatusCode) -> Self {
        Self::new(status, status.canonical_reason().unwrap_or("Error"))
    }

    /// Refuses what is absent, or not to be seen.
    pub(crate) fn not_found() -> Self {
        Self::plain(StatusCode::NOT_FOUND)
    }

    /// Refuses a bad value.
    pub(crate) fn bad(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }
}

/// Marks a log entry as finished when its handler is dropped before there is an answer.
struct Unanswered(Option<Arc<Entry>>);

impl Drop for Unanswered {
    fn drop(&mut self) {
        if let Some(entry) = &self.0 {
            entry.finish();
        }
    }
}

/// Serves one request.
pub(crate) async fn handle(
    Shared(state): Shared<Arc<State>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request<Body>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let entry = state.log.arrive(&parts, state.clock.now_ms());
    let mut unanswered = Unanswered(Some(Arc::clone(&entry)));
    let action = state.faults().strike(parts.method.as_str(), parts.uri.path());
    let mut cut = None;
    let reply = match action {
        None => serve(&state, &parts, body).await,
        Some(Action::Answer { status, headers, body }) => {
            let mut reply = Reply::text(status, "text/plain", body);
            // Only the headers that the fault names.
            reply.headers = headers;
            reply
        }
        Some(Action::Delay(time)) => {
            tokio::time::sleep(time).await;
            serve(&state, &parts, body).await
        }
        Some(Action::Reset) => {
            connection.reset();
            return Response::new(Body::empty());
        }
        Some(Action::LoseAnswer) => {
            // Dropped at once: a file isn't read, but the task it might have started exists.
            drop(serve(&state, &parts, body).await);
            connection.cut();
            return Response::new(Body::empty());
        }
        Some(Action::Truncate(after)) => {
            cut = Some((after, connection));
            serve(&state, &parts, body).await
        }
        Some(Action::ExpiredToken) => {
            if let Some(token) = bearer(&parts.headers) {
                state.tokens().kill(token);
            }
            unauthorized()
        }
    };
    unanswered.0 = None;
    tracing::debug!(method = %parts.method, path = parts.uri.path(), status = reply.status.as_u16(), "simulator");
    reply.send(&entry, &state.clock, cut)
}

async fn serve(state: &Arc<State>, parts: &request::Parts, body: Body) -> Reply {
    let path = parts.uri.path();
    let Some(place) = segments(path).and_then(|segments| Place::find(&segments)) else {
        return Reply::gateway_404();
    };
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return Reply::text(
            StatusCode::PAYLOAD_TOO_LARGE,
            "text/html",
            "<html><body>413</body></html>",
        );
    };
    match place {
        Place::Token(call) => auth::serve(state, call, parts),
        Place::Api(route) => {
            state.catch_up(route.model()).await;
            if body.len() < LARGE_BODY {
                return api(state, parts, body, &route);
            }
            let (state, parts) = (Arc::clone(state), parts.clone());
            let reply = tokio::task::spawn_blocking(move || api(&state, &parts, body, &route));
            // An error means that the server stops.
            reply.await.unwrap_or_else(|_| Reply::empty(StatusCode::SERVICE_UNAVAILABLE))
        }
    }
}

/// Serves the Integration API.
fn api(state: &State, parts: &request::Parts, body: Bytes, route: &Route) -> Reply {
    let path = parts.uri.path();
    let now = state.clock.now_ms();
    let Some(user) = user(state, &parts.headers, now) else {
        return unauthorized();
    };
    if let Err(seconds) = state.take_request() {
        return Reply::text(StatusCode::TOO_MANY_REQUESTS, "text/plain", "Too Many Requests\n")
            .header(RETRY_AFTER, seconds.to_string());
    }
    let refuse =
        |refusal: Refusal| Reply::error(refusal.status, &refusal.message, path, &state.clock);
    if let Err(refusal) = check(parts, route) {
        let reply = refuse(refusal);
        return if reply.status == StatusCode::METHOD_NOT_ALLOWED {
            let allowed: Vec<&str> = route.methods().iter().map(Method::as_str).collect();
            reply.header(ALLOW, allowed.join(", "))
        } else {
            reply
        };
    }
    let query = Query::parse(parts.uri.query());
    let call = Call { state, path, query, headers: &parts.headers, body, user, now };
    route.serve(&call, &parts.method).unwrap_or_else(refuse)
}

/// Checks what is decided before the resource is looked at: method, type of the body, type of the answer.
fn check(parts: &request::Parts, route: &Route) -> Result<(), Refusal> {
    if !route.methods().contains(&parts.method) {
        return Err(Refusal::plain(StatusCode::METHOD_NOT_ALLOWED));
    }
    if route.takes_json(&parts.method) && !is_json(&parts.headers) {
        return Err(Refusal::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let offered = match route.answers(&parts.method) {
        Answers::Json => "application/json",
        Answers::Bytes => "application/octet-stream",
        Answers::Text => "text/plain",
        Answers::Nothing => return Ok(()),
    };
    if !accepts(&parts.headers, offered) {
        return Err(Refusal::plain(StatusCode::NOT_ACCEPTABLE));
    }
    Ok(())
}

fn is_json(headers: &HeaderMap) -> bool {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// Tells whether the `Accept` headers allow a type. None at all allows everything.
fn accepts(headers: &HeaderMap, offered: &str) -> bool {
    let mut ranges = headers
        .get_all(ACCEPT)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .peekable();
    if ranges.peek().is_none() {
        return true;
    }
    let family = offered.split('/').next().unwrap_or_default();
    ranges.any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let refused = parts
            .filter_map(|parameter| parameter.strip_prefix("q="))
            .any(|weight| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0));
        let fits = kind == "*/*"
            || kind.eq_ignore_ascii_case(offered)
            || kind.strip_suffix("/*").is_some_and(|have| have.eq_ignore_ascii_case(family));
        fits && !refused
    })
}

/// Returns the token of an `AnaplanAuthToken` or `Bearer` header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = authorization(headers)?;
    let known =
        scheme.eq_ignore_ascii_case("AnaplanAuthToken") || scheme.eq_ignore_ascii_case("Bearer");
    known.then_some(token)
}

/// Splits the `Authorization` header into its scheme and the rest.
fn authorization(headers: &HeaderMap) -> Option<(&str, &str)> {
    let (scheme, rest) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    Some((scheme, rest.trim()))
}

fn user(state: &State, headers: &HeaderMap, now: i64) -> Option<User> {
    let token = bearer(headers)?;
    let id = state.tokens().find(token, now)?.user_id.clone();
    let tenant = state.tenant();
    tenant.users.iter().find(|user| user.id == id && user.active).cloned()
}

/// Answers 401 the way the API host does. Its shape isn't proven, so it is none that a client could rely on.
fn unauthorized() -> Reply {
    Reply::json(
        StatusCode::UNAUTHORIZED,
        &json!({"error": "unauthorized", "message": "Authentication token is invalid"}),
    )
}
