//! Filters that save requests: `column = 'text'` and `column IN ('a', 'b')` on key columns.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use datafusion::logical_expr::Expr;

use super::ColumnDefinition;
use crate::table::equality::allowed_values;

/// For each key column that is bound, the values it may have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyFilters(BTreeMap<&'static str, BTreeSet<String>>);

impl KeyFilters {
    /// Takes from these filters (joined by AND) what can be used; the rest is left to DataFusion,
    /// which checks all of them again.
    pub(super) fn new(columns: &'static [ColumnDefinition], filters: &[Expr]) -> Self {
        let mut all = Self::default();
        for filter in filters {
            let Some((column, values)) = translate(columns, filter) else { continue };
            match all.0.entry(column) {
                std::collections::btree_map::Entry::Vacant(entry) => drop(entry.insert(values)),
                std::collections::btree_map::Entry::Occupied(mut entry) => {
                    entry.get_mut().retain(|value| values.contains(value));
                }
            }
        }
        all
    }

    /// Whether a row with this value in this column can be wanted.
    pub(super) fn allows(&self, column: &str, value: &str) -> bool {
        self.0.get(column).is_none_or(|values| values.contains(value))
    }
}

impl fmt::Display for KeyFilters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (column, values)) in self.0.iter().enumerate() {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{column}=[{}]", values.join(", "))?;
        }
        Ok(())
    }
}

/// The key column and the values that a filter allows, or nothing if it says something else. The
/// answer to "is it pushed down" is this function too.
pub(super) fn translate(
    columns: &'static [ColumnDefinition],
    filter: &Expr,
) -> Option<(&'static str, BTreeSet<String>)> {
    let key = |name: &str| columns.iter().find(|c| c.key && c.name == name).map(|c| c.name);
    allowed_values(filter, &key)
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::{col, lit};

    use super::*;

    static COLUMNS: &[ColumnDefinition] =
        &[ColumnDefinition::key("model_id", ""), ColumnDefinition::text("name", "")];

    fn filters(all: &[Expr]) -> String {
        KeyFilters::new(COLUMNS, all).to_string()
    }

    #[test]
    fn equality_and_lists_on_keys_are_used_and_intersected() {
        assert_eq!(filters(&[col("model_id").eq(lit("A"))]), "model_id=[A]");
        assert_eq!(filters(&[lit("A").eq(col("model_id"))]), "model_id=[A]");
        let list = col("model_id").in_list(vec![lit("A"), lit("B")], false);
        assert_eq!(filters(std::slice::from_ref(&list)), "model_id=[A, B]");
        let either = col("model_id").eq(lit("B")).or(col("model_id").eq(lit("C")));
        assert_eq!(filters(&[list, either]), "model_id=[B]");
    }

    #[test]
    fn everything_else_is_left_to_the_engine() {
        for filter in [
            col("name").eq(lit("A")),
            col("model_id").not_eq(lit("A")),
            col("model_id").in_list(vec![lit("A")], true),
            col("model_id").eq(col("name")),
            col("model_id").eq(lit("A")).or(col("name").eq(lit("B"))),
            col("model_id").eq(lit(1)),
            col("model_id").is_null(),
        ] {
            assert_eq!(filters(std::slice::from_ref(&filter)), "", "{filter}");
        }
    }
}
