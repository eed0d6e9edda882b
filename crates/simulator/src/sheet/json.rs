//! A page of a sheet as JSON, row by row.

use bytes::Bytes;
use serde_json::{Value, json};

use super::super::tenant::{Axis, Grid, Row, positions};

/// The size of a block.
const BLOCK: usize = 64 * 1024;

/// Returns the JSON of a grid's current page in blocks; `dress` may add to its objects.
pub(crate) fn json_blocks(
    grid: Grid,
    dress: impl Fn(&mut Value) + Send,
) -> impl Iterator<Item = Bytes> + Send {
    let page = grid.current();
    let (_, rows, columns) = grid.size();
    let coordinates =
        (0..columns).map(|column| labels(&grid.columns, &positions(&grid.columns, column)));
    let columns = Value::Array(coordinates.collect());
    let mut head = json!({"columnCoordinates": columns});
    if let (false, Some(head)) = (grid.pages.is_empty(), head.as_object_mut()) {
        head.insert("pages".to_owned(), labels(&grid.pages, &page));
    }
    dress(&mut head);
    // The rows come one by one into the same object.
    let mut block = head.to_string().into_bytes();
    block.truncate(block.len().saturating_sub(1));
    block.extend_from_slice(b",\"rows\":[");
    let mut row = 0;
    let mut is_done = false;
    std::iter::from_fn(move || {
        while !is_done && block.len() < BLOCK {
            if row == rows {
                block.extend_from_slice(b"]}");
                is_done = true;
                break;
            }
            let mut cells = Row::cells(|cells| grid.data_row(&page, row, cells));
            let values = cells.split_off(grid.rows.len().min(cells.len()));
            if row > 0 {
                block.push(b',');
            }
            let mut line = json!({"rowCoordinates": cells, "cells": values});
            dress(&mut line);
            block.extend(line.to_string().into_bytes());
            row += 1;
        }
        let full = std::mem::take(&mut block);
        (!full.is_empty()).then(|| full.into())
    })
}

fn labels(axes: &[Axis], at: &[usize]) -> Value {
    let label = |(axis, place): (&Axis, &usize)| axis.members.get(*place).cloned();
    Value::Array(axes.iter().zip(at).filter_map(label).map(Value::String).collect())
}
