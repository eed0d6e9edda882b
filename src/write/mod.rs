//! Writing: what INSERT, UPDATE and DELETE do to Anaplan's tables.
//!
//! DataFusion plans the rows that a statement is about: those to insert, or those of the table that
//! WHERE leaves, with the values that they are to have. That is a [`Change`]. The kind of the table
//! decides on its `Writer`, which takes the rows and has the service change something. In the plan
//! it stands above the plan of the rows (`ChangeNode`, then `ChangeExec`), and works when it is
//! polled: EXPLAIN writes nothing, EXPLAIN ANALYZE does.

mod cast;
mod cell;
mod exec;
mod hold;
pub(crate) mod import;
pub mod list;
mod node;
mod refusal;
mod rejected;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::execution::{SendableRecordBatchStream, SessionState, TaskContext};
use datafusion::logical_expr::LogicalPlan;

pub(crate) use cast::name_casts;
pub(crate) use node::{ChangeNode, ChangePlanner};
pub(crate) use refusal::refuse;

use crate::error::{Error, ErrorKind, Result};
use crate::http::Observer;
use crate::names::Directory;
use crate::table::list::ListTable;
use crate::table::module::ModuleTable;
use crate::table::scan::Facts;

/// What a statement is to do to a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `INSERT INTO`
    Insert,
    /// `INSERT OVERWRITE`, `REPLACE INTO`
    Replace,
    /// `UPDATE`
    Update,
    /// `DELETE FROM`
    Delete,
    /// `MERGE INTO`
    Merge,
    /// `TRUNCATE`
    Truncate,
}

impl Operation {
    /// How a statement begins that does it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Insert => "INSERT INTO",
            Self::Replace => "REPLACE INTO",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE FROM",
            Self::Merge => "MERGE INTO",
            Self::Truncate => "TRUNCATE",
        }
    }
}

/// A statement that changes a table, planned as far as its rows.
#[derive(Debug)]
pub struct Change {
    /// What it does.
    pub operation: Operation,
    /// The columns that it gives values, by name: those of an INSERT, all if it names none; those
    /// behind SET.
    pub columns: Vec<String>,
    /// What an INSERT does with rows that are there already, if it says so.
    pub conflict: Option<OnConflict>,
    /// Whole rows of the table: the new ones, or those that WHERE leaves, with their new values.
    pub rows: LogicalPlan,
}

impl Change {
    /// Whether several rows may be of one row of the table, because they come from a join.
    fn may_repeat(&self) -> bool {
        let mut found = false;
        let walked = self.rows.apply(|plan| {
            found |= matches!(plan, LogicalPlan::Join(_));
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        });
        found || walked.is_err()
    }
}

/// `ON CONFLICT`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnConflict {
    /// The columns that tell which row is there already; any that can if none are named.
    pub key: Vec<String>,
    /// The columns of the row that is there which take the values of the new one: `SET column =
    /// excluded.column`. None for `DO NOTHING`.
    pub set: Vec<String>,
}

/// Has the service change a table.
#[async_trait]
pub(crate) trait Writer: std::fmt::Debug + Send + Sync + 'static {
    /// The name of its plan.
    fn name(&self) -> &'static str;

    /// What is worth knowing before it works: keys and values in the line of a plan.
    fn facts(&self) -> Facts;

    /// The columns of the table that it reads, by position. The rows come with these, in this order.
    fn wanted(&self) -> Vec<usize>;

    /// The columns of its result.
    fn schema(&self) -> SchemaRef;

    /// The same writer, knowing how much it is going to write: what EXPLAIN asks for. It may read
    /// metadata, but no data.
    ///
    /// # Errors
    /// As every call.
    async fn counted(
        &self,
        _rows: &LogicalPlan,
        _state: &SessionState,
    ) -> Result<Option<Arc<dyn Writer>>> {
        Ok(None)
    }

    /// Takes the rows and has them written. Dropped before its end, it sends nothing more.
    ///
    /// # Errors
    /// What reading the rows gives, and what the service says when it refuses all of them.
    async fn write(&self, rows: SendableRecordBatchStream, work: Work) -> Result<RecordBatch>;
}

/// What a writer works with.
#[derive(Clone)]
pub(crate) struct Work {
    /// Counts the requests.
    pub(crate) observer: Arc<dyn Observer>,
    /// Memory and temporary files.
    pub(crate) context: Arc<TaskContext>,
}

/// Refuses columns that can't be set, before the rows are planned: the reasons are better than those
/// of the planner.
///
/// # Errors
/// As [`writer`].
pub(crate) fn check(
    table: &dyn TableProvider,
    operation: Operation,
    columns: &[String],
) -> Result<()> {
    match table.downcast_ref::<ModuleTable>() {
        Some(module) if operation == Operation::Update => cell::check(module, columns),
        _ => Ok(()),
    }
}

/// The writer of a change; none where the table isn't Anaplan's. Nothing is written yet.
///
/// # Errors
/// Kind [`Unsupported`](crate::ErrorKind::Unsupported) or [`Query`](crate::ErrorKind::Query), with
/// the reason, when the table can't be changed so.
pub(crate) fn writer(
    table: &dyn TableProvider,
    change: &Change,
    directory: &Arc<Directory>,
) -> Result<Option<Arc<dyn Writer>>> {
    if let Some(list) = table.downcast_ref::<ListTable>() {
        return list::writer(list, change, directory).map(Some);
    }
    if change.conflict.is_some() {
        return Err(Error::new(ErrorKind::Unsupported, "ON CONFLICT is for lists")
            .with_hint("INSERT INTO \"Lists.…\" … ON CONFLICT (code) DO UPDATE SET …"));
    }
    if let Some(module) = table.downcast_ref::<ModuleTable>() {
        return Ok(Some(Arc::new(cell::CellUpdate::new(module, change)?)));
    }
    Ok(None)
}
