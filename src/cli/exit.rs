//! Exit codes.

use crate::error::ErrorKind;

/// Done.
pub(super) const DONE: u8 = 0;
/// The query, task or service failed.
pub(super) const FAILED: u8 = 1;
/// Wrong usage or connection string.
pub(super) const USAGE: u8 = 2;
/// Sign-in needed or refused.
pub(super) const SIGN_IN: u8 = 3;
/// Done, but some rows were rejected.
pub(super) const REJECTED: u8 = 4;
/// Interrupted by Ctrl-C, SIGTERM or SIGHUP.
pub(super) const INTERRUPTED: u8 = 130;

/// What each code means, for `anaplan-sql help exit-codes`.
pub(super) const MEANINGS: &[(u8, &str)] = &[
    (DONE, "Done. Also when the reader of a pipe wanted no more."),
    (FAILED, "The query, the task or the service failed."),
    (USAGE, "Wrong usage, or a wrong connection string."),
    (SIGN_IN, "Sign-in is needed, or was refused."),
    (
        REJECTED,
        "Done, but the service rejected some rows: standard error says how many, and what shows them.",
    ),
    (
        INTERRUPTED,
        "Interrupted. The running task has been cancelled, unless standard error says otherwise.",
    ),
];

/// The code of an error.
pub(super) fn code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Config => USAGE,
        ErrorKind::SignIn => SIGN_IN,
        ErrorKind::Cancelled => INTERRUPTED,
        ErrorKind::Denied
        | ErrorKind::NotFound
        | ErrorKind::Query
        | ErrorKind::Unsupported
        | ErrorKind::Connection
        | ErrorKind::Timeout
        | ErrorKind::Service
        | ErrorKind::Task
        | ErrorKind::Data
        | ErrorKind::Io
        | ErrorKind::Internal => FAILED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_error_has_its_code() {
        use ErrorKind::*;
        let table = [
            (Config, 2),
            (SignIn, 3),
            (Denied, 1),
            (NotFound, 1),
            (Query, 1),
            (Unsupported, 1),
            (Connection, 1),
            (Timeout, 1),
            (Service, 1),
            (Task, 1),
            (Data, 1),
            (Io, 1),
            (Cancelled, 130),
            (Internal, 1),
        ];
        for (kind, expected) in table {
            assert_eq!(code(kind), expected, "{kind:?}");
            assert!(MEANINGS.iter().any(|(code, _)| *code == expected));
        }
    }
}
