//! The program on a pseudo-terminal.

#![cfg(unix)]

use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};

/// The program on a terminal.
pub(crate) struct Terminal {
    writer: Box<dyn Write + Send>,
    output: Arc<Mutex<Vec<u8>>>,
    child: Box<dyn Child + Send + Sync>,
    /// How much of the output has been waited for.
    seen: usize,
}

impl Terminal {
    pub(crate) fn start(home: &Path, args: &[&str]) -> Self {
        Self::start_with(home, args, &[])
    }

    /// The same, with these variables.
    pub(crate) fn start_with(home: &Path, args: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::run(env!("CARGO_BIN_EXE_anaplan-sql"), home, args, variables)
    }

    /// Any program on a terminal.
    pub(crate) fn run(
        program: &str,
        home: &Path,
        args: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("TERM", "xterm-256color");
        command.env("HOME", home);
        for (name, value) in variables {
            command.env(name, value);
        }
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

    pub(crate) fn send(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).expect("a terminal");
        self.writer.flush().expect("a terminal");
    }

    /// What the screen has shown so far, without colours and cursor movements.
    pub(crate) fn text(&self) -> String {
        plain(&String::from_utf8_lossy(&self.output.lock().expect("no panic elsewhere")))
    }

    /// Waits until a text appears behind the last one that was waited for, and gives what came
    /// before it.
    pub(crate) fn wait_for(&mut self, wanted: &str) -> String {
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
    pub(crate) fn at_prompt(&mut self) -> String {
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

    pub(crate) fn end(mut self) -> u32 {
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
