//! Where it begins.

use adbc_core::Driver;
use adbc_core::error::Result;
use adbc_core::options::{OptionDatabase, OptionValue};

use crate::database::AnaplanDatabase;
use crate::error::guarded;
use crate::option::DatabaseOptions;

/// The driver.
#[derive(Debug, Default)]
pub struct AnaplanDriver(());

impl Driver for AnaplanDriver {
    type DatabaseType = AnaplanDatabase;

    /// Takes everything from the environment.
    fn new_database(&mut self) -> Result<AnaplanDatabase> {
        self.new_database_with_opts([])
    }

    /// Checks the options, and sends nothing: connections sign in.
    fn new_database_with_opts(
        &mut self,
        options: impl IntoIterator<Item = (OptionDatabase, OptionValue)>,
    ) -> Result<AnaplanDatabase> {
        guarded(|| AnaplanDatabase::open(&DatabaseOptions::read(options)?))
    }
}
