//! The routes: which paths there are, with which methods and answers.

use http::Method;

use super::super::reply::Reply;
use super::audit::AuditCall;
use super::reading::Reading;
use super::scim::ScimPlace;
use super::{
    Call, Refusal, calendar, cells, exports, files, lists, models, status, tasks, users, versions,
    workspaces,
};

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

/// A resource inside a model.
#[derive(Debug)]
pub(super) enum Part {
    Status,
    Open,
    Close,
    OnlineStatus,
    Exports,
    Export(String),
    Tasks(String),
    Task(String, String),
    Files,
    File(String),
    Chunks(String),
    Chunk(String, String),
    Reading(Reading),
    Lists,
    List(String),
    ListItems(String),
    ResetIndex(String),
    Cells(String),
    CurrentPeriod,
    Calendar,
    FiscalYear,
    Versions,
    Switchover(String),
    Dashboards,
}

/// The type of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answers {
    Json,
    /// CSV for those who take nothing else; writes answer with JSON.
    JsonOrCsv,
    Bytes,
    Csv,
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
            Self::Inside { part: Part::Reading(reading), .. } => reading.methods(),
            Self::BulkDelete(_) => &[Method::POST],
            Self::Inside { part: Part::Status, .. } => &[Method::GET, Method::POST],
            Self::Inside { part: Part::Open | Part::Close, .. } => &[Method::POST],
            Self::Inside { part: Part::OnlineStatus, .. } => &[Method::PUT, Method::POST],
            Self::Inside { part: Part::Tasks(_), .. } => &[Method::GET, Method::POST],
            Self::Inside { part: Part::Task(..), .. } => &[Method::GET, Method::DELETE],
            Self::Inside { part: Part::ListItems(_), .. } => {
                &[Method::GET, Method::POST, Method::PUT]
            }
            Self::Inside { part: Part::ResetIndex(_) | Part::Cells(_), .. } => &[Method::POST],
            Self::Inside { part: Part::CurrentPeriod, .. } => &[Method::GET, Method::PUT],
            Self::Inside { part: Part::FiscalYear | Part::Switchover(_), .. } => &[Method::PUT],
            _ => &[Method::GET],
        }
    }

    /// Tells whether a call's body must be JSON.
    pub(super) fn takes_json(&self, method: &Method) -> bool {
        match self {
            // Their empty body comes as `application/text`, as JSON, or without a type.
            Self::Inside { part: Part::Status | Part::Open | Part::Close, .. } => false,
            Self::Inside { part: Part::OnlineStatus, .. } => true,
            // Both come without a body too.
            Self::Inside { part: Part::ResetIndex(_) | Part::CurrentPeriod, .. } => false,
            Self::Inside {
                part: Part::ListItems(_) | Part::FiscalYear | Part::Switchover(_),
                ..
            } => method != Method::GET,
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
    pub(super) fn answers(&self) -> Answers {
        match self {
            Self::Inside { part: Part::File(_) | Part::Chunk(..), .. } => Answers::Bytes,
            Self::Inside { part: Part::Reading(reading), .. } => reading.answers(),
            Self::Inside {
                part: Part::Open | Part::Close | Part::OnlineStatus | Part::ResetIndex(_),
                ..
            } => Answers::Nothing,
            Self::Inside { part: Part::ListItems(_), .. } => Answers::JsonOrCsv,
            _ => Answers::Json,
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

impl Part {
    fn find(segments: &[&str]) -> Option<Self> {
        let own = |text: &str| text.to_owned();
        Some(match segments {
            ["status"] => Self::Status,
            ["open"] => Self::Open,
            ["close"] => Self::Close,
            ["onlineStatus"] => Self::OnlineStatus,
            ["exports"] => Self::Exports,
            ["exports", id] => Self::Export(own(id)),
            ["exports", id, "tasks"] => Self::Tasks(own(id)),
            ["exports", id, "tasks", task] => Self::Task(own(id), own(task)),
            ["files"] => Self::Files,
            ["files", id] => Self::File(own(id)),
            ["files", id, "chunks"] => Self::Chunks(own(id)),
            ["files", id, "chunks", number] => Self::Chunk(own(id), own(number)),
            ["lists"] => Self::Lists,
            ["lists", id] => Self::List(own(id)),
            ["lists", id, "items"] => Self::ListItems(own(id)),
            ["lists", id, "resetIndex"] => Self::ResetIndex(own(id)),
            ["modules", id, "data"] => Self::Cells(own(id)),
            ["currentPeriod"] => Self::CurrentPeriod,
            ["modelCalendar"] => Self::Calendar,
            ["modelCalendar", "fiscalYear"] => Self::FiscalYear,
            ["versions"] => Self::Versions,
            ["versions", id, "switchover"] => Self::Switchover(own(id)),
            ["dashboards"] => Self::Dashboards,
            other => Self::Reading(Reading::find(other)?),
        })
    }

    fn waits(&self, method: &Method) -> bool {
        match self {
            Self::ListItems(_) | Self::ResetIndex(_) | Self::Cells(_) => true,
            Self::CurrentPeriod | Self::FiscalYear | Self::Switchover(_) => method == Method::PUT,
            Self::Reading(reading) => reading.waits(),
            _ => false,
        }
    }

    fn serve(
        &self,
        call: &Call<'_>,
        method: &Method,
        access: models::Access<'_>,
    ) -> Result<Reply, Refusal> {
        match self {
            Self::Status => status::status(call, access),
            Self::Open => status::open(call, access),
            Self::Close => status::close(call, access),
            Self::OnlineStatus => status::set_online(call, access),
            Self::Exports => exports::list(call, access),
            Self::Export(id) => exports::one(call, access, id),
            Self::Tasks(id) if method == Method::POST => tasks::start(call, access, id),
            Self::Tasks(id) => tasks::list(call, access, id),
            Self::Task(id, task) if method == Method::DELETE => {
                tasks::cancel(call, access, id, task)
            }
            Self::Task(id, task) => tasks::one(call, access, id, task),
            Self::Files => files::list(call, access),
            Self::File(id) => files::whole(call, access, id),
            Self::Chunks(id) => files::chunks(call, access, id),
            Self::Chunk(id, number) => files::chunk(call, access, id, number),
            Self::Reading(reading) => reading.serve(call, method, access),
            Self::Lists => lists::list(call, access),
            Self::List(id) => lists::one(call, access, id),
            Self::ListItems(id) if method == Method::POST => lists::post(call, access, id),
            Self::ListItems(id) if method == Method::PUT => lists::put(call, access, id),
            Self::ListItems(id) => lists::items(call, access, id),
            Self::ResetIndex(id) => lists::reset_index(call, access, id),
            Self::Cells(id) => cells::write(call, access, id),
            Self::CurrentPeriod if method == Method::PUT => {
                calendar::set_current_period(call, access)
            }
            Self::CurrentPeriod => calendar::current_period(call, access),
            Self::Calendar => calendar::calendar(call, access),
            Self::FiscalYear => calendar::set_fiscal_year(call, access),
            Self::Versions => versions::list(call, access),
            Self::Switchover(id) => versions::set_switchover(call, access, id),
            Self::Dashboards => versions::dashboards(call, access),
        }
    }
}
