//! The routes: which paths there are, with which methods and answers.

use http::Method;

use super::super::reply::Reply;
use super::super::task::Kind;
use super::dumps::DumpOf;
use super::{
    Call, Refusal, actions, dumps, exports, files, imports, models, tasks, uploads, users,
    workspaces,
};

/// Where a path leads.
#[derive(Debug)]
pub(super) enum Place {
    /// The authentication service.
    Token(TokenCall),
    /// The Integration API.
    Api(Route),
}

/// A call of the authentication service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenCall {
    Authenticate,
    Refresh,
    Validate,
    Logout,
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
    Imports,
    Import(String),
    Exports,
    Export(String),
    Actions,
    Action(String),
    Processes,
    Process(String),
    Tasks(Kind, String),
    Task(Kind, String, String),
    Dump(DumpOf),
    DumpChunks(DumpOf),
    DumpChunk(DumpOf, String),
    SolutionLog(String, String),
    Files,
    File(String),
    Complete(String),
    Chunks(String),
    Chunk(String, String),
}

/// The type of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answers {
    Json,
    Bytes,
    Text,
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
            ["2", "0", rest @ ..] => Route::find(rest).map(Self::Api),
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
            Self::Inside { part, .. } => part.methods(),
            _ => &[Method::GET],
        }
    }

    /// Tells whether a call's body must be JSON.
    pub(super) fn takes_json(&self, method: &Method) -> bool {
        method == Method::POST
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
        if let [parents, parent, "tasks", rest @ ..] = segments
            && let Some(kind) = kind(parents)
        {
            return Self::find_task(kind, parent, rest);
        }
        Some(match segments {
            ["imports"] => Self::Imports,
            ["imports", id] => Self::Import(own(id)),
            ["exports"] => Self::Exports,
            ["exports", id] => Self::Export(own(id)),
            ["actions"] => Self::Actions,
            ["actions", id] => Self::Action(own(id)),
            ["processes"] => Self::Processes,
            ["processes", id] => Self::Process(own(id)),
            ["optimizeActions", id, "tasks", task, "solutionLogs"] => {
                Self::SolutionLog(own(id), own(task))
            }
            ["files"] => Self::Files,
            ["files", id] => Self::File(own(id)),
            ["files", id, "complete"] => Self::Complete(own(id)),
            ["files", id, "chunks"] => Self::Chunks(own(id)),
            ["files", id, "chunks", number] => Self::Chunk(own(id), own(number)),
            _ => return None,
        })
    }

    /// Finds what lies under `…/tasks`.
    fn find_task(kind: Kind, parent: &str, segments: &[&str]) -> Option<Self> {
        let own = |text: &str| text.to_owned();
        let dump = |task: &str, object: &str| DumpOf {
            kind,
            parent: own(parent),
            task: own(task),
            object: own(object),
        };
        Some(match (kind, segments) {
            (_, []) => Self::Tasks(kind, own(parent)),
            (_, [task]) => Self::Task(kind, own(parent), own(task)),
            (Kind::Import, [task, "dump"]) => Self::Dump(dump(task, parent)),
            (Kind::Import, [task, "dump", "chunks"]) => Self::DumpChunks(dump(task, parent)),
            (Kind::Import, [task, "dump", "chunks", number]) => {
                Self::DumpChunk(dump(task, parent), own(number))
            }
            (Kind::Process, [task, "dumps", object]) => Self::Dump(dump(task, object)),
            (Kind::Process, [task, "dumps", object, "chunks"]) => {
                Self::DumpChunks(dump(task, object))
            }
            (Kind::Process, [task, "dumps", object, "chunks", number]) => {
                Self::DumpChunk(dump(task, object), own(number))
            }
            _ => return None,
        })
    }

    fn methods(&self) -> &'static [Method] {
        match self {
            Self::Tasks(..) => &[Method::GET, Method::POST],
            Self::Task(..) => &[Method::GET, Method::DELETE],
            Self::File(_) => &[Method::GET, Method::POST, Method::PUT, Method::DELETE],
            Self::Chunk(..) => &[Method::GET, Method::PUT],
            Self::Complete(_) => &[Method::POST],
            _ => &[Method::GET],
        }
    }

    fn answers(&self, method: &Method) -> Answers {
        match self {
            Self::File(_) | Self::Chunk(..) if method == Method::GET => Answers::Bytes,
            Self::File(_) if method == Method::POST => Answers::Json,
            Self::File(_) | Self::Chunk(..) => Answers::Nothing,
            Self::Dump(_) | Self::DumpChunk(..) | Self::SolutionLog(..) => Answers::Text,
            _ => Answers::Json,
        }
    }

    fn serve(
        &self,
        call: &Call<'_>,
        method: &Method,
        access: models::Access<'_>,
    ) -> Result<Reply, Refusal> {
        let is = |wanted: Method| *method == wanted;
        match self {
            Self::Imports => imports::list(call, access),
            Self::Import(id) => imports::one(call, access, id),
            Self::Exports => exports::list(call, access),
            Self::Export(id) => exports::one(call, access, id),
            Self::Actions => actions::list(call, access),
            Self::Action(id) => actions::one(call, access, id),
            Self::Processes => actions::processes(call, access),
            Self::Process(id) => actions::process(call, access, id),
            Self::Tasks(kind, id) if is(Method::POST) => tasks::start(call, access, (*kind, id)),
            Self::Tasks(kind, id) => tasks::list(call, access, (*kind, id)),
            Self::Task(kind, id, task) if is(Method::DELETE) => {
                tasks::cancel(call, access, (*kind, id), task)
            }
            Self::Task(kind, id, task) => tasks::one_task(call, access, (*kind, id), task),
            Self::Dump(of) => dumps::whole(call, access, of),
            Self::DumpChunks(of) => dumps::chunks(call, access, of),
            Self::DumpChunk(of, number) => dumps::chunk(call, access, of, number),
            Self::SolutionLog(id, task) => actions::solution_log(call, access, id, task),
            Self::Files => files::list(call, access),
            Self::File(id) if is(Method::POST) => uploads::announce(call, access, id),
            Self::File(id) if is(Method::PUT) => uploads::put_whole(call, access, id),
            Self::File(id) if is(Method::DELETE) => uploads::delete(call, access, id),
            Self::File(id) => files::whole(call, access, id),
            Self::Complete(id) => uploads::complete(call, access, id),
            Self::Chunks(id) => files::chunks(call, access, id),
            Self::Chunk(id, number) if is(Method::PUT) => {
                uploads::put_chunk(call, access, id, number)
            }
            Self::Chunk(id, number) => files::chunk(call, access, id, number),
        }
    }
}

/// What tasks of a listing run.
fn kind(parents: &str) -> Option<Kind> {
    Some(match parents {
        "imports" => Kind::Import,
        "exports" => Kind::Export,
        "actions" => Kind::Action,
        "processes" => Kind::Process,
        _ => return None,
    })
}
