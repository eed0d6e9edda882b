//! Backslash commands: one table for parsing, help and completion.

use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;

use super::format::Format;
use crate::error::{Error, ErrorKind, Result};
use crate::names::near;
use crate::secret::Secret;

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// Describe a table; without a name, list the tables of the default schema.
    Describe(Option<Vec<String>>),
    /// List catalogs and schemas.
    Schemas,
    /// List the tables of a schema; without a name, of the default one.
    Tables(Option<Vec<String>>),
    /// Show times or not; without a word, the other way round.
    Timing(Option<bool>),
    /// Use a format; without a name, say which one is used.
    Format(Option<Format>),
    /// Write results to a file; without a name, to standard output again.
    Output(Option<PathBuf>),
    /// Run a script.
    Include(PathBuf),
    /// Connect to something else.
    Connect(Secret),
    /// List the commands.
    Help,
    /// End the program.
    Quit,
}

impl Command {
    /// Whether it shows names that must be read first.
    pub(super) fn browses(&self) -> bool {
        matches!(self, Self::Describe(_) | Self::Schemas | Self::Tables(_))
    }
}

/// What completes the argument of a command.
#[derive(Debug, Clone, Copy)]
pub(super) enum Argument {
    /// Nothing does.
    Free,
    /// The name of a table.
    Table,
    /// The name of a schema.
    Schema,
    /// One of these words.
    Word(fn() -> Vec<String>),
    /// The path of a file.
    File,
}

/// A row of the table of commands.
#[derive(Debug)]
pub(super) struct CommandInfo {
    /// Its name, with the backslash.
    pub(super) name: &'static str,
    /// What may follow, as shown in help.
    pub(super) usage: &'static str,
    /// What completes it.
    pub(super) argument: Argument,
    /// What it does.
    pub(super) doc: &'static str,
    parse: fn(&str) -> Result<Command>,
}

/// All commands.
pub(super) static COMMANDS: &[CommandInfo] = &[
    CommandInfo {
        name: "\\d",
        usage: "[TABLE]",
        argument: Argument::Table,
        doc: "columns of a table; without a name, the tables of the default schema",
        parse: |text| Ok(Command::Describe(optional(text, path)?)),
    },
    CommandInfo {
        name: "\\dn",
        usage: "",
        argument: Argument::Free,
        doc: "workspaces and models: the catalogs and their schemas",
        parse: |text| nothing(text, Command::Schemas),
    },
    CommandInfo {
        name: "\\dt",
        usage: "[SCHEMA]",
        argument: Argument::Schema,
        doc: "tables of a schema; without a name, of the default one",
        parse: |text| Ok(Command::Tables(optional(text, path)?)),
    },
    CommandInfo {
        name: "\\timing",
        usage: "[on|off]",
        argument: Argument::Word(|| vec!["on".into(), "off".into()]),
        doc: "show how long statements take, or don't",
        parse: |text| Ok(Command::Timing(optional(text, switch)?)),
    },
    CommandInfo {
        name: "\\format",
        usage: "[FORMAT]",
        argument: Argument::Word(|| Format::value_variants().iter().map(|f| f.name()).collect()),
        doc: "format of results; without a name, say which one is used",
        parse: |text| Ok(Command::Format(optional(text, Format::named)?)),
    },
    CommandInfo {
        name: "\\o",
        usage: "[FILE]",
        argument: Argument::File,
        doc: "write results to a file, complete with the next \\o; without a name, here",
        parse: |text| Ok(Command::Output(optional(text, file)?)),
    },
    CommandInfo {
        name: "\\i",
        usage: "FILE",
        argument: Argument::File,
        doc: "run the statements of a file",
        parse: |text| {
            let path =
                optional(text, file)?.ok_or_else(|| usage("\\i takes the name of a file"))?;
            Ok(Command::Include(path))
        },
    },
    CommandInfo {
        name: "\\c",
        usage: "STRING",
        argument: Argument::Free,
        doc: "connect with another connection string, or @FILE",
        parse: |text| match text {
            "" => Err(usage("\\c takes a connection string, or @FILE")),
            text => Ok(Command::Connect(Secret::new(text))),
        },
    },
    CommandInfo {
        name: "\\?",
        usage: "",
        argument: Argument::Free,
        doc: "list these commands",
        parse: |text| nothing(text, Command::Help),
    },
    CommandInfo {
        name: "\\q",
        usage: "",
        argument: Argument::Free,
        doc: "end the program; so do exit, quit and Ctrl-D",
        parse: |text| nothing(text, Command::Quit),
    },
];

/// The table as text.
pub(super) fn help() -> String {
    let width = COMMANDS.iter().map(|c| c.name.len() + c.usage.len() + 1).max().unwrap_or(0);
    let mut text = String::new();
    for command in COMMANDS {
        let left = format!("{} {}", command.name, command.usage);
        text.push_str(&format!("  {left:width$}  {}\n", command.doc));
    }
    text
}

impl FromStr for Command {
    type Err = Error;

    /// Reads a line that begins with a backslash.
    fn from_str(line: &str) -> Result<Self> {
        let line = line.trim();
        let end = line.find(char::is_whitespace).unwrap_or(line.len());
        let (name, rest) = line.split_at(end);
        let (name, rest) = (name.trim_end_matches(';'), rest.trim());
        match COMMANDS.iter().find(|command| command.name == name) {
            Some(command) => (command.parse)(rest),
            None => Err(unknown(name)),
        }
    }
}

/// The argument may be anything, so only what looks like a name is repeated.
fn unknown(name: &str) -> Error {
    let letters = name[1..].find(|c: char| !c.is_alphabetic()).map_or(name.len(), |end| end + 1);
    let name = &name[..letters];
    let best = near(name, COMMANDS.iter().map(|command| command.name)).first().copied();
    let hint = match best {
        Some(best) => format!("did you mean {best}? \\? lists all commands"),
        None => "\\? lists all commands".to_owned(),
    };
    Error::new(ErrorKind::Config, format!("there is no command {name}")).with_hint(hint)
}

fn usage(message: &'static str) -> Error {
    Error::new(ErrorKind::Config, message).with_hint("\\? lists all commands")
}

fn nothing(text: &str, command: Command) -> Result<Command> {
    match text.trim_end_matches(';') {
        "" => Ok(command),
        _ => Err(usage("this command takes no argument")),
    }
}

/// Reads an argument that need not be there. A semicolon after it comes from habit.
fn optional<T>(text: &str, read: impl FnOnce(&str) -> Result<T>) -> Result<Option<T>> {
    match text.trim_end_matches(';').trim_end() {
        "" => Ok(None),
        text => read(text).map(Some),
    }
}

fn switch(text: &str) -> Result<bool> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" => Ok(true),
        "off" | "false" | "no" => Ok(false),
        _ => Err(usage("\\timing takes on or off")),
    }
}

/// Reads a file's name, which may be quoted and begin with `~/`.
fn file(text: &str) -> Result<PathBuf> {
    let quoted = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    let text = quoted('\'').or_else(|| quoted('"')).unwrap_or(text);
    if let Some(rest) = text.strip_prefix("~/")
        && let Some(user) = directories::UserDirs::new()
    {
        return Ok(user.home_dir().join(rest));
    }
    Ok(PathBuf::from(text))
}

/// Reads a name of up to three parts. A part may be quoted; one that isn't may hold blanks, because
/// nothing else follows.
fn path(text: &str) -> Result<Vec<String>> {
    let bad = || {
        usage(
            "a name is written as TABLE, SCHEMA.TABLE or CATALOG.SCHEMA.TABLE, each part in double quotes if it holds a dot",
        )
    };
    let mut parts = Vec::new();
    let mut rest = text.trim();
    loop {
        let part = if let Some(quoted) = rest.strip_prefix('"') {
            let mut part = String::new();
            let mut characters = quoted.char_indices().peekable();
            rest = loop {
                match characters.next() {
                    None => return Err(bad()),
                    Some((_, '"')) if characters.peek().is_some_and(|(_, c)| *c == '"') => {
                        characters.next();
                        part.push('"');
                    }
                    Some((end, '"')) => break quoted[end + 1..].trim_start(),
                    Some((_, c)) => part.push(c),
                }
            };
            part
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            let part = rest[..end].trim().to_owned();
            rest = &rest[end..];
            part
        };
        if part.is_empty() {
            return Err(bad());
        }
        parts.push(part);
        match rest.strip_prefix('.') {
            Some(more) if parts.len() < 3 => rest = more.trim_start(),
            None if rest.is_empty() => return Ok(parts),
            _ => return Err(bad()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Command) {
        assert_eq!(line.parse::<Command>().ok(), Some(expected), "{line}");
    }

    fn parts(names: &[&str]) -> Option<Vec<String>> {
        Some(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn commands_are_read_with_their_arguments() {
        check("\\d", Command::Describe(None));
        check("\\d;", Command::Describe(None));
        check("  \\dt  ;", Command::Tables(None));
        check("\\d Revenue by Region", Command::Describe(parts(&["Revenue by Region"])));
        check(
            "\\d \"Fin.ance\" . Sales Planning.\"a \"\"b\"\"\";",
            Command::Describe(parts(&["Fin.ance", "Sales Planning", "a \"b\""])),
        );
        check("\\dn", Command::Schemas);
        check("\\timing", Command::Timing(None));
        check("\\timing OFF", Command::Timing(Some(false)));
        check("\\format md", Command::Format(Some(Format::Markdown)));
        check("\\o", Command::Output(None));
        check("\\o 'my file.csv'", Command::Output(Some("my file.csv".into())));
        check("\\i a.sql", Command::Include("a.sql".into()));
        check("\\c User=x;Region=EU1;", Command::Connect(Secret::new("User=x;Region=EU1;")));
        check("\\?", Command::Help);
        check("\\q", Command::Quit);
    }

    #[test]
    fn wrong_arguments_are_errors() {
        for line in [
            "\\dn x",
            "\\timing maybe",
            "\\format xlsx",
            "\\i",
            "\\c",
            "\\d \"a",
            "\\d a..b",
            "\\d a.b.c.d",
        ] {
            let error = line.parse::<Command>().expect_err(line);
            assert_eq!(error.kind(), ErrorKind::Config, "{line}");
            assert!(error.hint().is_some(), "{line}");
        }
    }

    #[test]
    fn an_unknown_command_names_the_nearest_and_repeats_no_argument() {
        let error = "\\timin on".parse::<Command>().expect_err("unknown");
        assert_eq!(error.to_string(), "there is no command \\timin");
        assert!(error.hint().is_some_and(|hint| hint.starts_with("did you mean \\timing?")));
        let error = "\\connect=Password=marker".parse::<Command>().expect_err("unknown");
        assert!(!format!("{error:?}").contains("marker"));
        assert!("\\".parse::<Command>().is_err());
    }

    #[test]
    fn help_has_a_line_for_every_command() {
        assert_eq!(help().lines().count(), COMMANDS.len());
        assert!(help().lines().all(|line| line.chars().count() <= 100));
    }
}
