//! The prompt on a real (pseudo) terminal.

#![cfg(unix)]

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anaplan_sql::simulator::{Column, Export, Outcome};
use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use tempfile::TempDir;

use crate::process::connection;
use crate::support::{demo, serve};

/// The program on a terminal.
struct Terminal {
    writer: Box<dyn Write + Send>,
    output: Arc<Mutex<Vec<u8>>>,
    child: Box<dyn Child + Send + Sync>,
    /// How much of the output has been waited for.
    seen: usize,
}

impl Terminal {
    fn start(home: &TempDir, args: &[&str]) -> Self {
        let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_anaplan-sql"));
        command.args(args);
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("TERM", "xterm-256color");
        command.env("HOME", home.path());
        let child = pair.slave.spawn_command(command).expect("the program is built");
        let writer = pair.master.take_writer().expect("a terminal");
        let mut reader = pair.master.try_clone_reader().expect("a terminal");
        let output = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&output);
        std::thread::spawn(move || {
            // Held so long as somebody reads.
            let _master = pair.master;
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                sink.lock().expect("no panic elsewhere").extend_from_slice(&buffer[..count]);
            }
        });
        Self { writer, output, child, seen: 0 }
    }

    fn send(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).expect("a terminal");
        self.writer.flush().expect("a terminal");
    }

    /// What the screen has shown so far, without colours and cursor movements.
    fn text(&self) -> String {
        plain(&String::from_utf8_lossy(&self.output.lock().expect("no panic elsewhere")))
    }

    /// Waits until a text appears behind the last one that was waited for, and gives what came
    /// before it.
    fn wait_for(&mut self, wanted: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let text = self.text();
            let fresh = text.get(self.seen..).unwrap_or_default();
            if let Some(at) = fresh.find(wanted) {
                let before = fresh[..at].to_owned();
                self.seen += at + wanted.len();
                return before;
            }
            assert!(Instant::now() < deadline, "{wanted:?} never appeared in {text:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the screen ends in a prompt, which it does only while a line is read, and gives
    /// what came before it.
    fn at_prompt(&mut self) -> String {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let text = self.text();
            if text.len() > self.seen && text.ends_with("> ") {
                let before = text[self.seen..].to_owned();
                self.seen = text.len();
                return before;
            }
            assert!(Instant::now() < deadline, "no prompt appeared in {text:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn end(mut self) -> u32 {
        self.child.wait().expect("an end").exit_code()
    }
}

/// Leaves out escape sequences.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' if chars.peek() == Some(&'[') => {
                chars.next();
                while chars.next().is_some_and(|c| !c.is_ascii_alphabetic()) {}
            }
            '\u{1b}' | '\r' => {}
            c => out.push(c),
        }
    }
    out
}

#[test]
fn the_demo_prompt_shows_tables_and_takes_statements_over_several_lines() {
    let home = tempfile::tempdir().expect("a directory");
    let mut terminal = Terminal::start(&home, &["--demo"]);
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
    let mut terminal = Terminal::start(&home, &["--connect", &connection(&simulator)]);
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
    let mut terminal = Terminal::start(&home, &["--demo"]);
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
    let mut terminal = Terminal::start(&home, &["--demo"]);
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
