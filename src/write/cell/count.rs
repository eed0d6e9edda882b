//! How many cells an UPDATE is going to set, for EXPLAIN.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema};
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::SessionState;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Expr, LogicalPlan};

use super::update::CellUpdate;
use crate::client::model::DimensionItem;
use crate::error::Result;
use crate::http::{Observer, Unobserved};
use crate::table::module::ModuleTable;

/// How many cells a statement is going to set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Estimate {
    cells: u64,
    is_exact: bool,
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at_most = if self.is_exact { "" } else { "at most " };
        write!(f, "{at_most}{}", self.cells)
    }
}

/// What WHERE says of each dimension by itself.
struct Filters<'a> {
    of: HashMap<usize, Vec<&'a Expr>>,
    /// Whether that is all that it says.
    is_all: bool,
}

/// The same update, with the number of its cells: the items of each dimension that WHERE leaves,
/// multiplied. Reads items, but no cells.
///
/// # Errors
/// As every call.
pub(super) async fn counted(
    update: &CellUpdate,
    rows: &LogicalPlan,
    state: &SessionState,
) -> Result<CellUpdate> {
    let table = update.table();
    let observer: Arc<dyn Observer> = Arc::new(Unobserved);
    let filters = Filters::of(rows, table);
    let (mut cells, mut is_exact) = (update.width() as u64, filters.is_all);
    for (number, column) in table.shape().dimensions.iter().enumerate() {
        let Some(leaves) = table.leaves(column, Arc::clone(&observer)).await? else {
            return Ok(update.clone());
        };
        let filters = filters.of.get(&number).map_or(&[][..], Vec::as_slice);
        let left = match count(&leaves, filters, state) {
            Ok(left) => left,
            // What it fails on, it fails on with an error of its own when it runs.
            Err(_) => {
                is_exact = false;
                leaves.len()
            }
        };
        cells = cells.saturating_mul(left as u64);
    }
    Ok(update.with_estimate(Estimate { cells, is_exact }))
}

impl<'a> Filters<'a> {
    fn of(rows: &'a LogicalPlan, table: &ModuleTable) -> Self {
        let mut filters = Self { of: HashMap::new(), is_all: true };
        let mut scans = 0;
        let walked = rows.apply(|plan| {
            match plan {
                LogicalPlan::Filter(filter) => {
                    for part in split_conjunction(&filter.predicate) {
                        filters.take(part, table);
                    }
                }
                LogicalPlan::TableScan(_) => scans += 1,
                LogicalPlan::Projection(_) | LogicalPlan::SubqueryAlias(_) => {}
                _ => filters.is_all = false,
            }
            Ok(TreeNodeRecursion::Continue)
        });
        // The columns of other tables may go by the names of dimensions.
        if walked.is_err() || scans != 1 {
            return Self { of: HashMap::new(), is_all: false };
        }
        filters
    }

    fn take(&mut self, part: &'a Expr, table: &ModuleTable) {
        let names: BTreeSet<&str> =
            part.column_refs().into_iter().map(|column| column.name.as_str()).collect();
        let dimensions = &table.shape().dimensions;
        let place = |name: &str| dimensions.iter().position(|column| column.name == name);
        let mut names = names.into_iter();
        match (names.next().and_then(place), names.next()) {
            (Some(place), None) if is_plain(part) => self.of.entry(place).or_default().push(part),
            _ => self.is_all = false,
        }
    }
}

/// Whether an expression says the same of the same label, whenever it is asked.
fn is_plain(expr: &Expr) -> bool {
    let mut is_plain = !expr.is_volatile();
    let walked = expr.apply(|part| {
        is_plain &= !matches!(
            part,
            Expr::InSubquery(_) | Expr::Exists(_) | Expr::ScalarSubquery(_) | Expr::Placeholder(_)
        );
        Ok(TreeNodeRecursion::Continue)
    });
    is_plain && walked.is_ok()
}

/// How many items filters leave.
fn count(
    leaves: &[DimensionItem],
    filters: &[&Expr],
    state: &SessionState,
) -> DataFusionResult<usize> {
    let labels: StringArray = leaves.iter().map(|item| Some(item.name.as_str())).collect();
    let labels = Arc::new(labels);
    let mut left = vec![true; leaves.len()];
    for filter in filters {
        let Some(Column { relation, name, .. }) = filter.column_refs().into_iter().next() else {
            continue;
        };
        let schema = Arc::new(Schema::new(vec![Field::new(name, DataType::Utf8, true)]));
        let columns = match relation {
            Some(relation) => DFSchema::try_from_qualified_schema(relation.clone(), &schema)?,
            None => DFSchema::try_from(Arc::clone(&schema))?,
        };
        let filter = state.create_physical_expr((*filter).clone(), &columns)?;
        let batch = RecordBatch::try_new(schema, vec![Arc::clone(&labels) as _])
            .map_err(DataFusionError::from)?;
        let kept = filter.evaluate(&batch)?.into_array(leaves.len())?;
        let kept = kept.as_boolean();
        for (place, left) in left.iter_mut().enumerate() {
            *left &= !datafusion::arrow::array::Array::is_null(kept, place) && kept.value(place);
        }
    }
    Ok(left.into_iter().filter(|left| *left).count())
}
