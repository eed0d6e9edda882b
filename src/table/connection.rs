//! What every table of a session reads through.

use std::path::PathBuf;
use std::sync::Arc;

use super::export::{ExportRuns, ExportShape, Headers};
use super::rejected_rows::RejectedRows;
use super::sheet::Sheets;
use crate::auth::oauth::SignInSteps;
use crate::client::Client;
use crate::client::model::{Export, ExportMetadata, ModelId};
use crate::config::Settings;
use crate::error::Result;
use crate::progress::Progress;
use crate::rejected::Rejections;
use crate::transfer::Uploads;

/// The tables' way to the service. Cheap to clone; clones share everything.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Talks to the service.
    pub client: Client,
    /// What the connection was told.
    pub settings: Arc<Settings>,
    /// The steps of signing in.
    pub sign_in: Arc<SignInSteps>,
    /// Runs of exports that are under way.
    pub runs: Arc<ExportRuns>,
    /// Headers of grids that were read from their files.
    pub headers: Arc<Headers>,
    /// What is known of modules and views.
    pub sheets: Arc<Sheets>,
    /// Hears how far long work is.
    pub progress: Arc<Progress>,
    /// Lets one statement at a time upload to a file.
    pub uploads: Arc<Uploads>,
    /// Hears what the service rejects of what is written.
    pub rejected: Arc<Rejections>,
    /// The rows among that, of the statement that wrote last.
    pub rejected_rows: Arc<RejectedRows>,
    /// Rows of a batch.
    pub batch_size: usize,
}

impl Connection {
    /// A connection over this client. `notes` is the directory that remembers runs of exports
    /// beyond this process, if any.
    pub fn new(
        client: Client,
        settings: Arc<Settings>,
        sign_in: Arc<SignInSteps>,
        notes: Option<PathBuf>,
    ) -> Self {
        Self {
            client,
            batch_size: settings.batch_size,
            settings,
            sign_in,
            runs: Arc::new(ExportRuns::new(notes)),
            headers: Arc::default(),
            sheets: Arc::default(),
            progress: Arc::default(),
            uploads: Arc::default(),
            rejected: Arc::default(),
            rejected_rows: Arc::default(),
        }
    }

    /// Forgets what has been read of tables' shapes.
    pub(crate) fn forget_shapes(&self) {
        self.headers.forget_all();
        self.sheets.clear();
    }

    /// The shape of an export's file, as far as it is known without asking the service.
    ///
    /// # Errors
    /// As [`ExportShape::try_new`].
    pub fn shape(
        &self,
        model: &ModelId,
        export: &Export,
        metadata: &ExportMetadata,
    ) -> Result<ExportShape> {
        let header = self.headers.get(&(model.clone(), export.id.clone()));
        ExportShape::try_new(export, metadata, self.settings.column_types, header)
    }
}
