//! The SCIM API: `/scim/1/0/v2/…`.

mod discovery;
mod filter;
mod patch;
mod resource;
mod users;

use http::header::{ALLOW, RETRY_AFTER};
use http::{Method, StatusCode, request};
use serde_json::{Value, json};

use super::super::audit::{Event, kind};
use super::super::path::Query;
use super::super::reply::Reply;
use super::super::state::State;
use super::super::tenant::{Role, User};
use super::{Service, accepts, content_type};

const TYPE: &str = "application/scim+json";

/// A resource of the SCIM API.
#[derive(Debug)]
pub(super) enum ScimPlace {
    Users,
    User(String),
    ServiceProviderConfig,
    ResourceTypes,
    Schemas,
}

impl ScimPlace {
    /// Finds the resource of a path below `/scim/1/0/v2`.
    pub(super) fn find(segments: &[&str]) -> Option<Self> {
        match segments {
            ["Users"] => Some(Self::Users),
            ["Users", id] => Some(Self::User((*id).to_owned())),
            ["ServiceProviderConfig"] => Some(Self::ServiceProviderConfig),
            ["ResourceTypes"] => Some(Self::ResourceTypes),
            ["Schemas"] => Some(Self::Schemas),
            _ => None,
        }
    }

    fn methods(&self) -> &'static [Method] {
        match self {
            Self::Users => &[Method::GET, Method::POST],
            Self::User(_) => &[Method::GET, Method::PUT, Method::PATCH, Method::DELETE],
            _ => &[Method::GET],
        }
    }
}

/// A call by a user administrator.
struct Call<'a> {
    state: &'a State,
    user: User,
    query: Query,
    body: &'a [u8],
    now: i64,
}

/// A call that is answered with SCIM's error.
#[derive(Debug)]
struct ScimError {
    status: StatusCode,
    kind: Option<&'static str>,
    detail: String,
}

impl ScimError {
    fn new(status: StatusCode, detail: &str) -> Self {
        Self { status, kind: None, detail: detail.to_owned() }
    }

    /// Refuses a request, with SCIM's word for what is wrong with it.
    fn bad(kind: &'static str, detail: &str) -> Self {
        Self { kind: Some(kind), ..Self::new(StatusCode::BAD_REQUEST, detail) }
    }

    fn into_reply(self) -> Reply {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "detail": self.detail,
            "status": self.status.as_str(),
        });
        if let (Some(kind), Some(fields)) = (self.kind, body.as_object_mut()) {
            fields.insert("scimType".to_owned(), kind.into());
        }
        answer(self.status, &body)
    }
}

/// Serves one call.
pub(super) fn serve(
    state: &State,
    place: &ScimPlace,
    parts: &request::Parts,
    body: &[u8],
) -> Reply {
    if let Err(seconds) = state.take_request() {
        return Reply::text(StatusCode::TOO_MANY_REQUESTS, "text/plain", "Too Many Requests\n")
            .header(RETRY_AFTER, seconds.to_string());
    }
    let reply = dispatch(state, place, parts, body).unwrap_or_else(ScimError::into_reply);
    if reply.status == StatusCode::METHOD_NOT_ALLOWED {
        let allowed: Vec<&str> = place.methods().iter().map(Method::as_str).collect();
        return reply.header(ALLOW, allowed.join(", "));
    }
    reply
}

fn dispatch(
    state: &State,
    place: &ScimPlace,
    parts: &request::Parts,
    body: &[u8],
) -> Result<Reply, ScimError> {
    let refuse = |status: StatusCode| {
        Err(ScimError::new(status, status.canonical_reason().unwrap_or("Error")))
    };
    if !place.methods().contains(&parts.method) {
        return refuse(StatusCode::METHOD_NOT_ALLOWED);
    }
    if !accepts(&parts.headers, TYPE) && !accepts(&parts.headers, "application/json") {
        return refuse(StatusCode::NOT_ACCEPTABLE);
    }
    // What there is, is told to anybody.
    match place {
        ScimPlace::ServiceProviderConfig => return Ok(ok(&discovery::service(&state.url))),
        ScimPlace::ResourceTypes => return Ok(ok(&discovery::resource_types(&state.url))),
        ScimPlace::Schemas => return Ok(ok(&discovery::schemas(&state.url))),
        ScimPlace::Users | ScimPlace::User(_) => {}
    }
    let now = state.clock.now_ms();
    let user = Service::Scim.user(state, &parts.headers, now).ok_or_else(|| {
        ScimError::new(
            StatusCode::UNAUTHORIZED,
            "Authentication credentials are missing or invalid",
        )
    })?;
    if !user.has(Role::UserAdmin) {
        let role = json!({"roleId": "USER_ADMIN", "roleName": Role::UserAdmin.name()});
        let event = Event::new(kind::ACCESS_DENIED, &user.id, now).object(&user.id);
        state.audit.record(event.failed("403").attributes(role));
        let detail = "User is not authorized to perform this operation";
        return Err(ScimError::new(StatusCode::FORBIDDEN, detail));
    }
    let has_body = [Method::POST, Method::PUT, Method::PATCH].contains(&parts.method);
    if has_body && ![TYPE, "application/json"].contains(&content_type(&parts.headers).as_str()) {
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let call = Call { state, user, query: Query::parse(parts.uri.query()), body, now };
    match (place, parts.method.as_str()) {
        (ScimPlace::Users, "GET") => users::list(&call),
        (ScimPlace::Users, _) => users::create(&call),
        (ScimPlace::User(id), "GET") => users::one(&call, id),
        (ScimPlace::User(id), "PUT") => users::replace(&call, id),
        (ScimPlace::User(id), "PATCH") => patch::patch(&call, id),
        _ => refuse(StatusCode::NOT_IMPLEMENTED),
    }
}

fn ok(body: &Value) -> Reply {
    answer(StatusCode::OK, body)
}

fn answer(status: StatusCode, body: &Value) -> Reply {
    Reply::text(status, TYPE, body.to_string())
}
