//! A connection: a session, and what clients ask about it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use adbc_core::error::Result;
use adbc_core::options::{InfoCode, ObjectDepth, OptionConnection, OptionValue};
use adbc_core::schemas::{GET_STATISTIC_NAMES_SCHEMA, GET_TABLE_TYPES_SCHEMA};
use adbc_core::{CancelHandle, Connection, Optionable};
use anaplan_sql::Session;
use arrow::array::{RecordBatch, RecordBatchReader, StringArray};
use arrow::datatypes::Schema;

use crate::cancel::Cancel;
use crate::database::Shared;
use crate::error::{guarded, invalid_state, not_implemented};
use crate::objects::{self, TABLE_TYPES, Wanted};
use crate::option::{number, unknown, unset, value_text};
use crate::pattern::Pattern;
use crate::reader::ready;
use crate::running::Running;
use crate::runtime::run;
use crate::statement::AnaplanStatement;

/// How long the end of a connection waits until what it has cancelled is cancelled at the service.
const SETTLING: Duration = Duration::from_secs(5);

/// A session on Anaplan. Every statement is done at once: there are no transactions.
#[derive(Debug)]
pub struct AnaplanConnection {
    session: Session,
    running: Running,
    cancel: Cancel,
    /// The simulated tenant must not end before its last connection.
    _shared: Arc<Shared>,
}

type BoxedReader = Box<dyn RecordBatchReader + Send + 'static>;

impl AnaplanConnection {
    pub(crate) fn new(shared: Arc<Shared>, session: Session) -> Self {
        Self { session, running: Running::default(), cancel: Cancel::default(), _shared: shared }
    }

    /// The session, to register further tables in.
    pub fn session(&self) -> &Session {
        &self.session
    }

    fn get(&self, key: &OptionConnection) -> Result<String> {
        let (catalog, schema) = self.session.defaults();
        match key {
            OptionConnection::AutoCommit => Ok("true".to_owned()),
            OptionConnection::ReadOnly => Ok(self.session.settings().read_only.to_string()),
            OptionConnection::CurrentCatalog => Ok(catalog),
            OptionConnection::CurrentSchema => Ok(schema),
            other => Err(unset(other.as_ref())),
        }
    }

    fn set(&mut self, key: &OptionConnection, value: OptionValue) -> Result<()> {
        let name = key.as_ref();
        match key {
            OptionConnection::AutoCommit => match bool::try_from(value)? {
                true => Ok(()),
                false => Err(not_implemented("there are no transactions in Anaplan")),
            },
            OptionConnection::ReadOnly => {
                if bool::try_from(value)? == self.session.settings().read_only {
                    return Ok(());
                }
                Err(not_implemented("a whole database is read-only or not: adbc.anaplan.ReadOnly"))
            }
            OptionConnection::CurrentCatalog => self.use_catalog(value_text(name, value)?),
            OptionConnection::CurrentSchema => self.use_schema(value_text(name, value)?),
            other => Err(unknown(other.as_ref())),
        }
    }

    fn use_catalog(&mut self, catalog: String) -> Result<()> {
        let session = self.session.clone();
        run(self.cancel.listen(), async move { session.set_catalog(&catalog).await })
    }

    fn use_schema(&mut self, schema: String) -> Result<()> {
        let session = self.session.clone();
        run(self.cancel.listen(), async move { session.set_schema(&schema).await })
    }
}

impl Drop for AnaplanConnection {
    fn drop(&mut self) {
        let (session, running) = (self.session.clone(), self.running.clone());
        let cancel = Cancel::default();
        // Nobody can be told.
        let _ = guarded(|| {
            run(cancel.listen(), async move {
                let _ = tokio::time::timeout(SETTLING, running.close()).await;
                session.settle(SETTLING).await;
                Ok(())
            })
        });
    }
}

impl Optionable for AnaplanConnection {
    type Option = OptionConnection;

    fn set_option(&mut self, key: OptionConnection, value: OptionValue) -> Result<()> {
        guarded(|| self.set(&key, value))
    }

    fn get_option_string(&self, key: OptionConnection) -> Result<String> {
        guarded(|| self.get(&key))
    }

    fn get_option_bytes(&self, key: OptionConnection) -> Result<Vec<u8>> {
        Err(unset(key.as_ref()))
    }

    fn get_option_int(&self, key: OptionConnection) -> Result<i64> {
        guarded(|| number(key.as_ref(), &self.get(&key)?))
    }

    fn get_option_double(&self, key: OptionConnection) -> Result<f64> {
        guarded(|| number(key.as_ref(), &self.get(&key)?))
    }
}

impl Connection for AnaplanConnection {
    type StatementType = AnaplanStatement;

    fn new_statement(&mut self) -> Result<AnaplanStatement> {
        Ok(AnaplanStatement::new(self.session.clone(), self.running.clone()))
    }

    fn get_cancel_handle(&self) -> Box<dyn CancelHandle> {
        Box::new(self.cancel.clone())
    }

    fn get_info(&self, codes: Option<HashSet<InfoCode>>) -> Result<BoxedReader> {
        guarded(|| {
            let batch = crate::info::batch(codes.as_ref())?;
            Ok(ready(batch.schema(), vec![batch]))
        })
    }

    /// The names of workspaces and models are read at once; tables of the default model and of models
    /// that `db_schema` names; columns of metadata tables and of tables that `table_name` names.
    fn get_objects(
        &self,
        depth: ObjectDepth,
        catalog: Option<&str>,
        db_schema: Option<&str>,
        table_name: Option<&str>,
        table_type: Option<Vec<&str>>,
        column_name: Option<&str>,
    ) -> Result<BoxedReader> {
        guarded(|| {
            let wanted = Wanted {
                depth,
                catalog: Pattern::new(catalog),
                schema: Pattern::new(db_schema),
                table: Pattern::new(table_name),
                table_types: table_type.map(|all| all.into_iter().map(str::to_owned).collect()),
                column: Pattern::new(column_name),
            };
            let found = objects::find(self.session.clone(), wanted);
            let batch = objects::batch(&run(self.cancel.listen(), found)?)?;
            Ok(ready(batch.schema(), vec![batch]))
        })
    }

    fn get_table_schema(
        &self,
        catalog: Option<&str>,
        db_schema: Option<&str>,
        table_name: &str,
    ) -> Result<Schema> {
        guarded(|| {
            let session = self.session.clone();
            let (catalog, schema) = (catalog.map(str::to_owned), db_schema.map(str::to_owned));
            let table = table_name.to_owned();
            let found = run(self.cancel.listen(), async move {
                session.table_schema(catalog.as_deref(), schema.as_deref(), &table).await
            })?;
            Ok(Arc::unwrap_or_clone(found))
        })
    }

    fn get_table_types(&self) -> Result<BoxedReader> {
        guarded(|| {
            let schema = Arc::clone(&GET_TABLE_TYPES_SCHEMA);
            let types = Arc::new(StringArray::from_iter_values(TABLE_TYPES));
            let batch = RecordBatch::try_new(Arc::clone(&schema), vec![types])?;
            Ok(ready(schema, vec![batch]))
        })
    }

    /// There are none of the driver's own.
    fn get_statistic_names(&self) -> Result<BoxedReader> {
        Ok(ready(Arc::clone(&GET_STATISTIC_NAMES_SCHEMA), Vec::new()))
    }

    fn get_statistics(
        &self,
        _catalog: Option<&str>,
        _db_schema: Option<&str>,
        _table_name: Option<&str>,
        _approximate: bool,
    ) -> Result<BoxedReader> {
        Err(not_implemented("Anaplan has no statistics of tables"))
    }

    fn commit(&mut self) -> Result<()> {
        Err(no_transaction())
    }

    fn rollback(&mut self) -> Result<()> {
        Err(no_transaction())
    }

    fn read_partition(&self, _partition: impl AsRef<[u8]>) -> Result<BoxedReader> {
        Err(not_implemented("results have no partitions"))
    }
}

fn no_transaction() -> adbc_core::error::Error {
    invalid_state("no transaction is open: every statement is done at once")
}
