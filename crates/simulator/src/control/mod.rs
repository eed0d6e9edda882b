//! Steering a simulator over HTTP, under a path that Anaplan doesn't have.
//!
//! Off unless asked for. Control requests stand apart from the service: they are not in the request
//! log, take nothing from the rate limit, and no fault strikes them. Bodies are JSON with the keys of
//! scenario files.

mod answer;
mod guard;

use std::sync::Arc;

use axum::body::Body as HttpBody;
use bytes::Bytes;
use http::{Method, Response, StatusCode, request};
use serde_json::{Value, json};

use super::path::{Query, segments};
use super::scenario::{self, Body, Fields, Kind, Problems, ScenarioError, Section, key, section};
use super::state::State;

/// The first segment of every control path.
const ROOT: &str = "_simulator";

/// The largest body that is read.
const MAX_BODY: usize = 1 << 20;

/// What can be asked for: path, methods, meaning.
const PATHS: &[(&str, &[&str], &str)] = &[
    ("requests", &["GET", "DELETE"], "the request log; ?method=&path=&status=&last= select"),
    ("counters", &["GET", "DELETE"], "what has been counted"),
    ("faults", &["GET", "POST", "DELETE"], "what goes wrong"),
    ("clock", &["GET", "POST"], "the time"),
    ("limits", &["GET", "PUT"], "what is allowed"),
    ("tasks", &["GET"], "every task, in order"),
    ("tokens/expire", &["POST"], "kills every token"),
    ("reads/fail", &["POST"], "makes large reads fail: {\"count\": 1}"),
];

/// The body of `POST clock`.
static CLOCK: Section = section(
    "the clock",
    "",
    &[
        key("set", Kind::Moment, "Jumps to a time."),
        key("advance", Kind::Duration, "Jumps ahead."),
        key("frozen", Kind::Flag, "Stops it, or lets it go on."),
        key("speed", Kind::Number, "How many times as fast as the system's clock it goes."),
    ],
);

/// The body of `POST reads/fail`.
static FAILING_READS: Section = section(
    "",
    "",
    &[key("count", Kind::Whole(0, i64::MAX), "How many large reads end without success.")
        .required()],
);

/// The body of `POST faults`, if it holds several.
static SEVERAL_FAULTS: Section =
    section("", "", &[key("faults", Kind::Tables(&scenario::FAULTS), "The faults.")]);

/// An answer: a status, and JSON unless it is empty.
struct Answer {
    status: StatusCode,
    body: Option<Value>,
}

impl Answer {
    fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, body: Some(body) }
    }

    fn empty() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None }
    }

    fn error(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, body: Some(json!({"error": message.into()})) }
    }
}

impl From<ScenarioError> for Answer {
    fn from(error: ScenarioError) -> Self {
        let place = |problem: &scenario::ScenarioProblem| json!({"line": problem.line, "column": problem.column, "message": problem.message});
        let problems: Vec<Value> = error.problems().iter().map(place).collect();
        let body = json!({"error": error.to_string(), "problems": problems});
        Self { status: StatusCode::BAD_REQUEST, body: Some(body) }
    }
}

/// Tells whether a path belongs to the control.
pub(crate) fn is_control(path: &str) -> bool {
    let first = path.strip_prefix('/').and_then(|path| path.split('/').next());
    first == Some(ROOT)
}

/// Serves a control request.
pub(crate) async fn handle(
    state: &Arc<State>,
    parts: &request::Parts,
    body: HttpBody,
) -> Response<HttpBody> {
    state.catch_up(None).await;
    let answer = match guard::refuse(&parts.headers) {
        Some(why) => Answer::error(StatusCode::FORBIDDEN, why),
        None => match axum::body::to_bytes(body, MAX_BODY).await {
            Ok(body) => serve(state, parts, &body).unwrap_or_else(|refusal| refusal),
            Err(_) => Answer::error(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
        },
    };
    let mut response = Response::new(HttpBody::empty());
    *response.status_mut() = answer.status;
    if let Some(body) = answer.body {
        let json = http::HeaderValue::from_static("application/json");
        response.headers_mut().insert(http::header::CONTENT_TYPE, json);
        *response.body_mut() = HttpBody::from(format!("{body:#}\n"));
    }
    response
}

fn serve(state: &State, parts: &request::Parts, body: &Bytes) -> Result<Answer, Answer> {
    let segments = segments(parts.uri.path()).unwrap_or_default();
    let path = segments.get(1..).unwrap_or_default().join("/");
    if path.is_empty() {
        return Ok(Answer::ok(answer::overview(PATHS)));
    }
    let Some((_, methods, _)) = PATHS.iter().find(|(known, ..)| *known == path) else {
        let known: Vec<&str> = PATHS.iter().map(|(path, ..)| *path).collect();
        let message = format!("/{ROOT} has {}", known.join(", "));
        return Err(Answer::error(StatusCode::NOT_FOUND, message));
    };
    if !methods.contains(&parts.method.as_str()) {
        let message = format!("{path} takes {}", methods.join(", "));
        return Err(Answer::error(StatusCode::METHOD_NOT_ALLOWED, message));
    }
    let query = Query::parse(parts.uri.query());
    let text = || {
        std::str::from_utf8(body)
            .map_err(|_| Answer::error(StatusCode::BAD_REQUEST, "the body is no UTF-8"))
    };
    match (path.as_str(), &parts.method) {
        ("requests", &Method::DELETE) => state.log.clear(),
        ("requests", _) => return answer::requests(state, &query),
        ("counters", &Method::DELETE) => state.reset_counters(),
        ("counters", _) => return Ok(Answer::ok(answer::counters(state))),
        ("faults", &Method::POST) => {
            let body = Body::read(text()?)?;
            let faults = if body.has("faults") {
                body.make(&SEVERAL_FAULTS, |root, problems| {
                    let one = |fields: Fields<'_>| scenario::fault(fields, problems);
                    root.tables("faults").into_iter().filter_map(one).collect::<Vec<_>>()
                })?
            } else {
                body.make(&scenario::FAULTS, scenario::fault)?.into_iter().collect()
            };
            faults.into_iter().for_each(|fault| state.faults().add(fault));
            let answer = answer::faults(state);
            return Ok(Answer { status: StatusCode::CREATED, body: Some(answer) });
        }
        ("faults", &Method::DELETE) => state.faults().clear(),
        ("faults", _) => return Ok(Answer::ok(answer::faults(state))),
        ("clock", &Method::POST) => {
            Body::read(text()?)?.make(&CLOCK, |fields, problems| {
                if fields.number("speed").is_some_and(|speed| speed < 0.0) {
                    problems.add(fields.place("speed"), "`speed` must not be negative");
                    return;
                }
                move_clock(state, fields);
            })?;
            return Ok(Answer::ok(answer::clock(state)));
        }
        ("clock", _) => return Ok(Answer::ok(answer::clock(state))),
        ("limits", &Method::PUT) => {
            Body::read(text()?)?.make(&scenario::LIMITS, |fields, _| {
                state.set_limits(|limits| scenario::change_limits(fields, limits));
            })?;
            return Ok(Answer::ok(answer::limits(state)));
        }
        ("limits", _) => return Ok(Answer::ok(answer::limits(state))),
        ("tasks", _) => return Ok(Answer::ok(answer::tasks(state))),
        ("reads/fail", _) => {
            let count = |fields: Fields<'_>, _: &mut Problems| fields.whole("count").unwrap_or(0);
            state.reads().fail(Body::read(text()?)?.make(&FAILING_READS, count)?);
        }
        _ => state.tokens().kill_all(),
    }
    Ok(Answer::empty())
}

fn move_clock(state: &State, fields: Fields<'_>) {
    if let Some(speed) = fields.number("speed") {
        state.clock.run_at(speed);
    }
    match fields.flag("frozen") {
        Some(true) => state.clock.freeze(),
        Some(false) if state.clock.speed() == 0.0 => state.clock.run_at(1.0),
        _ => {}
    }
    if let Some(ms) = fields.moment("set") {
        state.clock.set_ms(ms);
    }
    if let Some(by) = fields.duration("advance") {
        state.clock.advance(by);
    }
}
