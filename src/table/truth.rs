//! Filters worked out here, over texts that are known.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::cast::as_boolean_array;
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{Column, InListExpr, Literal};
use datafusion::physical_expr::utils::{reassign_expr_columns, split_conjunction};
use datafusion::physical_expr_common::physical_expr::snapshot_physical_expr;

/// Of which rows a filter is true, whose columns are found by their names. NULL is not true.
pub(super) fn is_true(
    filter: &Arc<dyn PhysicalExpr>,
    columns: Vec<(&str, StringArray)>,
) -> Result<Vec<bool>> {
    let field = |(name, _): &(&str, StringArray)| Field::new(*name, DataType::Utf8, true);
    let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
    let array = |(_, texts): (&str, StringArray)| Arc::new(texts) as ArrayRef;
    let arrays: Vec<ArrayRef> = columns.into_iter().map(array).collect();
    let filter = reassign_expr_columns(Arc::clone(filter), &schema)?;
    let batch = RecordBatch::try_new(schema, arrays)?;
    let truth = filter.evaluate(&batch)?.into_array(batch.num_rows())?;
    Ok(as_boolean_array(&truth)?.iter().map(|truth| truth == Some(true)).collect())
}

/// What a join tells by now, in parts that must all be true: one that joins by several columns tells
/// something of each.
pub(super) fn parts(told: &Arc<dyn PhysicalExpr>) -> Vec<Arc<dyn PhysicalExpr>> {
    let told = snapshot_physical_expr(Arc::clone(told)).unwrap_or_else(|_| Arc::clone(told));
    split_conjunction(&told).into_iter().cloned().collect()
}

/// The column that a part names the values of, and these, where they are few enough for the join to
/// list them.
pub(super) fn listed(part: &Arc<dyn PhysicalExpr>) -> Option<(String, BTreeSet<String>)> {
    let list = part.downcast_ref::<InListExpr>().filter(|list| !list.negated())?;
    let column = list.expr().downcast_ref::<Column>()?.name().to_owned();
    let text = |value: &Arc<dyn PhysicalExpr>| {
        let value = value.downcast_ref::<Literal>()?.value();
        value.try_as_str()?.map(str::to_owned)
    };
    Some((column, list.list().iter().map(text).collect::<Option<_>>()?))
}
