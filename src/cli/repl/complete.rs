//! What may come next.

use super::super::command::{Argument, COMMANDS};
use super::highlight::{KEYWORDS, is_keyword};
use super::lexer::{Kind, Token, is_word, tokens};
use crate::procedure::{PROCEDURES, procedure};

/// The names that can be completed, as far as they are known. A path is catalog, schema, table, or
/// the last parts of that.
pub(super) trait Names {
    /// Functions.
    fn functions(&self) -> Vec<String>;
    /// Catalogs.
    fn catalogs(&self) -> Vec<String>;
    /// Schemas of a catalog, or of the default one.
    fn schemas(&self, catalog: Option<&str>) -> Vec<String>;
    /// Tables of a schema, or of the default one.
    fn tables(&self, schema: &[String]) -> Vec<String>;
    /// Columns of a table.
    fn columns(&self, table: &[String]) -> Vec<String>;
}

/// What can be put in, from a place up to the cursor.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Completion {
    pub(super) start: usize,
    pub(super) candidates: Vec<String>,
    /// The candidates are the names of files, which somebody else knows better.
    pub(super) files: bool,
}

/// A name as it is being typed.
struct Typed {
    start: usize,
    /// The parts before the last dot.
    path: Vec<String>,
    partial: String,
    quoted: bool,
}

/// Completes the word before the cursor.
pub(super) fn complete(text: &str, cursor: usize, names: &dyn Names) -> Completion {
    let before = &text[..cursor];
    if before.trim_start().starts_with('\\') {
        return command(before, names);
    }
    let Some(typed) = typed(before) else { return Completion::default() };
    if typed.path.is_empty()
        && let Some(names) = of_call(&before[..typed.start])
    {
        let fitting = names.into_iter().filter(|name| fits(name, &typed.partial));
        return done(typed.start, fitting.collect());
    }
    let mut candidates = Vec::new();
    if typed.path.is_empty() {
        for (path, _) in tables_in(text) {
            candidates.extend(matching(names.columns(&path), &typed));
        }
        candidates.extend(places(&typed, names));
        if !typed.quoted && !typed.partial.is_empty() {
            candidates.extend(words(&typed, names));
        }
    } else {
        // `t.` may be a table that the statement mentions, under its own name or another.
        for (path, alias) in tables_in(text) {
            let name = alias.as_ref().or(path.last());
            if let [only] = typed.path.as_slice()
                && name.is_some_and(|name| name.eq_ignore_ascii_case(only))
            {
                candidates.extend(matching(names.columns(&path), &typed));
            }
        }
        candidates.extend(places(&typed, names));
        if typed.path.len() == 3 {
            candidates.extend(matching(names.columns(&typed.path), &typed));
        }
    }
    done(typed.start, candidates)
}

/// What may follow in a call: after its first word the procedures, then the parameters that aren't
/// there yet. Nothing if it isn't a call.
fn of_call(before: &str) -> Option<Vec<String>> {
    let all = tokens(before);
    let begins = all.iter().rposition(|token| is(before, token, ";")).map_or(0, |at| at + 1);
    let (first, rest) = all[begins..].split_first()?;
    if !["CALL", "EXEC", "EXECUTE"].iter().any(|word| is(before, first, word)) {
        return None;
    }
    let Some((called, arguments)) = rest.split_first() else {
        return Some(PROCEDURES.iter().map(|procedure| procedure.name.to_owned()).collect());
    };
    let expects_name = arguments
        .last()
        .is_none_or(|token| ["(", ",", "@"].iter().any(|mark| is(before, token, mark)));
    if !expects_name {
        return Some(Vec::new());
    }
    let parameters = procedure(&name(before, called))?.parameters();
    let is_given = |parameter: &str| arguments.iter().any(|token| is(before, token, parameter));
    Some(parameters.map(|it| it.name.to_owned()).filter(|it| !is_given(it)).collect())
}

fn done(start: usize, mut candidates: Vec<String>) -> Completion {
    candidates.sort_by_cached_key(|candidate| candidate.to_lowercase());
    candidates.dedup();
    Completion { start, candidates, files: false }
}

/// Completes a command, or its argument.
fn command(before: &str, names: &dyn Names) -> Completion {
    let start = before.len() - before.trim_start().len();
    let line = &before[start..];
    let Some(end) = line.find(char::is_whitespace) else {
        let fitting = COMMANDS.iter().map(|c| c.name.to_owned()).filter(|n| n.starts_with(line));
        return done(start, fitting.collect());
    };
    let argument = COMMANDS.iter().find(|c| c.name == &line[..end]).map(|c| c.argument);
    let rest = line[end..].trim_start();
    let at = before.len() - rest.len();
    match argument {
        None | Some(Argument::Free) => Completion::default(),
        Some(Argument::File) => Completion { start: at, files: true, ..Completion::default() },
        Some(Argument::Word(words)) => {
            done(at, words().into_iter().filter(|word| word.starts_with(rest)).collect())
        }
        Some(Argument::Table | Argument::Schema) => match typed(before) {
            Some(typed) => done(typed.start, places(&typed, names)),
            None => Completion::default(),
        },
    }
}

/// Catalogs, schemas and tables that fit.
fn places(typed: &Typed, names: &dyn Names) -> Vec<String> {
    let found = match typed.path.as_slice() {
        [] => [names.tables(&[]), names.schemas(None), names.catalogs()].concat(),
        [one] => [names.schemas(Some(one)), names.tables(&typed.path)].concat(),
        [_, _] => names.tables(&typed.path),
        _ => Vec::new(),
    };
    matching(found, typed)
}

/// Keywords and functions that fit, written as the user writes.
fn words(typed: &Typed, names: &dyn Names) -> Vec<String> {
    let upper = typed.partial.chars().any(char::is_uppercase);
    let keywords = KEYWORDS.iter().map(|&word| match upper {
        true => word.to_owned(),
        false => word.to_lowercase(),
    });
    keywords.chain(names.functions()).filter(|word| fits(word, &typed.partial)).collect()
}

fn fits(name: &str, partial: &str) -> bool {
    let mut characters = name.chars().flat_map(char::to_lowercase);
    partial.chars().flat_map(char::to_lowercase).all(|c| characters.next() == Some(c))
}

/// The names that fit, in quotes where they need them or the user has begun with one.
fn matching(names: Vec<String>, typed: &Typed) -> Vec<String> {
    names
        .into_iter()
        .filter(|name| fits(name, &typed.partial))
        .map(|name| if typed.quoted || needs_quotes(&name) { quote(&name) } else { name })
        .collect()
}

fn needs_quotes(name: &str) -> bool {
    name.starts_with(|c: char| c.is_numeric() || c == '$')
        || name.is_empty()
        || !name.chars().all(is_word)
        || is_keyword(name)
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The name that a text ends in; none where no name can be, such as inside of a text.
fn typed(before: &str) -> Option<Typed> {
    let all = tokens(before);
    let mut rest = all.as_slice();
    let mut typed =
        Typed { start: before.len(), path: Vec::new(), partial: String::new(), quoted: false };
    if let Some((last, earlier)) = rest.split_last() {
        let touches = last.range.end == before.len();
        match last.kind {
            Kind::Text | Kind::Comment if !last.closed => return None,
            Kind::Word if touches => {
                typed.partial = name(before, last);
                (typed.start, rest) = (last.range.start, earlier);
            }
            Kind::Quoted if !last.closed => {
                typed.partial = name(before, last);
                typed.quoted = true;
                (typed.start, rest) = (last.range.start, earlier);
            }
            Kind::Quoted | Kind::Number if touches => return None,
            _ => {}
        }
    }
    while let [earlier @ .., part, dot] = rest
        && is(before, dot, ".")
        && matches!(part.kind, Kind::Word | Kind::Quoted)
    {
        typed.path.insert(0, name(before, part));
        rest = earlier;
    }
    Some(typed)
}

/// The path that a text ends in, if it ends in a dot.
pub(super) fn path_before(text: &str) -> Option<Vec<String>> {
    typed(text).map(|typed| typed.path).filter(|path| !path.is_empty())
}

fn is(text: &str, token: &Token, word: &str) -> bool {
    text[token.range.clone()].eq_ignore_ascii_case(word)
}

/// The name that a piece stands for.
fn name(text: &str, token: &Token) -> String {
    let text = &text[token.range.clone()];
    match text.strip_prefix('"') {
        None => text.to_owned(),
        Some(inner) => {
            let inner = if token.closed { &inner[..inner.len() - 1] } else { inner };
            inner.replace("\"\"", "\"")
        }
    }
}

/// The tables that a statement mentions, with their other names.
pub(super) fn tables_in(text: &str) -> Vec<(Vec<String>, Option<String>)> {
    let all = tokens(text);
    let mut found = Vec::new();
    let mut rest = all.as_slice();
    while let Some((token, mut after)) = rest.split_first() {
        rest = after;
        let begins = ["FROM", "JOIN", "INTO", "UPDATE", "DESCRIBE"];
        if token.kind != Kind::Word || !begins.iter().any(|word| is(text, token, word)) {
            continue;
        }
        while let Some((path, following)) = path(text, after) {
            let (alias, following) = alias(text, following);
            found.push((path, alias));
            rest = following;
            match following.split_first() {
                Some((comma, more)) if is(text, comma, ",") => after = more,
                _ => break,
            }
        }
    }
    found
}

/// The name that pieces begin with, and the pieces after it.
fn path<'a>(text: &str, pieces: &'a [Token]) -> Option<(Vec<String>, &'a [Token])> {
    let is_name = |token: &Token| match token.kind {
        Kind::Word => !is_keyword(&text[token.range.clone()]),
        Kind::Quoted => token.closed,
        _ => false,
    };
    let (first, mut rest) = pieces.split_first().filter(|(first, _)| is_name(first))?;
    let mut path = vec![name(text, first)];
    while let [dot, part, more @ ..] = rest
        && is(text, dot, ".")
        && is_name(part)
    {
        path.push(name(text, part));
        rest = more;
    }
    Some((path, rest))
}

/// The other name that pieces begin with, if they do, and the pieces after it.
fn alias<'a>(text: &str, pieces: &'a [Token]) -> (Option<String>, &'a [Token]) {
    let after = match pieces.split_first() {
        Some((word, after)) if is(text, word, "AS") => after,
        _ => pieces,
    };
    match path(text, after) {
        Some((path, rest)) if path.len() == 1 => (path.into_iter().next(), rest),
        _ => (None, pieces),
    }
}

#[cfg(test)]
#[path = "complete_tests.rs"]
mod tests;
