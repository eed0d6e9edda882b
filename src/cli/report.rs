//! What is said on standard error: errors, warnings, counts.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use indicatif::MultiProgress;

use super::terminal::Terminal;
use crate::error::Error;

/// The progress bars that are on the screen, which must make room for a line.
static BARS: Mutex<Option<MultiProgress>> = Mutex::new(None);

/// Says which progress bars are on the screen now.
pub(super) fn set_bars(bars: Option<MultiProgress>) {
    *BARS.lock().unwrap_or_else(PoisonError::into_inner) = bars;
}

/// Writes lines to standard error, above the progress bars if there are any.
pub(super) fn line(text: &str) {
    // Nobody is left to hear of a failure here.
    let write = || drop(writeln!(std::io::stderr().lock(), "{text}"));
    match &*BARS.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(bars) => bars.suspend(write),
        None => write(),
    }
}

/// Writes a question to standard error; the answer is typed behind it.
pub(super) fn question(text: &str) {
    let mut stderr = std::io::stderr().lock();
    // As above.
    drop(write!(stderr, "{text}").and_then(|()| stderr.flush()));
}

/// Writes an error to standard error.
pub(super) fn error(terminal: &Terminal, error: &Error) {
    line(&describe(error, terminal.colour_errors()));
}

/// Writes a warning to standard error, on one line.
pub(super) fn warning(terminal: &Terminal, text: &str) {
    let (yellow, plain) =
        if terminal.colour_errors() { ("\x1b[1;33m", "\x1b[0m") } else { ("", "") };
    line(&format!("{yellow}warning:{plain} {}", printable(text)));
}

/// The lines of an error: what failed, its causes, what to do.
pub(super) fn describe(error: &Error, colour: bool) -> String {
    let (red, cyan, plain) =
        if colour { ("\x1b[1;31m", "\x1b[1;36m", "\x1b[0m") } else { ("", "", "") };
    let message = error.to_string();
    // DataFusion writes the causes into its messages.
    let mut parts = message.split("\ncaused by\n");
    let mut text = format!("{red}error:{plain} {}", printable(parts.next().unwrap_or_default()));
    for cause in parts.map(str::to_owned).chain(error.causes()) {
        text.push_str(&format!("\n  caused by: {}", printable(&cause)));
    }
    if let Some(hint) = error.hint() {
        text.push_str(&format!("\n{cyan}hint:{plain} {}", printable(hint)));
    }
    text
}

/// Keeps names and answers of others from steering the terminal.
pub(super) fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.trim_end().chars() {
        match c {
            '\n' => safe.push(c),
            c if c.is_control() => safe.extend(c.escape_default()),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn an_error_has_its_causes_and_its_hint_below_it() {
        let error = Error::new(ErrorKind::Connection, "connection reset")
            .context("the chunk 3 can't be read")
            .with_hint("try again");
        insta::assert_snapshot!(describe(&error, false), @r"
        error: the chunk 3 can't be read
          caused by: connection reset
        hint: try again
        ");
        assert!(describe(&error, true).starts_with("\x1b[1;31merror:\x1b[0m the chunk"));

        let error = Error::new(ErrorKind::Query, "rule failed\ncaused by\nno number");
        assert_eq!(describe(&error, false), "error: rule failed\n  caused by: no number");
    }

    #[test]
    fn control_characters_are_shown_instead_of_obeyed() {
        let error = Error::new(ErrorKind::NotFound, "no table \"a\x1b[2Jb\r\"");
        assert_eq!(describe(&error, false), "error: no table \"a\\u{1b}[2Jb\\r\"");
    }
}
