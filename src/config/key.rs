//! The table of keys, from which parsing, help, completion and the reference page are made.

use std::fmt;
use std::str::FromStr;

use super::choice::{
    AuthScheme, CertificateFormat, CertificateType, ColumnTypes, InitiateOAuth, OAuthGrantType,
    PrivateKeyType, Summaries,
};
use super::region::Region;
use crate::error::{Error, ErrorKind};

#[cfg(test)]
mod tests;

/// What the values of a key look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Any text.
    Text,
    /// The path of a file; a leading `~/` stands for the home directory.
    Path,
    /// The path of a file or a file's content, as another key says.
    PathOrContent,
    /// The path of a file, or `memory://NAME`.
    PathOrMemory,
    /// A whole number.
    Integer {
        /// The smallest number allowed.
        min: u64,
        /// The largest number allowed.
        max: u64,
        /// What is counted, in the plural; empty where the number has no unit.
        unit: &'static str,
    },
    /// True or false.
    Bool,
    /// One of these names; upper and lower case are the same.
    Choice(&'static [&'static str]),
    /// A complete URL.
    Url,
    /// The name or address of a host, or a URL.
    HostOrUrl,
}

/// The heading under which the documentation lists a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Group {
    /// Who signs in, and to which region.
    SignIn,
    /// Sign-in with a certificate.
    Certificate,
    /// Sign-in with OAuth.
    OAuth,
    /// What the session sees, and may do.
    Data,
    /// How requests and long work are done.
    Work,
    /// How the service is reached.
    Network,
    /// What is logged.
    Logging,
}

impl Group {
    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::SignIn => "Signing in",
            Self::Certificate => "Certificate",
            Self::OAuth => "OAuth",
            Self::Data => "Data",
            Self::Work => "Requests and bulk work",
            Self::Network => "Network",
            Self::Logging => "Logging",
        }
    }
}

/// Everything there is to know about a key.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct KeyInfo {
    /// The key.
    pub key: Key,
    /// Its name, in its usual spelling.
    pub name: &'static str,
    /// The heading under which it is listed.
    pub group: Group,
    /// What its values look like.
    pub kind: Kind,
    /// The value used when it is unset. None also where the default depends on circumstances; the
    /// description says so then.
    pub default: Option<&'static str>,
    /// Whether its values must never be shown.
    pub secret: bool,
    /// What it means, in a sentence or two of plain text.
    pub doc: &'static str,
}

impl KeyInfo {
    /// The values allowed, in words.
    pub fn values(&self) -> String {
        match self.kind {
            Kind::Text => "text".into(),
            Kind::Path => "path".into(),
            Kind::PathOrContent => "path or content".into(),
            Kind::PathOrMemory => "path, or memory://NAME".into(),
            Kind::Integer { min, max, unit: "" } => format!("{min} to {max}"),
            Kind::Integer { min, max, unit } => format!("{min} to {max} {unit}"),
            Kind::Bool => "true, false".into(),
            Kind::Choice(names) => names.join(", "),
            Kind::Url => "URL".into(),
            Kind::HostOrUrl => "host or URL".into(),
        }
    }
}

/// Makes [`Key`] and [`KEYS`] from one list, so that neither can lack what the other has.
macro_rules! keys {
    ($( $key:ident $name:literal $group:ident $kind:expr, $default:expr, $secret:literal, $doc:literal; )+) => {
        /// A key of the connection string.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Key { $( #[doc = $doc] $key, )+ }

        /// All keys, in the order in which the documentation lists them.
        pub static KEYS: &[KeyInfo] = &[$(
            KeyInfo {
                key: Key::$key,
                name: $name,
                group: Group::$group,
                kind: $kind,
                default: $default,
                secret: $secret,
                doc: $doc,
            },
        )+];
    };
}

const fn integer(min: u64, max: u64, unit: &'static str) -> Kind {
    Kind::Integer { min, max, unit }
}

// Key, name, group, kind, default, secret, meaning.
keys! {
    AuthScheme "AuthScheme" SignIn Kind::Choice(AuthScheme::NAMES), None, false,
        "How to sign in. Unset: inferred from the keys given (OAuthClientId: OAuth, Certificate: \
         Certificate, User: Basic, AuthToken: Token).";
    User "User" SignIn Kind::Text, None, false,
        "The user's e-mail address, for Basic.";
    Password "Password" SignIn Kind::Text, None, true,
        "The user's password, for Basic.";
    AuthToken "AuthToken" SignIn Kind::Text, None, true,
        "An AnaplanAuthToken or OAuth access token obtained elsewhere, for Token. It is used as \
         it is.";
    Region "Region" SignIn Kind::Choice(Region::NAMES), Some("US1"), false,
        "The region of the tenant, on which the hosts of every service depend.";

    Certificate "Certificate" Certificate Kind::PathOrContent, None, true,
        "The certificate, for Certificate: a path or the content, as CertificateType says.";
    CertificateType "CertificateType" Certificate Kind::Choice(CertificateType::NAMES), Some("PEMKEY_FILE"), false,
        "What Certificate holds: the path of a file, or a file's content in Base64 (blob). PEM, \
         or PFX (PKCS#12), which carries the private key too.";
    CertificatePassword "CertificatePassword" Certificate Kind::Text, None, true,
        "The password of a PFX.";
    PrivateKey "PrivateKey" Certificate Kind::PathOrContent, None, true,
        "The private key of a PEM certificate: a path or the content, as PrivateKeyType says. \
         PKCS#8, plain or encrypted (PBES2), or PKCS#1.";
    PrivateKeyType "PrivateKeyType" Certificate Kind::Choice(PrivateKeyType::NAMES), Some("PEMKEY_FILE"), false,
        "What PrivateKey holds: the path of a PEM file, or the file's content in Base64.";
    PrivateKeyPassword "PrivateKeyPassword" Certificate Kind::Text, None, true,
        "The password of an encrypted private key.";
    CertificateFormat "CertificateFormat" Certificate Kind::Choice(CertificateFormat::NAMES), Some("V2"), false,
        "The format of the signed payload.";

    InitiateOAuth "InitiateOAuth" OAuth Kind::Choice(InitiateOAuth::NAMES), Some("OFF"), false,
        "OFF: never sign in or refresh, use what is given. REFRESH: refresh tokens and store \
         them, never interact. GETANDREFRESH: sign in too.";
    OAuthGrantType "OAuthGrantType" OAuth Kind::Choice(OAuthGrantType::NAMES), Some("CODE"), false,
        "The grant for which the client is registered: authorization code, or device.";
    OAuthClientId "OAuthClientId" OAuth Kind::Text, None, false,
        "The id of the OAuth client that a tenant administrator has registered.";
    OAuthClientSecret "OAuthClientSecret" OAuth Kind::Text, None, true,
        "The secret of the OAuth client. A client for the DEVICE grant has none.";
    OAuthAccessToken "OAuthAccessToken" OAuth Kind::Text, None, true,
        "An access token carried over from elsewhere. Without OAuthRefreshToken it is used as long \
         as it lives, also beside another sign-in that is stored, and then the run ends.";
    OAuthRefreshToken "OAuthRefreshToken" OAuth Kind::Text, None, true,
        "A refresh token carried over from elsewhere.";
    OAuthExpiresIn "OAuthExpiresIn" OAuth integer(0, 31_556_926, "seconds"), None, false,
        "The life of OAuthAccessToken, counted from OAuthTokenTimestamp.";
    OAuthTokenTimestamp "OAuthTokenTimestamp" OAuth integer(0, 253_402_300_799_999, "milliseconds"), None, false,
        "When OAuthAccessToken was issued, since 1970-01-01 00:00 UTC.";
    OAuthVerifier "OAuthVerifier" OAuth Kind::Text, None, true,
        "The code with which the sign-in page redirected to CallbackURL. It is exchanged for \
         tokens once.";
    OAuthSettingsLocation "OAuthSettingsLocation" OAuth Kind::PathOrMemory, None, false,
        "Where tokens are stored: an encrypted file, or memory of this process only. Unset: \
         OAuthSettings.txt in the user's configuration directory for anaplan-sql.";
    OAuthSettingsPassword "OAuthSettingsPassword" OAuth Kind::Text, None, true,
        "Protects the settings file instead of the client secret. For DEVICE it is needed if the \
         file is to travel to another machine.";
    CallbackUrl "CallbackURL" OAuth Kind::Url, None, false,
        "The redirect URI registered for the client, exactly as registered.";
    State "State" OAuth Kind::Text, None, true,
        "The value that the sign-in page must hand back. Unset: a random one for each sign-in.";
    Scope "Scope" OAuth Kind::Text, Some("openid profile email offline_access"), false,
        "The scopes asked for, separated by blanks.";

    Workspace "Workspace" Data Kind::Text, None, false,
        "Name or id of the one workspace to browse. With Model set too, it is the default catalog.";
    Model "Model" Data Kind::Text, None, false,
        "Name or id of the one model to browse. With Workspace set too, it is the default schema.";
    ColumnTypes "ColumnTypes" Data Kind::Choice(ColumnTypes::NAMES), Some("Metadata"), false,
        "How cells are typed: as the model's metadata says, or every cell of a model's tables as \
         text.";
    Summaries "Summaries" Data Kind::Choice(Summaries::NAMES), Some("Exclude"), false,
        "Whether tables of modules hold the rows and columns of aggregates: parents, quarters, \
         totals.";
    MaxStaleness "MaxStaleness" Data integer(0, 31_556_926, "seconds"), Some("0"), false,
        "For how long an export's last file, made by this user through anaplan-sql, is read again \
         instead of running the export.";
    ReadOnly "ReadOnly" Data Kind::Bool, Some("false"), false,
        "Whether to refuse everything that changes a model.";

    Timeout "Timeout" Work integer(0, 86_400, "seconds"), Some("60"), false,
        "The limit for one HTTP request. 0: none.";
    BulkTimeout "BulkTimeout" Work integer(0, 31_556_926, "seconds"), Some("3600"), false,
        "The limit for one export, import, process or large read, queueing included. 0: none.";
    BulkPollingInterval "BulkPollingInterval" Work integer(1, 3_600_000, "milliseconds"), None, false,
        "The pause between two polls of a running task. Unset: adaptive, from 250 ms up to 5 s.";
    PageSize "PageSize" Work integer(1, 5000, "objects"), Some("5000"), false,
        "How many objects one page of a listing holds.";
    BatchSize "BatchSize" Work integer(1, 1_048_576, "rows"), Some("8192"), false,
        "How many rows one Arrow batch holds.";
    MaxConnections "MaxConnections" Work integer(1, 256, "requests"), Some("8"), false,
        "How many requests may run at the same time.";
    MaxRetries "MaxRetries" Work integer(0, 100, "retries"), Some("5"), false,
        "How often one request is repeated after a fault that may pass.";

    SslServerCert "SSLServerCert" Network Kind::Path, None, false,
        "A PEM file of root certificates to trust besides the usual ones. Verification can not be \
         switched off.";
    ProxyServer "ProxyServer" Network Kind::HostOrUrl, None, false,
        "The proxy for all requests. Unset: what the environment variables HTTPS_PROXY and \
         NO_PROXY say.";
    ProxyPort "ProxyPort" Network integer(1, 65_535, ""), None, false,
        "The proxy's port, if ProxyServer doesn't hold it.";
    ProxyUser "ProxyUser" Network Kind::Text, None, false,
        "The user for the proxy.";
    ProxyPassword "ProxyPassword" Network Kind::Text, None, true,
        "The password for the proxy.";
    Endpoint "Endpoint" Network Kind::Url, None, false,
        "One base URL for all services, such as a gateway's or the simulator's; the services' \
         usual paths are appended. Plain http only to this machine.";
    ApiUrl "ApiUrl" Network Kind::Url, None, false,
        "The base URL of the Integration API alone; /2/0 is appended.";
    AuthUrl "AuthUrl" Network Kind::Url, None, false,
        "The base URL of the Authentication service alone; /token is appended.";
    OAuthUrl "OAuthUrl" Network Kind::Url, None, false,
        "The base URL of the OAuth service alone; /oauth and /auth/authorize are appended.";
    AuditUrl "AuditUrl" Network Kind::Url, None, false,
        "The base URL of the Audit service alone; /audit/api/1 is appended.";
    ScimUrl "ScimUrl" Network Kind::Url, None, false,
        "The base URL of the SCIM service alone; /scim/1/0/v2 is appended.";

    Logfile "Logfile" Logging Kind::Path, None, false,
        "The file to which log lines are appended.";
    Verbosity "Verbosity" Logging integer(0, 5, ""), Some("0"), false,
        "How much is logged, from the least (0) to everything (5). Secrets never are.";
}

impl Key {
    /// The key's row in [`KEYS`].
    pub fn info(self) -> &'static KeyInfo {
        &KEYS[self as usize]
    }

    /// The key's name, in its usual spelling.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The environment variable that holds the key's value, such as `ANAPLAN_SQL_USER`.
    pub fn env_name(self) -> String {
        format!("{ENV_PREFIX}{}", self.name().to_ascii_uppercase())
    }

    /// A value of this key as it may be shown: secrets as `***`, and URLs likewise if they have
    /// parts in which credentials travel.
    pub fn masked(self, value: &str) -> &str {
        let info = self.info();
        let url = matches!(info.kind, Kind::Url | Kind::HostOrUrl);
        if info.secret || (url && value.contains(['@', '?', '#'])) { "***" } else { value }
    }

    /// The key with this name; upper and lower case are the same.
    pub(super) fn find(name: &str) -> Option<Self> {
        KEYS.iter().find(|info| info.name.eq_ignore_ascii_case(name)).map(|info| info.key)
    }

    /// The key whose name is most like this one, and by how many edits it differs.
    fn nearest(name: &str) -> (Self, usize) {
        // No key is longer, and the comparison takes time in proportion to the length.
        let start: String = name.chars().take(NAME_MAX).collect::<String>().to_lowercase();
        let edits = |info: &KeyInfo| strsim::damerau_levenshtein(&start, &info.name.to_lowercase());
        KEYS.iter()
            .map(|info| (info.key, edits(info)))
            .min_by_key(|&(_, edits)| edits)
            .unwrap_or((Self::User, usize::MAX))
    }

    /// The key that is meant by a name with a slip of the keyboard in it.
    pub(super) fn meant_by(name: &str) -> Option<Self> {
        let (nearest, edits) = Self::nearest(name);
        (name.len() <= NAME_MAX && edits <= (name.len() / 3).clamp(1, 3)).then_some(nearest)
    }

    /// The message about a key that does not exist, with the one that was probably meant. The name
    /// is repeated only if it looks like a key's. That takes more if it is `doubtful`, that is,
    /// perhaps a piece of a secret value: no more than two characters of it may differ from a key's.
    pub(super) fn unknown(name: &str, doubtful: bool) -> String {
        let (_, edits) = Self::nearest(name);
        let wordlike = |c: char| c.is_ascii_alphabetic() || matches!(c, ' ' | '_' | '-' | '.');
        let showable = name.len() <= NAME_MAX
            && name.chars().all(wordlike)
            && (!doubtful || edits <= 2.min(name.len() / 3));
        match (Self::meant_by(name), showable) {
            (Some(nearest), true) => format!("unknown key {name}; did you mean {nearest}?"),
            (Some(nearest), false) => format!("unknown key; the nearest known one is {nearest}"),
            (None, true) => format!("unknown key {name}"),
            (None, false) => "unknown key".to_owned(),
        }
    }
}

/// How many characters of an unknown key are looked at.
const NAME_MAX: usize = 40;

/// What the environment variables of all keys start with.
pub(super) const ENV_PREFIX: &str = "ANAPLAN_SQL_";

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Key {
    type Err = Error;

    /// Finds a key by its name; upper and lower case are the same.
    ///
    /// # Errors
    /// [`ErrorKind::Config`], with the nearest known key, if there is none of that name.
    fn from_str(name: &str) -> Result<Self, Error> {
        let name = name.trim();
        Self::find(name).ok_or_else(|| Error::new(ErrorKind::Config, Self::unknown(name, false)))
    }
}
