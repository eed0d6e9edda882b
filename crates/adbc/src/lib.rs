//! An [ADBC](https://arrow.apache.org/adbc/) driver for Anaplan.
//!
//! The shared library exports the entry point `AdbcAnaplanInit`, which driver managers of Python, R,
//! Go and other languages load. [`AnaplanDriver`] is the same driver for programs in Rust:
//!
//! ```
//! use adbc_core::options::OptionDatabase;
//! use adbc_core::{Connection, Database, Driver, Statement};
//! use adbc_driver_anaplan::AnaplanDriver;
//!
//! # #[cfg(feature = "demo")] {
//! let options = [(OptionDatabase::Uri, "anaplan://demo".into())];
//! let database = AnaplanDriver::default().new_database_with_opts(options)?;
//! let mut connection = database.new_connection()?;
//! let mut statement = connection.new_statement()?;
//! statement.set_sql_query("SELECT name FROM information.models")?;
//! for batch in statement.execute()? {
//!     println!("{} models", batch?.num_rows());
//! }
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! All work is done by tasks of one runtime of the process's own; calls wait for them. So a panic ends
//! in an error of the call that met it, and a call can be cancelled from another thread.

mod bound;
mod cancel;
mod connection;
mod database;
mod driver;
mod error;
mod info;
mod ingest;
mod objects;
mod option;
mod pattern;
mod reader;
mod running;
mod runtime;
mod statement;
mod uri;

pub use connection::AnaplanConnection;
pub use database::AnaplanDatabase;
pub use driver::AnaplanDriver;
pub use statement::AnaplanStatement;

/// The entry points for driver managers: C functions without mangled names.
#[allow(unsafe_code, missing_docs)]
mod entry {
    adbc_ffi::export_driver!(AdbcAnaplanInit, super::AnaplanDriver);
}
