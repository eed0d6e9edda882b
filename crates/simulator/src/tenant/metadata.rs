//! What listing and `exportMetadata` say about an export.

use serde_json::{Map, Value, json};

use super::data::Data;
use super::export::Export;
use super::grid::{Axis, Grid, size};

/// Beyond this many rows the row count is an estimate that is off by some percent, as the service's is.
const EXACT_ROWS: u64 = 1000;

impl Export {
    /// Returns the entry of `GET …/exports`.
    pub(crate) fn listing(&self) -> Value {
        let mut entry = Map::new();
        entry.insert("id".into(), self.id.clone().into());
        entry.insert("name".into(), self.name.clone().into());
        entry.insert("exportType".into(), self.export_type.clone().into());
        entry.insert("exportFormat".into(), self.format.clone().into());
        entry.insert("encoding".into(), self.encoding.clone().into());
        if let Some(layout) = &self.layout {
            entry.insert("layout".into(), layout.clone().into());
        }
        Value::Object(entry)
    }

    /// Returns the `exportMetadata` of `GET …/exports/{e}`.
    pub(crate) fn metadata_answer(&self) -> Value {
        if let Some(replaced) = &self.metadata {
            return replaced.clone();
        }
        let arrays = match &*self.data {
            Data::Grid(grid) => Arrays::of_grid(grid),
            _ => Arrays::of_columns(self),
        };
        let mut answer = json!({
            "columnCount": arrays.count,
            "rowCount": estimate(self.row_count()),
            "dataTypes": arrays.types,
            "headerNames": arrays.names,
            "listNames": arrays.lists,
            "delimiter": self.delimiter,
            "separator": self.separator,
            "encoding": self.encoding,
            "exportFormat": self.format,
        });
        if let (Some(layout), Some(object)) = (&self.layout, answer.as_object_mut()) {
            object.insert("layout".to_owned(), layout.clone().into());
        }
        answer
    }
}

fn estimate(rows: u64) -> u64 {
    if rows < EXACT_ROWS { rows } else { rows.saturating_add(rows / 33) }
}

#[derive(Default)]
struct Arrays {
    count: u64,
    names: Vec<String>,
    types: Vec<String>,
    lists: Vec<String>,
}

impl Arrays {
    fn of_columns(export: &Export) -> Self {
        let mut arrays = Self { count: export.columns.len() as u64, ..Self::default() };
        for column in &export.columns {
            arrays.names.push(column.name.clone());
            arrays.types.push(column.data_type.clone());
            arrays.lists.push(column.list_name.clone());
        }
        arrays
    }

    fn of_grid(grid: &Grid) -> Self {
        let mut arrays = Self {
            count: (grid.rows.len() as u64).saturating_add(size(&grid.columns)),
            ..Self::default()
        };
        for axis in &grid.rows {
            arrays.names.push(axis.name.clone());
            arrays.types.push(axis.data_type.clone());
            arrays.lists.push(axis.list_name.clone());
        }
        let line_items_off_columns =
            grid.rows.iter().chain(&grid.pages).any(|axis| axis.line_item_types.is_some());
        let plain = if line_items_off_columns { "MIXED" } else { grid.cell_type.as_str() };
        if let [.., _, innermost] = grid.columns.as_slice() {
            // Stacked columns: the arrays name one repetition of the innermost dimension, one type for
            // each dimension, and no lists, so that no two lengths agree, as in Anaplan's own sample.
            arrays.names.extend(innermost.members.iter().cloned());
            arrays.types.extend(grid.columns.iter().map(|axis| column_type(axis, 0, plain)));
        } else if let Some(only) = grid.columns.first() {
            for (place, member) in only.members.iter().enumerate() {
                arrays.names.push(member.clone());
                arrays.types.push(column_type(only, place, plain));
                arrays.lists.push(String::new());
            }
        }
        arrays
    }
}

fn column_type(axis: &Axis, place: usize, plain: &str) -> String {
    let own = axis.line_item_types.as_ref().and_then(|types| types.get(place));
    own.map_or(plain, String::as_str).to_owned()
}
