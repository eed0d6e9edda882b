//! The person at the terminal.

use std::process::{Command, Stdio};

use async_trait::async_trait;
use url::Url;

use super::super::report;
use super::super::terminal::Terminal;
use super::lines;
use crate::auth::oauth::{self, Grant, OAuthService, Person, SignInPrompt};
use crate::config::OAuthSettings;
use crate::error::Result;
use crate::secret::Secret;

/// Names the program that opens addresses; `none` for no program.
const BROWSER: &str = "ANAPLAN_SQL_BROWSER";

/// Asks whoever sits at the terminal to sign in. For a program whose standard input and standard
/// error are one; nobody else is ever asked.
#[derive(Debug)]
pub(in super::super) struct TerminalPrompt {
    /// Whether to open a browser.
    pub(super) browser: bool,
}

impl TerminalPrompt {
    /// Asks there; None if nobody sits there.
    pub(in super::super) fn of(terminal: &Terminal) -> Option<Self> {
        terminal.is_attended().then_some(Self { browser: true })
    }
}

#[async_trait]
impl SignInPrompt for TerminalPrompt {
    async fn sign_in(&self, service: &OAuthService, settings: &OAuthSettings) -> Result<Grant> {
        oauth::sign_in(service, settings, self).await
    }
}

#[async_trait]
impl Person for TerminalPrompt {
    fn tell(&self, line: &str) {
        report::line(&report::printable(line));
    }

    async fn open(&self, url: &Url) {
        if !self.browser {
            return;
        }
        let url = url.clone();
        // Some ways to open a browser wait until it has started.
        let opened = tokio::task::spawn_blocking(move || open(&url)).await;
        if let Ok(Err(error)) = opened {
            tracing::info!(%error, "no browser was opened");
        }
    }

    async fn read_line(&self) -> Result<Option<Secret>> {
        lines::read(lines::Line::Pasted).await
    }
}

fn open(url: &Url) -> std::io::Result<()> {
    match std::env::var_os(BROWSER).filter(|program| !program.is_empty()) {
        Some(program) if program == "none" => Ok(()),
        Some(program) => {
            let mut command = Command::new(program);
            command.arg(url.as_str());
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            // Ctrl-C here is not meant for the browser.
            #[cfg(unix)]
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
            let mut browser = command.spawn()?;
            // Collected when it ends, so that it doesn't stay a zombie meanwhile.
            std::thread::spawn(move || browser.wait());
            Ok(())
        }
        None => {
            let mut options = webbrowser::BrowserOptions::new();
            options.with_suppress_output(true);
            webbrowser::open_browser_with_options(
                webbrowser::Browser::Default,
                url.as_str(),
                &options,
            )
        }
    }
}
