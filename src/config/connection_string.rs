//! The text form of the settings: `Key=Value;Key=Value`, as in ODBC and ADO.NET.

use std::fmt;

use super::key::Key;
use super::problem::Problems;
use crate::error::Result;
use crate::secret::Secret;

#[cfg(test)]
mod tests;

/// A connection string, taken apart into keys and values.
///
/// # Grammar
///
/// - Pairs `Key=Value` are separated by `;`. Empty pairs, such as the one after a trailing `;`,
///   are skipped.
/// - Keys are case-insensitive. Blanks (line ends too) around keys and values are trimmed.
/// - A value that is empty, quoted or not, means that the key is unset.
/// - A value that starts with `"` or `'` ends at the next such quote, and a doubled quote is a
///   literal one. A value that starts with `{` ends at the next `}`, and `}}` is a literal `}`.
///   All else between the quotes is taken literally: `;`, `=`, blanks, line ends.
/// - Any other value extends to the next `;`. It may hold `=`, as in `Password=a=b`, and, after
///   its first character, quotes and braces, which then are literal.
/// - Each key may stand once.
///
/// Whether the values make sense is not decided here, but by
/// [`Settings`](super::Settings).
///
/// `Debug` shows the names of the keys only, because any value may be a misplaced secret.
///
/// ```
/// use anaplan_sql::config::{ConnectionString, Key};
///
/// let text = r#"user = demo@anaplan-sql.example; Password = "semi;colon""#;
/// let parsed = ConnectionString::parse(text)?;
/// assert_eq!(parsed.get(Key::Password), Some("semi;colon"));
/// assert_eq!(parsed.masked(), "User=demo@anaplan-sql.example;Password=***");
/// # Ok::<(), anaplan_sql::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ConnectionString {
    pairs: Vec<(Key, Secret)>,
}

impl ConnectionString {
    /// Takes a connection string apart.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::error::ErrorKind::Config) with everything that is wrong:
    /// malformed text, unknown keys, keys given twice. Names keys and positions (in characters,
    /// the first is 1), never a value.
    pub fn parse(text: &str) -> Result<Self> {
        let mut problems = Problems::default();
        let parsed = Self::read(text, &mut problems);
        problems.into_result(Some(parsed))
    }

    /// Reads what can be read, and says what can't.
    pub(super) fn read(text: &str, problems: &mut Problems) -> Self {
        let mut tokenizer = Tokenizer { rest: text, position: 1, doubtful: false, problems };
        let mut parsed = Self::default();
        let mut first_seen: Vec<(Key, usize)> = Vec::new();
        while let Some((key, position, value)) = tokenizer.next_pair() {
            if let Some((_, first)) = first_seen.iter().find(|(seen, _)| *seen == key) {
                let text = format!("{key} is given twice, first at position {first}");
                tokenizer.problems.add_at(position, text);
                continue;
            }
            first_seen.push((key, position));
            if !value.expose().is_empty() {
                parsed.pairs.push((key, value));
            }
        }
        parsed
    }

    /// The keys that have a value, and their values, in the order of the text.
    pub fn pairs(&self) -> impl Iterator<Item = (Key, &str)> {
        self.pairs.iter().map(|(key, value)| (*key, value.expose()))
    }

    /// The value of a key, if it has one.
    pub fn get(&self, key: Key) -> Option<&str> {
        self.pairs().find(|(other, _)| *other == key).map(|(_, value)| value)
    }

    /// Prints the connection string with every value in double quotes. Parsing that gives the same
    /// connection string again.
    pub fn to_text(&self) -> Secret {
        self.pairs()
            .map(|(key, value)| format!("{key}={}", quoted(value)))
            .collect::<Vec<_>>()
            .join(";")
            .into()
    }

    /// Prints the connection string for people, with `***` in place of secrets, and quotes only
    /// where they are needed.
    pub fn masked(&self) -> String {
        let pair = |(key, value): (Key, &str)| {
            let shown = key.masked(value);
            let plain = shown.trim() == shown
                && !shown.starts_with(['"', '\'', '{'])
                && !shown.contains([';', '\n']);
            if plain { format!("{key}={shown}") } else { format!("{key}={}", quoted(shown)) }
        };
        self.pairs().map(pair).collect::<Vec<_>>().join(";")
    }
}

impl fmt::Debug for ConnectionString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.pairs.iter().map(|(key, _)| key)).finish()
    }
}

/// A value in double quotes.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('"', "\"\""))
}

struct Tokenizer<'a> {
    rest: &'a str,
    /// Of the first character of `rest`.
    position: usize,
    /// Whether what comes next may be a piece of a secret that was not quoted as it should: a
    /// secret, or something that could not be read, came before it.
    doubtful: bool,
    problems: &'a mut Problems,
}

impl<'a> Tokenizer<'a> {
    /// The next pair whose key is known and whose value could be read, with the key's position.
    fn next_pair(&mut self) -> Option<(Key, usize, Secret)> {
        loop {
            self.take_while(|c| c == ';' || c.is_whitespace());
            if self.rest.is_empty() {
                return None;
            }
            let position = self.position;
            let name = self.take_while(|c| c != '=' && c != ';').trim_end();
            if !self.take_char('=') {
                self.missing_equals(position, name);
                continue;
            }
            let key = Key::find(name);
            match key {
                Some(_) => {}
                None if name.is_empty() => self.problems.add_at(position, "a key is missing here"),
                None => {
                    let text = Key::unknown(name, self.doubtful);
                    self.problems.add_at(position, text);
                    Key::meant_by(name).into_iter().for_each(|key| self.problems.garbled(key));
                }
            }
            self.take_while(char::is_whitespace);
            let value = self.value(key);
            self.doubtful = value.is_none() || key.is_none_or(|key| key.info().secret);
            if value.is_none() {
                key.into_iter().for_each(|key| self.problems.garbled(key));
            }
            if let (Some(key), Some(value)) = (key, value) {
                return Some((key, position, value));
            }
        }
    }

    /// Says that there is text without `=`, which often is the rest of an unquoted value.
    fn missing_equals(&mut self, position: usize, name: &str) {
        let text = match Key::find(name) {
            Some(key) => format!("{key} has no value; expected {key}=value"),
            None => "expected Key=Value; a value that holds ; must be quoted".into(),
        };
        self.problems.add_at(position, text);
        self.doubtful = true;
    }

    /// Reads a value, up to the `;` behind it; None if that is impossible, which it reports.
    fn value(&mut self, key: Option<Key>) -> Option<Secret> {
        let close = match self.rest.chars().next() {
            Some(quote @ ('"' | '\'')) => quote,
            Some('{') => '}',
            _ => {
                let value = self.take_while(|c| c != ';').trim_end();
                return Some(Secret::new(value));
            }
        };
        let of_key = key.map(|key| format!(" of {key}")).unwrap_or_default();
        let opened = self.position;
        self.advance(1);
        let Some(raw) = self.quoted(close) else {
            let text = format!("the quoted value{of_key} has no closing {close}");
            self.problems.add_at(opened, text);
            self.advance(self.rest.len());
            return None;
        };
        self.take_while(char::is_whitespace);
        if !self.rest.is_empty() && !self.rest.starts_with(';') {
            let text = format!(
                "expected ; after the quoted value{of_key}; a {close} within it must be doubled"
            );
            self.problems.add_at(self.position, text);
            self.take_while(|c| c != ';');
            return None;
        }
        Some(Secret::new(raw.replace(&format!("{close}{close}"), &close.to_string())))
    }

    /// Takes everything up to a closing quote, and the quote; None if there is no closing quote.
    fn quoted(&mut self, close: char) -> Option<&'a str> {
        let mut end = 0;
        loop {
            end += self.rest.get(end..)?.find(close)?;
            if !self.rest[end + 1..].starts_with(close) {
                break;
            }
            end += 2;
        }
        let raw = &self.rest[..end];
        self.advance(end + 1);
        Some(raw)
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !keep(c)).unwrap_or(self.rest.len());
        let taken = &self.rest[..end];
        self.advance(end);
        taken
    }

    fn take_char(&mut self, c: char) -> bool {
        let found = self.rest.starts_with(c);
        if found {
            self.advance(c.len_utf8());
        }
        found
    }

    /// Moves on by some bytes, which end at a character's end.
    fn advance(&mut self, bytes: usize) {
        let (taken, rest) = self.rest.split_at(bytes);
        self.position += taken.chars().count();
        self.rest = rest;
    }
}
