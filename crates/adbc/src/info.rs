//! What the driver tells about itself.

use std::collections::HashSet;
use std::sync::Arc;

use adbc_core::constants::ADBC_VERSION_1_1_0;
use adbc_core::error::Result;
use adbc_core::options::InfoCode;
use adbc_core::schemas::GET_INFO_SCHEMA;
use arrow::array::{
    ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, UInt32Array, UnionArray,
    new_empty_array,
};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::DataType;

/// A value; the first three members of the union are enough.
enum Value {
    Text(String),
    Truth(bool),
    Number(i64),
}

/// Everything there is to tell.
fn all() -> Vec<(InfoCode, Value)> {
    let text = |text: &str| Value::Text(text.to_owned());
    vec![
        (InfoCode::VendorName, text("Anaplan")),
        // Of the Integration API.
        (InfoCode::VendorVersion, text("2.0")),
        (InfoCode::VendorSql, Value::Truth(true)),
        (InfoCode::VendorSubstrait, Value::Truth(false)),
        (InfoCode::DriverName, text("ADBC driver for Anaplan")),
        (InfoCode::DriverVersion, text(concat!("v", env!("CARGO_PKG_VERSION")))),
        (InfoCode::DriverArrowVersion, Value::Text(format!("v{}", arrow::ARROW_VERSION))),
        (InfoCode::DriverAdbcVersion, Value::Number(ADBC_VERSION_1_1_0.into())),
    ]
}

/// What is asked for, as far as it is known; everything if nothing is asked for.
pub(crate) fn batch(codes: Option<&HashSet<InfoCode>>) -> Result<RecordBatch> {
    let (mut names, mut kinds, mut offsets) = (Vec::new(), Vec::new(), Vec::new());
    let (mut texts, mut truths, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    for (code, value) in all() {
        if codes.is_some_and(|codes| !codes.contains(&code)) {
            continue;
        }
        names.push(u32::from(&code));
        let (kind, offset) = match value {
            Value::Text(text) => {
                texts.push(text);
                (0, texts.len())
            }
            Value::Truth(truth) => {
                truths.push(truth);
                (1, truths.len())
            }
            Value::Number(number) => {
                numbers.push(number);
                (2, numbers.len())
            }
        };
        kinds.push(kind);
        offsets.push(i32::try_from(offset - 1).unwrap_or(i32::MAX));
    }
    let schema = Arc::clone(&GET_INFO_SCHEMA);
    let DataType::Union(fields, _) = schema.field(1).data_type() else {
        return Err(crate::error::invalid_state("the schema of infos has no union"));
    };
    let children = fields.iter().map(|(kind, field)| -> ArrayRef {
        match kind {
            0 => Arc::new(StringArray::from_iter_values(&texts)),
            1 => Arc::new(BooleanArray::from(truths.clone())),
            2 => Arc::new(Int64Array::from(numbers.clone())),
            _ => new_empty_array(field.data_type()),
        }
    });
    let values = UnionArray::try_new(
        fields.clone(),
        ScalarBuffer::from(kinds),
        Some(ScalarBuffer::from(offsets)),
        children.collect(),
    )?;
    Ok(RecordBatch::try_new(schema, vec![Arc::new(UInt32Array::from(names)), Arc::new(values)])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_codes_are_left_out() {
        assert_eq!(batch(None).expect("a batch").num_rows(), 8);
        let codes =
            [InfoCode::DriverName, InfoCode::Other(12_345), InfoCode::VendorSubstraitMinVersion];
        let some = batch(Some(&codes.into())).expect("a batch");
        assert_eq!(some.num_rows(), 1);
        assert_eq!(batch(Some(&HashSet::new())).expect("a batch").num_rows(), 0);
    }
}
