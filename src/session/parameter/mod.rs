//! Parameters of a statement.
//!
//! Their values are written into the statement as literals before it is planned: so they work
//! wherever a literal does, in calls of procedures too, and `?` means the same as `$1`.

mod literal;
#[cfg(test)]
mod tests;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::sql::sqlparser::dialect::Dialect;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use self::literal::literal;
use crate::error::{Error, ErrorKind, Result};
use crate::procedure::procedure;

/// The most parameters of a statement: PostgreSQL's protocol counts no further.
const MOST: usize = 65_535;

/// A statement in which values are missing.
#[derive(Debug, Clone)]
pub struct Template {
    pieces: Vec<Piece>,
    kind: Kind,
    /// What stands around the VALUES of an INSERT of one row made of nothing but its parameters.
    insert: Option<InsertAround>,
    /// Whether a backslash in a text has to be doubled.
    backslashes: bool,
}

/// An INSERT without its VALUES.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsertAround {
    /// Its table and columns.
    pub before: String,
    /// What is to be done on a conflict.
    pub after: String,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    /// By its place, from 0.
    Numbered(usize),
    Named(String),
}

/// What running a statement means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only reads, and its rows come as they are asked for.
    Query,
    /// It changes something when its result is read, so it must be read to its end.
    Change,
    /// It is done when it is planned.
    Definition,
}

impl Template {
    /// Finds the parameters of a statement. A text that is no SQL has none: planning it says why.
    ///
    /// # Errors
    /// When `?` and `$1` stand side by side.
    pub fn parse(sql: &str, dialect: &dyn Dialect) -> Result<Self> {
        let tokens = Tokenizer::new(dialect, sql).tokenize_with_location().unwrap_or_default();
        let (mut pieces, mut copied) = (Vec::new(), 0);
        let (mut marks, mut numbers) = (0, 0);
        let mut cursor = Cursor { text: sql, at: 0, line: 1, column: 1 };
        let mut insert = Insert::new(&tokens);
        for (index, token) in tokens.iter().enumerate() {
            if insert.values == Some(index) {
                insert.around.before = sql[..cursor.find(token.span.start)].to_owned();
            }
            if insert.end == Some(index) {
                let after = &sql[cursor.find(token.span.end)..];
                insert.around.after = after.trim_end().trim_end_matches(';').to_owned();
            }
            let Token::Placeholder(sign) = &token.token else { continue };
            let (from, to) = (cursor.find(token.span.start), cursor.find(token.span.end));
            let name = sign.get(1..).unwrap_or_default();
            let piece = match (sign.as_str(), name.parse::<usize>()) {
                ("?", _) => {
                    marks += 1;
                    Piece::Numbered(marks - 1)
                }
                (_, Ok(number)) if number > 0 => {
                    numbers += 1;
                    Piece::Numbered(number - 1)
                }
                _ => Piece::Named(name.to_owned()),
            };
            pieces.push(Piece::Text(sql[copied..from].to_owned()));
            pieces.push(piece);
            copied = to;
        }
        if marks > 0 && numbers > 0 {
            return Err(Error::new(ErrorKind::Query, "? and $1 stand side by side")
                .with_hint("write all parameters in one way"));
        }
        pieces.push(Piece::Text(sql[copied..].to_owned()));
        let backslashes = dialect.supports_string_literal_backslash_escape();
        let mut template = Self { pieces, kind: kind(&tokens), insert: None, backslashes };
        template.insert = insert.around(&template);
        // Each takes memory, and a text may say any number.
        if template.count() > MOST {
            let text = format!("a statement has at most {MOST} parameters");
            return Err(Error::new(ErrorKind::Query, text).with_sqlstate("54000"));
        }
        Ok(template)
    }

    /// What running it means.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// How many parameters it has.
    pub fn count(&self) -> usize {
        let numbered = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Numbered(place) => Some(place.saturating_add(1)),
            _ => None,
        });
        numbered.max().unwrap_or(0) + self.names().len()
    }

    /// The names among its parameters, each once.
    fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for piece in &self.pieces {
            if let Piece::Named(name) = piece
                && !names.contains(&name.as_str())
            {
                names.push(name.as_str());
            }
        }
        names
    }

    /// Its parameters as a schema. Of which types they must be shows only once there are values.
    pub fn schema(&self) -> Schema {
        let numbered = self.count() - self.names().len();
        let names = std::iter::repeat_n("", numbered).chain(self.names());
        Schema::new(names.map(|name| Field::new(name, DataType::Null, true)).collect::<Vec<_>>())
    }

    /// An INSERT without its VALUES, if these are nothing but all of its parameters in order: then
    /// any number of rows can be one statement.
    pub fn insert(&self) -> Option<&InsertAround> {
        self.insert.as_ref()
    }

    /// The statement without parameters.
    ///
    /// # Errors
    /// When it has some.
    pub fn text(&self) -> Result<String> {
        match self.count() {
            0 => Ok(self.pieces.iter().map(Piece::text).collect()),
            count => {
                let text = format!("the statement has {count} parameters, and nothing is bound");
                Err(Error::new(ErrorKind::Query, text))
            }
        }
    }

    /// The statement with the values of a row.
    ///
    /// # Errors
    /// When the row doesn't have as many values as the statement has parameters, or lacks a name, or
    /// when a value is of a type that has no literal.
    pub fn with_row(&self, rows: &RecordBatch, row: usize, by_name: bool) -> Result<String> {
        let (count, given) = (self.count(), rows.num_columns());
        if !by_name && count != given {
            let text = format!("the statement has {count} parameters, and {given} are bound");
            return Err(Error::new(ErrorKind::Query, text));
        }
        let numbered = count - self.names().len();
        let mut sql = String::new();
        for piece in &self.pieces {
            let column = match piece {
                Piece::Text(text) => {
                    sql.push_str(text);
                    continue;
                }
                Piece::Numbered(place) => Some(*place),
                Piece::Named(name) if by_name => rows.schema().index_of(name).ok(),
                Piece::Named(name) => {
                    let place = self.names().iter().position(|other| other == name);
                    place.map(|place| numbered + place)
                }
            };
            let Some(column) = column.filter(|column| *column < given) else {
                let text = format!("no value is bound to parameter {}", piece.shown());
                return Err(Error::new(ErrorKind::Query, text));
            };
            let in_call = self.kind == Kind::Change;
            sql.push_str(&literal(rows.column(column), row, self.backslashes, in_call)?);
        }
        Ok(sql)
    }
}

impl Template {
    /// The statement with texts in the places of its parameters, which are numbered.
    ///
    /// # Errors
    /// When a parameter has a name, or its text isn't there.
    pub fn with_texts(&self, texts: &[String]) -> Result<String> {
        let mut sql = String::new();
        for piece in &self.pieces {
            let text = match piece {
                Piece::Text(text) => Some(text),
                Piece::Numbered(place) => texts.get(*place),
                Piece::Named(_) => None,
            };
            sql.push_str(text.ok_or_else(|| {
                let text = format!("no value is bound to parameter {}", piece.shown());
                Error::new(ErrorKind::Query, text)
            })?);
        }
        Ok(sql)
    }
}

impl Piece {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Text(_) => String::new(),
            Self::Numbered(place) => (place + 1).to_string(),
            Self::Named(name) => format!("${name}"),
        }
    }
}

/// From lines and columns, which only grow, to bytes.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
    line: u64,
    column: u64,
}

impl Cursor<'_> {
    fn find(&mut self, place: Location) -> usize {
        for character in self.text[self.at..].chars() {
            if (self.line, self.column) >= (place.line, place.column) {
                break;
            }
            self.at += character.len_utf8();
            if character == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.at
    }
}

/// The words without quotes that a statement has, in capitals.
fn words(tokens: &[TokenWithSpan]) -> impl Iterator<Item = String> {
    tokens.iter().filter_map(|token| match &token.token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_ascii_uppercase()),
        _ => None,
    })
}

fn kind(tokens: &[TokenWithSpan]) -> Kind {
    let mut all = words(tokens);
    let (first, second) = (all.next().unwrap_or_default(), all.next().unwrap_or_default());
    let changes = |word: &str| {
        matches!(word, "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "REPLACE" | "TRUNCATE")
    };
    match first.as_str() {
        "SELECT" | "VALUES" | "TABLE" | "FROM" | "SHOW" | "DESCRIBE" | "DESC" => Kind::Query,
        "WITH" if words(tokens).any(|word| changes(&word)) => Kind::Change,
        "WITH" => Kind::Query,
        // It may be the EXPLAIN ANALYZE of anything.
        "EXPLAIN" if second == "ANALYZE" => Kind::Change,
        "EXPLAIN" => Kind::Query,
        "EXEC" | "EXECUTE" if procedure(&second).is_none() => Kind::Query,
        "CALL" | "EXEC" | "EXECUTE" | "COPY" => Kind::Change,
        word if changes(word) => Kind::Change,
        _ => Kind::Definition,
    }
}

/// Looks for an INSERT of one row of parameters.
struct Insert {
    /// Which token the VALUES are, and which ends them.
    values: Option<usize>,
    end: Option<usize>,
    around: InsertAround,
}

impl Insert {
    fn new(tokens: &[TokenWithSpan]) -> Self {
        let found = Self::find(tokens);
        Self {
            values: found.map(|(values, _)| values),
            end: found.map(|(_, end)| end),
            around: InsertAround { before: String::new(), after: String::new() },
        }
    }

    fn find(tokens: &[TokenWithSpan]) -> Option<(usize, usize)> {
        let is_word = |token: &Token, word: &str| {
            matches!(token, Token::Word(it) if it.quote_style.is_none()
                && it.value.eq_ignore_ascii_case(word))
        };
        let mut solid = tokens
            .iter()
            .enumerate()
            .map(|(index, token)| (index, &token.token))
            .filter(|(_, token)| !matches!(token, Token::Whitespace(_)));
        solid.next().filter(|(_, first)| is_word(first, "INSERT"))?;
        let (values, _) = solid.find(|(_, token)| is_word(token, "VALUES"))?;
        solid.next().filter(|(_, token)| **token == Token::LParen)?;
        loop {
            solid.next().filter(|(_, token)| matches!(token, Token::Placeholder(_)))?;
            match solid.next()? {
                (_, Token::Comma) => {}
                (end, Token::RParen) => {
                    // ON CONFLICT … fits behind a query, too.
                    let next = solid.find(|(_, token)| **token != Token::SemiColon);
                    let fits = next.is_none_or(|(_, token)| is_word(token, "ON"));
                    return fits.then_some((values, end));
                }
                _ => return None,
            }
        }
    }

    /// What stands around the VALUES, if the parameters of the template are in order.
    fn around(self, template: &Template) -> Option<InsertAround> {
        self.values?;
        let places = template.pieces.iter().filter(|piece| !matches!(piece, Piece::Text(_)));
        let in_order = places
            .enumerate()
            .all(|(index, piece)| matches!(piece, Piece::Numbered(place) if *place == index));
        (in_order && !self.around.after.contains(['?', '$'])).then_some(self.around)
    }
}
