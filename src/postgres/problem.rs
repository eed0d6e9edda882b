//! Errors as clients get them.

use std::borrow::Cow;

use crate::error::{Error, ErrorKind};

/// An error, or a warning, in PostgreSQL's parts.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) sqlstate: &'static str,
    pub(super) message: Cow<'static, str>,
    /// The causes.
    pub(super) detail: Option<String>,
    pub(super) hint: Option<String>,
}

/// What happens to a statement.
pub(super) type Outcome<T> = Result<T, Problem>;

impl Problem {
    pub(super) fn new(sqlstate: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { sqlstate, message: message.into(), detail: None, hint: None }
    }

    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What this server doesn't do.
    pub(super) fn unsupported(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Unsupported.sqlstate(), message)
    }

    /// What a client of a server may not do.
    pub(super) fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Denied.sqlstate(), message)
    }

    pub(super) fn syntax(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new("42601", message)
    }

    /// A message that can't be here.
    pub(super) fn protocol(message: &'static str) -> Self {
        Self::new("08P01", message)
    }

    /// A panic. What it said may hold anything.
    pub(super) fn panicked() -> Self {
        Self::new(ErrorKind::Internal.sqlstate(), "the statement ended in a panic")
            .with_hint("this is a defect of anaplan-sql: please report it with the statement")
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let causes = error.causes();
        Self {
            sqlstate: match error.sqlstate() {
                // ODBC's, which PostgreSQL hasn't.
                "HYT00" => "57014",
                sqlstate => sqlstate,
            },
            message: error.to_string().into(),
            detail: (!causes.is_empty()).then(|| causes.join("\n")),
            hint: match (error.kind(), error.hint()) {
                (ErrorKind::Denied, Some(hint)) if hint.contains("ReadOnly=true") => {
                    Some("the server only reads: it was started without --writable".to_owned())
                }
                (_, hint) => hint.map(str::to_owned),
            },
        }
    }
}
