//! What the line editor asks for: completion, colours, and whether a statement is complete.

use std::borrow::Cow;

use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};

use super::complete::complete;
use super::highlight::highlight;
use super::names::SessionNames;
use crate::session::Splitter;

/// Shown on an empty line inside of a statement, where other programs have a second prompt: here
/// the whole statement can still be edited.
const CONTINUES: &str = "... a semicolon ends the statement";

pub(super) struct PromptHelper {
    names: SessionNames,
    files: FilenameCompleter,
    colour: bool,
}

impl PromptHelper {
    pub(super) fn new(names: SessionNames, colour: bool) -> Self {
        Self { names, files: FilenameCompleter::new(), colour }
    }
}

impl Helper for PromptHelper {}

impl Completer for PromptHelper {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        cursor: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        // A connection string needs no names, and takes none.
        if !line.trim_start().starts_with("\\c ") {
            self.names.read(line);
        }
        let completion = complete(line, cursor, &self.names);
        if completion.files {
            return self.files.complete_path(line, cursor);
        }
        let pair = |name: String| Pair { display: name.clone(), replacement: name };
        Ok((completion.start, completion.candidates.into_iter().map(pair).collect()))
    }
}

/// A hint that is only shown, never put in.
pub(super) struct Shown;

impl Hint for Shown {
    fn display(&self) -> &str {
        CONTINUES
    }

    fn completion(&self) -> Option<&str> {
        None
    }
}

impl Hinter for PromptHelper {
    type Hint = Shown;

    fn hint(&self, line: &str, cursor: usize, _: &Context<'_>) -> Option<Shown> {
        (cursor == line.len() && line.ends_with('\n') && !is_complete(line)).then_some(Shown)
    }
}

impl Highlighter for PromptHelper {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if self.colour { Cow::Owned(highlight(line)) } else { Cow::Borrowed(line) }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(format!("\x1b[2m{hint}\x1b[0m"))
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        self.colour && kind != CmdKind::MoveCursor
    }
}

impl Validator for PromptHelper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match is_complete(context.input()) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

/// Whether Enter runs the text: it has its semicolon, or is a command or a word of farewell.
fn is_complete(text: &str) -> bool {
    let mut splitter = Splitter::default();
    splitter.push(text);
    splitter.push("\n");
    splitter.is_empty() || super::is_farewell(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enter_runs_what_is_complete() {
        for text in ["SELECT 1;", "", "  ", "\\d x", "exit", "quit;", "-- note", "SELECT ';';-- x"]
        {
            assert!(is_complete(text), "{text}");
        }
        for text in ["SELECT 1", "SELECT ';", "SELECT 1 /* ; ", "SELECT 1 -- ;", "exit the"] {
            assert!(!is_complete(text), "{text}");
        }
    }
}
