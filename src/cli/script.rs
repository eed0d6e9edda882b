//! Statements from the command line, from files and from standard input, as they come.

use std::collections::VecDeque;
use std::path::Path;

use tokio::io::{AsyncRead, AsyncReadExt};

use super::args::Input;
use crate::error::{Error, ErrorKind, Result};
use crate::session::{Splitter, Statement, split};

/// Bytes that are read in one go. The splitter looks through all that waits for its semicolon
/// whenever more comes.
const PART: usize = 16 << 10;

/// A source of statements.
pub(super) struct Script {
    /// None: all statements are there already.
    source: Option<Box<dyn AsyncRead + Send + Unpin>>,
    /// What it is called in messages; none for a single statement that the user sees anyway.
    name: Option<String>,
    splitter: Splitter,
    /// The beginning of a line whose end hasn't been read.
    rest: Vec<u8>,
    ready: VecDeque<Statement>,
    /// Lines and statements so far.
    lines: usize,
    number: usize,
}

impl Script {
    /// Opens an input.
    ///
    /// # Errors
    /// Kind [`Config`](ErrorKind::Config) when the file can't be opened.
    pub(super) async fn open(input: &Input) -> Result<Self> {
        match input {
            Input::Text(text) => Ok(Self::text(text)),
            Input::File(path) => Self::file(path).await,
            Input::Stdin => {
                Ok(Self::new(Some(Box::new(tokio::io::stdin())), Some("standard input".to_owned())))
            }
        }
    }

    /// Opens a file.
    ///
    /// # Errors
    /// Kind [`Config`](ErrorKind::Config) when that fails.
    pub(super) async fn file(path: &Path) -> Result<Self> {
        check(path)?;
        let file = tokio::fs::File::open(path).await.map_err(|e| unreadable(path, e))?;
        Ok(Self::new(Some(Box::new(file)), Some(path.display().to_string())))
    }

    /// The statements of a text.
    pub(super) fn text(text: &str) -> Self {
        let mut script = Self::new(None, None);
        script.ready = split(text).into();
        if script.ready.len() > 1 {
            script.name = Some(String::new());
        }
        script
    }

    /// Calls it this in messages.
    pub(super) fn called(mut self, name: String) -> Self {
        self.name = Some(name);
        self
    }

    fn new(source: Option<Box<dyn AsyncRead + Send + Unpin>>, name: Option<String>) -> Self {
        Self {
            source,
            name,
            splitter: Splitter::default(),
            rest: Vec::new(),
            ready: VecDeque::new(),
            lines: 0,
            number: 0,
        }
    }

    /// The next statement.
    ///
    /// # Errors
    /// Kind [`Io`](ErrorKind::Io) when reading fails, [`Data`](ErrorKind::Data) when what is read
    /// isn't UTF-8.
    pub(super) async fn next(&mut self) -> Result<Option<Statement>> {
        while self.ready.is_empty() {
            let Some(source) = &mut self.source else { return Ok(None) };
            let mut part = vec![0; PART];
            let read = source.read(&mut part).await.map_err(|e| {
                let name = self.name.as_deref().unwrap_or_default();
                Error::new(ErrorKind::Io, format!("{name} can't be read")).with_source(e)
            })?;
            self.rest.extend_from_slice(&part[..read]);
            if read == 0 {
                self.source = None;
            }
            // Commands end at a line's end, and no character is cut there.
            let whole = match self.source {
                None => self.rest.len(),
                Some(_) => self.rest.iter().rposition(|&b| b == b'\n').map_or(0, |end| end + 1),
            };
            self.push(whole)?;
        }
        self.number += 1;
        Ok(self.ready.pop_front())
    }

    /// Splits so many bytes of what has been read.
    fn push(&mut self, length: usize) -> Result<()> {
        let rest = self.rest.split_off(length);
        let bytes = std::mem::replace(&mut self.rest, rest);
        let bytes = match self.lines {
            0 => bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes),
            _ => &bytes,
        };
        let text = std::str::from_utf8(bytes).map_err(|e| {
            let before = bytes[..e.valid_up_to()].iter().filter(|&&b| b == b'\n').count();
            let name = self.name.as_deref().unwrap_or_default();
            let line = self.lines + before + 1;
            Error::new(ErrorKind::Data, format!("line {line} of {name} is not UTF-8"))
                .with_hint("save the script as UTF-8")
        })?;
        self.lines += text.matches('\n').count();
        self.ready.extend(self.splitter.push(text));
        if self.source.is_none() {
            self.ready.extend(self.splitter.finish());
        }
        Ok(())
    }

    /// Says in an error which statement failed, where that isn't obvious.
    pub(super) fn blame(&self, statement: &Statement, error: Error) -> Error {
        let Some(name) = &self.name else { return error };
        let of = if name.is_empty() { String::new() } else { format!(" of {name}") };
        let place = |rest: &str| format!("statement {}, line {rest}{of}", self.number);
        // The parser counts from where the statement begins.
        let message = error.to_string();
        if let Some((what, (line, column))) = without_place(&message) {
            let column = if line == 1 { statement.column + column - 1 } else { column };
            let place = place(&format!("{}, column {column}", statement.line + line - 1));
            let told = Error::new(error.kind(), format!("{place}: {what}"));
            return match error.hint() {
                Some(hint) => told.with_hint(hint.to_owned()),
                None => told,
            };
        }
        let place = place(&statement.line.to_string());
        error.context(format!("{place}: {message}"))
    }
}

/// What a syntax error says, and the line and column that it names.
fn without_place(message: &str) -> Option<(&str, (usize, usize))> {
    if !message.starts_with("syntax error: ") {
        return None;
    }
    let (what, place) = message.rsplit_once(" at Line: ")?;
    let (line, column) = place.split_once(", Column: ")?;
    let (line, column): (usize, usize) = (line.parse().ok()?, column.parse().ok()?);
    (line > 0 && column > 0).then_some((what, (line, column)))
}

/// How many results the statements of the inputs have, as far as their first words tell, and as far
/// as no command sends results elsewhere. Standard input and pipes can't be read twice: they count
/// as nothing.
///
/// # Errors
/// When a script can't be read.
pub(super) async fn results(inputs: &[Input]) -> Result<usize> {
    let mut results = 0;
    for input in inputs {
        let is_plain = match input {
            Input::Text(_) => true,
            Input::File(path) => path.is_file(),
            Input::Stdin => false,
        };
        if !is_plain {
            continue;
        }
        let mut script = Script::open(input).await?;
        while let Some(statement) = script.next().await? {
            let word = statement.text.split(|c: char| !(c.is_alphanumeric() || "\\(".contains(c)));
            let word = word.into_iter().next().unwrap_or_default().to_ascii_uppercase();
            match word.as_str() {
                "\\O" | "\\FORMAT" | "\\I" => return Ok(results),
                word if word.starts_with('(') || GIVE_ROWS.contains(&word) => results += 1,
                _ => {}
            }
        }
    }
    Ok(results)
}

/// What statements and commands with a result begin with.
const GIVE_ROWS: &[&str] = &[
    "SELECT", "WITH", "VALUES", "TABLE", "FROM", "EXPLAIN", "DESCRIBE", "DESC", "SHOW", "CALL",
    "EXEC", "EXECUTE", "\\D", "\\DT", "\\DN",
];

/// Checks that a script can be opened, before anything else is done.
///
/// # Errors
/// Kind [`Config`](ErrorKind::Config) when it can't.
pub(super) fn check(path: &Path) -> Result<()> {
    let metadata = std::fs::metadata(path).map_err(|e| unreadable(path, e))?;
    if metadata.is_dir() {
        return Err(unreadable(path, std::io::ErrorKind::IsADirectory.into()));
    }
    Ok(())
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Config, format!("the script {} can't be read", path.display()))
        .with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(script: &mut Script) -> Result<Vec<(String, usize)>> {
        let mut found = Vec::new();
        while let Some(statement) = script.next().await? {
            found.push((statement.text, statement.line));
        }
        Ok(found)
    }

    fn bytes(content: impl AsRef<[u8]>) -> Script {
        let content = std::io::Cursor::new(content.as_ref().to_vec());
        Script::new(Some(Box::new(content)), Some("x.sql".to_owned()))
    }

    #[tokio::test]
    async fn statements_come_with_their_lines_however_long_the_script() {
        let mut content = String::from("\u{feff}");
        (0..5000).for_each(|i| content.push_str(&format!("SELECT '{i} é;'\n;\n")));
        content.push_str("\\dt\nlast");
        let found = all(&mut bytes(content)).await.expect("read");
        assert_eq!(found.len(), 5002);
        assert_eq!(found[0], ("SELECT '0 é;'".to_owned(), 1));
        assert_eq!(found[4999], ("SELECT '4999 é;'".to_owned(), 9999));
        assert_eq!(found[5001], ("last".to_owned(), 10_002));
    }

    #[tokio::test]
    async fn what_is_not_utf_8_is_named() {
        let error = all(&mut bytes(b"SELECT 1;\nSELECT '\xFF';\n")).await.expect_err("not UTF-8");
        assert_eq!(error.to_string(), "line 2 of x.sql is not UTF-8");
    }

    #[tokio::test]
    async fn errors_name_the_statement_where_there_are_several() {
        let blame = async |mut script: Script, number: usize| {
            let mut last = None;
            for _ in 0..number {
                last = script.next().await.expect("read");
            }
            let cause = Error::new(ErrorKind::NotFound, "there is no table").with_hint("look");
            let error = script.blame(&last.expect("a statement"), cause);
            assert_eq!((error.kind(), error.hint()), (ErrorKind::NotFound, Some("look")));
            assert!(error.causes().is_empty());
            error.to_string()
        };
        assert_eq!(blame(Script::text("SELECT x;"), 1).await, "there is no table");
        assert_eq!(
            blame(Script::text("SELECT 1;\nSELECT x"), 2).await,
            "statement 2, line 2: there is no table"
        );
        assert_eq!(
            blame(bytes("SELECT x"), 1).await,
            "statement 1, line 1 of x.sql: there is no table"
        );
        assert_eq!(
            blame(Script::text("SELECT x").called("-c number 2".to_owned()), 1).await,
            "statement 1, line 1 of -c number 2: there is no table"
        );
    }

    #[tokio::test]
    async fn syntax_errors_have_one_place() {
        let blame = async |text: &str, said: &'static str| {
            let mut script = bytes(text);
            script.next().await.expect("read").expect("a statement");
            let statement = script.next().await.expect("read").expect("a statement");
            let cause = Error::new(ErrorKind::Query, said).with_hint("look");
            let error = script.blame(&statement, cause);
            assert_eq!((error.kind(), error.hint()), (ErrorKind::Query, Some("look")));
            assert!(error.causes().is_empty(), "{error:?}");
            error.to_string()
        };
        assert_eq!(
            blame("SELECT 1; SELEC 2", "syntax error: found: SELEC at Line: 1, Column: 1").await,
            "statement 2, line 1, column 11 of x.sql: syntax error: found: SELEC"
        );
        assert_eq!(
            blame("SELECT 1; SELECT\n (x", "syntax error: found: EOF at Line: 2, Column: 4").await,
            "statement 2, line 2, column 4 of x.sql: syntax error: found: EOF"
        );
        assert_eq!(
            blame("SELECT 1;\nSELEC", "syntax error: found: EOF").await,
            "statement 2, line 2 of x.sql: syntax error: found: EOF"
        );
    }

    #[tokio::test]
    async fn results_are_counted_by_first_words() {
        let count = async |texts: &[&str]| {
            let inputs: Vec<Input> = texts.iter().map(|t| Input::Text((*t).to_owned())).collect();
            results(&inputs).await.expect("read")
        };
        assert_eq!(count(&["SELECT 1; select 2", "-- no\n(SELECT 3)"]).await, 3);
        assert_eq!(
            count(&["CREATE TABLE t AS SELECT 1; SET x = 1; INSERT INTO t SELECT 2"]).await,
            0
        );
        assert_eq!(count(&["COPY t TO 'x'; WITH a AS (SELECT 1) SELECT * FROM a;"]).await, 1);
        assert_eq!(count(&["\\dt\n\\d models\nEXPLAIN SELECT 1", "selected"]).await, 3);
        assert_eq!(count(&["SELECT 1", "\\o x.csv", "SELECT 2"]).await, 1);
    }

    #[tokio::test]
    async fn a_missing_script_is_wrong_usage() {
        for path in ["/no/such/file.sql", "/"] {
            let opened = Script::file(Path::new(path)).await;
            assert_eq!(opened.err().map(|e| e.kind()), Some(ErrorKind::Config), "{path}");
        }
    }
}
