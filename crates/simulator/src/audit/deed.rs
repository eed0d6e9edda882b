//! What a request does that the audit tracks: known from its path before it is served, recorded if it worked.

use http::header::USER_AGENT;
use http::{Method, StatusCode, request};
use serde_json::{Value, json};

use super::super::path::segments;
use super::super::reply::{Reply, ReplyBody};
use super::super::route::{Service, basic};
use super::super::state::State;
use super::event::Event;
use super::kind::{self, Kind};

/// Something that a request is about to do.
#[derive(Debug)]
pub(crate) enum Deed {
    /// Signing in, with the name that was given.
    SignIn(Option<String>),
    /// Signing out; the token is dead afterwards, so the user is looked up before.
    SignOut { user_id: String },
    /// Something inside a model.
    InModel { kind: Kind, user_id: String, model_id: String, parent: Parent },
}

/// What a deed inside a model is done with.
#[derive(Debug)]
pub(crate) enum Parent {
    None,
    Action(String),
    File(String),
}

impl Deed {
    /// Tells from a request what it is about to do, if that is tracked.
    pub(crate) fn of(state: &State, parts: &request::Parts) -> Option<Self> {
        let path = segments(parts.uri.path())?;
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let user_id = || {
            let now = state.clock.now_ms();
            let user = Service::Integration.user(state, &parts.headers, now)?;
            Some(user.id)
        };
        let inside = match path.as_slice() {
            ["token", "authenticate"] => {
                return Some(Self::SignIn(basic(&parts.headers).map(|(name, _)| name)));
            }
            ["token", "logout"] => return Some(Self::SignOut { user_id: user_id()? }),
            ["2", "0", "workspaces", _, "models", rest @ ..] | ["2", "0", "models", rest @ ..] => {
                rest
            }
            _ => return None,
        };
        let post = parts.method == Method::POST;
        let get = parts.method == Method::GET;
        let (model, kind, parent) = match inside {
            [model, "open"] if post => (model, kind::MODEL_OPENED, Parent::None),
            [model, "exports", id, "tasks"] if post => (model, kind::EXPORT_RUN, action(id)),
            [model, "processes", id, "tasks"] if post => (model, kind::PROCESS_RUN, action(id)),
            [model, "imports" | "actions", id, "tasks"] if post => {
                (model, kind::ACTION_RUN, action(id))
            }
            // A download in many chunks is one event.
            [model, "files", id] | [model, "files", id, "chunks", "0"] if get => {
                (model, kind::DATA_TAKEN, Parent::File((*id).to_owned()))
            }
            _ => return None,
        };
        let model_id = (*model).to_owned();
        Some(Self::InModel { kind, user_id: user_id()?, model_id, parent })
    }

    /// Records the deed as its answer shows it.
    pub(crate) fn record(self, state: &State, parts: &request::Parts, reply: &Reply) {
        let agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        if let Some(event) = self.event(state, reply) {
            state.audit.record(event.agent(agent.unwrap_or("NA")));
        }
    }

    fn event(self, state: &State, reply: &Reply) -> Option<Event> {
        let now = state.clock.now_ms();
        match self {
            Self::SignIn(_) if reply.status.is_success() => {
                let user_id = signed_in(state, reply, now)?;
                let attributes = json!({"clientName": "API"});
                Some(
                    Event::new(kind::SIGNED_IN, &user_id, now)
                        .object(&user_id)
                        .attributes(attributes),
                )
            }
            Self::SignIn(name) if reply.status == StatusCode::UNAUTHORIZED => {
                // Of a name that the tenant doesn't know, the tenant's audit knows nothing either.
                let user_id = state.tenant().find_user(&name?)?.id.clone();
                let event = Event::new(kind::SIGN_IN_FAILED, &user_id, now).object(&user_id);
                Some(event.failed("401"))
            }
            Self::SignOut { user_id } if reply.status.is_success() => {
                Some(Event::new(kind::SIGNED_OUT, &user_id, now).object(&user_id))
            }
            Self::InModel { kind, user_id, model_id, parent } if reply.status.is_success() => {
                let attributes = attributes(state, &model_id, &parent);
                Some(Event::new(kind, &user_id, now).object(&model_id).attributes(attributes))
            }
            _ => None,
        }
    }
}

fn action(id: &str) -> Parent {
    Parent::Action(id.to_owned())
}

/// Returns the user of the token that an answer gives, however they proved who they are.
fn signed_in(state: &State, reply: &Reply, now: i64) -> Option<String> {
    let ReplyBody::Full(body) = &reply.body else { return None };
    let body: Value = serde_json::from_slice(body).ok()?;
    let token = body["tokenInfo"]["tokenValue"].as_str()?;
    state.tokens().find(token, now).map(|token| token.user_id.clone())
}

fn attributes(state: &State, model_id: &str, parent: &Parent) -> Value {
    let tenant = state.tenant();
    let workspace = tenant.home_of(model_id).map(|(workspace, _)| workspace.id.clone());
    let mut attributes = json!({"workspaceId": workspace, "modelId": model_id});
    let (key, id) = match parent {
        Parent::None => return attributes,
        Parent::Action(id) => ("actionId", id),
        Parent::File(id) => ("fileId", id),
    };
    if let Some(fields) = attributes.as_object_mut() {
        fields.insert(key.to_owned(), id.clone().into());
        if let Some(export) = tenant.export(model_id, id) {
            fields.insert("name".to_owned(), export.name.clone().into());
        }
    }
    attributes
}
