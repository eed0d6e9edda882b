//! From the rows of a statement to cells: labels and new values.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, RecordBatch, StringArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Float64Type};
use datafusion::error::DataFusionError;

use super::target::Target;
use crate::client::CellValue;
use crate::error::Result;
use crate::table::CellKind;

/// Rows: a label of each dimension, whether they are sums, and the new values.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) labels: Vec<Arc<StringArray>>,
    is_sum: Option<BooleanArray>,
    values: Vec<Values>,
    pub(super) count: usize,
}

/// The new values of a line item.
#[derive(Debug)]
enum Values {
    Number(Float64Array),
    Boolean(BooleanArray),
    /// As the service writes them.
    Date(StringArray),
    Text(StringArray),
}

/// Why a value is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoValue {
    /// Infinite, or the result of a division of zero by zero.
    NotFinite,
}

/// The first columns of a batch as text.
pub(super) fn labels(batch: &RecordBatch, count: usize) -> Result<Vec<Arc<StringArray>>> {
    let text = |column: &ArrayRef| {
        let text = cast(column, &DataType::Utf8).map_err(DataFusionError::from)?;
        Ok(Arc::new(text.as_string::<i32>().clone()))
    };
    batch.columns().iter().take(count).map(text).collect()
}

impl Rows {
    /// The rows of a batch whose columns are the dimensions, whether it is a sum if anything tells,
    /// and the new values.
    pub(super) fn new(
        batch: &RecordBatch,
        dimensions: usize,
        tells_sums: bool,
        targets: &[Target],
    ) -> Result<Self> {
        let before = dimensions + usize::from(tells_sums);
        let values = batch.columns().iter().skip(before).zip(targets);
        let values: Result<Vec<Values>, DataFusionError> = values
            .map(|(column, target)| {
                let cells = cast(column, &target.kind.arrow())?;
                Ok(match target.kind {
                    CellKind::Number => Values::Number(cells.as_primitive::<Float64Type>().clone()),
                    CellKind::Boolean => Values::Boolean(cells.as_boolean().clone()),
                    CellKind::Date => Values::Date(days(cells.as_primitive::<Date32Type>())),
                    CellKind::Text => Values::Text(cells.as_string::<i32>().clone()),
                })
            })
            .collect();
        let is_sum = batch.columns().get(dimensions).filter(|_| tells_sums);
        Ok(Self {
            labels: labels(batch, dimensions)?,
            is_sum: is_sum.map(|column| column.as_boolean().clone()),
            values: values?,
            count: batch.num_rows(),
        })
    }

    /// Whether a row is a sum of others.
    pub(super) fn is_sum(&self, row: usize) -> bool {
        self.is_sum.as_ref().is_some_and(|sums| sums.is_valid(row) && sums.value(row))
    }

    /// The new value of a line item in a row. NULL makes a cell blank, or false where a cell is
    /// always true or false.
    pub(super) fn value(
        &self,
        row: usize,
        number: usize,
        target: &Target,
    ) -> Result<CellValue<'_>, NoValue> {
        let blank = if target.is_boolean { CellValue::Boolean(false) } else { CellValue::Text("") };
        Ok(match &self.values[number] {
            Values::Number(cells) if cells.is_valid(row) => {
                let number = cells.value(row);
                if !number.is_finite() {
                    return Err(NoValue::NotFinite);
                }
                CellValue::Number(number)
            }
            Values::Boolean(cells) if cells.is_valid(row) => CellValue::Boolean(cells.value(row)),
            Values::Date(cells) if cells.is_valid(row) => CellValue::Text(cells.value(row)),
            Values::Text(cells) if cells.is_valid(row) && !cells.value(row).is_empty() => {
                CellValue::Text(cells.value(row))
            }
            _ => blank,
        })
    }
}

fn days(cells: &Date32Array) -> StringArray {
    let day = |row| cells.value_as_date(row).map(|day| day.format("%Y-%m-%d").to_string());
    (0..cells.len()).map(|row| cells.is_valid(row).then(|| day(row)).flatten()).collect()
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::StringViewArray;

    use super::*;

    fn target(kind: CellKind, is_boolean: bool) -> Target {
        Target { id: "206000000000".into(), name: "L".to_owned(), kind, is_boolean }
    }

    #[test]
    fn cells_of_each_type_become_values_of_the_service() {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("D", Arc::new(StringViewArray::from(vec!["a", "b", "c"]))),
            ("is_summary", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]))),
            ("N", Arc::new(Float64Array::from(vec![Some(0.1), None, Some(f64::NAN)]))),
            ("B", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
            ("T", Arc::new(Date32Array::from(vec![Some(20_454), None, Some(0)]))),
            ("X", Arc::new(StringArray::from(vec![Some("x"), None, Some("")]))),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, column)| (name, column, true)),
        );
        let targets = [
            target(CellKind::Number, false),
            target(CellKind::Boolean, true),
            target(CellKind::Date, false),
            target(CellKind::Text, false),
        ];
        let rows = Rows::new(&batch.expect("a batch"), 1, true, &targets).expect("rows");
        assert_eq!(rows.labels[0].value(2), "c");
        assert_eq!([0, 1, 2].map(|row| rows.is_sum(row)), [true, false, false]);
        let values = |number: usize| [0, 1, 2].map(|row| rows.value(row, number, &targets[number]));
        let blank = Ok(CellValue::Text(""));
        assert_eq!(values(0), [Ok(CellValue::Number(0.1)), blank, Err(NoValue::NotFinite)]);
        let [yes, no] = [true, false].map(|truth| Ok(CellValue::Boolean(truth)));
        assert_eq!(values(1), [yes, no, no]);
        let day = |text| Ok(CellValue::Text(text));
        assert_eq!(values(2), [day("2026-01-01"), blank, day("1970-01-01")]);
        assert_eq!(values(3), [Ok(CellValue::Text("x")), blank, blank]);
    }
}
