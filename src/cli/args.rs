//! The command line.

use std::ffi::OsString;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::adbc::Adbc;
use super::auth::Auth;
use super::format::Format;
use super::help::Topic;
use super::postgres::Serve;
use super::secrets;
use crate::error::{Error, ErrorKind};
use crate::secret::Secret;

/// Where the simulator listens unless told otherwise.
const LISTEN: &str = "127.0.0.1:8099";

/// SQL for Anaplan: query planning models, load them, change them.
///
/// Without -c and -f it is a prompt on a terminal, and else runs the SQL that it reads from standard
/// input. Values of the connection may also come from environment variables: see `anaplan-sql help
/// connection`.
#[derive(Debug, Parser)]
#[command(
    name = "anaplan-sql",
    version,
    disable_help_subcommand = true,
    args_conflicts_with_subcommands = true,
    max_term_width = 100
)]
pub(super) struct Cli {
    /// Connection string, or @FILE to read it from a file [default: $ANAPLAN_SQL_CONNECTION]
    #[arg(long, value_name = "STRING", allow_hyphen_values = true)]
    pub(super) connect: Option<Secret>,

    /// Use the built-in simulated tenant: no account, no network; ANAPLAN_SQL_* variables don't count
    #[arg(long, conflicts_with = "connect")]
    pub(super) demo: bool,

    /// Run SQL, or a backslash command; may be repeated
    #[arg(short = 'c', long = "command", value_name = "SQL", allow_hyphen_values = true)]
    sql: Vec<String>,

    /// Run a script, `-` for standard input; may be repeated, in any order with -c
    #[arg(short, long, value_name = "FILE")]
    file: Vec<PathBuf>,

    /// Format of results [default: table on a terminal, else as --output's name says, else csv]
    #[arg(long, value_name = "FORMAT")]
    pub(super) format: Option<Format>,

    /// Write results to a file, complete or not at all
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,

    /// Show no progress, row counts and warnings
    #[arg(short, long)]
    pub(super) quiet: bool,

    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// What is not a query.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the simulated tenant as a server, until Ctrl-C
    Simulator {
        /// Address and port to listen on; port 0 takes a free one
        #[arg(long, value_name = "ADDRESS", default_value = LISTEN, value_parser = address)]
        listen: SocketAddr,

        /// Serve what a scenario file describes, instead of the demo tenant
        #[arg(long, value_name = "FILE")]
        scenario: Option<PathBuf>,

        /// Let HTTP requests under /_simulator read its log and counters, and steer it
        #[arg(long)]
        control: bool,
    },
    /// Serve PostgreSQL's clients: psql, ODBC, JDBC, and what is built on them, until Ctrl-C
    Serve(Serve),
    /// Sign in or out, show or move what is stored of a sign-in
    Auth(Auth),
    /// Let Python, R and other languages find the ADBC driver
    Adbc(Adbc),
    /// Explain a topic
    Help {
        /// What to explain
        topic: Option<Topic>,
    },
}

/// A source of statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Input {
    /// The value of a -c.
    Text(String),
    /// A script.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl From<&PathBuf> for Input {
    fn from(path: &PathBuf) -> Self {
        if path == Path::new("-") { Self::Stdin } else { Self::File(path.clone()) }
    }
}

/// A command line that makes sense.
#[derive(Debug)]
pub(super) struct Invocation {
    /// The options.
    pub(super) cli: Cli,
    /// What -c and -f name, in the order given.
    pub(super) inputs: Vec<Input>,
}

impl Invocation {
    /// Reads the command line.
    ///
    /// # Errors
    /// clap's, which knows how to print itself and includes what is none, such as `--help`.
    pub(super) fn parse<I>(arguments: I) -> Result<Self, clap::Error>
    where
        I: IntoIterator<Item: Into<OsString> + Clone>,
    {
        let matches = Cli::command().try_get_matches_from(arguments)?;
        let inputs = inputs(&matches);
        Ok(Self { cli: Cli::from_arg_matches(&matches)?, inputs })
    }
}

/// clap keeps the values of each option apart; their places on the command line tell the order.
fn inputs(matches: &ArgMatches) -> Vec<Input> {
    let places = |id| matches.indices_of(id).into_iter().flatten();
    let texts = matches.get_many::<String>("sql").into_iter().flatten().cloned().map(Input::Text);
    let files = matches.get_many::<PathBuf>("file").into_iter().flatten().map(Input::from);
    let mut all: Vec<(usize, Input)> =
        places("sql").zip(texts).chain(places("file").zip(files)).collect();
    all.sort_by_key(|&(place, _)| place);
    all.into_iter().map(|(_, input)| input).collect()
}

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.to_socket_addrs()
        .ok()
        .and_then(|mut all| all.next())
        .ok_or_else(|| format!("not an address with a port, such as {LISTEN}"))
}

/// The message about a wrong command line, if clap's own can't be shown: it repeats the argument,
/// and a connection string without --connect before it holds a password.
pub(super) fn without_secrets(error: &clap::Error) -> Option<Error> {
    secrets::found_in(&error.to_string()).then(|| {
        Error::new(
            ErrorKind::Config,
            "unexpected argument, not shown because it looks like a connection string",
        )
        .with_hint("a connection string goes behind --connect")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Invocation, clap::Error> {
        Invocation::parse(["anaplan-sql"].iter().chain(arguments).copied())
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn commands_and_files_run_in_the_order_given() {
        let text = |sql: &str| Input::Text(sql.to_owned());
        let file = |path: &str| Input::File(path.into());
        let given = ["-c", "1", "-f", "a.sql", "-c", "-- 2", "--demo", "-f", "-", "--command=\\dt"];
        let invocation = parse(&given).expect("valid");
        assert_eq!(
            invocation.inputs,
            [text("1"), file("a.sql"), text("-- 2"), Input::Stdin, text("\\dt")]
        );
        assert!(invocation.cli.demo);
        assert!(parse(&["--demo"]).expect("valid").inputs.is_empty());
    }

    #[test]
    fn what_excludes_each_other_is_refused() {
        for arguments in [
            &["--demo", "--connect", "User=x"][..],
            &["--demo", "simulator"],
            &["--format", "xlsx"],
            &["help", "nothing"],
            &["simulator", "--listen", "nowhere"],
            &["auth", "nothing"],
            &["auth", "export"],
            &["--demo", "auth", "status"],
        ] {
            let error = parse(arguments).expect_err("invalid");
            assert_eq!(error.exit_code(), 2, "{arguments:?}");
            assert!(error.to_string().starts_with("error: "), "{error}");
        }
    }

    #[test]
    fn a_stray_connection_string_is_not_repeated() {
        for arguments in [
            &["User=x;Password=marker"][..],
            &["--conect", "User=x;Password=marker"],
            &["--conect=User=x;password = marker"],
            &["-c", "SELECT 1", "AuthToken=marker"],
        ] {
            let error = parse(arguments).expect_err("invalid");
            let shown = match without_secrets(&error) {
                Some(instead) => format!("{instead:?}"),
                None => error.to_string(),
            };
            assert!(!shown.contains("marker"), "{shown}");
        }
        let harmless = parse(&["--conect"]).expect_err("invalid");
        assert!(without_secrets(&harmless).is_none());
    }

    #[test]
    fn debug_shows_no_connection_string() {
        let invocation = parse(&["--connect", "Password=marker"]).expect("valid");
        assert!(!format!("{invocation:?}").contains("marker"));
    }
}
