//! The prompt on a real (pseudo) terminal.

#![cfg(unix)]

use anaplan_sql::simulator::{Column, Export, Outcome};

use crate::process::connection;
use crate::support::{demo, serve};
use crate::terminal::Terminal;

#[test]
fn the_demo_prompt_shows_tables_and_takes_statements_over_several_lines() {
    let home = tempfile::tempdir().expect("a directory");
    let mut terminal = Terminal::start(home.path(), &["--demo"]);
    let banner = terminal.at_prompt();
    assert!(banner.contains("Sales Planning") && banner.contains("\\?"), "{banner}");
    terminal.send("\\d\r");
    terminal.wait_for("export_columns");
    terminal.at_prompt();
    terminal.send("SELECT 'forty-two'\rAS answer;\r");
    terminal.wait_for("answer");
    terminal.wait_for("forty-two");
    terminal.send("SELECT nope;\r");
    terminal.wait_for("error: ");
    terminal.send("\\nonsense\r");
    terminal.wait_for("error: ");
    terminal.send("\\q\r");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn interrupting_cancels_the_query_and_not_the_program() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let never = Export::tabular("Never", vec![Column::new("A", "TEXT")]).outcome(Outcome::Never);
    let simulator = runtime.block_on(serve([never]));
    let home = tempfile::tempdir().expect("a directory");
    let mut terminal = Terminal::start(home.path(), &["--connect", &connection(&simulator)]);
    terminal.at_prompt();
    terminal.send("SELECT * FROM \"W\".\"M\".\"Never\";\r");
    // Progress is shown while it runs.
    terminal.wait_for("running");
    terminal.send("\u{3}");
    terminal.at_prompt();
    let states: Vec<String> = simulator.tasks().into_iter().map(|task| task.state).collect();
    assert!(states.len() == 1 && states[0].starts_with("CANCEL"), "{states:?}");
    terminal.send("SELECT 40 + 2 AS answer;\r");
    terminal.wait_for("42");
    terminal.at_prompt();
    terminal.send("\u{4}");
    assert_eq!(terminal.end(), 0);
}

#[test]
fn history_keeps_statements_but_never_secrets() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let simulator = runtime.block_on(demo());
    let home = tempfile::tempdir().expect("a directory");
    let mut terminal = Terminal::start(home.path(), &["--demo"]);
    terminal.at_prompt();
    terminal.send("SELECT 1 AS remembered;\r");
    terminal.wait_for("remembered");
    terminal.at_prompt();
    terminal.send(&format!("\\c {}\r", connection(&simulator)));
    terminal.at_prompt();
    terminal.send("SELECT 'Password=marker';\r");
    terminal.at_prompt();
    terminal.send("\\q\r");
    assert_eq!(terminal.end(), 0);

    let history = find(home.path(), "history").expect("a history file");
    let text = std::fs::read_to_string(&history).expect("text");
    assert!(text.contains("remembered"), "{text}");
    assert!(!text.contains("Password") && !text.contains("\\c"), "{text}");
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(&history).expect("a file").permissions(),
    );
    assert_eq!(mode & 0o077, 0, "others may read the history: {mode:o}");

    // The next session has it under the arrow key.
    let mut terminal = Terminal::start(home.path(), &["--demo"]);
    terminal.at_prompt();
    terminal.send("\u{1b}[A");
    terminal.wait_for("\\q");
    terminal.send("\u{1b}[A");
    terminal.wait_for("remembered");
    terminal.send("\u{3}");
    terminal.at_prompt();
    terminal.send("\u{4}");
    assert_eq!(terminal.end(), 0);
}

/// Finds a file below a directory.
fn find(directory: &std::path::Path, name: &str) -> Option<std::path::PathBuf> {
    std::fs::read_dir(directory).ok()?.flatten().find_map(|entry| {
        let path = entry.path();
        if path.is_dir() { find(&path, name) } else { (entry.file_name() == name).then_some(path) }
    })
}
