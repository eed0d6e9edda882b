//! Tables: how Anaplan's objects become rows of Arrow.

mod connection;
mod csv;
pub mod export;
pub mod information;
pub mod list;
pub(crate) mod metrics;
pub(crate) mod scan;

pub use connection::Connection;
pub use csv::CellKind;
