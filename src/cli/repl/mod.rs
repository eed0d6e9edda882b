//! The prompt.

mod banner;
mod complete;
mod helper;
mod highlight;
mod history;
mod lexer;
mod names;

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{ColorMode, CompletionType, Config, Editor};
use tokio::runtime::Runtime;

use self::helper::PromptHelper;
use self::history::History;
use self::names::SessionNames;
use super::report::{self, printable};
use super::shell::{Flow, Shell};
use crate::error::{Error, ErrorKind, Result};
use crate::session::split;

/// Reads and runs statements until the user leaves.
///
/// # Errors
/// When the terminal fails, or the file that results went to can't be put in its place. Failed
/// statements are reported, and don't end it.
pub(super) fn run(shell: &mut Shell, runtime: &Runtime) -> Result<()> {
    let colour = shell.terminal.colour;
    let config = Config::builder()
        .auto_add_history(false)
        .history_ignore_dups(true)
        .and_then(|config| config.max_history_size(10_000))
        .map_err(broken)?
        .completion_type(CompletionType::List)
        .color_mode(if colour { ColorMode::Enabled } else { ColorMode::Disabled })
        .build();
    let mut editor: Editor<PromptHelper, FileHistory> =
        Editor::with_config(config).map_err(broken)?;
    let mut history = History::open(&mut editor);
    report::line(&banner::text(shell.connected()));
    loop {
        let names = SessionNames::new(shell.session().clone(), shell.signals.work().clone());
        editor.set_helper(Some(PromptHelper::new(names, colour)));
        let prompt = format!("{}> ", printable(&shell.session().defaults().1));
        let styled = if colour { format!("\x1b[1m{prompt}\x1b[0m") } else { prompt.clone() };
        let input = editor.readline(&(prompt, styled));
        // SIGTERM reaches the prompt as an interruption.
        if shell.signals.terminated() {
            shell.finish()?;
            return Err(Error::new(ErrorKind::Cancelled, "terminated"));
        }
        match input {
            Ok(input) => {
                history.add(&mut editor, &input);
                if let Flow::Quit = execute(shell, runtime, &input) {
                    break;
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(broken(error)),
        }
    }
    shell.finish()
}

/// Runs what was typed; the first failure ends it, and is reported.
fn execute(shell: &mut Shell, runtime: &Runtime, input: &str) -> Flow {
    if is_farewell(input) {
        return Flow::Quit;
    }
    shell.signals.acknowledge();
    for statement in split(input) {
        let run = async {
            shell.sign_in_for(&statement).await?;
            shell.execute(&statement).await
        };
        match runtime.block_on(run) {
            Ok(Flow::Continue) => {}
            Ok(Flow::Quit) => return Flow::Quit,
            Err(error) => {
                report::error(&shell.terminal, &error);
                if error.kind() == ErrorKind::Cancelled {
                    // The next query may need the model that the cancelled one has locked.
                    runtime.block_on(shell.settle());
                }
                break;
            }
        }
    }
    Flow::Continue
}

/// Whether an input is one of the words by which people leave other programs.
fn is_farewell(input: &str) -> bool {
    let word = input.trim().trim_end_matches(';').trim_end();
    ["exit", "quit"].iter().any(|farewell| word.eq_ignore_ascii_case(farewell))
}

fn broken(error: ReadlineError) -> Error {
    Error::new(ErrorKind::Io, "the terminal can't be used").with_source(error)
}
