//! From the command line to a session.

use std::path::Path;
use std::sync::Arc;

use tracing::subscriber::NoSubscriber;

use super::auth::TerminalPrompt;
use super::logging::Logging;
use super::secrets;
use crate::config::{AuthScheme, Key, Settings};
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;
use crate::session::Session;
use crate::simulator::{Simulator, Tenant};

/// The variable that holds a whole connection string.
const VARIABLE: &str = "ANAPLAN_SQL_CONNECTION";

/// Who signs in to the demo tenant.
const DEMO_USER: &str = "demo@anaplan-sql.example";
const DEMO_PASSWORD: &str = "demo";

/// What to connect to.
#[derive(Debug)]
pub(super) enum Target {
    /// The built-in simulated tenant.
    Demo,
    /// A connection string, `@FILE`, or nothing: then it is all in the environment.
    Tenant(Option<Secret>),
}

/// A session, and the simulated tenant it talks to if it does.
#[derive(Debug)]
pub(super) struct Connected {
    pub(super) session: Session,
    pub(super) simulator: Option<Simulator>,
}

/// Opens a session, which signs in later, with the help of a person if there is a `prompt` to ask one.
///
/// # Errors
/// As [`SessionBuilder::open`](crate::SessionBuilder::open), and kind
/// [`Config`](ErrorKind::Config) when the connection string's file or the log file can't be opened.
pub(super) async fn connect(
    target: Target,
    logging: Logging,
    prompt: Option<TerminalPrompt>,
) -> Result<Connected> {
    connect_as(target, logging, prompt, false).await
}

/// The same, to read only if that is wanted, whatever else the settings say.
///
/// # Errors
/// As [`connect`].
pub(super) async fn connect_as(
    target: Target,
    logging: Logging,
    prompt: Option<TerminalPrompt>,
    read_only: bool,
) -> Result<Connected> {
    match target {
        Target::Demo => demo(read_only).await,
        Target::Tenant(given) => {
            let text = text(given)?;
            // The log must be open before the first thing worth logging. What is wrong with the
            // settings, or doubtful, is said below, once.
            let settings = tracing::subscriber::with_default(NoSubscriber::default(), || {
                Settings::parse(text.expose())
            });
            if let Ok(settings) = settings {
                logging.configure(&settings)?;
            }
            let mut builder = crate::builder().connection_string(text.expose());
            if let Some(prompt) = prompt {
                builder = builder.sign_in_prompt(Arc::new(prompt));
            }
            if read_only {
                builder = builder.set(Key::ReadOnly, "true");
            }
            let session = builder.open()?;
            Ok(Connected { session, simulator: None })
        }
    }
}

/// Signs in at once, for somebody who types. Without OAuth tokens the prompt opens all the same: the
/// procedures for signing in are there to get some.
///
/// # Errors
/// As [`Session::sign_in`].
pub(super) async fn sign_in(session: Session) -> Result<Option<Error>> {
    match session.sign_in().await {
        Err(error)
            if error.kind() == ErrorKind::SignIn
                && session.settings().auth.scheme() == AuthScheme::OAuth =>
        {
            Ok(Some(error))
        }
        ended => ended.map(|()| None),
    }
}

/// The settings that a connection string and the environment give, with the log file open.
///
/// # Errors
/// Kind [`Config`](ErrorKind::Config) with all that is wrong.
pub(super) fn settings(given: Option<Secret>, logging: &Logging) -> Result<Settings> {
    let settings = Settings::parse(text(given)?.expose())?;
    logging.configure(&settings)?;
    Ok(settings)
}

/// The connection string: what the command line gives, else the environment, else nothing.
fn text(given: Option<Secret>) -> Result<Secret> {
    match given.or_else(|| std::env::var(VARIABLE).ok().map(Secret::from)) {
        None => Ok(Secret::new("")),
        Some(text) => read(text),
    }
}

/// Starts a simulated tenant in this process. The environment may hold the keys of a real tenant:
/// none of them gets here. Nor does anything of the demo get among what is kept of real tenants.
async fn demo(read_only: bool) -> Result<Connected> {
    let simulator = Simulator::start(Tenant::demo()).await.map_err(|e| {
        Error::new(ErrorKind::Io, "the simulated tenant can't listen on 127.0.0.1").with_source(e)
    })?;
    let mut builder = crate::builder()
        .no_environment()
        .no_state_directory()
        .set(Key::Endpoint, simulator.url())
        .set(Key::User, DEMO_USER)
        .set(Key::Password, DEMO_PASSWORD);
    if read_only {
        builder = builder.set(Key::ReadOnly, "true");
    }
    let session = builder.open()?;
    Ok(Connected { session, simulator: Some(simulator) })
}

/// Reads a connection string from a file if it says so.
fn read(text: Secret) -> Result<Secret> {
    let Some(path) = text.expose().strip_prefix('@') else { return Ok(text) };
    let content = std::fs::read_to_string(Path::new(path)).map_err(|e| {
        // Somebody may have put an @ before the string itself.
        let name = if secrets::found_in(path) { "(not shown)" } else { path };
        Error::new(ErrorKind::Config, format!("the connection string's file {name} can't be read"))
            .with_source(e)
    })?;
    let content = Secret::from(content);
    let line = content.expose();
    let line = line.strip_suffix('\n').unwrap_or(line);
    Ok(Secret::new(line.strip_suffix('\r').unwrap_or(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_string_can_come_from_a_file() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "User=x;Password= p \r\n").expect("written");
        let given = format!("@{}", file.path().display());
        let text = read(Secret::from(given)).expect("read");
        assert_eq!(text.expose(), "User=x;Password= p ");
        assert_eq!(read(Secret::new("User=@x")).expect("plain").expose(), "User=@x");

        let error = read(Secret::new("@/no/such/file")).expect_err("missing");
        assert_eq!(error.kind(), ErrorKind::Config);
        let error = read(Secret::new("@User=x;Password=marker")).expect_err("no file");
        assert!(!format!("{error:?}").contains("marker"));
    }

    #[test]
    fn the_demo_user_is_the_demo_tenants() {
        let tenant = Tenant::demo();
        let user = tenant.users.first().expect("a user");
        assert_eq!(user.email, DEMO_USER);
        assert!(user.password.is(DEMO_PASSWORD));
    }
}
