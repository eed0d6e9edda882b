//! Statements that are the server's own: about settings, transactions, cursors and copies.

mod copy;

use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

pub(super) use self::copy::{CopyFormat, CopyKind};
use super::problem::{Outcome, Problem};

/// A statement that no table is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    Begin,
    Commit,
    Rollback,
    Savepoint,
    Release,
    RollbackTo,
    /// SET name TO value.
    Set {
        name: String,
        value: String,
        is_local: bool,
    },
    /// What is said about transactions or roles, and changes nothing.
    SetNothing,
    /// SET name TO DEFAULT, RESET name, RESET ALL.
    Reset(Option<String>),
    Show(String),
    ShowAll,
    DiscardAll,
    /// DISCARD PLANS and the like.
    DiscardNothing,
    /// DEALLOCATE name, or ALL.
    Deallocate(Option<String>),
    Declare {
        name: String,
        query: String,
        holds: bool,
    },
    Fetch {
        name: String,
        rows: usize,
        moves: bool,
    },
    /// CLOSE name, or ALL.
    Close(Option<String>),
    Listen,
    Unlisten,
    Copy {
        query: String,
        format: CopyFormat,
    },
}

/// The first words of a statement that may be a command.
const WORDS: &[&str] = &[
    "ABORT",
    "BEGIN",
    "CLOSE",
    "COMMIT",
    "COPY",
    "DEALLOCATE",
    "DECLARE",
    "DISCARD",
    "END",
    "FETCH",
    "LISTEN",
    "MOVE",
    "NOTIFY",
    "RELEASE",
    "RESET",
    "ROLLBACK",
    "SAVEPOINT",
    "SET",
    "SHOW",
    "START",
    "UNLISTEN",
];

/// The first word of a statement, in capitals. Comments before it don't count.
pub(super) fn first_word(sql: &str) -> String {
    let mut rest = sql.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    loop {
        rest = rest.trim_start();
        let after = if rest.starts_with("--") {
            rest.find('\n').map(|end| end + 1)
        } else if rest.starts_with("/*") {
            rest.find("*/").map(|end| end + 2)
        } else {
            None
        };
        match after {
            Some(end) => rest = &rest[end..],
            None => break,
        }
    }
    let end = rest.find(|c: char| !(c.is_ascii_alphabetic() || c == '_')).unwrap_or(rest.len());
    rest[..end].to_ascii_uppercase()
}

/// Reads a statement, if it is a command.
///
/// # Errors
/// When it is one that isn't understood, or isn't done.
pub(super) fn read(sql: &str) -> Outcome<Option<Command>> {
    let word = first_word(sql);
    if !WORDS.contains(&word.as_str()) {
        return Ok(None);
    }
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location();
    let Ok(tokens) = tokens else { return Ok(None) };
    let mut reader = Reader { sql, tokens: Vec::new(), at: 1, ends: Vec::new() };
    let mut offset = Offset { sql, at: 0, line: 1, column: 1 };
    for token in tokens {
        if !matches!(token.token, Token::Whitespace(_) | Token::SemiColon | Token::EOF) {
            let start = offset.find(token.span.start.line, token.span.start.column);
            reader.ends.push((start, offset.find(token.span.end.line, token.span.end.column)));
            reader.tokens.push(token.token);
        }
    }
    reader.command(&word)
}

/// From lines and columns, which only grow, to bytes.
struct Offset<'a> {
    sql: &'a str,
    at: usize,
    line: u64,
    column: u64,
}

impl Offset<'_> {
    fn find(&mut self, line: u64, column: u64) -> usize {
        for character in self.sql[self.at..].chars() {
            if (self.line, self.column) >= (line, column) {
                break;
            }
            self.at += character.len_utf8();
            match character {
                '\n' => (self.line, self.column) = (self.line + 1, 1),
                _ => self.column += 1,
            }
        }
        self.at
    }
}

struct Reader<'a> {
    sql: &'a str,
    tokens: Vec<Token>,
    /// Which token is next.
    at: usize,
    /// Where each begins and ends.
    ends: Vec<(usize, usize)>,
}

fn malformed(word: &str) -> Problem {
    Problem::syntax(format!("syntax error in {word}"))
}

impl Reader<'_> {
    fn command(&mut self, word: &str) -> Outcome<Option<Command>> {
        Ok(Some(match word {
            "BEGIN" => Command::Begin,
            "START" if self.word("TRANSACTION") => Command::Begin,
            "COMMIT" | "END" => Command::Commit,
            "ABORT" => Command::Rollback,
            "ROLLBACK" => {
                let _ = self.word("WORK") || self.word("TRANSACTION");
                if self.word("TO") { Command::RollbackTo } else { Command::Rollback }
            }
            "SAVEPOINT" => Command::Savepoint,
            "RELEASE" => Command::Release,
            "LISTEN" => Command::Listen,
            "UNLISTEN" => Command::Unlisten,
            "NOTIFY" => return Err(Problem::unsupported("nobody can be notified here")),
            "DISCARD" if self.word("ALL") => Command::DiscardAll,
            "DISCARD" => Command::DiscardNothing,
            "DEALLOCATE" => {
                let _ = self.word("PREPARE");
                Command::Deallocate(self.name_or_all().ok_or_else(|| malformed(word))?)
            }
            "CLOSE" => Command::Close(self.name_or_all().ok_or_else(|| malformed(word))?),
            "RESET" => {
                if self.word("ALL") {
                    Command::Reset(None)
                } else {
                    Command::Reset(Some(self.setting().ok_or_else(|| malformed(word))?))
                }
            }
            "SHOW" => return Ok(self.show()),
            "SET" => self.set().ok_or_else(|| malformed(word))?,
            "DECLARE" => self.declare().ok_or_else(|| malformed(word))?,
            "FETCH" | "MOVE" => self.fetch(word == "MOVE")?,
            "COPY" => self.copy()?,
            _ => return Ok(None),
        }))
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is_word(&self, wanted: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(word)) if word.quote_style.is_none()
            && word.value.eq_ignore_ascii_case(wanted))
    }

    fn word(&mut self, wanted: &str) -> bool {
        let is = self.is_word(wanted);
        self.at += usize::from(is);
        is
    }

    fn token(&mut self, wanted: &Token) -> bool {
        let is = self.peek() == Some(wanted);
        self.at += usize::from(is);
        is
    }

    /// A name as PostgreSQL has it: in small letters, unless it is quoted.
    fn name(&mut self) -> Option<String> {
        let Some(Token::Word(word)) = self.peek() else { return None };
        let name = match word.quote_style {
            Some(_) => word.value.clone(),
            None => word.value.to_ascii_lowercase(),
        };
        self.at += 1;
        Some(name)
    }

    fn name_or_all(&mut self) -> Option<Option<String>> {
        if self.word("ALL") { Some(None) } else { self.name().map(Some) }
    }

    /// The name of a setting, with its dots.
    fn setting(&mut self) -> Option<String> {
        let mut name = self.name()?;
        while self.token(&Token::Period) {
            name = format!("{name}.{}", self.name()?);
        }
        Some(name)
    }

    /// SHOW of a setting. Of tables, columns and the like it is a query.
    fn show(&mut self) -> Option<Command> {
        if self.is_word("ALL") && self.tokens.len() == 2 {
            return Some(Command::ShowAll);
        }
        if self.word("TIME") && self.word("ZONE") {
            return Some(Command::Show("TimeZone".to_owned()));
        }
        if self.word("TRANSACTION") {
            return Some(Command::Show("transaction_isolation".to_owned()));
        }
        let tables = ["TABLES", "COLUMNS", "FUNCTIONS", "CREATE", "SCHEMAS", "DATABASES", "VIEWS"];
        if tables.iter().any(|it| self.is_word(it)) {
            return None;
        }
        let name = self.setting()?;
        (self.at == self.tokens.len()).then_some(Command::Show(name))
    }

    fn set(&mut self) -> Option<Command> {
        let is_local = self.word("LOCAL");
        if self.word("SESSION") {
            if self.word("CHARACTERISTICS") {
                return Some(Command::SetNothing);
            }
            if self.word("AUTHORIZATION") {
                return self.word("DEFAULT").then_some(Command::SetNothing);
            }
        }
        if self.word("TRANSACTION") || self.word("CONSTRAINTS") {
            return Some(Command::SetNothing);
        }
        if self.word("ROLE") {
            return self.word("NONE").then_some(Command::SetNothing);
        }
        let name = if self.word("TIME") && self.word("ZONE") {
            "TimeZone".to_owned()
        } else if self.word("NAMES") {
            "client_encoding".to_owned()
        } else {
            let name = self.setting()?;
            (self.word("TO") || self.token(&Token::Eq)).then_some(name)?
        };
        if self.word("DEFAULT") {
            return Some(Command::Reset(Some(name)));
        }
        let mut values = Vec::new();
        loop {
            values.push(self.value()?);
            if !self.token(&Token::Comma) {
                break;
            }
        }
        (self.at == self.tokens.len()).then(|| Command::Set {
            name,
            value: values.join(", "),
            is_local,
        })
    }

    fn value(&mut self) -> Option<String> {
        let is_negative = self.token(&Token::Minus);
        let value = match self.peek()? {
            // Names keep their quotes, so that a list of them can be read again.
            Token::Word(word) => match word.quote_style {
                Some(_) => format!("\"{}\"", word.value.replace('"', "\"\"")),
                None => word.value.clone(),
            },
            Token::Number(number, _) => number.clone(),
            Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text) => text.clone(),
            _ => return None,
        };
        self.at += 1;
        Some(if is_negative { format!("-{value}") } else { value })
    }

    fn declare(&mut self) -> Option<Command> {
        let name = self.name()?;
        while ["BINARY", "ASENSITIVE", "INSENSITIVE", "NO", "SCROLL"].iter().any(|it| self.word(it))
        {
        }
        if !self.word("CURSOR") {
            return None;
        }
        let holds = self.is_word("WITH");
        let _ = self.word("WITH") || self.word("WITHOUT");
        let _ = self.word("HOLD");
        if !self.word("FOR") {
            return None;
        }
        let (start, _) = self.ends.get(self.at)?;
        let query = self.sql[*start..].trim_end().trim_end_matches(';').to_owned();
        Some(Command::Declare { name, query, holds })
    }

    fn fetch(&mut self, moves: bool) -> Outcome<Command> {
        let backward = || {
            Problem::new("55000", "a cursor only goes forward")
                .with_hint("declare it again to begin anew")
        };
        let backwards = ["BACKWARD", "PRIOR", "FIRST", "LAST", "ABSOLUTE", "RELATIVE"];
        if backwards.iter().any(|it| self.is_word(it)) {
            return Err(backward());
        }
        let _ = self.word("FORWARD");
        let rows = if self.word("ALL") {
            usize::MAX
        } else if self.word("NEXT") {
            1
        } else if self.token(&Token::Minus) {
            return Err(backward());
        } else if let Some(Token::Number(number, _)) = self.peek() {
            let rows = number.parse().map_err(|_| malformed("FETCH"))?;
            self.at += 1;
            rows
        } else {
            1
        };
        let _ = self.word("FROM") || self.word("IN");
        let name = self.name().ok_or_else(|| malformed("FETCH"))?;
        Ok(Command::Fetch { name, rows, moves })
    }
}

#[cfg(test)]
mod tests;
