//! The routes: which paths there are, with which methods and answers.

use http::Method;

use super::super::reply::Reply;
use super::audit::AuditCall;
use super::inside::Part;
use super::scim::ScimPlace;
use super::{Call, Refusal, models, users, workspaces};

/// Where a path leads.
#[derive(Debug)]
pub(super) enum Place {
    /// The authentication service.
    Token(TokenCall),
    /// The OAuth service, as programs call it.
    OAuth(OAuthCall),
    /// The OAuth service, as people see it.
    Page(Page),
    /// The Integration API.
    Api(Route),
    /// The Audit API.
    Audit(AuditCall),
    /// The SCIM API.
    Scim(ScimPlace),
}

/// A call of the authentication service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenCall {
    Authenticate,
    Refresh,
    Validate,
    Logout,
}

/// A call of the OAuth service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OAuthCall {
    Token,
    DeviceCode,
}

/// A page of the OAuth service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    Authorize,
    Login,
    Consent,
    Activate,
    ActivateLogin,
    ActivateConsent,
}

/// A resource of the Integration API.
#[derive(Debug)]
pub(super) enum Route {
    Users,
    Me,
    User(String),
    Workspaces,
    Workspace(String),
    WorkspaceModels(String),
    WorkspaceAdmins(String),
    WorkspaceVisitors(String),
    BulkDelete(String),
    /// Known to the service, and allowed by no method.
    WorkspaceModel,
    Models,
    Model(String),
    Inside {
        workspace: Option<String>,
        model: String,
        part: Part,
    },
}

/// The type of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answers {
    Json,
    /// CSV for those who take nothing else; writes answer with JSON.
    JsonOrCsv,
    Bytes,
    Csv,
    Text,
    /// The handler looks at `Accept` itself.
    Chosen,
    /// None at all, so that any `Accept` is fine.
    Nothing,
}

impl Place {
    /// Finds the place of a path.
    pub(super) fn find(segments: &[String]) -> Option<Self> {
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["token", "authenticate"] => Some(Self::Token(TokenCall::Authenticate)),
            ["token", "refresh"] => Some(Self::Token(TokenCall::Refresh)),
            ["token", "validate"] => Some(Self::Token(TokenCall::Validate)),
            ["token", "logout"] => Some(Self::Token(TokenCall::Logout)),
            ["oauth", "token"] => Some(Self::OAuth(OAuthCall::Token)),
            ["oauth", "device", "code"] => Some(Self::OAuth(OAuthCall::DeviceCode)),
            ["auth", "authorize"] => Some(Self::Page(Page::Authorize)),
            ["auth", "prelogin"] => Some(Self::Page(Page::Login)),
            ["auth", "consent"] => Some(Self::Page(Page::Consent)),
            ["activate"] => Some(Self::Page(Page::Activate)),
            ["activate", "login"] => Some(Self::Page(Page::ActivateLogin)),
            ["activate", "consent"] => Some(Self::Page(Page::ActivateConsent)),
            ["2", "0", rest @ ..] => Route::find(rest).map(Self::Api),
            ["audit", "api", "1", rest @ ..] => AuditCall::find(rest).map(Self::Audit),
            ["scim", "1", "0", "v2", rest @ ..] => ScimPlace::find(rest).map(Self::Scim),
            _ => None,
        }
    }
}

impl Route {
    fn find(segments: &[&str]) -> Option<Self> {
        let own = |text: &str| text.to_owned();
        Some(match segments {
            ["users"] => Self::Users,
            ["users", "me"] => Self::Me,
            ["users", id] => Self::User(own(id)),
            ["workspaces"] => Self::Workspaces,
            ["workspaces", id] => Self::Workspace(own(id)),
            ["workspaces", id, "models"] => Self::WorkspaceModels(own(id)),
            ["workspaces", id, "admins"] => Self::WorkspaceAdmins(own(id)),
            ["workspaces", id, "visitors"] => Self::WorkspaceVisitors(own(id)),
            ["workspaces", id, "bulkDeleteModels"] => Self::BulkDelete(own(id)),
            ["workspaces", _, "models", _] => Self::WorkspaceModel,
            ["workspaces", workspace, "models", model, rest @ ..] => Self::Inside {
                workspace: Some(own(workspace)),
                model: own(model),
                part: Part::find(rest)?,
            },
            ["models"] => Self::Models,
            ["models", id] => Self::Model(own(id)),
            ["models", model, rest @ ..] => {
                Self::Inside { workspace: None, model: own(model), part: Part::find(rest)? }
            }
            _ => return None,
        })
    }

    /// Returns the methods that the resource knows.
    pub(super) fn methods(&self) -> &'static [Method] {
        match self {
            Self::WorkspaceModel => &[],
            Self::BulkDelete(_) => &[Method::POST],
            Self::Inside { part, .. } => part.methods(),
            _ => &[Method::GET],
        }
    }

    /// Tells whether a call's body must be JSON.
    pub(super) fn takes_json(&self, method: &Method) -> bool {
        match self {
            Self::Inside { part, .. } => part.takes_json(method),
            _ => method == Method::POST,
        }
    }

    /// Returns the model that must be free before a call is answered. Listings and metadata don't wait.
    pub(super) fn waits_for(&self, method: &Method) -> Option<&str> {
        match self {
            Self::Inside { model, part, .. } if part.waits(method) => Some(model),
            _ => None,
        }
    }

    /// Returns the type of its answers.
    pub(super) fn answers(&self, method: &Method) -> Answers {
        match self {
            Self::Inside { part, .. } => part.answers(method),
            _ => Answers::Json,
        }
    }

    /// Returns the id of the model that it is about, if it is about one.
    pub(super) fn model(&self) -> Option<&str> {
        match self {
            Self::Model(id) | Self::Inside { model: id, .. } => Some(id),
            _ => None,
        }
    }

    /// Answers a call whose method is one of [`Route::methods`].
    pub(super) fn serve(&self, call: &Call<'_>, method: &Method) -> Result<Reply, Refusal> {
        match self {
            Self::Users => users::list(call),
            Self::Me => users::me(call),
            Self::User(id) => users::one(call, id),
            Self::Workspaces => workspaces::list(call),
            Self::Workspace(id) => workspaces::one(call, id),
            Self::WorkspaceModels(id) => models::list(call, Some(id)),
            Self::WorkspaceAdmins(id) => workspaces::admins(call, id),
            Self::WorkspaceVisitors(id) => workspaces::visitors(call, id),
            Self::BulkDelete(id) => workspaces::bulk_delete(call, id),
            Self::WorkspaceModel => Err(Refusal::plain(http::StatusCode::METHOD_NOT_ALLOWED)),
            Self::Models => models::list(call, None),
            Self::Model(id) => models::one(call, id),
            Self::Inside { workspace, model, part } => {
                let access = models::Access { workspace: workspace.as_deref(), model };
                part.serve(call, method, access)
            }
        }
    }
}
