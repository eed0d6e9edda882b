//! Colours for what is being typed.

use super::lexer::{Kind, tokens};

const PLAIN: &str = "\x1b[0m";
const KEYWORD: &str = "\x1b[1;34m";
const TEXT: &str = "\x1b[32m";
const NUMBER: &str = "\x1b[36m";
const COMMENT: &str = "\x1b[2m";

/// The words that are coloured and completed. DataFusion knows more of them, but nobody types
/// those.
pub(super) const KEYWORDS: &[&str] = &[
    "ALL",
    "ANALYZE",
    "AND",
    "ANY",
    "AS",
    "ASC",
    "BETWEEN",
    "BIGINT",
    "BOOLEAN",
    "BY",
    "CALL",
    "CASE",
    "CAST",
    "COPY",
    "CREATE",
    "CROSS",
    "CURRENT",
    "DATE",
    "DECIMAL",
    "DELETE",
    "DESC",
    "DESCRIBE",
    "DISTINCT",
    "DOUBLE",
    "DROP",
    "ELSE",
    "END",
    "EXCEPT",
    "EXEC",
    "EXECUTE",
    "EXISTS",
    "EXPLAIN",
    "EXTERNAL",
    "EXTRACT",
    "FALSE",
    "FILTER",
    "FIRST",
    "FOLLOWING",
    "FORMAT",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "ILIKE",
    "IN",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTERVAL",
    "INTO",
    "IS",
    "JOIN",
    "LAST",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LIMIT",
    "LOCATION",
    "NATURAL",
    "NOT",
    "NULL",
    "NULLS",
    "OFFSET",
    "ON",
    "OPTIONS",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "PRECEDING",
    "QUALIFY",
    "RANGE",
    "RECURSIVE",
    "RIGHT",
    "ROW",
    "ROWS",
    "SELECT",
    "SET",
    "SHOW",
    "SIMILAR",
    "STORED",
    "TABLE",
    "TABLES",
    "THEN",
    "TIME",
    "TIMESTAMP",
    "TO",
    "TRUE",
    "UNBOUNDED",
    "UNION",
    "UPDATE",
    "USE",
    "USING",
    "VALUES",
    "VARCHAR",
    "VIEW",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
];

/// Whether a word is one of [`KEYWORDS`], in any case.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word.to_ascii_uppercase().as_str()).is_ok()
}

/// The text with escape sequences for colours; everything else stays as it is.
pub(super) fn highlight(text: &str) -> String {
    let mut coloured = String::with_capacity(text.len() * 2);
    let mut copied = 0;
    for token in tokens(text) {
        let piece = &text[token.range.clone()];
        let colour = match token.kind {
            Kind::Word if is_keyword(piece) => KEYWORD,
            Kind::Text => TEXT,
            Kind::Number => NUMBER,
            Kind::Comment => COMMENT,
            Kind::Word | Kind::Quoted | Kind::Symbol => continue,
        };
        coloured.push_str(&text[copied..token.range.start]);
        // A comment's line break must not be dimmed into the next prompt.
        let shown = piece.trim_end_matches('\n');
        coloured.push_str(&format!("{colour}{shown}{PLAIN}{}", &piece[shown.len()..]));
        copied = token.range.end;
    }
    coloured.push_str(&text[copied..]);
    coloured
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_in_order() {
        assert!(KEYWORDS.is_sorted());
        assert!(is_keyword("select") && !is_keyword("selected"));
    }

    #[test]
    fn words_texts_numbers_and_comments_have_their_colours() {
        let coloured = highlight("select \"from\", 'x', 1.5 -- from\n, y");
        let readable = coloured
            .replace(KEYWORD, "<keyword>")
            .replace(TEXT, "<text>")
            .replace(NUMBER, "<number>")
            .replace(COMMENT, "<comment>")
            .replace(PLAIN, "</>");
        assert_eq!(
            readable,
            "<keyword>select</> \"from\", <text>'x'</>, <number>1.5</> <comment>-- from</>\n, y"
        );
    }

    #[test]
    fn nothing_but_colours_is_added() {
        for text in ["SELECT 'a", "/* x", "\\d \"a b\"", "é 1 'ü", ""] {
            let mut plain = highlight(text);
            for colour in [KEYWORD, TEXT, NUMBER, COMMENT, PLAIN] {
                plain = plain.replace(colour, "");
            }
            assert_eq!(plain, text);
        }
    }
}
