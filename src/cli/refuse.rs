//! What is refused, best before anything is done.

use super::format::Format;
use crate::error::{Error, ErrorKind, Result};

/// Keeps bytes that are no text off a terminal.
///
/// # Errors
/// Kind [`Config`](ErrorKind::Config) when they would get there.
pub(super) fn terminal(format: Format, terminal: bool) -> Result<()> {
    if format.is_binary() && terminal {
        return Err(Error::new(
            ErrorKind::Config,
            format!("the format {} can't be shown on a terminal", format.name()),
        )
        .with_hint("name a file: --output FILE, or \\o FILE at the prompt"));
    }
    Ok(())
}

/// Keeps results that don't belong together out of one file.
///
/// # Errors
/// Kind [`Config`](ErrorKind::Config) when they would get there.
pub(super) fn several(format: Format, is_file: bool, results: usize) -> Result<()> {
    if is_file && results > 1 && !format.may_follow() {
        let text = format!("a file in the format {} holds one result only", format.name());
        return Err(Error::new(ErrorKind::Config, text).with_hint(
            "give each statement a file of its own: run them one by one, or put \\o FILE before each",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_hold_one_result_unless_they_are_for_people() {
        for format in [Format::Csv, Format::Json, Format::Ndjson, Format::Parquet] {
            let error = several(format, true, 2).expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(several(format, true, 1).is_ok());
            assert!(several(format, false, 2).is_ok());
        }
        assert!(several(Format::Markdown, true, 2).is_ok());
    }

    #[test]
    fn binary_formats_stay_off_a_terminal() {
        for format in [Format::Parquet, Format::Arrow] {
            let error = terminal(format, true).expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(terminal(format, false).is_ok());
        }
        assert!(terminal(Format::Table, true).is_ok());
    }
}
