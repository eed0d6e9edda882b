//! Splitting a text into statements.
//!
//! Done by hand instead of with the SQL parser, so that a statement with a mistake in it doesn't
//! take the ones after it along, and so that a prompt knows when one is complete. What hides a
//! semicolon is what the parser's tokenizer takes for a text, a name or a comment: a test compares
//! the two.

/// A piece of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The text, without the semicolon and without blanks and comments around it.
    pub text: String,
    /// The line at which it begins, from 1.
    pub line: usize,
    /// The character of that line at which it begins, from 1.
    pub column: usize,
    /// Whether it is a line that begins with a backslash instead of SQL.
    pub is_command: bool,
}

/// Splits a whole script; what follows the last semicolon is a statement too.
pub fn split(text: &str) -> Vec<Statement> {
    let mut splitter = Splitter::default();
    let mut all = splitter.push(text);
    all.extend(splitter.finish());
    all
}

/// Splits a script that comes in parts.
#[derive(Debug, Default)]
pub struct Splitter {
    pending: String,
    /// The line on which `pending` begins, less one.
    line: usize,
    /// How many characters of that line come before it.
    column: usize,
}

impl Splitter {
    /// Adds text and gives the statements that are complete. Text may be cut anywhere, but it is
    /// best cut at line ends: a command ends at one.
    pub fn push(&mut self, text: &str) -> Vec<Statement> {
        self.pending.push_str(text);
        let mut all = Vec::new();
        loop {
            self.skip_blank();
            let Some(end) = scan(&self.pending) else { return all };
            let rest = self.pending.split_off(end.after);
            all.extend(self.statement(end.text));
            let done = std::mem::replace(&mut self.pending, rest);
            self.pass(&done);
        }
    }

    /// Whether nothing is waiting for its end.
    pub fn is_empty(&self) -> bool {
        self.pending.trim().is_empty()
    }

    /// Gives what has no semicolon after it.
    pub fn finish(&mut self) -> Option<Statement> {
        self.skip_blank();
        let length = self.pending.len();
        let last = self.statement(length);
        self.pending.clear();
        last
    }

    /// Drops blanks, comments and empty statements in front.
    fn skip_blank(&mut self) {
        let skip = blank(&self.pending);
        let rest = self.pending.split_off(skip);
        let done = std::mem::replace(&mut self.pending, rest);
        self.pass(&done);
    }

    /// Counts what is no longer pending.
    fn pass(&mut self, done: &str) {
        self.line += done.matches('\n').count();
        self.column = match done.rsplit_once('\n') {
            Some((_, last)) => last.chars().count(),
            None => self.column + done.chars().count(),
        };
    }

    fn statement(&self, length: usize) -> Option<Statement> {
        let text = self.pending[..length].trim();
        (!text.is_empty()).then(|| Statement {
            text: text.to_owned(),
            line: self.line + 1,
            column: self.column + 1,
            is_command: text.starts_with('\\'),
        })
    }
}

/// Where a statement ends.
struct End {
    text: usize,
    /// Behind its semicolon or line end.
    after: usize,
}

/// How many bytes of blanks, comments and lone semicolons a text begins with. A comment that isn't
/// finished doesn't count.
fn blank(text: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        at += rest.len() - trimmed.len();
        let comment = if trimmed.starts_with("--") {
            trimmed.find('\n').map(|end| end + 1)
        } else if trimmed.starts_with("/*") {
            block_comment(trimmed)
        } else {
            None
        };
        match comment {
            Some(length) => at += length,
            None => return at,
        }
    }
}

/// Finds the end of the statement that a text begins with.
fn scan(text: &str) -> Option<End> {
    if text.starts_with('\\') {
        return text.find('\n').map(|end| End { text: end, after: end + 1 });
    }
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let character = rest.chars().next()?;
        at += match character {
            ';' => return Some(End { text: at, after: at + 1 }),
            '\'' | '"' | '`' => quoted(rest)?,
            '-' if rest.starts_with("--") => rest.find('\n')? + 1,
            '/' if rest.starts_with("/*") => block_comment(rest)?,
            // Operators that end in what would begin a comment.
            '/' if rest.starts_with("//") => 2,
            '|' if rest.starts_with("||/") => 3,
            '|' if rest.starts_with("|/") => 2,
            '$' => dollar_quoted(rest)?,
            '0'..='9' | '.' => number(rest),
            _ if is_word_start(character) => word(rest)?,
            _ => character.len_utf8(),
        };
    }
    None
}

fn is_word_start(character: char) -> bool {
    character.is_alphabetic() || matches!(character, '_' | '#' | '@')
}

fn is_word_part(character: char) -> bool {
    is_word_start(character) || character.is_ascii_digit() || character == '$'
}

/// The length of a word, or of a literal with a prefix: `E'it\'s'`, `Q'[it's]'`.
fn word(text: &str) -> Option<usize> {
    let length = text.find(|c| !is_word_part(c)).unwrap_or(text.len());
    let (prefix, rest) = text.split_at(length);
    let literal = match prefix {
        "e" | "E" | "x" | "X" if rest.starts_with('\'') => escaped(rest)?,
        "q" | "Q" | "nq" | "nQ" | "Nq" | "NQ" if rest.starts_with('\'') => delimited(rest)?,
        "r" | "R" if rest.starts_with("'''") || rest.starts_with("\"\"\"") => {
            let (marks, rest) = rest.split_at(3);
            rest.find(marks)? + 6
        }
        // What quotes follow is a text like any other.
        _ => 0,
    };
    Some(length + literal)
}

/// The length of a number, which ends before letters that don't belong to it, or of a point.
fn number(text: &str) -> usize {
    let digits = |from: usize| {
        text[from..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |end| from + end)
    };
    if let Some(hexadecimal) = text.strip_prefix("0x") {
        return hexadecimal.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(text.len() - 2) + 2;
    }
    let mut end = digits(0);
    if text[end..].starts_with('.') {
        end = digits(end + 1);
    }
    if &text[..end] == "." {
        return end;
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    end
}

/// The length of a quoted text; a doubled quote is two texts side by side, to the same effect.
fn quoted(text: &str) -> Option<usize> {
    let (quote, rest) = text.as_bytes().split_first()?;
    rest.iter().position(|byte| byte == quote).map(|end| end + 2)
}

/// The length of a quoted text in which a backslash takes the meaning of what follows.
fn escaped(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    loop {
        at += match bytes.get(at..)? {
            [b'\\', ..] | [b'\'', b'\'', ..] => 2,
            [b'\'', ..] => return Some(at + 1),
            [_, ..] => 1,
            [] => return None,
        };
    }
}

/// The length of `'[…]'`, `'!…!'` and the like.
fn delimited(text: &str) -> Option<usize> {
    let open = text[1..].chars().next()?;
    if matches!(open, ' ' | '\t' | '\r' | '\n') {
        return quoted(text);
    }
    let close = match open {
        '[' => ']',
        '{' => '}',
        '<' => '>',
        '(' => ')',
        other => other,
    };
    let begin = 1 + open.len_utf8();
    let end = text[begin..].find(&format!("{close}'"))?;
    Some(begin + end + close.len_utf8() + 1)
}

/// The length of a comment, in which others may be nested.
fn block_comment(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += 1;
        }
    }
    None
}

/// The length of `$tag$ … $tag$`, or of a parameter such as `$1`.
fn dollar_quoted(text: &str) -> Option<usize> {
    let end = text[1..].find(|c: char| !(c.is_alphanumeric() || c == '_'));
    let end = end.map_or(text.len(), |end| end + 1);
    if !text[end..].starts_with('$') {
        return Some(end);
    }
    let tag = &text[..=end];
    text[tag.len()..].find(tag).map(|found| found + 2 * tag.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(script: &str) -> Vec<(String, usize)> {
        split(script).into_iter().map(|s| (s.text, s.line)).collect()
    }

    #[track_caller]
    fn check(script: &str, expected: &[(&str, usize)]) {
        let expected: Vec<_> = expected.iter().map(|(t, l)| ((*t).to_owned(), *l)).collect();
        assert_eq!(texts(script), expected, "{script:?}");
        // Cut anywhere, it comes out the same.
        let mut splitter = Splitter::default();
        let mut all: Vec<Statement> =
            script.chars().flat_map(|c| splitter.push(c.encode_utf8(&mut [0; 4]))).collect();
        all.extend(splitter.finish());
        let places: Vec<_> = all.iter().map(|s| (s.line, s.column)).collect();
        let at_once: Vec<_> = split(script).iter().map(|s| (s.line, s.column)).collect();
        assert_eq!(places, at_once, "{script:?}");
        let all: Vec<_> = all.into_iter().map(|s| (s.text, s.line)).collect();
        assert_eq!(all, expected, "{script:?}, character by character");
    }

    #[test]
    fn statements_know_where_they_begin() {
        let places =
            |script: &str| -> Vec<_> { split(script).iter().map(|s| (s.line, s.column)).collect() };
        assert_eq!(places("SELECT 'é'; SELECT\n2;/* a\n */ b"), [(1, 1), (1, 13), (3, 5)]);
        assert_eq!(places("\\dt\n  x; -- c\n y"), [(1, 1), (2, 3), (3, 2)]);
    }

    #[test]
    fn semicolons_inside_something_do_not_count() {
        check("SELECT 1; SELECT 2", &[("SELECT 1", 1), ("SELECT 2", 1)]);
        check("SELECT ';''', \";\"\"\", `;`;", &[("SELECT ';''', \";\"\"\", `;`", 1)]);
        check("SELECT 1 -- ; no\n, 2;", &[("SELECT 1 -- ; no\n, 2", 1)]);
        check("SELECT /* ; /* ; */ ; */ 1;", &[("SELECT /* ; /* ; */ ; */ 1", 1)]);
        check("SELECT $$;$$, $x$;$$;$x$, $1, a$b;", &[("SELECT $$;$$, $x$;$$;$x$, $1, a$b", 1)]);
        check("SELECT 'Größe; €', 1;\nSELECT 2", &[("SELECT 'Größe; €', 1", 1), ("SELECT 2", 2)]);
    }

    #[test]
    fn literals_with_a_prefix_are_the_parsers() {
        check(r"SELECT E'it\'s;', e'\\'; x", &[(r"SELECT E'it\'s;', e'\\'", 1), ("x", 1)]);
        check(r"SELECT 'it\'; b", &[(r"SELECT 'it\'", 1), ("b", 1)]);
        check(r"SELECT type'a\'; b", &[(r"SELECT type'a\'", 1), ("b", 1)]);
        check("SELECT Q'[it's;]'; b", &[("SELECT Q'[it's;]'", 1), ("b", 1)]);
        check("SELECT r''';'';'''; b", &[("SELECT r''';'';'''", 1), ("b", 1)]);
        check(r"SELECT 1e'\';'; b", &[(r"SELECT 1e'\';'", 1), ("b", 1)]);
        check("SELECT 1//*2; b", &[("SELECT 1//*2", 1), ("b", 1)]);
    }

    /// Where sqlparser sees semicolons, if it can make sense of the text.
    fn semicolons_of_the_parser(text: &str) -> Option<Vec<usize>> {
        use datafusion::sql::sqlparser::dialect::GenericDialect;
        use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
        let tokens = Tokenizer::new(&GenericDialect {}, text).tokenize_with_location().ok()?;
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        let lines: Vec<usize> = std::iter::once(0).chain(breaks).collect();
        let offset = |line: u64, column: u64| {
            let begin = *lines.get(usize::try_from(line).ok()? - 1)?;
            let column = usize::try_from(column).ok()? - 1;
            text[begin..].char_indices().nth(column).map(|(at, _)| begin + at)
        };
        let semicolons = tokens.iter().filter(|token| token.token == Token::SemiColon);
        semicolons.map(|t| offset(t.span.start.line, t.span.start.column)).collect()
    }

    const PIECES: &[&str] = &[
        ";", ";", ";", "'", "'", "''", "\"", "`", "\\", "$", "$$", "$a$", "--", "/*", "*/", "/",
        "|", "E", "e", "R", "r", "Q", "n", "N", "x", "X", "U&", "b", "[", "]", "(", ")", "!", "0",
        "1", "0x", ".", "e5", "é", "_", "word", " ", "\n", "-", "€",
    ];

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2000))]

        #[test]
        fn semicolons_are_those_of_the_parser(
            pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..24)
        ) {
            // What begins with a backslash is a command, and no semicolon belongs into the hints
            // that MySQL hides in comments.
            let text = pieces.concat().replace(";\\", "; \\").replace("/*!", "/* !");
            let text = format!("x{text}");
            if let Some(expected) = semicolons_of_the_parser(&text) {
                let (mut found, mut at) = (Vec::new(), 0);
                while let Some(end) = scan(&text[at..]) {
                    found.push(at + end.text);
                    at += end.after;
                }
                proptest::prop_assert_eq!(found, expected, "{:?}", text);
            }
        }
    }

    #[test]
    fn blanks_comments_and_empty_statements_are_left_out() {
        check("", &[]);
        check(" ;;\n-- only this\n;/* and\nthat */ ;", &[]);
        check(
            "-- first\n\nSELECT 1;\n\n-- second\nSELECT\n2;",
            &[("SELECT 1", 3), ("SELECT\n2", 6)],
        );
    }

    #[test]
    fn commands_are_lines() {
        let all = split("\\timing\nSELECT 1;\n\\d \"a;b\"\nSELECT '\n\\x';");
        let kinds: Vec<_> = all.iter().map(|s| (s.text.as_str(), s.is_command)).collect();
        assert_eq!(
            kinds,
            [
                ("\\timing", true),
                ("SELECT 1", false),
                ("\\d \"a;b\"", true),
                ("SELECT '\n\\x'", false)
            ]
        );
    }

    #[test]
    fn what_is_not_finished_waits() {
        let mut splitter = Splitter::default();
        assert!(splitter.push("SELECT 'a;\n").is_empty());
        assert!(!splitter.is_empty());
        assert_eq!(splitter.push("b';").len(), 1);
        assert!(splitter.is_empty());
        assert_eq!(splitter.finish(), None);
    }

    #[test]
    fn every_text_can_be_split() {
        for script in [
            "\\", "'", "/*", "--", "$", "$a", "$$", "é$é", "/*é", "a'é", "E'\\", "Q'é", "R'''",
            "0x", "1e",
        ] {
            drop(split(script));
        }
    }
}
