//! Connection string, keys and settings.
//!
//! [`KEYS`] is the one table of everything that can be set. [`ConnectionString`] is the text form,
//! [`Settings`] the typed and validated one, made from a connection string, values set in code and
//! environment variables. [`help()`] and [`reference()`] print the table.

mod auth;
mod builder;
mod choice;
mod connection_string;
mod endpoints;
mod help;
mod key;
mod problem;
mod proxy;
mod reader;
mod region;
mod settings;
mod source;
#[cfg(test)]
mod tests;
mod value;

pub use auth::{
    AuthSettings, CertificateSettings, Identity, Material, OAuthSettings, SettingsLocation,
};
pub use builder::SettingsBuilder;
pub use choice::{
    AuthScheme, CertificateFormat, CertificateType, ColumnTypes, InitiateOAuth, OAuthGrantType,
    PrivateKeyType, Summaries,
};
pub use connection_string::ConnectionString;
pub use endpoints::Endpoints;
pub use help::{help, reference};
pub use key::{Group, KEYS, Key, KeyInfo, Kind};
pub use proxy::Proxy;
pub use region::{Hosts, Region};
pub use settings::{Property, Settings};
pub use source::Source;
pub(crate) use value::absolute_url;
