//! `COPY … TO STDOUT`

use datafusion::sql::sqlparser::tokenizer::Token;

use super::{Command, Reader, malformed};
use crate::postgres::problem::{Outcome, Problem};

/// How COPY writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::postgres) struct CopyFormat {
    pub(in crate::postgres) kind: CopyKind,
    pub(in crate::postgres) header: bool,
    pub(in crate::postgres) delimiter: u8,
    pub(in crate::postgres) null: String,
    pub(in crate::postgres) quote: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::postgres) enum CopyKind {
    Text,
    Csv,
    Binary,
}

impl Reader<'_> {
    pub(super) fn copy(&mut self) -> Outcome<Command> {
        let bad = || malformed("COPY");
        let start = self.at;
        let query = if self.peek() == Some(&Token::LParen) {
            let mut depth = 0_usize;
            loop {
                match self.peek().ok_or_else(bad)? {
                    Token::LParen => depth += 1,
                    Token::RParen => depth -= 1,
                    _ => {}
                }
                self.at += 1;
                if depth == 0 {
                    break;
                }
            }
            let (first, last) = (self.ends[start].1, self.ends[self.at - 1].0);
            self.sql[first..last].to_owned()
        } else {
            while !(self.is_word("TO") || self.is_word("FROM")) {
                self.peek().ok_or_else(bad)?;
                self.at += 1;
            }
            let (first, last) = (self.ends.get(start), self.ends.get(self.at - 1));
            let ((first, _), (_, last)) = (first.ok_or_else(bad)?, last.ok_or_else(bad)?);
            let table = self.sql.get(*first..*last).ok_or_else(bad)?;
            match table.find('(') {
                None => format!("SELECT * FROM {table}"),
                Some(columns) if table.ends_with(')') => {
                    let (table, columns) = table.split_at(columns);
                    format!("SELECT {} FROM {table}", &columns[1..columns.len() - 1])
                }
                Some(_) => return Err(bad()),
            }
        };
        if self.word("FROM") {
            return Err(Problem::unsupported("COPY only reads here").with_hint(
                "rows are loaded by INSERT INTO a list, or the \"Imports.…\" of a model",
            ));
        }
        if !self.word("TO") || !self.word("STDOUT") {
            return Err(Problem::forbidden("statements can't reach the server's files")
                .with_hint("COPY (query) TO STDOUT, as psql's \\copy, writes to the client's"));
        }
        let format = self.copy_format().ok_or_else(|| {
            Problem::unsupported("an option of COPY isn't known")
                .with_hint("FORMAT, HEADER, DELIMITER, NULL, QUOTE and ENCODING are")
        })?;
        Ok(Command::Copy { query, format })
    }

    fn copy_format(&mut self) -> Option<CopyFormat> {
        let _ = self.word("WITH");
        let (mut kind, mut header) = (CopyKind::Text, false);
        let (mut delimiter, mut null, mut quote) = (None, None, b'"');
        let is_listed = self.token(&Token::LParen);
        while self.at < self.tokens.len() && !self.token(&Token::RParen) {
            if self.token(&Token::Comma) {
                continue;
            }
            let byte = |text: String| match text.as_bytes() {
                [byte] => Some(*byte),
                _ => None,
            };
            match self.name()?.as_str() {
                "format" => kind = copy_kind(&self.value()?)?,
                word @ ("csv" | "binary" | "text") => kind = copy_kind(word)?,
                "header" => {
                    header = true;
                    if is_listed
                        && self.peek() != Some(&Token::Comma)
                        && let Some(value) = self.value()
                    {
                        header = !["false", "off", "0"].contains(&value.as_str());
                    }
                }
                "delimiter" => {
                    let _ = self.word("AS");
                    delimiter = Some(byte(self.value()?)?);
                }
                "null" => {
                    let _ = self.word("AS");
                    null = Some(self.value()?);
                }
                "quote" => {
                    let _ = self.word("AS");
                    quote = byte(self.value()?)?;
                }
                "encoding" => {
                    let value = self.value()?;
                    value.to_ascii_uppercase().contains("UTF").then_some(())?;
                }
                _ => return None,
            }
        }
        let is_csv = kind == CopyKind::Csv;
        Some(CopyFormat {
            kind,
            header,
            delimiter: delimiter.unwrap_or(if is_csv { b',' } else { b'\t' }),
            null: null.unwrap_or_else(|| if is_csv { "" } else { "\\N" }.to_owned()),
            quote,
        })
    }
}

fn copy_kind(word: &str) -> Option<CopyKind> {
    match word.to_ascii_lowercase().as_str() {
        "text" => Some(CopyKind::Text),
        "csv" => Some(CopyKind::Csv),
        "binary" => Some(CopyKind::Binary),
        _ => None,
    }
}
