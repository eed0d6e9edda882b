//! SQL for [Anaplan](https://www.anaplan.com): query planning models, load them, change them.
//!
//! ```no_run
//! # async fn example() -> anaplan_sql::Result<()> {
//! let session = anaplan_sql::connect(
//!     "AuthScheme=Basic;User=me@example.com;Password={open;sesame};Region=EU1",
//! )
//! .await?;
//! let batches = session
//!     .sql(r#"SELECT "Region", sum("Revenue") FROM "Finance"."Sales Planning"."Revenue by Region" GROUP BY 1"#)
//!     .await?
//!     .collect()
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! Workspaces are catalogs, models are schemas, exports are tables; `information` tells about
//! them. A [`Session`] is a DataFusion `SessionContext`, so that Anaplan's tables join any other.
//!
//! Data flows one way through these modules, and none uses one further down the list:
//! errors, [secrets](Secret), [`progress`], [`rejected`], [`http`] → [`config`] → [`auth`] → [`client`] →
//! [`names`] → [`table`] → [`mod@write`] → [`session`] → [`postgres`] → the program.

pub mod auth;
#[cfg(feature = "cli")]
pub mod cli;
pub mod client;
pub mod config;
mod error;
pub mod http;
pub mod names;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod procedure;
pub mod progress;
pub mod rejected;
mod secret;
pub mod session;
pub mod table;
pub mod transfer;
pub mod write;

#[cfg(feature = "simulator")]
#[doc(inline)]
pub use anaplan_sql_simulator as simulator;
pub use config::{ConnectionString, Key, Settings};
pub use error::{Error, ErrorKind, Result};
pub use secret::Secret;
pub use session::{Session, SessionBuilder};

/// Connects with a connection string, and with the process's environment for what it leaves out.
///
/// # Errors
/// As [`SessionBuilder::connect`].
pub async fn connect(connection_string: &str) -> Result<Session> {
    builder().connection_string(connection_string).connect().await
}

/// Begins a connection that needs more than a connection string.
pub fn builder() -> SessionBuilder {
    SessionBuilder::default()
}
