//! The routes inside a model.

use http::Method;

use super::super::reply::Reply;
use super::super::task::Kind;
use super::dumps::DumpOf;
use super::reading::Reading;
use super::table::Answers;
use super::{
    Call, Refusal, actions, calendar, cells, dumps, exports, files, imports, lists, models, status,
    tasks, uploads, versions,
};

/// A resource inside a model.
#[derive(Debug)]
pub(super) enum Part {
    Status,
    Open,
    Close,
    OnlineStatus,
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

impl Part {
    pub(super) fn find(segments: &[&str]) -> Option<Self> {
        let own = |text: &str| text.to_owned();
        if let [parents, parent, "tasks", rest @ ..] = segments
            && let Some(kind) = kind(parents)
        {
            return Self::find_task(kind, parent, rest);
        }
        Some(match segments {
            ["status"] => Self::Status,
            ["open"] => Self::Open,
            ["close"] => Self::Close,
            ["onlineStatus"] => Self::OnlineStatus,
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

    pub(super) fn methods(&self) -> &'static [Method] {
        match self {
            Self::Reading(reading) => reading.methods(),
            Self::Status | Self::Tasks(..) => &[Method::GET, Method::POST],
            Self::Open | Self::Close | Self::Complete(_) => &[Method::POST],
            Self::OnlineStatus => &[Method::PUT, Method::POST],
            Self::Task(..) => &[Method::GET, Method::DELETE],
            Self::File(_) => &[Method::GET, Method::POST, Method::PUT, Method::DELETE],
            Self::Chunk(..) | Self::CurrentPeriod => &[Method::GET, Method::PUT],
            Self::ListItems(_) => &[Method::GET, Method::POST, Method::PUT],
            Self::ResetIndex(_) | Self::Cells(_) => &[Method::POST],
            Self::FiscalYear | Self::Switchover(_) => &[Method::PUT],
            _ => &[Method::GET],
        }
    }

    pub(super) fn takes_json(&self, method: &Method) -> bool {
        match self {
            // Their empty body comes as `application/text`, as JSON, or without a type.
            Self::Status | Self::Open | Self::Close => false,
            Self::OnlineStatus => true,
            // Both come without a body too.
            Self::ResetIndex(_) | Self::CurrentPeriod => false,
            Self::ListItems(_) | Self::FiscalYear | Self::Switchover(_) => method != Method::GET,
            _ => method == Method::POST,
        }
    }

    pub(super) fn answers(&self, method: &Method) -> Answers {
        match self {
            Self::Reading(reading) => reading.answers(),
            Self::Open | Self::Close | Self::OnlineStatus | Self::ResetIndex(_) => Answers::Nothing,
            Self::ListItems(_) => Answers::JsonOrCsv,
            Self::File(_) | Self::Chunk(..) if method == Method::GET => Answers::Bytes,
            Self::File(_) if method == Method::POST => Answers::Json,
            Self::File(_) | Self::Chunk(..) => Answers::Nothing,
            Self::Dump(_) | Self::DumpChunk(..) | Self::SolutionLog(..) => Answers::Text,
            _ => Answers::Json,
        }
    }

    pub(super) fn waits(&self, method: &Method) -> bool {
        match self {
            Self::ListItems(_) | Self::ResetIndex(_) | Self::Cells(_) => true,
            Self::CurrentPeriod | Self::FiscalYear | Self::Switchover(_) => method == Method::PUT,
            Self::Reading(reading) => reading.waits(),
            _ => false,
        }
    }

    pub(super) fn serve(
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
            Self::Imports => imports::list(call, access),
            Self::Import(id) => imports::one(call, access, id),
            Self::Exports => exports::list(call, access),
            Self::Export(id) => exports::one(call, access, id),
            Self::Actions => actions::list(call, access),
            Self::Action(id) => actions::one(call, access, id),
            Self::Processes => actions::processes(call, access),
            Self::Process(id) => actions::process(call, access, id),
            Self::Tasks(kind, id) if method == Method::POST => {
                tasks::start(call, access, (*kind, id))
            }
            Self::Tasks(kind, id) => tasks::list(call, access, (*kind, id)),
            Self::Task(kind, id, task) if method == Method::DELETE => {
                tasks::cancel(call, access, (*kind, id), task)
            }
            Self::Task(kind, id, task) => tasks::one_task(call, access, (*kind, id), task),
            Self::Dump(of) => dumps::whole(call, access, of),
            Self::DumpChunks(of) => dumps::chunks(call, access, of),
            Self::DumpChunk(of, number) => dumps::chunk(call, access, of, number),
            Self::SolutionLog(id, task) => actions::solution_log(call, access, id, task),
            Self::Files => files::list(call, access),
            Self::File(id) if method == Method::POST => uploads::announce(call, access, id),
            Self::File(id) if method == Method::PUT => uploads::put_whole(call, access, id),
            Self::File(id) if method == Method::DELETE => uploads::delete(call, access, id),
            Self::File(id) => files::whole(call, access, id),
            Self::Complete(id) => uploads::complete(call, access, id),
            Self::Chunks(id) => files::chunks(call, access, id),
            Self::Chunk(id, number) if method == Method::PUT => {
                uploads::put_chunk(call, access, id, number)
            }
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
