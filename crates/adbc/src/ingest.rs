//! Bound rows as the source of an INSERT.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use adbc_core::constants::{
    ADBC_INGEST_OPTION_MODE_APPEND, ADBC_INGEST_OPTION_MODE_CREATE,
    ADBC_INGEST_OPTION_MODE_CREATE_APPEND, ADBC_INGEST_OPTION_MODE_REPLACE,
};
use adbc_core::options::{OptionStatement, OptionValue};
use anaplan_sql::session::parameter::InsertAround;
use anaplan_sql::{Result, Session};
use arrow::datatypes::SchemaRef;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::TableReference;
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::StreamExt;
use tokio::sync::mpsc;

use crate::bound::{Bound, BoundRows};
use crate::error::{invalid, invalid_state, not_implemented};
use crate::option::{unknown, unset, value_text};

/// Where bound rows go without a statement in SQL.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ingest {
    table: Option<String>,
    catalog: Option<String>,
    schema: Option<String>,
    /// As the client has given it.
    mode: Option<String>,
}

impl Ingest {
    /// Whether a target is set.
    pub(crate) fn is_set(&self) -> bool {
        self.table.is_some()
    }

    pub(crate) fn set(
        &mut self,
        key: &OptionStatement,
        value: OptionValue,
    ) -> adbc_core::error::Result<()> {
        let text = value_text(key.as_ref(), value)?;
        match key {
            OptionStatement::TargetTable => self.table = Some(text),
            OptionStatement::TargetCatalog => self.catalog = Some(text),
            OptionStatement::TargetDbSchema => self.schema = Some(text),
            OptionStatement::Temporary => match text.as_str() {
                "false" => {}
                "true" => return Err(not_implemented("there are no temporary tables in Anaplan")),
                _ => return Err(invalid("the option is true or false")),
            },
            OptionStatement::IngestMode => match text.as_str() {
                ADBC_INGEST_OPTION_MODE_APPEND
                // The default of many clients: refused when it is used, unless another is set first.
                | ADBC_INGEST_OPTION_MODE_CREATE
                | ADBC_INGEST_OPTION_MODE_REPLACE
                | ADBC_INGEST_OPTION_MODE_CREATE_APPEND => self.mode = Some(text),
                _ => return Err(invalid("there is no such mode of ingestion")),
            },
            other => return Err(unknown(other.as_ref())),
        }
        Ok(())
    }

    pub(crate) fn get(&self, key: &OptionStatement) -> adbc_core::error::Result<String> {
        let value = match key {
            OptionStatement::TargetTable => &self.table,
            OptionStatement::TargetCatalog => &self.catalog,
            OptionStatement::TargetDbSchema => &self.schema,
            OptionStatement::IngestMode => &self.mode,
            _ => &None,
        };
        value.clone().ok_or_else(|| unset(key.as_ref()))
    }

    /// The INSERT: its table, and the columns that are bound.
    pub(crate) fn insert(
        &self,
        session: &Session,
        bound: &SchemaRef,
    ) -> adbc_core::error::Result<InsertAround> {
        let Some(table) = &self.table else {
            return Err(invalid_state("no table to load is set"));
        };
        match self.mode.as_deref() {
            Some(ADBC_INGEST_OPTION_MODE_APPEND | ADBC_INGEST_OPTION_MODE_CREATE_APPEND) => {}
            _ => {
                return Err(not_implemented(
                    "tables of Anaplan can't be made or replaced from here\nhint: append to one \
                     that is there: mode=\"append\", in pandas if_exists=\"append\"",
                ));
            }
        }
        let name = session.qualified(self.catalog.as_deref(), self.schema.as_deref(), table);
        let columns = bound.fields().iter().map(|field| quoted(field.name())).collect::<Vec<_>>();
        let before = format!("INSERT INTO {name} ({}) ", columns.join(", "));
        Ok(InsertAround { before, after: String::new() })
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Plans an INSERT of bound rows. They are read when it runs, once. To be
/// called inside the runtime.
///
/// # Errors
/// As planning the INSERT.
pub(crate) async fn insert(
    session: &Session,
    insert: &InsertAround,
    bound: Bound,
) -> Result<DataFrame> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let schema = bound.schema();
    let source = Source { schema: Arc::clone(&schema), rows: Mutex::new(Some(bound)) };
    let table = StreamingTable::try_new(schema, vec![Arc::new(source)])?;
    // A name that nobody else has, in a schema that is always there.
    let name = format!("adbc bound rows {}", COUNT.fetch_add(1, Ordering::Relaxed));
    let reference = TableReference::full("anaplan", "information", name.as_str());
    session.context().register_table(reference.clone(), Arc::new(table))?;
    let InsertAround { before, after } = insert;
    let source = quoted(&name);
    let planned =
        session.sql(&format!("{before} SELECT * FROM anaplan.information.{source} {after}")).await;
    // The plan holds it by now.
    session.context().deregister_table(reference)?;
    planned
}

/// Bound rows, until somebody reads them.
#[derive(Debug)]
struct Source {
    schema: SchemaRef,
    rows: Mutex<Option<Bound>>,
}

impl PartitionStream for Source {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner).take();
        let rows = match rows {
            Some(bound) => bound.read(),
            None => read_already(),
        };
        let stream = futures::stream::unfold(rows, |mut rows| async {
            rows.recv().await.map(|next| (next.map_err(DataFusionError::from), rows))
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream.boxed()))
    }
}

/// Bound rows come once.
fn read_already() -> BoundRows {
    let (sender, receiver) = mpsc::channel(1);
    let error = anaplan_sql::Error::new(
        anaplan_sql::ErrorKind::Unsupported,
        "the bound rows can be read once only",
    );
    // There is room for one.
    let _ = sender.try_send(Err(error));
    receiver
}
