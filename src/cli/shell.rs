//! Runs statements and commands one after the other: what a script and the prompt have in common.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::UInt64Type;
use datafusion::logical_expr::LogicalPlan;
use futures::{StreamExt, TryStreamExt, stream};

use super::args::Input;
use super::auth::TerminalPrompt;
use super::browse;
use super::command::{self, Command};
use super::connect::{self, Connected, Target};
use super::format::{Format, Place, Sink};
use super::logging::Logging;
use super::output::Output;
use super::progress::Display;
use super::query::{self, Destination, Written};
use super::refuse;
use super::report;
use super::script::Script;
use super::signals::Signals;
use super::terminal::Terminal;
use crate::error::{Error, ErrorKind, Result};
use crate::procedure::StandardStreams;
use crate::session::{Session, Statement};

/// How long the program waits at its end for what it cancelled to be cancelled at the service.
const SETTLE: Duration = Duration::from_secs(5);

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// With the next statement.
    Continue,
    /// Not: the user wants to leave, or nobody reads the results any more.
    Quit,
}

/// How a shell behaves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    /// The format that the command line asks for.
    pub(super) format: Option<Format>,
    /// Show neither progress nor counts.
    pub(super) quiet: bool,
    /// Somebody is typing.
    pub(super) interactive: bool,
}

/// A connection, and where its results go.
pub(super) struct Shell {
    connected: Connected,
    options: Options,
    output: Output,
    timing: bool,
    /// Whether the service rejected something of what statements wrote.
    rejected: bool,
    /// The scripts that run now, each run by the one before it.
    scripts: Vec<PathBuf>,
    /// Whether statements come from standard input.
    reads_input: bool,
    pub(super) terminal: Terminal,
    pub(super) signals: Signals,
    logging: Logging,
}

impl Shell {
    /// Puts a shell around a connection.
    pub(super) fn new(
        connected: Connected,
        options: Options,
        output: Output,
        terminal: Terminal,
        signals: Signals,
        logging: Logging,
    ) -> Self {
        Self {
            connected,
            options,
            output,
            timing: true,
            rejected: false,
            scripts: Vec::new(),
            reads_input: false,
            terminal,
            signals,
            logging,
        }
    }

    /// The session.
    pub(super) fn session(&self) -> &Session {
        &self.connected.session
    }

    /// The connection.
    pub(super) fn connected(&self) -> &Connected {
        &self.connected
    }

    /// Runs all statements of an input; the first failure ends it. A `name` says in messages which
    /// one it is, if there are several of its kind.
    ///
    /// # Errors
    /// The failure, with its place in the input.
    pub(super) async fn run(&mut self, input: &Input, name: Option<String>) -> Result<Flow> {
        match input {
            Input::File(path) => self.run_file(path).await,
            other => {
                self.reads_input = matches!(other, Input::Stdin);
                let script = Script::open(other).await?;
                let script = match name {
                    Some(name) => script.called(name),
                    None => script,
                };
                let flow = self.run_script(script).await;
                self.reads_input = false;
                flow
            }
        }
    }

    /// Runs the statements of a file, unless they are being run already.
    async fn run_file(&mut self, path: &Path) -> Result<Flow> {
        let script = Script::file(path).await?;
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if self.scripts.contains(&real) {
            let text = format!("the script {} would run itself for ever", path.display());
            return Err(Error::new(ErrorKind::Config, text));
        }
        self.scripts.push(real);
        let flow = self.run_script(script).await;
        self.scripts.pop();
        flow
    }

    async fn run_script(&mut self, mut script: Script) -> Result<Flow> {
        loop {
            let Some(statement) = self.signals.guard(script.next()).await? else {
                return Ok(Flow::Continue);
            };
            // The statement isn't to blame if that fails.
            self.sign_in_for(&statement).await?;
            let flow = self.execute(&statement).await;
            if let Flow::Quit = flow.map_err(|error| script.blame(&statement, error))? {
                return Ok(Flow::Quit);
            }
        }
    }

    /// Signs in if the statement or command needs it, and that hasn't been done.
    ///
    /// # Errors
    /// As [`Session::sign_in`].
    pub(super) async fn sign_in_for(&self, statement: &Statement) -> Result<()> {
        let session = self.session().clone();
        let needed = match statement.is_command {
            true => statement.text.parse().is_ok_and(|command: Command| command.browses()),
            false => session.needs_sign_in(&statement.text),
        };
        if session.is_signed_in() || !needed {
            return Ok(());
        }
        self.signals.clone().guard_task(async move { session.sign_in().await }).await
    }

    /// Runs a statement or a command.
    ///
    /// # Errors
    /// Its own, or kind [`Cancelled`](ErrorKind::Cancelled).
    pub(super) async fn execute(&mut self, statement: &Statement) -> Result<Flow> {
        if statement.is_command {
            return self.command(statement.text.parse()?).await;
        }
        let flow = self.query(&statement.text).await;
        // A statement may fail after a part of it was rejected.
        for rejection in self.session().rejected().take() {
            self.rejected = true;
            report::warning(&self.terminal, &rejection.to_string());
        }
        flow
    }

    /// Whether the service rejected something of what statements wrote.
    pub(super) fn has_rejected(&self) -> bool {
        self.rejected
    }

    async fn query(&mut self, sql: &str) -> Result<Flow> {
        let started = Instant::now();
        let display = Arc::new(Mutex::new(self.display()));
        let (session, sql) = (self.session().clone(), sql.to_owned());
        let takes_script = self.reads_input || self.options.interactive;
        let plan = async move {
            let frame = session.sql(&sql).await?;
            let writes = matches!(frame.logical_plan(), LogicalPlan::Copy(_) | LogicalPlan::Dml(_));
            let streams = StandardStreams::of(frame.logical_plan());
            if streams.input && takes_script {
                return Err(script_is_input());
            }
            Ok((writes, streams.output, frame.execute_stream().await?))
        };
        let (writes, aside, stream) = self.signals.guard_task(plan).await?;
        let schema = stream.schema();
        let mut batches = stream.map_err(Error::from);
        if writes || schema.fields().is_empty() {
            let drain = async move {
                let mut written = 0;
                while let Some(batch) = batches.try_next().await? {
                    written += counted(&batch);
                }
                Ok(written)
            };
            let written = self.signals.guard_task(drain).await?;
            hide(&display);
            if writes && !self.options.quiet {
                let rows = count(written, self.timing.then(|| started.elapsed()));
                report::line(&format!("written: {rows}"));
            }
            return Ok(Flow::Continue);
        }
        // Standard output belongs to the bytes of a file.
        let aside = aside && !self.output.is_file();
        let destination = if aside { self.aside()? } else { self.destination()? };
        let shared_screen = self.prints_on_terminal();
        let bars = Arc::clone(&display);
        let before_rows = move || {
            if shared_screen {
                hide(&bars);
            }
        };
        let written = query::write(schema, batches, destination, &self.signals, before_rows).await;
        hide(&display);
        if aside {
            return match written {
                Err(error) if is_broken_pipe(&error) => Ok(Flow::Quit),
                written => written.map(|_| Flow::Continue),
            };
        }
        self.conclude(written, started)
    }

    /// Prints the rows that are read in one go.
    async fn print(
        &mut self,
        rows: impl Future<Output = Result<RecordBatch>> + Send + 'static,
        started: Instant,
    ) -> Result<Flow> {
        let rows = self.signals.guard_task(rows).await?;
        let destination = self.destination()?;
        let schema = rows.schema();
        let batches = stream::iter([Ok(rows)]).boxed();
        let written = query::write(schema, batches, destination, &self.signals, || {}).await;
        self.conclude(written, started)
    }

    fn conclude(&mut self, written: Result<Written>, started: Instant) -> Result<Flow> {
        match written {
            Ok(Written::Rows(rows)) => {
                self.output.keep_result()?;
                if !self.options.quiet && self.terminal.stderr {
                    report::line(&count(rows, self.timing.then(|| started.elapsed())));
                }
                Ok(Flow::Continue)
            }
            Ok(Written::ReaderGone) => Ok(Flow::Quit),
            Err(error) => {
                self.output.drop_result();
                Err(error)
            }
        }
    }

    fn display(&self) -> Option<Display> {
        let wanted = self.terminal.stderr && !self.options.quiet;
        wanted.then(|| Display::start(self.session().progress().clone()))
    }

    fn prints_on_terminal(&self) -> bool {
        self.terminal.stdout && !self.output.is_file()
    }

    fn format(&self) -> Format {
        let default = if self.prints_on_terminal() { Format::Table } else { Format::Csv };
        self.output.format.or(self.options.format).unwrap_or(default)
    }

    /// Where the next result goes.
    fn destination(&self) -> Result<Destination> {
        let format = self.format();
        refuse::terminal(format, self.prints_on_terminal())?;
        let is_file = self.output.is_file() || format.is_binary();
        refuse::several(format, is_file, usize::from(self.output.has_results()) + 1)?;
        let boxes = self.prints_on_terminal() && self.terminal.boxes;
        let place = Place { boxes, follows: self.output.has_results() };
        let (sink, gone) = self.output.sink()?;
        Ok(Destination { format, place, sink, gone })
    }

    /// Where a result goes when standard output is taken.
    fn aside(&self) -> Result<Destination> {
        let format = self.format();
        // Among messages, bytes that are no text help nobody.
        refuse::terminal(format, true)?;
        let place = Place { boxes: self.terminal.stderr && self.terminal.boxes, follows: false };
        let sink: Sink = match self.options.quiet {
            true => Box::new(std::io::sink()),
            false => Box::new(std::io::stderr()),
        };
        Ok(Destination { format, place, sink, gone: Arc::default() })
    }

    async fn command(&mut self, command: Command) -> Result<Flow> {
        let started = Instant::now();
        match command {
            Command::Describe(Some(path)) => {
                let columns = browse::columns(self.session().clone(), path);
                return self.print(columns, started).await;
            }
            Command::Describe(None) => {
                let tables = browse::tables(self.session().clone(), None);
                return self.print(tables, started).await;
            }
            Command::Tables(path) => {
                let tables = browse::tables(self.session().clone(), path);
                return self.print(tables, started).await;
            }
            Command::Schemas => {
                let schemas = browse::schemas(self.session().clone());
                return self.print(schemas, started).await;
            }
            Command::Timing(on) => {
                self.timing = on.unwrap_or(!self.timing);
                self.say(if self.timing { "timing is on" } else { "timing is off" });
            }
            Command::Format(Some(format)) => {
                self.options.format = Some(format);
                // What was said last counts, not the name of the file.
                self.output.format = None;
                self.say(&format!("format is {}", format.name()));
            }
            Command::Format(None) => report::line(&format!("format is {}", self.format().name())),
            Command::Output(path) => self.redirect(path.as_deref())?,
            Command::Include(path) => return self.include(&path).await,
            Command::Connect(text) => self.reconnect(Target::Tenant(Some(text))).await?,
            Command::Refresh => {
                self.session().refresh_metadata().await?;
                self.say("names and columns are read anew");
            }
            Command::Help => {
                // Somebody who doesn't read the help need not be told that it wasn't printed.
                let _ = std::io::stdout().write_all(command::help().as_bytes());
            }
            Command::Quit => return Ok(Flow::Quit),
        }
        Ok(Flow::Continue)
    }

    /// Tells somebody who types what a command has done.
    fn say(&self, text: &str) {
        if self.options.interactive && !self.options.quiet {
            report::line(text);
        }
    }

    fn redirect(&mut self, path: Option<&Path>) -> Result<()> {
        // The file before must be in its place first: it may be the same.
        self.finish()?;
        if let Some(path) = path {
            self.output = Output::open(path)?;
        }
        Ok(())
    }

    /// Runs a script inside of a script. Boxed, because it may do so again.
    fn include<'a>(&'a mut self, path: &'a Path) -> futures::future::BoxFuture<'a, Result<Flow>> {
        Box::pin(self.run_file(path))
    }

    async fn reconnect(&mut self, target: Target) -> Result<()> {
        let (logging, prompt) = (self.logging.clone(), TerminalPrompt::of(&self.terminal));
        let connecting = async move {
            let connected = connect::connect(target, logging, prompt).await?;
            let refused = connect::sign_in(connected.session.clone()).await?;
            Ok((connected, refused))
        };
        let connected = self.signals.guard_task(connecting).await;
        match connected {
            Ok((connected, refused)) => {
                // A script hears of it from the statement that needs more.
                if let Some(error) = refused.filter(|_| self.options.interactive) {
                    report::error(&self.terminal, &error);
                }
                self.settle().await;
                self.connected = connected;
                self.say("connected");
                Ok(())
            }
            Err(error) => {
                // The connection stays, and so does its log.
                let _ = self.logging.configure(self.session().settings());
                Err(error)
            }
        }
    }

    /// Completes the file that results go to; they go to standard output from then on.
    ///
    /// # Errors
    /// When the file can't be put in its place.
    pub(super) fn finish(&mut self) -> Result<()> {
        std::mem::replace(&mut self.output, Output::stdout()).commit()
    }

    /// Waits until what was cancelled has been cancelled at the service too, or the user has
    /// enough.
    pub(super) async fn settle(&mut self) {
        let mut signals = self.signals.clone();
        signals.acknowledge();
        let session = self.session().clone();
        let settle = async move {
            session.settle(SETTLE).await;
            Ok(())
        };
        // What isn't settled by now never will be.
        let _ = tokio::time::timeout(SETTLE, signals.guard_task(settle)).await;
    }
}

/// Takes progress bars off the screen, if they still are on it.
fn hide(display: &Mutex<Option<Display>>) {
    drop(display.lock().unwrap_or_else(PoisonError::into_inner).take());
}

/// The error of a call that would read the rest of the script.
fn script_is_input() -> Error {
    let text = "standard input can't be uploaded: the statements come from there";
    Error::new(ErrorKind::Config, text).with_hint("give the statement by -c, or in a file by -f")
}

/// Whether the reader of what was written went away.
fn is_broken_pipe(error: &Error) -> bool {
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        if let Some(cause) = cause.downcast_ref::<std::io::Error>() {
            return cause.kind() == std::io::ErrorKind::BrokenPipe;
        }
        next = cause.source();
    }
    false
}

/// How many rows a statement says that it has written.
fn counted(batch: &RecordBatch) -> u64 {
    let counts = batch.columns().first().and_then(|c| c.as_primitive_opt::<UInt64Type>());
    counts.map_or(0, |counts| counts.iter().flatten().sum())
}

/// The line below a result.
fn count(rows: u64, elapsed: Option<Duration>) -> String {
    let rows = match rows {
        1 => "1 row".to_owned(),
        rows => format!("{rows} rows"),
    };
    match elapsed {
        None => format!("({rows})"),
        Some(time) if time < Duration::from_secs(1) => format!("({rows}, {} ms)", time.as_millis()),
        Some(time) => format!("({rows}, {:.1} s)", time.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_in_words() {
        assert_eq!(count(1, None), "(1 row)");
        assert_eq!(count(0, Some(Duration::from_millis(45))), "(0 rows, 45 ms)");
        assert_eq!(count(12_000, Some(Duration::from_millis(61_240))), "(12000 rows, 61.2 s)");
    }
}
