//! The session's names, for completion that never waits long.

use std::collections::HashMap;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use datafusion::common::TableReference;
use tokio::runtime::Handle;

use super::complete::{Names, tables_in};
use crate::error::Result;
use crate::session::Session;

/// How long a Tab may wait for names that must be read first. They go on being read after that, and
/// the next Tab finds them.
const PATIENCE: Duration = Duration::from_millis(400);

/// Columns by the path of their table, as typed.
type Columns = Arc<Mutex<HashMap<Vec<String>, Vec<String>>>>;

/// Reads names in the background and gives those that are there.
pub(super) struct SessionNames {
    session: Session,
    runtime: Handle,
    columns: Columns,
}

impl SessionNames {
    /// Knows nothing but what the session knows.
    pub(super) fn new(session: Session, runtime: Handle) -> Self {
        Self { session, runtime, columns: Columns::default() }
    }

    /// Reads what completing this statement needs: workspaces and models, the tables of the models
    /// it mentions, the columns of its tables.
    pub(super) fn read(&self, text: &str) {
        let (session, columns) = (self.session.clone(), Arc::clone(&self.columns));
        let mut paths: Vec<Vec<String>> =
            tables_in(text).into_iter().map(|(path, _)| path).collect();
        paths.extend(unfinished(text));
        let (done, wait) = mpsc::sync_channel(1);
        self.runtime.spawn(async move {
            // What can't be read isn't offered; a statement that needs it will say why.
            let _ = read(&session, &columns, paths).await;
            let _ = done.send(());
        });
        let _ = wait.recv_timeout(PATIENCE);
    }

    fn schema_names(&self, catalog: &str) -> Vec<String> {
        self.session.catalog(catalog).map(|catalog| catalog.schema_names()).unwrap_or_default()
    }
}

/// The path before the dot that a text ends in, as the path of a table that isn't typed yet.
fn unfinished(text: &str) -> Option<Vec<String>> {
    let at = text.rfind('.')?;
    let path = super::complete::path_before(&text[..=at])?;
    Some([path, vec![String::new()]].concat())
}

async fn read(session: &Session, columns: &Columns, paths: Vec<Vec<String>>) -> Result<()> {
    // A Tab is no reason to sign in.
    if !session.is_signed_in() {
        return Ok(());
    }
    let names = session.directory().names().await?;
    let (catalog, schema) = session.defaults();
    let default = vec![catalog.clone(), schema.clone(), String::new()];
    for path in paths.iter().chain([&default]) {
        let model = match path.as_slice() {
            [catalog, schema, _] => names.workspace(catalog).and_then(|w| w.model(schema)),
            [one, _] => names
                .workspace(&catalog)
                .and_then(|w| w.model(one))
                .or_else(|_| Ok(names.model_anywhere(one)?.1)),
            _ => continue,
        };
        if let Ok(model) = model {
            session.directory().read_tables(model).await?;
        }
    }
    for path in paths {
        if path.last().is_none_or(String::is_empty) {
            continue;
        }
        let reference = match path.as_slice() {
            [catalog, schema, table] => {
                TableReference::full(catalog.as_str(), schema.as_str(), table.as_str())
            }
            [schema, table] => TableReference::partial(schema.as_str(), table.as_str()),
            [table] => TableReference::bare(table.as_str()),
            _ => continue,
        };
        // Every time, though its metadata is read once: a query may have learned more since.
        if let Ok(table) = session.table_provider(reference).await {
            let names = table.schema().fields().iter().map(|f| f.name().clone()).collect();
            columns.lock().unwrap_or_else(PoisonError::into_inner).insert(path, names);
        }
    }
    Ok(())
}

impl Names for SessionNames {
    fn functions(&self) -> Vec<String> {
        let state = self.session.state_ref();
        let state = state.read();
        let scalar = state.scalar_functions().keys();
        let aggregate = state.aggregate_functions().keys();
        let all = scalar.chain(aggregate).chain(state.window_functions().keys());
        all.chain(state.table_functions().keys()).cloned().collect()
    }

    fn catalogs(&self) -> Vec<String> {
        self.session.catalog_names()
    }

    fn schemas(&self, catalog: Option<&str>) -> Vec<String> {
        self.schema_names(catalog.unwrap_or(&self.session.defaults().0))
    }

    fn tables(&self, schema: &[String]) -> Vec<String> {
        let defaults = self.session.defaults();
        let (catalog, schema) = match schema {
            [] => (&defaults.0, &defaults.1),
            [schema] => (&defaults.0, schema),
            [catalog, schema, ..] => (catalog, schema),
        };
        let catalog = self.session.catalog(catalog);
        let schema = catalog.and_then(|catalog| catalog.schema(schema));
        schema.map(|schema| schema.table_names()).unwrap_or_default()
    }

    fn columns(&self, table: &[String]) -> Vec<String> {
        let columns = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        columns.get(table).cloned().unwrap_or_default()
    }
}
