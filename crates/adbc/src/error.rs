//! From errors of the library to errors of ADBC.

use std::ffi::c_char;

use adbc_core::error::{Error, Result, Status};
use anaplan_sql::ErrorKind;
use arrow::error::ArrowError;

/// What ADBC calls an error of this kind.
fn status(kind: ErrorKind) -> Status {
    match kind {
        ErrorKind::Config | ErrorKind::Query => Status::InvalidArguments,
        ErrorKind::SignIn => Status::Unauthenticated,
        ErrorKind::Denied => Status::Unauthorized,
        ErrorKind::NotFound => Status::NotFound,
        ErrorKind::Unsupported => Status::NotImplemented,
        ErrorKind::Connection | ErrorKind::Service | ErrorKind::Task | ErrorKind::Io => Status::IO,
        ErrorKind::Timeout => Status::Timeout,
        ErrorKind::Data => Status::InvalidData,
        ErrorKind::Cancelled => Status::Cancelled,
        ErrorKind::Internal => Status::Internal,
        _ => Status::Unknown,
    }
}

/// The error with its causes and its hint, for whom gets nothing but a text.
pub(crate) fn text(error: &anaplan_sql::Error) -> String {
    let mut text = error.to_string();
    for cause in error.causes() {
        text.push_str(": ");
        text.push_str(&cause);
    }
    if let Some(hint) = error.hint() {
        text.push_str("\nhint: ");
        text.push_str(hint);
    }
    // In C, a text ends at the first of them.
    text.replace('\0', "\u{fffd}")
}

/// The error as ADBC tells it.
pub(crate) fn told(error: &anaplan_sql::Error) -> Error {
    let sqlstate = error.sqlstate();
    with_sqlstate(Error::with_message_and_status(text(error), status(error.kind())), sqlstate)
}

fn with_sqlstate(mut error: Error, sqlstate: &str) -> Error {
    for (place, byte) in error.sqlstate.iter_mut().zip(sqlstate.bytes()) {
        // Signed in some places, unsigned in others; ASCII fits both.
        *place = byte as c_char;
    }
    error
}

/// An error in the middle of a result: all that reaches the client is its text.
pub(crate) fn in_stream(error: &anaplan_sql::Error) -> ArrowError {
    ArrowError::ExternalError(Box::new(Streamed(text(error), error.clone())))
}

/// Shows the whole text where only `Display` is asked.
#[derive(Debug)]
struct Streamed(String, anaplan_sql::Error);

impl std::fmt::Display for Streamed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Streamed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.1)
    }
}

/// An error of this status, with the SQLSTATE of the kind.
fn error(kind: ErrorKind, status: Status, message: impl Into<String>) -> Error {
    with_sqlstate(Error::with_message_and_status(message, status), kind.sqlstate())
}

/// What isn't done by this driver.
pub(crate) fn not_implemented(message: impl Into<String>) -> Error {
    error(ErrorKind::Unsupported, Status::NotImplemented, message)
}

/// A wrong argument.
pub(crate) fn invalid(message: impl Into<String>) -> Error {
    error(ErrorKind::Config, Status::InvalidArguments, message)
}

/// A call at the wrong time.
pub(crate) fn invalid_state(message: impl Into<String>) -> Error {
    error(ErrorKind::Config, Status::InvalidState, message)
}

/// What isn't there.
pub(crate) fn not_found(message: impl Into<String>) -> Error {
    error(ErrorKind::NotFound, Status::NotFound, message)
}

/// A change that was done in part. No kind of error of the library says so: for it that is a result.
pub(crate) fn integrity(message: impl Into<String>) -> Error {
    with_sqlstate(Error::with_message_and_status(message, Status::Integrity), "23000")
}

/// The end of a cancelled call.
pub(crate) fn cancelled() -> anaplan_sql::Error {
    anaplan_sql::Error::new(ErrorKind::Cancelled, "cancelled")
}

/// The error that a panic becomes. What it said may hold anything.
pub(crate) fn panicked() -> anaplan_sql::Error {
    anaplan_sql::Error::new(ErrorKind::Internal, "the driver panicked")
        .with_hint("this is a defect of the driver: please report it with the statement")
}

/// Runs what a driver manager has called. A panic that reached the manager's side would make every
/// later call of the process fail.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(told(&panicked())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_status_and_a_sqlstate() {
        for (kind, expected, sqlstate) in [
            (ErrorKind::Config, Status::InvalidArguments, "22023"),
            (ErrorKind::SignIn, Status::Unauthenticated, "28000"),
            (ErrorKind::Denied, Status::Unauthorized, "42501"),
            (ErrorKind::NotFound, Status::NotFound, "42P01"),
            (ErrorKind::Query, Status::InvalidArguments, "42000"),
            (ErrorKind::Unsupported, Status::NotImplemented, "0A000"),
            (ErrorKind::Connection, Status::IO, "08006"),
            (ErrorKind::Timeout, Status::Timeout, "HYT00"),
            (ErrorKind::Service, Status::IO, "58000"),
            (ErrorKind::Task, Status::IO, "38000"),
            (ErrorKind::Data, Status::InvalidData, "22000"),
            (ErrorKind::Io, Status::IO, "58030"),
            (ErrorKind::Cancelled, Status::Cancelled, "57014"),
            (ErrorKind::Internal, Status::Internal, "XX000"),
        ] {
            let error = told(&anaplan_sql::Error::new(kind, "x"));
            let told: String = error.sqlstate.iter().map(|byte| char::from(*byte as u8)).collect();
            assert_eq!((error.status, told.as_str()), (expected, sqlstate), "{kind:?}");
        }
    }

    #[test]
    fn the_text_has_causes_and_hint_and_no_end_in_the_middle() {
        let cause = anaplan_sql::Error::new(ErrorKind::Io, "disk\0full");
        let error = anaplan_sql::Error::new(ErrorKind::Io, "no file")
            .with_source(cause)
            .with_hint("make room");
        assert_eq!(text(&error), "no file: disk\u{fffd}full\nhint: make room");
        assert_eq!(in_stream(&error).to_string(), format!("External error: {}", text(&error)));
    }

    #[test]
    fn a_panic_becomes_an_error() {
        let error = guarded(|| -> Result<()> { panic!("secret") }).expect_err("a panic");
        assert_eq!(error.status, Status::Internal);
        assert!(!error.message.contains("secret"), "{}", error.message);
    }
}
