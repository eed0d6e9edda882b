//! Splitting a text into statements.
//!
//! Done by hand instead of with the SQL parser, so that a statement with a mistake in it doesn't
//! take the ones after it along, and so that a prompt knows when one is complete.

/// A piece of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The text, without the semicolon and without blanks and comments around it.
    pub text: String,
    /// The line at which it begins, from 1.
    pub line: usize,
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
            self.line += self.pending.matches('\n').count();
            self.pending = rest;
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
        self.line += self.pending[..skip].matches('\n').count();
        self.pending.drain(..skip);
    }

    fn statement(&self, length: usize) -> Option<Statement> {
        let text = self.pending[..length].trim();
        (!text.is_empty()).then(|| Statement {
            text: text.to_owned(),
            line: self.line + 1,
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
    let bytes = text.as_bytes();
    if bytes.first() == Some(&b'\\') {
        return text.find('\n').map(|end| End { text: end, after: end + 1 });
    }
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        at += match bytes[at] {
            b';' => return Some(End { text: at, after: at + 1 }),
            quote @ (b'\'' | b'"' | b'`') => quoted(rest, quote)?,
            b'-' if rest.starts_with("--") => rest.find('\n')? + 1,
            b'/' if rest.starts_with("/*") => block_comment(rest)?,
            b'$' if !follows_word(bytes, at) => dollar_quoted(rest)?,
            _ => 1,
        };
        while !text.is_char_boundary(at) {
            at += 1;
        }
    }
    None
}

/// The length of a quoted text; a doubled quote is two texts side by side, to the same effect.
fn quoted(text: &str, quote: u8) -> Option<usize> {
    text.as_bytes()[1..].iter().position(|&b| b == quote).map(|end| end + 2)
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

/// The length of `$tag$ … $tag$`; 1 if the dollar sign is just one.
fn dollar_quoted(text: &str) -> Option<usize> {
    let tag = text[1..]
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .map(|end| end + 1)
        .filter(|&end| text.as_bytes()[end] == b'$' && !text.as_bytes()[1].is_ascii_digit())
        .map(|end| &text[..=end]);
    match tag {
        Some(tag) => text[tag.len()..].find(tag).map(|end| end + 2 * tag.len()),
        None => Some(1),
    }
}

fn follows_word(bytes: &[u8], at: usize) -> bool {
    at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_')
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
        let all: Vec<_> = all.into_iter().map(|s| (s.text, s.line)).collect();
        assert_eq!(all, expected, "{script:?}, character by character");
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
        for script in ["\\", "'", "/*", "--", "$", "$a", "$$", "é$é", "/*é", "a'é"] {
            drop(split(script));
        }
    }
}
