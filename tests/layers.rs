//! Holds the layers apart: no module may use one of a higher layer.
//!
//! Rust lets the modules of one crate use each other as they like. This reads the paths that begin
//! with `crate::`, or with enough `super::` to reach the crate, and compares layers. Comments,
//! doc examples among them, and `#[cfg(test)]` modules may use what they like.

use std::fs;
use std::path::{Path, PathBuf};

/// The layers, lowest first.
const LAYERS: &[&[&str]] = &[
    &["error", "secret", "progress", "rejected", "http"],
    &["config"],
    &["auth"],
    &["client"],
    &["transfer"],
    &["names"],
    &["table", "procedure"],
    &["write"],
    &["session"],
    &["postgres"],
    &["cli", "main"],
];

/// A crate of its own, which the compiler keeps from using this one; only these use it.
const SIMULATOR: &str = "simulator";
const USERS_OF_SIMULATOR: &[&str] = &["cli", "main"];

/// What lib.rs re-exports, and the modules that it comes from.
const RE_EXPORTS: &[(&str, &str)] = &[
    ("Error", "error"),
    ("ErrorKind", "error"),
    ("Result", "error"),
    ("Secret", "secret"),
    ("ConnectionString", "config"),
    ("Key", "config"),
    ("Settings", "config"),
    ("Session", "session"),
    ("SessionBuilder", "session"),
    ("connect", "session"),
    ("builder", "session"),
];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

/// Why `user` may not use `used`, if it may not.
fn objection(user: &str, used: &str) -> Option<String> {
    let used = RE_EXPORTS.iter().find(|(name, _)| *name == used).map_or(used, |(_, from)| from);
    if user == used {
        return None;
    }
    if used == SIMULATOR {
        return (!USERS_OF_SIMULATOR.contains(&user))
            .then(|| format!("only {} may use the simulator", USERS_OF_SIMULATOR.join(" and ")));
    }
    match (layer(user), layer(used)) {
        (Some(own), Some(other)) if other > own => {
            Some(format!("{user} (layer {own}) may not use {used} (layer {other})"))
        }
        (Some(_), Some(_)) => None,
        (None, _) => Some(format!("{user} has no layer yet: give it one in tests/layers.rs")),
        (_, None) => Some(format!("{used} has no layer yet: give it one in tests/layers.rs")),
    }
}

/// The code of a file: comments and test modules are blanked, lines stay where they are.
fn code(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = if line.trim_start().starts_with("//") { "" } else { line };
        code.push_str(line.split_once(" // ").map_or(line, |(code, _)| code));
        code.push('\n');
        if line.trim() != "#[cfg(test)]" {
            continue;
        }
        // rustfmt puts the brace that closes an item under the item's beginning.
        let end = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
        let mut opened = false;
        for skipped in lines.by_ref() {
            code.push('\n');
            opened |= skipped.ends_with('{');
            if skipped == end || (!opened && skipped.ends_with([';', '}'])) {
                break;
            }
        }
    }
    code
}

/// The modules of the crate that a piece of code names, each with the line where it does.
/// `depth` is how many `super::` lead to the crate.
fn used_modules(code: &str, depth: usize) -> Vec<(usize, String)> {
    let mut prefixes = vec!["crate::".to_owned()];
    if depth > 0 {
        prefixes.push("super::".repeat(depth));
    }
    let mut used = Vec::new();
    for prefix in prefixes {
        for (at, _) in code.match_indices(&prefix) {
            // The tail of a longer word or path is something else.
            if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let rest = &code[at + prefix.len()..];
            if rest.starts_with("super::") {
                continue;
            }
            for (offset, name) in first_names(rest) {
                let line = code[..at + prefix.len() + offset].matches('\n').count() + 1;
                used.push((line, name));
            }
        }
    }
    used
}

/// The names that a path goes on with: `a::b` gives `a`, `{a::{b, c}, d}` gives `a` and `d`.
fn first_names(rest: &str) -> Vec<(usize, String)> {
    let name = |at: usize| {
        let end = rest[at..].find(|c: char| !(c.is_alphanumeric() || c == '_'));
        rest[at..at + end.unwrap_or(rest.len() - at)].to_owned()
    };
    if !rest.starts_with('{') {
        return vec![(0, name(0))];
    }
    let (mut names, mut depth, mut expected) = (Vec::new(), 0, false);
    for (at, c) in rest.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => {}
            c if expected && !c.is_whitespace() => {
                names.push((at, name(at)));
                expected = false;
            }
            _ => {}
        }
        if depth == 1 && matches!(c, '{' | ',') {
            expected = true;
        }
    }
    names
}

fn is_test_file(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    stem == "tests" || stem.ends_with("_tests") || path.iter().any(|part| part == "tests")
}

/// The modules that the file at this path below `src/` is in, outermost first.
fn module_path(path: &Path) -> Vec<String> {
    path.with_extension("")
        .iter()
        .filter_map(|part| part.to_str())
        .filter(|&part| part != "mod")
        .map(str::to_owned)
        .collect()
}

/// What is wrong with the file at this path below `src/`.
fn objections(path: &Path, text: &str) -> Vec<String> {
    let modules = module_path(path);
    let module = modules[0].as_str();
    if module == "lib" || is_test_file(path) {
        return Vec::new();
    }
    used_modules(&code(text), modules.len())
        .into_iter()
        .filter_map(|(line, used)| {
            let objection = objection(module, &used)?;
            Some(format!("src/{}:{line}: {objection}", path.display()))
        })
        .collect()
}

fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push(path);
        }
    }
}

#[test]
fn no_module_uses_a_higher_layer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&root, &mut all);
    all.sort();
    assert!(all.len() > 50, "only {} files were found", all.len());
    let objections: Vec<String> = all
        .iter()
        .flat_map(|file| {
            let text = fs::read_to_string(file).expect("UTF-8");
            objections(file.strip_prefix(&root).expect("below src"), &text)
        })
        .collect();
    let (count, list) = (objections.len(), objections.join("\n"));
    assert!(objections.is_empty(), "{count} uses of a higher layer:\n{list}");
}

#[test]
fn made_up_uses_are_found() {
    let check = |path: &str, text: &str| objections(Path::new(path), text).join("\n");
    assert_eq!(
        check("config/value.rs", "use std::fmt;\nuse crate::session::Session;\n"),
        "src/config/value.rs:2: config (layer 1) may not use session (layer 8)"
    );
    assert_eq!(
        check("http/mod.rs", "fn f() {\n    g(crate::Settings::default());\n}\n"),
        "src/http/mod.rs:2: http (layer 0) may not use config (layer 1)"
    );
    assert_eq!(
        check(
            "names/a/b.rs",
            "use crate::{\n    client::{Client, model::Model},\n    table,\n};\n"
        ),
        "src/names/a/b.rs:3: names (layer 5) may not use table (layer 6)"
    );
    assert_eq!(
        check("auth/basic.rs", "use super::super::client::Client;\n"),
        "src/auth/basic.rs:1: auth (layer 2) may not use client (layer 3)"
    );
    assert_eq!(
        check("session/mod.rs", "use crate::simulator::Tenant;\n"),
        "src/session/mod.rs:1: only cli and main may use the simulator"
    );
    assert_eq!(
        check("table/mod.rs", "use crate::server::Server;\n"),
        "src/table/mod.rs:1: server has no layer yet: give it one in tests/layers.rs"
    );
}

#[test]
fn what_is_allowed_is_left_alone() {
    let text = "\
//! use crate::session::Session;
use crate::error::{Error, Result};
use crate::{Secret, http::Transport};
use super::super::config::Settings;
/// Like [`crate::session::Session`].
fn f() {} // crate::cli
#[cfg(test)]
use crate::session::Session;
#[cfg(test)]
mod tests {
    use crate::session::Session;
}
fn g(_: crate::auth::TokenCache) {}
";
    assert_eq!(objections(Path::new("client/page.rs"), text), Vec::<String>::new());
    let higher = "use crate::session::Session;\n";
    assert_eq!(objections(Path::new("client/page_tests.rs"), higher), Vec::<String>::new());
    assert_eq!(
        objections(Path::new("cli/mod.rs"), "use crate::simulator::Simulator;\n"),
        Vec::<String>::new()
    );
    let mut used: Vec<String> =
        used_modules(&code(text), 2).into_iter().map(|(_, name)| name).collect();
    used.sort();
    assert_eq!(used, ["Secret", "auth", "config", "error", "http"]);
}
