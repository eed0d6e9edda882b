//! What every table of a session reads through.

use std::path::PathBuf;
use std::sync::Arc;

use super::export::ExportRuns;
use crate::client::Client;
use crate::config::{ColumnTypes, Settings};
use crate::progress::Progress;

/// The tables' way to the service. Cheap to clone; clones share everything.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Talks to the service.
    pub client: Client,
    /// What the connection was told.
    pub settings: Arc<Settings>,
    /// Runs of exports that are under way.
    pub runs: Arc<ExportRuns>,
    /// Hears how far long work is.
    pub progress: Arc<Progress>,
    /// Rows of a batch.
    pub batch_size: usize,
}

impl Connection {
    /// A connection over this client. `notes` is the directory that remembers runs of exports
    /// beyond this process, if any.
    pub fn new(client: Client, settings: Arc<Settings>, notes: Option<PathBuf>) -> Self {
        Self {
            client,
            batch_size: settings.batch_size,
            settings,
            runs: Arc::new(ExportRuns::new(notes)),
            progress: Arc::default(),
        }
    }

    /// How cells are typed.
    pub fn column_types(&self) -> ColumnTypes {
        self.settings.column_types
    }
}
