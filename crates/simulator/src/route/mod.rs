//! From a request to an answer: log, faults, routing, and the checks that every call goes through.

mod actions;
mod activate;
mod audit;
mod auth;
mod calendar;
mod cells;
mod certificate;
mod dumps;
mod exports;
mod files;
mod header;
mod html;
mod imports;
mod inside;
mod lists;
mod login;
mod models;
mod oauth;
mod reading;
mod scim;
mod status;
mod table;
mod tasks;
mod uploads;
mod users;
mod versions;
mod visit;
mod workspaces;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, State as Shared};
use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, ALLOW, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use http::{HeaderMap, Method, Request, Response, StatusCode, request};
use serde_json::json;

pub(crate) use self::header::{Service, basic};
use self::table::{Answers, Place, Route};
use super::audit::Deed;
use super::control;
use super::fault::Action;
use super::listener::Connection;
use super::log::Entry;
use super::path::{Query, segments};
use super::reply::Reply;
use super::state::State;
use super::tenant::{Role, User};

/// The largest body of a request that is read.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// A larger body takes time, which the threads that serve requests don't have.
const LARGE_BODY: usize = 64 * 1024;

/// How long a call that waits for a model sleeps before it looks again.
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// A call to the Integration API by a user who is signed in.
pub(crate) struct Call<'a> {
    pub(crate) state: &'a Arc<State>,
    pub(crate) path: &'a str,
    pub(crate) query: Query,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) user: User,
    pub(crate) now: i64,
}

impl Call<'_> {
    /// Tells whether the caller takes a type, be it by a wildcard.
    pub(crate) fn accepts(&self, offered: &str) -> bool {
        accepts(self.headers, offered)
    }

    /// Tells whether the caller names a type, with a parameter if one is given.
    pub(crate) fn names(&self, offered: &str, parameter: Option<&str>) -> bool {
        let ranges = self.headers.get_all(ACCEPT).iter();
        ranges.flat_map(|value| value.to_str().unwrap_or_default().split(',')).any(|range| {
            let mut parts = range.split(';').map(str::trim);
            parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case(offered))
                && parameter.is_none_or(|wanted| parts.any(|it| it.eq_ignore_ascii_case(wanted)))
        })
    }

    /// Waits while a task runs on a model.
    async fn until_free(&mut self, model_id: &str) {
        // No lock is held between two looks, and each reads the clock that tests move.
        while self.state.tasks().is_busy(model_id, self.now) && !self.state.is_stopping() {
            tokio::time::sleep(BETWEEN_LOOKS).await;
            self.now = self.state.clock.now_ms();
            self.state.catch_up(Some(model_id)).await;
        }
    }

    /// Tells whether the caller takes CSV and no JSON.
    pub(crate) fn wants_csv(&self) -> bool {
        !accepts(self.headers, "application/json") && accepts(self.headers, "text/csv")
    }

    /// Refuses users who aren't workspace administrators: whoever may not, doesn't find it.
    pub(crate) fn administrators_only(&self) -> Result<(), Refusal> {
        if self.user.has(Role::WorkspaceAdmin) { Ok(()) } else { Err(Refusal::not_found()) }
    }
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
    if state.options.control && control::is_control(parts.uri.path()) {
        return control::handle(&state, &parts, body).await;
    }
    let entry = state.log.arrive(&parts, state.clock.now_ms());
    let mut unanswered = Unanswered(Some(Arc::clone(&entry)));
    let action = state.faults().strike(parts.method.as_str(), parts.uri.path());
    let mut cut = None;
    let reply = match action {
        None => packed(&state, &parts, serve(&state, &parts, body).await),
        Some((Action::Answer { status, headers, body: answer }, late)) => {
            if late {
                drop(serve(&state, &parts, body).await);
            }
            let mut reply = Reply::text(status, "text/plain", answer);
            // Only the headers that the fault names.
            reply.headers = headers;
            reply
        }
        Some((Action::Delay(time), true)) => {
            let reply = serve(&state, &parts, body).await;
            tokio::time::sleep(time).await;
            packed(&state, &parts, reply)
        }
        Some((Action::Delay(time), false)) => {
            tokio::time::sleep(time).await;
            packed(&state, &parts, serve(&state, &parts, body).await)
        }
        Some((Action::Reset, _)) => {
            connection.reset();
            return Response::new(Body::empty());
        }
        Some((Action::LoseAnswer, _)) => {
            // Dropped at once: a file isn't read, but the task it might have started exists.
            drop(serve(&state, &parts, body).await);
            connection.cut();
            return Response::new(Body::empty());
        }
        Some((Action::Truncate(after), _)) => {
            // Not compressed, so that it is cut where the fault says and not only after its end.
            cut = Some((after, connection));
            serve(&state, &parts, body).await
        }
        Some((Action::ExpiredToken, _)) => {
            if let Some(token) = Service::Integration.token(&parts.headers) {
                state.tokens().kill(token);
            }
            unauthorized()
        }
    };
    unanswered.0 = None;
    tracing::debug!(method = %parts.method, path = parts.uri.path(), status = reply.status.as_u16(), "simulator");
    reply.send(&entry, &state.clock, cut)
}

/// Compresses an answer if the client accepts that.
fn packed(state: &State, parts: &request::Parts, reply: Reply) -> Reply {
    let mut codings = ranges(&parts.headers, ACCEPT_ENCODING);
    if state.options.gzip && codings.any(|coding| coding.eq_ignore_ascii_case("gzip")) {
        reply.gzip(&state.gzipped)
    } else {
        reply
    }
}

async fn serve(state: &Arc<State>, parts: &request::Parts, body: Body) -> Reply {
    let deed = Deed::of(state, parts);
    let reply = answer(state, parts, body).await;
    if let Some(deed) = deed {
        deed.record(state, parts, &reply);
    }
    reply.dress(&state.options.nasty)
}

async fn answer(state: &Arc<State>, parts: &request::Parts, body: Body) -> Reply {
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
        Place::Token(call) => auth::serve(state, call, parts, &body),
        Place::OAuth(call) => oauth::serve(state, call, parts, &body),
        Place::Page(page) => visit::serve(state, page, parts, &body),
        Place::Api(route) if body.len() < LARGE_BODY => api(state, parts, body, &route).await,
        Place::Api(route) => {
            let (state, parts) = (Arc::clone(state), parts.clone());
            let runtime = tokio::runtime::Handle::current();
            let reply = tokio::task::spawn_blocking(move || {
                runtime.block_on(api(&state, &parts, body, &route))
            });
            // An error means that the server stops.
            reply.await.unwrap_or_else(|_| Reply::empty(StatusCode::SERVICE_UNAVAILABLE))
        }
        Place::Audit(call) => audit::serve(state, call, parts, &body),
        Place::Scim(place) => scim::serve(state, &place, parts, &body),
    }
}

/// Serves the Integration API.
async fn api(state: &Arc<State>, parts: &request::Parts, body: Bytes, route: &Route) -> Reply {
    let path = parts.uri.path();
    let now = state.clock.now_ms();
    let Some(user) = Service::Integration.user(state, &parts.headers, now) else {
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
    state.catch_up(route.model()).await;
    let now = state.clock.now_ms();
    let query = Query::parse(parts.uri.query());
    let mut call = Call { state, path, query, headers: &parts.headers, body, user, now };
    if let Some(model_id) = route.waits_for(&parts.method) {
        call.until_free(model_id).await;
    }
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
    let offered: &[&str] = match route.answers(&parts.method) {
        Answers::JsonOrCsv if parts.method == Method::GET => &["application/json", "text/csv"],
        Answers::Json | Answers::JsonOrCsv => &["application/json"],
        Answers::Bytes => &["application/octet-stream"],
        Answers::Csv => &["text/csv"],
        Answers::Text => &["text/plain"],
        Answers::Nothing | Answers::Chosen => return Ok(()),
    };
    if !offered.iter().any(|offered| accepts(&parts.headers, offered)) {
        return Err(Refusal::plain(StatusCode::NOT_ACCEPTABLE));
    }
    Ok(())
}

fn is_json(headers: &HeaderMap) -> bool {
    content_type(headers) == "application/json"
}

/// Returns the type of a request's body in lower case, without parameters.
fn content_type(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_lowercase()
}

/// Tells whether the `Accept` headers allow a type. None at all allows everything.
fn accepts(headers: &HeaderMap, offered: &str) -> bool {
    if !headers.contains_key(ACCEPT) {
        return true;
    }
    let family = offered.split('/').next().unwrap_or_default();
    ranges(headers, ACCEPT).any(|kind| {
        kind == "*/*"
            || kind.eq_ignore_ascii_case(offered)
            || kind.strip_suffix("/*").is_some_and(|have| have.eq_ignore_ascii_case(family))
    })
}

/// Returns what an `Accept…` header allows: the names in it, without those whose weight is zero.
fn ranges(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter();
    values.flat_map(|value| value.to_str().unwrap_or_default().split(',')).filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next()?;
        let refused = parts
            .filter_map(|parameter| parameter.strip_prefix("q="))
            .any(|weight| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0));
        (!refused).then_some(kind)
    })
}

/// Answers 401 the way the API host does. Its shape isn't proven, so it is none that a client could rely on.
fn unauthorized() -> Reply {
    Reply::json(
        StatusCode::UNAUTHORIZED,
        &json!({"error": "unauthorized", "message": "Authentication token is invalid"}),
    )
}
