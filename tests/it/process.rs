//! Running the program as a process, away from the machine's own settings.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anaplan_sql::simulator::Simulator;
use tempfile::TempDir;

use crate::support::{PASSWORD, USER};

/// The program with a home of its own and none of the caller's settings.
pub(crate) struct Program {
    command: Command,
    input: String,
    _home: Option<TempDir>,
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().expect("a directory");
        let mut program = Self::at(home.path());
        program._home = Some(home);
        program
    }

    /// The same with a home that outlives the run.
    pub(crate) fn at(home: &Path) -> Self {
        Self::with(Command::new(env!("CARGO_BIN_EXE_anaplan-sql")), home)
    }

    /// The program as another one runs it, which gets its path as its last argument so far.
    pub(crate) fn through(outer: &str, args: &[&str]) -> Self {
        let home = tempfile::tempdir().expect("a directory");
        let mut command = Command::new(outer);
        command.args(args).arg(env!("CARGO_BIN_EXE_anaplan-sql"));
        let mut program = Self::with(command, home.path());
        program._home = Some(home);
        program
    }

    fn with(mut command: Command, home: &Path) -> Self {
        for (key, _) in std::env::vars_os() {
            if key.to_string_lossy().starts_with("ANAPLAN_SQL_") {
                command.env_remove(key);
            }
        }
        command
            .env("HOME", home)
            .env("XDG_STATE_HOME", home.join("state"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env_remove("RUST_LOG")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self { command, input: String::new(), _home: None }
    }

    pub(crate) fn args<'a>(mut self, args: impl IntoIterator<Item = &'a str>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, key: &str, value: &str) -> Self {
        self.command.env(key, value);
        self
    }

    pub(crate) fn input(mut self, text: &str) -> Self {
        text.clone_into(&mut self.input);
        self
    }

    pub(crate) fn spawn(mut self) -> Child {
        self.command.spawn().expect("the program is built")
    }

    /// Runs to the end.
    pub(crate) fn run(mut self) -> Run {
        let mut child = self.command.spawn().expect("the program is built");
        let mut stdin = child.stdin.take().expect("piped");
        // A program that fails at once doesn't read its input.
        drop(stdin.write_all(self.input.as_bytes()));
        drop(stdin);
        let output = child.wait_with_output().expect("an end");
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

/// The connection string of the demo user on a simulator.
pub(crate) fn connection(simulator: &Simulator) -> String {
    format!("User={USER};Password={PASSWORD};Endpoint={}", simulator.url())
}

/// Sends a signal by its name.
pub(crate) fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status();
    assert!(sent.expect("kill is there").success());
}

/// The most memory that a process has had so far, in bytes.
pub(crate) fn peak_memory(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? << 10)
}
