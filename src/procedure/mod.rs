//! Procedures: what a session does besides reading, as `CALL` and `EXEC` name it.
//!
//! A procedure is data: a [`ProcedureDefinition`] with its parameters, its columns and the function
//! that does the work. What binds arguments, explains a call, lists procedures, completes their
//! names and documents them follows from it. A bound call is a [`ProcedureCall`], which DataFusion
//! sees as a table that does its work when it is read.

mod argument;
mod call;
mod definition;
mod failures;
mod file;
mod import;
mod mapping;
mod model;
mod reference;
mod run;
mod sign_in;
mod target;
mod task;

pub use argument::{Argument, Arguments, Value};
pub use call::{ProcedureCall, StandardStreams};
pub use definition::{Parameter, ParameterKind, ProcedureDefinition, ProcedureScope};
pub use reference::{help, reference};
pub(crate) use target::place;
pub(crate) use task::{Object, Watch};

use crate::error::{Error, ErrorKind};
use crate::names::{alike, quoted};

/// Every procedure, by name.
pub static PROCEDURES: &[&ProcedureDefinition] = &[
    &run::CANCEL_EXPORT,
    &run::CANCEL_TASK,
    &model::CLOSE_MODEL,
    &file::DELETE_FILE,
    &file::DOWNLOAD_FILE,
    &file::DOWNLOAD_FILE_CHUNK,
    &failures::GET_IMPORT_FAILURES,
    &sign_in::GET_OAUTH_ACCESS_TOKEN,
    &sign_in::GET_OAUTH_AUTHORIZATION_URL,
    &sign_in::LOGOUT,
    &model::OPEN_MODEL,
    &sign_in::REFRESH_OAUTH_ACCESS_TOKEN,
    &model::RESET_LIST_INDEX,
    &run::RUN_ACTION,
    &run::RUN_EXPORT,
    &import::RUN_IMPORT,
    &import::RUN_PROCESS,
    &model::SET_CURRENT_PERIOD,
    &model::SET_VERSION_SWITCHOVER,
    &file::UPLOAD_FILE,
];

/// The procedure of this name, in any case.
pub fn procedure(name: &str) -> Option<&'static ProcedureDefinition> {
    PROCEDURES.iter().copied().find(|procedure| procedure.name.eq_ignore_ascii_case(name))
}

/// The error about a name that no procedure has.
pub(crate) fn unknown(name: &str) -> Error {
    let names = PROCEDURES.iter().map(|procedure| procedure.name);
    let near = alike(name, names);
    let hint = if near.is_empty() {
        "information.procedures, and `anaplan-sql help procedures`, list them".to_owned()
    } else {
        format!("did you mean {}?", quoted(near))
    };
    Error::new(ErrorKind::NotFound, format!("there is no procedure \"{name}\""))
        .with_sqlstate("42883")
        .with_hint(hint)
}
