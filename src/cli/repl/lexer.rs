//! The pieces of what is being typed, finished or not.

use std::ops::Range;

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or a name without quotes.
    Word,
    /// A name in double quotes.
    Quoted,
    /// A text in single quotes.
    Text,
    /// A number.
    Number,
    /// A comment of either form.
    Comment,
    /// One character of anything else.
    Symbol,
}

/// A piece. Blanks between pieces are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
    /// Its end has been typed.
    pub(super) closed: bool,
}

/// Takes a text to pieces.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let (kind, length, closed) = token(&text[at..], c);
        tokens.push(Token { kind, range: at..at + length, closed });
        at += length;
    }
    tokens
}

/// The piece that a text begins with.
fn token(rest: &str, first: char) -> (Kind, usize, bool) {
    let until = |end: &str, from: usize| match rest[from..].find(end) {
        Some(found) => (from + found + end.len(), true),
        None => (rest.len(), false),
    };
    let (kind, (length, closed)) = match first {
        '"' => (Kind::Quoted, quoted(rest, '"')),
        '\'' => (Kind::Text, quoted(rest, '\'')),
        '-' if rest.starts_with("--") => (Kind::Comment, until("\n", 2)),
        '/' if rest.starts_with("/*") => (Kind::Comment, until("*/", 2)),
        c if c.is_ascii_digit() => {
            let number = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
            (Kind::Number, (rest.find(|c| !number(c)).unwrap_or(rest.len()), true))
        }
        c if is_word(c) => (Kind::Word, (rest.find(|c| !is_word(c)).unwrap_or(rest.len()), true)),
        c => (Kind::Symbol, (c.len_utf8(), true)),
    };
    (kind, length, closed)
}

/// Whether a character may be part of a name without quotes.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The length of a text in quotes, in which a doubled quote is one, and whether it has ended.
fn quoted(rest: &str, quote: char) -> (usize, bool) {
    let mut at = 1;
    loop {
        match rest[at..].find(quote) {
            None => return (rest.len(), false),
            Some(found) => at += found + 1,
        }
        match rest[at..].strip_prefix(quote) {
            Some(_) => at += 1,
            None => return (at, true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(Kind, &str, bool)]) {
        let found: Vec<_> =
            tokens(text).into_iter().map(|t| (t.kind, &text[t.range], t.closed)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn statements_fall_into_pieces() {
        use Kind::*;
        check(
            "SELECT \"a \"\"b\", 'it''s' -- x\n+1.5e3",
            &[
                (Word, "SELECT", true),
                (Quoted, "\"a \"\"b\"", true),
                (Symbol, ",", true),
                (Text, "'it''s'", true),
                (Comment, "-- x\n", true),
                (Symbol, "+", true),
                (Number, "1.5e3", true),
            ],
        );
        check("Größe.\"x", &[(Word, "Größe", true), (Symbol, ".", true), (Quoted, "\"x", false)]);
        check("/* a", &[(Comment, "/* a", false)]);
        check("'a''", &[(Text, "'a''", false)]);
        check(" \n", &[]);
    }
}
