//! Texts that become numbers, days or truth values on their way into a column.
//!
//! DataFusion casts the rows of an INSERT and the new values of an UPDATE to the types of their
//! columns. Where a text is no number, it shows the text, and doesn't say which column it was for.
//! Errors here do it the other way round.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::expr::{Alias, Cast};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, LogicalPlan, Projection, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Values, Volatility,
};

use crate::error::{Error, ErrorKind};

/// A cast that names its column when it fails.
#[derive(Debug, PartialEq, Eq, Hash)]
struct ColumnCast {
    column: String,
    to: DataType,
    signature: Signature,
}

impl ScalarUDFImpl for ColumnCast {
    fn name(&self) -> &str {
        "cast_to_column"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(self.to.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [value] = args.args.as_slice() else {
            return Err(DataFusionError::Internal("a cast takes one value".to_owned()));
        };
        value.cast_to(&self.to, None).map_err(|_| {
            let (kind, example) = words(&self.to);
            let text = format!("a value for \"{}\" is not {kind}", self.column);
            let hint = format!("write it like {example}, or leave the row out with WHERE");
            Error::new(ErrorKind::Data, text).with_hint(hint).into()
        })
    }
}

/// What a type is called, and what is one of it.
pub(super) fn words(kind: &DataType) -> (&'static str, &'static str) {
    match kind {
        DataType::Float64 => ("a number", "12.5"),
        DataType::Boolean => ("a truth value", "true"),
        DataType::Date32 => ("a day", "DATE '2026-01-31'"),
        _ => ("text", "'text'"),
    }
}

/// The same rows, whose casts name their columns when they fail.
///
/// # Errors
/// None are known: the plan keeps its schema.
pub(crate) fn name_casts(rows: LogicalPlan) -> Result<LogicalPlan> {
    let LogicalPlan::Projection(projection) = rows else { return Ok(rows) };
    let (exprs, schema) = (projection.expr, projection.schema);
    let input = match projection.input.as_ref() {
        LogicalPlan::Values(values) => Arc::new(LogicalPlan::Values(named_values(values, &exprs)?)),
        _ => projection.input,
    };
    let exprs = exprs.into_iter().map(|expr| match expr {
        Expr::Alias(Alias { expr, relation, name, metadata }) => {
            let expr = Box::new(named(*expr, &name, input.schema())?);
            Ok(Expr::Alias(Alias { expr, relation, name, metadata }))
        }
        other => Ok(other),
    });
    let exprs = exprs.collect::<Result<Vec<_>>>()?;
    Ok(LogicalPlan::Projection(Projection::try_new_with_schema(exprs, input, schema)?))
}

/// The rows of VALUES, each of whose columns goes into the column that a projection makes of it.
fn named_values(values: &Values, projection: &[Expr]) -> Result<Values> {
    let mut names = vec![None; values.schema.fields().len()];
    for expr in projection {
        let Expr::Alias(alias) = expr else { continue };
        let inner = match alias.expr.as_ref() {
            Expr::Cast(cast) => cast.expr.as_ref(),
            inner => inner,
        };
        let Expr::Column(column) = inner else { continue };
        if let Some(place) = values.schema.maybe_index_of_column(column) {
            names[place] = Some(alias.name.as_str());
        }
    }
    let empty = DFSchema::empty();
    let row = |row: &Vec<Expr>| {
        let each = row.iter().zip(&names).map(|(expr, name)| match name {
            Some(name) => named(expr.clone(), name, &empty),
            None => Ok(expr.clone()),
        });
        each.collect::<Result<Vec<_>>>()
    };
    let rows = values.values.iter().map(row).collect::<Result<Vec<_>>>()?;
    Ok(Values { schema: Arc::clone(&values.schema), values: rows })
}

/// A cast of a text that names its column; another expression as it is.
fn named(expr: Expr, column: &str, schema: &DFSchema) -> Result<Expr> {
    let Expr::Cast(Cast { expr: inner, field }) = &expr else { return Ok(expr) };
    if !inner.get_type(schema)?.is_string() {
        return Ok(expr);
    }
    let cast = ColumnCast {
        column: column.to_owned(),
        to: field.data_type().clone(),
        signature: Signature::any(1, Volatility::Immutable),
    };
    Ok(ScalarUDF::from(cast).call(vec![inner.as_ref().clone()]))
}
