//! From settings to a session.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};

use super::Session;
use super::catalog::{Catalogs, INFORMATION, TENANT};
use super::functions::Functions;
use crate::auth::oauth::{SignInPrompt, SignInSteps};
use crate::auth::{self, TokenCache, TokenProvider};
use crate::client::{Client, ClientOptions};
use crate::config::{Key, Settings, SettingsBuilder};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{
    HttpService, Limiter, ProxyOptions, ReqwestOptions, ReqwestService, RetryPolicy, Transport,
};
use crate::names::Directory;
use crate::table::Connection;
use crate::write::ChangePlanner;

/// What Anaplan grants a tenant.
const REQUESTS_PER_MINUTE: u32 = 600;

/// Makes a [`Session`], with what a connection string can't carry.
///
/// ```no_run
/// # async fn example() -> anaplan_sql::Result<()> {
/// use anaplan_sql::config::Key;
///
/// let session = anaplan_sql::builder()
///     .connection_string("User=demo@example.com;Region=EU1")
///     .set(Key::Password, std::env::var("PLANNING_PASSWORD").unwrap_or_default())
///     .connect()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct SessionBuilder {
    settings: SettingsBuilder,
    token_provider: Option<Arc<dyn TokenProvider>>,
    sign_in_prompt: Option<Arc<dyn SignInPrompt>>,
    http_service: Option<Arc<dyn HttpService>>,
    retry: RetryPolicy,
    state: State,
    memory_limit: Option<usize>,
}

/// Where to remember what should outlast the session.
#[derive(Debug, Default)]
enum State {
    /// In the user's state directory.
    #[default]
    User,
    /// In this one.
    Directory(PathBuf),
    /// Nowhere: it ends with the session.
    Nowhere,
}

/// What the parts of a query that hold rows may hold together, unless told otherwise.
const MEMORY_LIMIT: usize = 2 << 30;

impl SessionBuilder {
    /// Adds a connection string. Values set in code come before it, the environment after.
    #[must_use]
    pub fn connection_string(mut self, text: &str) -> Self {
        self.settings = self.settings.connection_string(text);
        self
    }

    /// Sets one key.
    #[must_use]
    pub fn set(mut self, key: Key, value: impl Into<String>) -> Self {
        self.settings = self.settings.set(key, value);
        self
    }

    /// Leaves the process's environment variables alone.
    #[must_use]
    pub fn no_environment(mut self) -> Self {
        self.settings = self.settings.no_environment();
        self
    }

    /// Signs in with this provider instead of an AuthScheme.
    #[must_use]
    pub fn token_provider(mut self, provider: Arc<dyn TokenProvider>) -> Self {
        self.token_provider = Some(provider);
        self
    }

    /// Has a person sign in through this when nothing stored or given helps, and InitiateOAuth is
    /// GETANDREFRESH. Without it nobody is ever asked.
    #[must_use]
    pub fn sign_in_prompt(mut self, prompt: Arc<dyn SignInPrompt>) -> Self {
        self.sign_in_prompt = Some(prompt);
        self
    }

    /// Sends requests with this HTTP client. SSLServerCert and the Proxy keys then have no effect.
    #[must_use]
    pub fn http_service(mut self, service: Arc<dyn HttpService>) -> Self {
        self.http_service = Some(service);
        self
    }

    /// Repeats requests by this policy. Its number of repetitions gives way to the key MaxRetries.
    #[must_use]
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Keeps what is remembered between runs of a program (MaxStaleness) here instead of in the
    /// user's state directory.
    #[must_use]
    pub fn state_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.state = State::Directory(directory.into());
        self
    }

    /// Remembers nothing beyond the session, and writes nothing to the user's state directory.
    #[must_use]
    pub fn no_state_directory(mut self) -> Self {
        self.state = State::Nowhere;
        self
    }

    /// Bounds the memory of sorts, aggregates and joins of all queries together, in bytes; 2 GiB
    /// unless set. Sorts and aggregates that need more use temporary files; a join whose smaller
    /// side is larger fails. `SET datafusion.runtime.memory_limit = '4G'` changes it later.
    #[must_use]
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = Some(bytes);
        self
    }

    /// Validates the settings and signs in: [`open`](Self::open), then
    /// [`Session::sign_in`]. With Workspace and Model set, both are looked up and
    /// become the defaults.
    ///
    /// # Errors
    /// Kind [`Config`](ErrorKind::Config) with everything that is wrong with the settings;
    /// [`SignIn`](ErrorKind::SignIn) when the service refuses; connection errors;
    /// [`NotFound`](ErrorKind::NotFound) when Workspace or Model is not there.
    pub async fn connect(self) -> Result<Session> {
        let session = self.open()?;
        session.sign_in().await?;
        Ok(session)
    }

    /// Validates the settings, and sends nothing. The session signs in with its first statement that
    /// needs it; the procedures for signing in don't.
    ///
    /// # Errors
    /// Kind [`Config`](ErrorKind::Config) with everything that is wrong with the settings.
    pub fn open(self) -> Result<Session> {
        let mut settings = self.settings;
        if self.token_provider.is_some() {
            // Settings are only complete with a scheme; this is the one that holds a token, and
            // its value is never sent.
            settings = settings.set(Key::AuthScheme, "Token").set(Key::AuthToken, "(provided)");
        }
        let settings = Arc::new(settings.build()?);
        let transport = transport_with(&settings, self.http_service, self.retry)?;
        let provider = match self.token_provider {
            Some(provider) => provider,
            None => auth::provider(&settings, &transport, self.sign_in_prompt.clone()),
        };
        let tokens = Arc::new(TokenCache::new(provider));
        let steps = SignInSteps::new(
            Arc::clone(&settings),
            transport.clone(),
            Arc::clone(&tokens),
            self.sign_in_prompt,
        );
        let client = Client::new(
            transport,
            tokens,
            settings.endpoints.clone(),
            ClientOptions {
                page_size: settings.page_size,
                polling_interval: settings.polling_interval,
                bulk_timeout: settings.bulk_timeout,
            },
        );
        let directory = match self.state {
            State::User => state_directory(),
            State::Directory(directory) => Some(directory),
            State::Nowhere => None,
        };
        let notes = directory.map(|directory| directory.join("exports"));
        let memory_limit = self.memory_limit.unwrap_or(MEMORY_LIMIT);
        open(client, settings, Arc::new(steps), notes, memory_limit)
    }
}

/// What requests go through that belong to no session.
///
/// # Errors
/// Kind [`Config`](ErrorKind::Config) when the settings lead to no HTTP client.
#[cfg(feature = "cli")]
pub(crate) fn transport(settings: &Settings) -> Result<Transport> {
    transport_with(settings, None, RetryPolicy::default())
}

fn transport_with(
    settings: &Settings,
    service: Option<Arc<dyn HttpService>>,
    retry: RetryPolicy,
) -> Result<Transport> {
    let service = match service {
        Some(service) => service,
        None => Arc::new(ReqwestService::try_new(&http_options(settings)?)?),
    };
    let limiter = Arc::new(Limiter::new(REQUESTS_PER_MINUTE, settings.max_connections));
    let max_retries = usize::try_from(settings.max_retries).unwrap_or(usize::MAX);
    let retry = RetryPolicy { max_retries, ..retry };
    // No time-out is one that never passes.
    let timeout = settings.timeout.unwrap_or(Duration::from_secs(u64::from(u32::MAX)));
    Ok(Transport::new(service, limiter, retry, timeout))
}

/// Puts the SQL side on top of a client.
fn open(
    client: Client,
    settings: Arc<Settings>,
    steps: Arc<SignInSteps>,
    notes: Option<PathBuf>,
    memory_limit: usize,
) -> Result<Session> {
    let directory = Arc::new(Directory::new(
        client.clone(),
        settings.workspace.clone(),
        settings.model.clone(),
    ));
    let connection = Connection::new(client, settings, steps, notes);
    // What doesn't fit goes to files in the system's directory for temporary ones.
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(memory_limit)))
        .build_arc()?;
    Ok(put_together(connection, directory, runtime, Files::Reachable))
}

/// Whether statements may name files of this machine as tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Files {
    Reachable,
    #[cfg(feature = "postgres")]
    Hidden,
}

/// A session over a connection and its names, with defaults and tables of its own.
fn put_together(
    connection: Connection,
    directory: Arc<Directory>,
    runtime: Arc<RuntimeEnv>,
    files: Files,
) -> Session {
    let catalogs = Arc::new(Catalogs::new(connection.clone(), Arc::clone(&directory)));
    let mut config = SessionConfig::new()
        .with_batch_size(connection.batch_size)
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema(TENANT, INFORMATION)
        // The catalogs bring an information_schema that doesn't walk the whole tenant.
        .with_information_schema(false);
    // Anaplan's names have capitals: an unquoted identifier stays as it is written.
    config.options_mut().sql_parser.enable_ident_normalization = false;
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .with_physical_optimizer_rules(super::pushdown::rules())
        .with_catalog_list(Arc::<Catalogs>::clone(&catalogs))
        .with_query_planner(Arc::new(ChangePlanner))
        .build();
    Functions::default().register(&mut state);
    let context = SessionContext::new_with_state(state);
    // As in DataFusion's own prompt, `FROM 'x.parquet'` reads a file.
    let context = if files == Files::Reachable { context.enable_url_table() } else { context };
    Session { context, catalogs, connection, directory, signed_in: Arc::default() }
}

impl Session {
    /// Another session over the same connection. It shares the sign-in, the names and metadata that
    /// either has read, the limits of requests and of memory; it has defaults, settings and tables of
    /// its own, and hears only what its own statements are refused. Nothing is sent.
    #[must_use]
    pub fn sibling(&self) -> Self {
        self.sibling_with(Files::Reachable)
    }

    /// A [`sibling`](Self::sibling) for somebody else: its statements can't name a file of this
    /// machine as a table.
    #[cfg(feature = "postgres")]
    pub(crate) fn guest(&self) -> Self {
        self.sibling_with(Files::Hidden)
    }

    fn sibling_with(&self, files: Files) -> Self {
        let runtime = self.context.runtime_env();
        let connection = Connection {
            rejected: Arc::default(),
            rejected_rows: Arc::default(),
            ..self.connection.clone()
        };
        put_together(connection, Arc::clone(&self.directory), runtime, files)
    }

    /// Makes the model that Workspace and Model name the default one.
    pub(super) async fn find_default_model(&self) -> Result<()> {
        let settings = self.settings();
        if settings.workspace.is_some() && settings.model.is_some() {
            let names = self.directory.names().await?;
            if let Some(workspace) = names.workspaces().first()
                && let Some(schema) = workspace.model_names().first()
            {
                self.set_defaults(&workspace.catalog, schema);
            }
        }
        Ok(())
    }

    /// Makes names without catalog and schema mean these.
    pub(super) fn set_defaults(&self, catalog: &str, schema: &str) {
        let state = self.context.state_ref();
        let mut state = state.write();
        let options = &mut state.config_mut().options_mut().catalog;
        catalog.clone_into(&mut options.default_catalog);
        schema.clone_into(&mut options.default_schema);
    }
}

/// Where this program keeps what should outlast it: the state directory of the user on Linux, the
/// local data directory elsewhere. None where there is no home.
pub fn state_directory() -> Option<PathBuf> {
    let directories = directories::ProjectDirs::from("", "", "anaplan-sql")?;
    Some(directories.state_dir().unwrap_or_else(|| directories.data_local_dir()).to_owned())
}

fn http_options(settings: &Settings) -> Result<ReqwestOptions> {
    let roots = match &settings.ssl_server_cert {
        None => None,
        Some(path) => Some(std::fs::read(path).map_err(|e| {
            Error::new(
                ErrorKind::Config,
                format!("SSLServerCert: {} can't be read", path.display()),
            )
            .with_source(e)
        })?),
    };
    let proxy = settings.proxy.as_ref().map(|proxy| ProxyOptions {
        url: proxy.url.clone(),
        credentials: proxy
            .user
            .clone()
            .map(|user| (user, proxy.password.clone().unwrap_or_else(|| String::new().into()))),
    });
    Ok(ReqwestOptions {
        roots,
        proxy,
        // No proxy of the network can reach this machine's own loopback addresses.
        direct: settings.endpoints.are_local(),
        idle_connections: settings.max_connections,
    })
}
