//! Tables: how Anaplan's objects become rows of Arrow.

mod connection;
mod csv;
mod equality;
pub mod export;
pub(crate) mod failures;
pub(crate) mod import;
pub mod information;
pub mod list;
pub(crate) mod metrics;
pub mod module;
mod rejected_rows;
pub(crate) mod scan;
mod sheet;
mod sql_type;
mod truth;
pub mod view;

pub use connection::Connection;
pub use csv::CellKind;
pub use rejected_rows::{RejectedRow, RejectedRows};
pub use sheet::Sheets;
pub use sql_type::sql_type;
