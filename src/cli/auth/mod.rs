//! `anaplan-sql auth`: signing in and out apart from any query, and what is stored of it.

mod lines;
mod login;
mod logout;
mod password;
mod status;
mod terminal;
mod transfer;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::connect;
use super::logging::Logging;
use super::terminal::Terminal;
use crate::auth::oauth::{Exchange, OAuthService};
use crate::config::{Key, OAuthSettings, Settings, SettingsLocation, Source};
use crate::error::{Error, ErrorKind, Result};
use crate::http::Transport;
use crate::secret::Secret;

pub(super) use self::terminal::TerminalPrompt;

/// The arguments of `auth`.
#[derive(Debug, Args)]
pub(super) struct Auth {
    /// Connection string, or @FILE to read it from a file [default: $ANAPLAN_SQL_CONNECTION]
    #[arg(long, value_name = "STRING", global = true, allow_hyphen_values = true)]
    connect: Option<Secret>,

    /// Say nothing but what was asked for, and errors
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,

    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Sign in, and say as whom; with OAuth, store the tokens
    ///
    /// With OAuth it signs in anew whatever is stored and whatever InitiateOAuth says: with a
    /// browser or a device code, or with OAuthVerifier if that is set. With another scheme it tries
    /// the sign-in. The variable ANAPLAN_SQL_BROWSER names another program to open addresses.
    Login {
        /// Don't open a browser, only show the address
        #[arg(long)]
        no_browser: bool,
    },
    /// Show what is stored; sends no request, and ends with 3 when a sign-in is needed
    Status {
        /// How to show it
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: StatusFormat,
    },
    /// End the access token at the service, and remove what is stored
    Logout,
    /// Write a copy of the stored sign-in for another machine, under a password
    Export {
        /// The file to write
        file: PathBuf,
        #[command(flatten)]
        copy: CopyOptions,
    },
    /// Store the sign-in that a copy holds
    Import {
        /// The file that `auth export` has written
        file: PathBuf,
        #[command(flatten)]
        copy: CopyOptions,
    },
}

/// What exporting and importing have in common.
#[derive(Debug, Args)]
struct CopyOptions {
    /// Environment variable that holds the copy's password [default: OAuthSettingsPassword, else
    /// ask]
    #[arg(long, value_name = "NAME")]
    password_env: Option<String>,

    /// Replace what is there
    #[arg(long)]
    force: bool,
}

/// How `auth status` shows what it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StatusFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
}

/// Runs one of the commands.
///
/// # Errors
/// Its own; kind [`SignIn`](crate::ErrorKind::SignIn) when a sign-in is needed or was refused.
pub(super) async fn run(auth: Auth, terminal: Terminal, logging: Logging) -> Result<()> {
    let Auth { connect, quiet, action } = auth;
    let settings = connect::settings(connect, &logging)?;
    match action {
        Action::Login { no_browser } => login::run(&settings, terminal, !no_browser, quiet).await,
        Action::Status { format } => status::run(&settings, format).await,
        Action::Logout => logout::run(&settings, quiet).await,
        Action::Export { file, copy } => {
            transfer::export(&settings, &file, &copy, terminal, quiet).await
        }
        Action::Import { file, copy } => {
            transfer::import(&settings, &file, &copy, terminal, quiet).await
        }
    }
}

/// Refuses settings in memory: what a command stores there would end with it.
fn outlasts(oauth: &OAuthSettings) -> Result<()> {
    match &oauth.settings_location {
        SettingsLocation::File(_) => Ok(()),
        SettingsLocation::Memory(_) => Err(Error::new(
            ErrorKind::Config,
            "the memory of a process ends with it: a sign-in stored there would be lost",
        )
        .with_hint("set OAuthSettingsLocation to the path of a file")),
    }
}

/// How to use what is stored now.
fn usage(settings: &Settings, oauth: &OAuthSettings) -> String {
    let mut same = vec![Key::OAuthClientId];
    if oauth.client_secret.is_some() {
        same.push(Key::OAuthClientSecret);
    }
    if oauth.settings_password.is_some() {
        same.push(Key::OAuthSettingsPassword);
    }
    if settings.source(Key::OAuthSettingsLocation) != Source::Default {
        same.push(Key::OAuthSettingsLocation);
    }
    let same: Vec<_> = same.iter().map(ToString::to_string).collect();
    let same = same.join(", ");
    format!("Connect with InitiateOAuth=REFRESH and the same {same} to use it.")
}

/// The exchanges of the client of these settings.
fn exchange(settings: &Settings, oauth: &OAuthSettings, transport: Transport) -> Exchange {
    let service = OAuthService::new(
        transport,
        &settings.endpoints,
        oauth.client_id.clone(),
        oauth.client_secret.clone(),
    );
    Exchange::new(service, oauth.clone())
}
