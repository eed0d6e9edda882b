//! A session: SQL over everything below.
//!
//! [`Session`] is a DataFusion [`SessionContext`] whose catalogs are Anaplan's workspaces, with a
//! [`sql`](Session::sql) of its own that reads the names a statement mentions before it is
//! planned, and gives errors that list near names.

mod builder;
mod call;
mod catalog;
mod change;
mod failure;
mod functions;
mod into_import;
pub mod parameter;
mod place;
mod plan;
mod pushdown;
mod refresh;
mod schema;
mod show;
mod spelling;
mod statement;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use datafusion::dataframe::DataFrame;
use datafusion::prelude::SessionContext;
use tokio::sync::OnceCell;

#[cfg(feature = "cli")]
pub(crate) use builder::transport;
pub use builder::{SessionBuilder, state_directory};
pub use catalog::Catalogs;
pub use statement::{Splitter, Statement, split};

use crate::auth::oauth::SignInSteps;
use crate::config::Settings;
use crate::error::Result;
use crate::names::Directory;
use crate::progress::Progress;
use crate::rejected::Rejections;
use crate::table::Connection;

/// A connection to Anaplan, ready for SQL.
///
/// It dereferences to DataFusion's [`SessionContext`], so that any other table can be registered
/// and joined. `sql` is the session's own: names of workspaces and models are read when a
/// statement first mentions them.
#[derive(Clone)]
pub struct Session {
    context: SessionContext,
    catalogs: Arc<Catalogs>,
    connection: Connection,
    directory: Arc<Directory>,
    /// Set once the session is signed in, and its default model is found.
    signed_in: Arc<OnceCell<()>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("settings", self.settings()).finish_non_exhaustive()
    }
}

impl Deref for Session {
    type Target = SessionContext;

    fn deref(&self) -> &SessionContext {
        &self.context
    }
}

impl Session {
    /// Plans a statement. Nothing is sent for its data, and no procedure runs, before the result is
    /// polled.
    ///
    /// With one exception: where the columns of a grid stand in nothing but its file, the statement
    /// that first names it reads the header of the file that the user has. Without such a file it
    /// runs the export; the result reads that run.
    ///
    /// # Errors
    /// Kind [`Query`](crate::ErrorKind::Query) when the SQL is wrong,
    /// [`NotFound`](crate::ErrorKind::NotFound) with near names when it mentions what is not
    /// there, and what reading those names from the service can give.
    pub async fn sql(&self, sql: &str) -> Result<DataFrame> {
        plan::sql(self, sql).await
    }

    /// Signs in, unless that has been done: a session that was [opened](SessionBuilder::open)
    /// does so with its first statement that needs it. With Workspace and Model set, both are looked
    /// up and become the defaults.
    ///
    /// # Errors
    /// As [`SessionBuilder::connect`].
    pub async fn sign_in(&self) -> Result<()> {
        let sign_in = || async {
            self.connection.client.sign_in().await?;
            self.find_default_model().await
        };
        self.signed_in.get_or_try_init(sign_in).await.copied()
    }

    /// The steps of signing in with OAuth, for a program that owns the page for it.
    pub fn sign_in_steps(&self) -> &SignInSteps {
        &self.connection.sign_in
    }

    /// Whether it has signed in.
    pub fn is_signed_in(&self) -> bool {
        self.signed_in.initialized()
    }

    /// Whether running a statement begins with signing in. Everything does but the procedures for
    /// signing in, and what can't be planned at all.
    pub fn needs_sign_in(&self, sql: &str) -> bool {
        plan::needs_sign_in(self, sql)
    }

    /// DataFusion's context, for what the session doesn't offer itself.
    pub fn context(&self) -> &SessionContext {
        &self.context
    }

    /// What the connection was told.
    pub fn settings(&self) -> &Settings {
        &self.connection.settings
    }

    /// How far running queries are.
    pub fn progress(&self) -> &Arc<Progress> {
        &self.connection.progress
    }

    /// What the service rejected of what statements wrote, though it took the rest.
    pub fn rejected(&self) -> &Arc<Rejections> {
        &self.connection.rejected
    }

    /// The workspaces, models and exports by name.
    pub fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// The catalog and the schema that names without them are looked up in.
    pub fn defaults(&self) -> (String, String) {
        let state = self.context.state_ref();
        let state = state.read();
        let catalog = &state.config_options().catalog;
        (catalog.default_catalog.clone(), catalog.default_schema.clone())
    }

    /// Registers Anaplan's catalogs in another context: `anaplan`, and one for each workspace.
    ///
    /// Planning in that context is DataFusion's own: names are matched as in a session (exactly,
    /// by id, or in other cases), but unquoted ones are lowered before. A grid whose columns stand
    /// in nothing but its file has them there once a statement of this session has named it. Tables
    /// are read there; what changes them is for [`sql`](Self::sql).
    ///
    /// # Errors
    /// As every call: the names of workspaces and models are read now (two requests).
    pub async fn register_in(&self, context: &SessionContext) -> Result<()> {
        for (name, catalog) in self.catalogs.all().await? {
            context.register_catalog(name, catalog);
        }
        Ok(())
    }

    /// Waits, for no longer than this, until what was cancelled has been cancelled at the service
    /// too. A program calls it before it ends.
    pub async fn settle(&self, within: Duration) {
        self.connection.client.settle(within).await;
    }
}
