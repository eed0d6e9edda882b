//! The Audit API: `/audit/api/1/events` and `…/events/search`.

use http::header::ALLOW;
use http::{Method, StatusCode, request};
use serde_json::{Map, Value, json};

use super::super::audit::{Event, kind};
use super::super::path::Query;
use super::super::reply::Reply;
use super::super::state::State;
use super::super::tenant::{Role, User};
use super::{Service, accepts, is_json};

const HOUR_MS: i64 = 60 * 60 * 1000;

/// The longest window that may be asked for, and the one that is taken where none is given: 30 days.
const WINDOW_HOURS: i64 = 720;

/// A call of the Audit API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AuditCall {
    Events,
    Search,
}

impl AuditCall {
    /// Finds the call of a path below `/audit/api/1`.
    pub(super) fn find(segments: &[&str]) -> Option<Self> {
        match segments {
            ["events"] => Some(Self::Events),
            ["events", "search"] => Some(Self::Search),
            _ => None,
        }
    }

    fn method(self) -> Method {
        match self {
            Self::Events => Method::GET,
            Self::Search => Method::POST,
        }
    }
}

/// Serves one call.
pub(super) fn serve(state: &State, call: AuditCall, parts: &request::Parts, body: &[u8]) -> Reply {
    if parts.method != call.method() {
        let message = "Method not allowed.";
        return failure(StatusCode::METHOD_NOT_ALLOWED, "FAILURE_METHOD_NOT_ALLOWED", message)
            .header(ALLOW, call.method().as_str());
    }
    let user = match auditor(state, parts) {
        Ok(user) => user,
        Err(refusal) => return refusal,
    };
    let with_body = call == AuditCall::Search;
    if with_body && !body.is_empty() && !is_json(&parts.headers) {
        let message = "Content type is not supported.";
        return failure(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "FAILURE_UNSUPPORTED_MEDIA_TYPE",
            message,
        );
    }
    let query = Query::parse(parts.uri.query());
    let asked = if with_body { Asked::of_body(body) } else { Asked::of_query(&query) };
    let window = asked.and_then(|asked| asked.window(state.clock.now_ms()));
    let page = Page::of(&query, state.limits().page_cap);
    let (window, page) = match (window, page) {
        (Ok(window), Ok(page)) => (window, page),
        (Err(message), _) | (_, Err(message)) => {
            return failure(StatusCode::BAD_REQUEST, "FAILURE_BAD_REQUEST", &message);
        }
    };
    // An unknown type is no error, it selects everything.
    let known = query.get("type").filter(|name| !kind::prefix_of(name).is_empty());
    let type_name = known.unwrap_or("all");
    let events = state.audit.between(window.from, window.to, kind::prefix_of(type_name));
    let tenant_id = state.tenant().customer_id.clone();
    tracing::debug!(user = user.email, events = events.len(), "simulator: audit");
    if accepts(&parts.headers, "application/json") {
        // The window goes along in the links of the one form; of the other, it is in the body.
        let bounds = if with_body {
            String::new()
        } else {
            format!("&dateFrom={}&dateTo={}", window.from, window.to)
        };
        let link = |limit: usize, offset: usize| {
            let path = parts.uri.path();
            format!("{}{path}?type={type_name}{bounds}&limit={limit}&offset={offset}", state.url)
        };
        return Reply::json(StatusCode::OK, &page.of_events(&events, &tenant_id, link));
    }
    if accepts(&parts.headers, "text/plain") {
        let lines: String = events.iter().map(|event| event.cef(&tenant_id)).collect();
        return Reply::text(StatusCode::OK, "text/plain", lines);
    }
    failure(StatusCode::NOT_ACCEPTABLE, "FAILURE_NOT_ACCEPTABLE", "Format is not available.")
}

/// Returns the user if they may read events.
fn auditor(state: &State, parts: &request::Parts) -> Result<User, Reply> {
    let denied = |code: &str, message: &str| failure(StatusCode::UNAUTHORIZED, code, message);
    Service::Audit.token(&parts.headers).ok_or_else(|| {
        denied("FAILURE_BAD_HEADER", "No valid token header found for the request")
    })?;
    let now = state.clock.now_ms();
    let user = Service::Audit
        .user(state, &parts.headers, now)
        .ok_or_else(|| denied("FAILURE_BAD_CREDENTIAL", "Invalid or expired token."))?;
    if user.has(Role::TenantAuditor) {
        return Ok(user);
    }
    let role = json!({"roleId": "TENANT_AUDITOR", "roleName": Role::TenantAuditor.name()});
    let event = Event::new(kind::ACCESS_DENIED, &user.id, now).object(&user.id);
    state.audit.record(event.failed("401").attributes(role));
    Err(denied("FAILURE_UNAUTHORIZED_USER_ACTION", "User is not authorized to perform the action."))
}

/// The window as it was asked for.
#[derive(Debug, Default)]
struct Asked {
    from: Option<i64>,
    to: Option<i64>,
    hours: Option<i64>,
}

/// The window that is answered, in milliseconds since 1970, both ends included.
#[derive(Clone, Copy, Debug)]
struct Window {
    from: i64,
    to: i64,
}

impl Asked {
    fn of_query(query: &Query) -> Result<Self, String> {
        let number = |key: &str| {
            let number = query.get(key).map(str::parse).transpose();
            number.map_err(|_| format!("Invalid value for {key}"))
        };
        Ok(Self {
            from: number("dateFrom")?,
            to: number("dateTo")?,
            hours: number("intervalInHours")?,
        })
    }

    fn of_body(body: &[u8]) -> Result<Self, String> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        let malformed = || "Malformed request body".to_owned();
        let body: Value = serde_json::from_slice(body).map_err(|_| malformed())?;
        let fields = body.as_object().ok_or_else(malformed)?;
        let number = |key: &str| match fields.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                value.as_i64().map(Some).ok_or_else(|| format!("Invalid value for {key}"))
            }
        };
        Ok(Self { from: number("from")?, to: number("to")?, hours: number("interval")? })
    }

    fn window(&self, now: i64) -> Result<Window, String> {
        let longest = WINDOW_HOURS * HOUR_MS;
        let too_long = || Err("Date range cannot exceed 30 days".to_owned());
        match (self.from, self.to, self.hours) {
            (Some(from), Some(to), _) if from > to => {
                Err("Start of the date range is after its end".to_owned())
            }
            (Some(from), Some(to), _) if to.saturating_sub(from) > longest => too_long(),
            (Some(from), Some(to), _) => Ok(Window { from, to }),
            // Open at one end, it is cut to what may be asked for: real clients begin with `from` 0.
            (Some(from), None, _) => {
                Ok(Window { from: from.max(now.saturating_sub(longest)), to: now })
            }
            (None, Some(to), _) => Ok(Window { from: to.saturating_sub(longest), to }),
            (None, None, Some(hours)) if hours < 0 => Err("Invalid interval".to_owned()),
            (None, None, Some(hours)) if hours > WINDOW_HOURS => too_long(),
            (None, None, hours) => {
                let length = hours.unwrap_or(WINDOW_HOURS) * HOUR_MS;
                Ok(Window { from: now.saturating_sub(length), to: now })
            }
        }
    }
}

/// The page that was asked for. A limit is taken as it is, however large.
#[derive(Clone, Copy, Debug)]
struct Page {
    limit: usize,
    offset: usize,
}

impl Page {
    fn of(query: &Query, usual: usize) -> Result<Self, String> {
        let number = |key: &str| {
            let number: Result<Option<usize>, _> = query.get(key).map(str::parse).transpose();
            number.map_err(|_| format!("Invalid value for {key}"))
        };
        let limit = number("limit")?.unwrap_or(usual);
        if limit == 0 {
            return Err("Invalid value for limit".to_owned());
        }
        Ok(Self { limit, offset: number("offset")?.unwrap_or(0) })
    }

    /// Makes the answer; `link` makes the URL of another page.
    fn of_events(
        self,
        events: &[Event],
        tenant_id: &str,
        link: impl Fn(usize, usize) -> String,
    ) -> Value {
        let shown: Vec<Value> = events
            .iter()
            .skip(self.offset)
            .take(self.limit)
            .map(|event| event.json(tenant_id))
            .collect();
        let next = self.offset.saturating_add(shown.len());
        let mut paging = Map::new();
        paging.insert("currentPageSize".to_owned(), shown.len().into());
        paging.insert("totalSize".to_owned(), events.len().into());
        paging.insert("offSet".to_owned(), self.offset.into());
        if next < events.len() {
            paging.insert("nextOffset".to_owned(), next.into());
            paging.insert("nextUrl".to_owned(), link(self.limit, next).into());
        }
        if self.offset > 0 {
            let previous = self.offset.saturating_sub(self.limit);
            paging.insert("previousUrl".to_owned(), link(self.limit, previous).into());
        }
        json!({"meta": {"paging": paging}, "response": shown})
    }
}

fn failure(status: StatusCode, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"status": code, "statusMessage": message}))
}
