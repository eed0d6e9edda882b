//! A call that is bound: a table of one or a few rows, which does its work when it is read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::datasource::source_as_provider;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Expr, LogicalPlan, TableType};
use datafusion::physical_plan::ExecutionPlan;
use futures::stream::{self, BoxStream, StreamExt};

use super::argument::Arguments;
use super::definition::{ProcedureDefinition, Work};
use super::file::{self, INPUT_FILE, OUTPUT_FILE};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Observer, Unobserved};
use crate::names::Directory;
use crate::table::Connection;
use crate::table::information::column::batch;
use crate::table::scan::{Facts, Scan, ScanExec, Wanted};
use crate::transfer::{Sink, is_standard_input};

/// What a procedure works with.
#[derive(Clone)]
pub(super) struct Call {
    /// The way to the service.
    pub(super) connection: Connection,
    /// The names of workspaces and models.
    pub(super) directory: Arc<Directory>,
    /// The catalog and schema that were the default ones when the call was planned.
    pub(super) defaults: (String, String),
    pub(super) arguments: Arc<Arguments>,
    /// Counts the requests.
    pub(super) observer: Arc<dyn Observer>,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("arguments", &self.arguments).finish_non_exhaustive()
    }
}

/// A call as DataFusion sees it. Its procedure runs when the first stream over it is polled, and
/// never a second time.
#[derive(Debug, Clone)]
pub struct ProcedureCall(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    definition: &'static ProcedureDefinition,
    call: Call,
    schema: SchemaRef,
    begun: AtomicBool,
}

impl ProcedureCall {
    /// The table that a call of this procedure is: one that does the work when it is read, or, where
    /// columns differ from call to call, one whose columns are read now.
    ///
    /// # Errors
    /// As every call, where columns are read.
    pub async fn table(
        definition: &'static ProcedureDefinition,
        arguments: Arguments,
        connection: Connection,
        directory: Arc<Directory>,
        defaults: (String, String),
    ) -> Result<Arc<dyn TableProvider>> {
        match definition.work {
            Work::Rows(_) => {
                Ok(Arc::new(Self::new(definition, arguments, connection, directory, defaults)))
            }
            Work::Table(find) => {
                let (arguments, observer) = (Arc::new(arguments), Arc::new(Unobserved));
                find(Call { connection, directory, defaults, arguments, observer }).await
            }
        }
    }

    /// A call of this procedure. Names without a model are looked up in the one of `defaults`,
    /// catalog and schema.
    fn new(
        definition: &'static ProcedureDefinition,
        arguments: Arguments,
        connection: Connection,
        directory: Arc<Directory>,
        defaults: (String, String),
    ) -> Self {
        let columns = file::columns(definition, &arguments);
        let fields: Vec<Field> = columns.iter().map(|c| c.field()).collect();
        let (arguments, observer) = (Arc::new(arguments), Arc::new(Unobserved));
        Self(Arc::new(Inner {
            definition,
            call: Call { connection, directory, defaults, arguments, observer },
            schema: Arc::new(Schema::new(fields)),
            begun: AtomicBool::new(false),
        }))
    }
}

/// What a call does with the process's own streams, because a file is given as `-`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StandardStreams {
    /// It reads standard input.
    pub input: bool,
    /// It writes to standard output, so that its result must go elsewhere.
    pub output: bool,
}

impl StandardStreams {
    /// Those of the call that a plan runs, if it runs one.
    pub fn of(plan: &LogicalPlan) -> Self {
        let mut found = Self::default();
        if matches!(plan, LogicalPlan::Explain(_)) {
            return found;
        }
        let looked = plan.apply(|node| {
            if let LogicalPlan::TableScan(scan) = node
                && let Ok(provider) = source_as_provider(&scan.source)
                && let Some(ProcedureCall(inner)) = provider.downcast_ref::<ProcedureCall>()
            {
                let given = |name| inner.call.arguments.get(name);
                found.input |= given(INPUT_FILE).is_some_and(is_standard_input);
                found.output |= given(OUTPUT_FILE).is_some_and(Sink::is_standard_output);
            }
            Ok(TreeNodeRecursion::Continue)
        });
        debug_assert!(looked.is_ok(), "looking at a plan can't fail");
        found
    }
}

#[async_trait]
impl TableProvider for ProcedureCall {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.0.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> datafusion::error::Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(ScanExec::try_new(self.clone(), &self.0.schema, projection, limit)?))
    }
}

impl Inner {
    /// Runs the procedure, unless that has been done.
    async fn run(&self, wanted: Wanted) -> Result<RecordBatch> {
        let Wanted { projection, schema, limit, requests, .. } = wanted;
        if self.begun.swap(true, Ordering::Relaxed) {
            let name = self.definition.name;
            return Err(Error::new(
                ErrorKind::Query,
                format!("this call of {name} has run already"),
            )
            .with_hint("a call runs once; plan another one to run it again"));
        }
        let call = Call { observer: Arc::new(requests), ..self.call.clone() };
        let Work::Rows(work) = self.definition.work else {
            return Err(Error::new(ErrorKind::Internal, "a table is no work"));
        };
        let mut rows = work(call).await?;
        rows.truncate(limit.unwrap_or(usize::MAX));
        let columns = file::columns(self.definition, &self.call.arguments);
        batch(&rows, columns, &projection, &schema)
    }
}

impl Scan for ProcedureCall {
    const NAME: &'static str = "ProcedureExec";

    fn facts(&self) -> (Facts, Facts) {
        let Inner { definition, call, .. } = self.0.as_ref();
        let arguments: Vec<&str> = call.arguments.names().collect();
        let source = vec![
            ("procedure", definition.name.to_owned()),
            ("arguments", format!("[{}]", arguments.join(", "))),
        ];
        (source, vec![("changes", definition.changes.to_string())])
    }

    fn open(
        &self,
        wanted: Wanted,
        _context: &TaskContext,
    ) -> BoxStream<'static, datafusion::error::Result<RecordBatch>> {
        let inner = Arc::clone(&self.0);
        stream::once(async move { inner.run(wanted).await.map_err(DataFusionError::from) }).boxed()
    }
}
