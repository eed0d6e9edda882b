//! The program `anaplan-sql`.
//!
//! [`main`] reads the command line, connects, and either runs statements or opens a prompt. Both
//! give them to one shell, which writes results to one output. Data goes to standard output,
//! everything else to standard error.
//!
//! Three places run code: a thread that only hears signals, a runtime with as many threads as there
//! are cores where sessions and queries work, and the main thread, which waits for them, draws
//! progress and owns the terminal. So nothing that computes keeps Ctrl-C waiting.

mod adbc;
mod args;
mod auth;
mod browse;
mod command;
mod connect;
mod exit;
mod format;
mod help;
mod logging;
mod output;
mod postgres;
mod progress;
mod query;
mod refuse;
mod repl;
mod report;
mod script;
mod secrets;
mod serve;
mod shell;
mod signals;
mod terminal;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use self::args::{Command, Input, Invocation};
use self::auth::TerminalPrompt;
use self::connect::Target;
use self::format::Format;
use self::logging::Logging;
use self::output::Output;
use self::shell::{Flow, Options, Shell};
use self::signals::Signals;
use self::terminal::Terminal;
use crate::error::{Error, ErrorKind, Result};

/// Runs the program with the process's arguments, and says how it ended.
pub fn main() -> ExitCode {
    let terminal = Terminal::detect();
    let ended = match Invocation::parse(std::env::args_os()) {
        Ok(invocation) => run(invocation, terminal),
        Err(error) => match args::without_secrets(&error) {
            Some(error) => Err(error),
            None => {
                // Nobody reads it, then.
                let _ = error.print();
                return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(exit::USAGE));
            }
        },
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            report::error(&terminal, &error);
            ExitCode::from(exit::code(error.kind()))
        }
    }
}

/// How long the program waits at its end for a refresh of tokens.
const LONGEST_REFRESH: Duration = Duration::from_secs(10);

/// What threads get that parse and plan statements: planning takes a deep stack.
const STACK: usize = 32 << 20;

fn run(invocation: Invocation, terminal: Terminal) -> Result<u8> {
    if let Some(Command::Help { topic }) = invocation.cli.command {
        // As above.
        let _ = std::io::stdout().write_all(help::text(topic).as_bytes());
        return Ok(exit::DONE);
    }
    if let Some(Command::Adbc(adbc)) = &invocation.cli.command {
        return adbc::run(adbc).map(|()| exit::DONE);
    }
    // One thread more than a query computes on, so that requests aren't kept waiting.
    let threads = std::thread::available_parallelism().map_or(2, |cores| cores.get() + 1);
    let work = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_stack_size(STACK)
        .enable_all()
        .build()?;
    let signals = Signals::listen(work.handle().clone())?;
    let ended = match invocation.cli.command {
        Some(Command::Simulator { listen, scenario, control }) => {
            let _logging = Logging::install(false);
            let service = serve::Service { listen, scenario, control };
            work.block_on(serve::serve(service, &signals)).map(|()| exit::DONE)
        }
        Some(Command::Serve(serve)) => {
            postgres::run(serve, &terminal, signals).map(|()| exit::DONE)
        }
        Some(Command::Auth(auth)) => {
            let logging = Logging::install(auth.quiet);
            let done = auth::run(auth, terminal, logging);
            work.block_on(signals.guard_task(done)).map(|()| exit::DONE)
        }
        _ => statements(invocation, terminal, signals),
    };
    // An interrupted query may leave a refresh of tokens behind, which must not be cut short.
    work.block_on(crate::auth::oauth::settle(LONGEST_REFRESH));
    // A thread may still wait for standard input, or for a reader of standard output.
    work.shutdown_background();
    ended
}

/// Runs what the command line names, or opens the prompt, and says how the program ends.
fn statements(invocation: Invocation, terminal: Terminal, signals: Signals) -> Result<u8> {
    let Invocation { cli, mut inputs } = invocation;
    let interactive = inputs.is_empty() && terminal.stdin && terminal.stdout;
    if inputs.is_empty() {
        inputs.push(Input::Stdin);
    }
    let format = cli.format;
    // What can be seen to fail fails before anything is done.
    if let Some(format) = format
        && !interactive
    {
        refuse::terminal(format, terminal.stdout && cli.output.is_none())?;
    }
    for input in &inputs {
        if let Input::File(path) = input {
            script::check(path)?;
        }
    }
    // This thread waits, and draws; whatever may keep a thread busy is done elsewhere.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if let Some(path) = &cli.output
        && !interactive
    {
        let format = format.or(Format::of(path)).unwrap_or(Format::Csv);
        let results = runtime.block_on(script::results(&inputs))?;
        refuse::several(format, !Output::is_stdout(path), results)?;
    }
    let mut output = match &cli.output {
        None => Output::stdout(),
        Some(path) => Output::open(path)?,
    };
    if format.is_some() {
        output.format = None;
    }
    let logging = Logging::install(cli.quiet);
    let target = if cli.demo { Target::Demo } else { Target::Tenant(cli.connect) };
    let is_newcomer = matches!(&target, Target::Tenant(None));
    let connecting = connect::connect(target, logging.clone(), TerminalPrompt::of(&terminal));
    let connecting = signals.guard_task(connecting);
    let connected = runtime
        .block_on(connecting)
        .map_err(|error| if is_newcomer { advise(error) } else { error })?;
    if interactive {
        let signing_in = signals.guard_task(connect::sign_in(connected.session.clone()));
        if let Some(error) = runtime.block_on(signing_in)? {
            report::error(&terminal, &error);
        }
    }
    let options = Options { format, quiet: cli.quiet, interactive };
    let mut shell = Shell::new(connected, options, output, terminal, signals, logging);
    let ended = if interactive {
        repl::run(&mut shell, &runtime)
    } else {
        runtime.block_on(async {
            let mut texts = 0;
            for input in &inputs {
                texts += usize::from(matches!(input, Input::Text(_)));
                let is_one_of_several = inputs.len() > 1 && matches!(input, Input::Text(_));
                let name = is_one_of_several.then(|| format!("-c number {texts}"));
                if let Flow::Quit = shell.run(input, name).await? {
                    break;
                }
            }
            shell.finish()
        })
    };
    runtime.block_on(shell.settle());
    runtime.shutdown_background();
    // At the prompt somebody has read it.
    ended.map(|()| if shell.has_rejected() && !interactive { exit::REJECTED } else { exit::DONE })
}

/// Tells newcomers, who have no connection string, about the simulated tenant.
fn advise(error: Error) -> Error {
    match (error.kind(), error.hint()) {
        (ErrorKind::Config, Some(hint)) => {
            let hint = format!("{hint}; `anaplan-sql --demo` needs none");
            error.with_hint(hint)
        }
        _ => error,
    }
}
