//! The settings of a session, in types.

use std::path::PathBuf;
use std::time::Duration;

use super::auth::AuthSettings;
use super::builder::SettingsBuilder;
use super::choice::{ColumnTypes, Summaries};
use super::endpoints::Endpoints;
use super::key::{KEYS, Key, KeyInfo};
use super::proxy::Proxy;
use super::reader::Reader;
use super::region::Region;
use super::source::{Source, Values};
use crate::error::Result;

/// The settings of a session: complete, validated, and typed.
///
/// Every value comes from one of four sources: set in code, else the connection string, else the
/// environment variable of its key, else the default. An empty value is as none. `Debug` shows no
/// secret.
///
/// ```
/// use anaplan_sql::config::{AuthScheme, Key, Settings};
///
/// let settings = Settings::builder()
///     .connection_string("User=demo@anaplan-sql.example;Password={a;b};Region=EU3")
///     .set(Key::ReadOnly, "true")
///     .no_environment()
///     .build()?;
/// assert_eq!(settings.auth.scheme(), AuthScheme::Basic);
/// assert_eq!(settings.endpoints.integration.as_str(), "https://eu3.api.anaplan.com/2/0");
/// assert!(settings.read_only);
/// # Ok::<(), anaplan_sql::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// How the session signs in. Key `AuthScheme`, and those of the scheme.
    pub auth: AuthSettings,
    /// The region of the tenant. Key `Region`.
    pub region: Region,
    /// The base URL of each service. Keys `Region`, `Endpoint`, and those of the single services.
    pub endpoints: Endpoints,
    /// Name or id of the one workspace to browse; None: all. Key `Workspace`.
    pub workspace: Option<String>,
    /// Name or id of the one model to browse; None: all. Key `Model`.
    pub model: Option<String>,
    /// How cells of a model's tables are typed. Key `ColumnTypes`.
    pub column_types: ColumnTypes,
    /// Whether aggregates are part of module tables. Key `Summaries`.
    pub summaries: Summaries,
    /// How old the last file of an export may be to be read again; zero: never. Key
    /// `MaxStaleness`.
    pub max_staleness: Duration,
    /// Whether everything that changes a model is refused. Key `ReadOnly`.
    pub read_only: bool,
    /// The limit for one HTTP request; None: no limit. Key `Timeout`.
    pub timeout: Option<Duration>,
    /// The limit for one export, import, process or large read; None: no limit. Key `BulkTimeout`.
    pub bulk_timeout: Option<Duration>,
    /// The pause between two polls of a task; None: adaptive. Key `BulkPollingInterval`.
    pub polling_interval: Option<Duration>,
    /// Objects on one page of a listing, from 1 to 5000. Key `PageSize`.
    pub page_size: usize,
    /// Rows of one Arrow batch, at least 1. Key `BatchSize`.
    pub batch_size: usize,
    /// Requests that may run at the same time, at least 1. Key `MaxConnections`.
    pub max_connections: usize,
    /// Repetitions of one request after a fault that may pass. Key `MaxRetries`.
    pub max_retries: u32,
    /// PEM file of root certificates to trust besides the usual ones. Key `SSLServerCert`.
    pub ssl_server_cert: Option<PathBuf>,
    /// The proxy for all requests; None: what `HTTPS_PROXY` and `NO_PROXY` say. Keys `ProxyServer`,
    /// `ProxyPort`, `ProxyUser`, `ProxyPassword`.
    pub proxy: Option<Proxy>,
    /// The file to which log lines are appended. Key `Logfile`.
    pub log_file: Option<PathBuf>,
    /// How much is logged, from 0 to 5. Key `Verbosity`.
    pub verbosity: u8,
    /// What somebody has set, fit to be shown, in the order of the keys.
    given: Vec<(Key, Source, String)>,
}

/// A row of the table `information.connection_properties`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Property {
    /// The name of the key.
    pub name: &'static str,
    /// The value somebody has set, `***` in place of a secret; None if nobody has.
    pub value: Option<String>,
    /// The value used when the key is unset; None if there is none, or it depends on circumstances.
    pub default: Option<&'static str>,
    /// Where the value comes from.
    pub source: Source,
    /// The values allowed, in words.
    pub allowed: String,
    /// Whether values of the key are never shown.
    pub secret: bool,
    /// What the key means.
    pub description: &'static str,
}

impl Settings {
    /// Starts settings that come from more than a connection string.
    pub fn builder() -> SettingsBuilder {
        SettingsBuilder::default()
    }

    /// Makes settings from a connection string, and from the process's environment for keys that
    /// it does not hold.
    ///
    /// # Errors
    /// As [`SettingsBuilder::build`].
    pub fn parse(text: &str) -> Result<Self> {
        Self::builder().connection_string(text).build()
    }

    /// Where the value of a key comes from.
    pub fn source(&self, key: Key) -> Source {
        self.given(key).map_or(Source::Default, |(source, _)| source)
    }

    /// All keys, with what is set and what could be, in the order of the documentation.
    pub fn properties(&self) -> impl Iterator<Item = Property> {
        KEYS.iter().map(|info| {
            let given = self.given(info.key);
            let &KeyInfo { name, default, secret, doc: description, .. } = info;
            Property {
                name,
                value: given.map(|(_, shown)| shown.to_owned()),
                default,
                source: given.map_or(Source::Default, |(source, _)| source),
                allowed: info.values(),
                secret,
                description,
            }
        })
    }

    fn given(&self, key: Key) -> Option<(Source, &str)> {
        let (_, source, shown) = self.given.iter().find(|(given, ..)| *given == key)?;
        Some((*source, shown))
    }

    /// Reads all values into their types. None if there are problems that leave nothing to put in
    /// a field; all problems are reported.
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let region = reader.choice(Key::Region).unwrap_or_default();
        let limit = |duration: Option<Duration>| duration.filter(|limit| !limit.is_zero());
        let auth = AuthSettings::read(reader);
        let endpoints = Endpoints::read(reader, region);
        Some(Self {
            workspace: reader.string(Key::Workspace),
            model: reader.string(Key::Model),
            column_types: reader.choice(Key::ColumnTypes).unwrap_or_default(),
            summaries: reader.choice(Key::Summaries).unwrap_or_default(),
            max_staleness: reader.seconds(Key::MaxStaleness).unwrap_or_default(),
            read_only: reader.boolean(Key::ReadOnly).unwrap_or_default(),
            timeout: limit(reader.seconds(Key::Timeout)),
            bulk_timeout: limit(reader.seconds(Key::BulkTimeout)),
            polling_interval: reader.integer(Key::BulkPollingInterval).map(Duration::from_millis),
            page_size: reader.integer(Key::PageSize).unwrap_or_default(),
            batch_size: reader.integer(Key::BatchSize).unwrap_or_default(),
            max_connections: reader.integer(Key::MaxConnections).unwrap_or_default(),
            max_retries: reader.integer(Key::MaxRetries).unwrap_or_default(),
            ssl_server_cert: reader.path(Key::SslServerCert),
            proxy: Proxy::read(reader),
            log_file: reader.path(Key::Logfile),
            verbosity: reader.integer(Key::Verbosity).unwrap_or_default(),
            given: given(reader.values()),
            auth: auth?,
            region,
            endpoints: endpoints?,
        })
    }
}

fn given(values: &Values) -> Vec<(Key, Source, String)> {
    let shown = |info: &KeyInfo| match values.get(info.key)? {
        (_, Source::Default) => None,
        (text, source) => Some((info.key, source, info.key.masked(text).to_owned())),
    };
    KEYS.iter().filter_map(shown).collect()
}
