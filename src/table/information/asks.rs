//! How much a metadata table asks the service for, as far as that can be told before: what EXPLAIN
//! shows, and what the planner takes for the number of rows.

use super::KeyFilters;
use crate::names::Names;

/// What a metadata table asks the service for.
#[derive(Debug)]
pub(super) enum Asks {
    /// So many requests.
    Times(usize),
    /// A listing of the tenant: one request for each page. The names that a session knows may tell
    /// how long it is.
    Tenant(Option<fn(&Names) -> usize>),
    /// Every model that filters leave.
    Models(OfModel),
}

/// What is asked for in each model.
#[derive(Debug)]
pub(super) struct OfModel {
    /// So many requests.
    pub(super) each: usize,
    /// The first column that costs more requests, for the objects in the model.
    pub(super) objects_from: Option<usize>,
    /// A key of which so few values are asked for one by one.
    pub(super) by_key: Option<(&'static str, usize)>,
    /// How many rows models usually have.
    pub(super) rows: usize,
}

impl Asks {
    /// So many requests for each model, which have so many rows.
    pub(super) const fn models(each: usize, rows: usize) -> Self {
        Self::Models(OfModel { each, objects_from: None, by_key: None, rows })
    }

    /// A request for each model, and more for its objects if a column from this place on is wanted.
    pub(super) const fn objects(each: usize, from: usize, rows: usize) -> Self {
        Self::Models(OfModel { each, objects_from: Some(from), by_key: None, rows })
    }

    /// How many requests it is going to take. What a session has read before isn't asked for again.
    pub(super) fn requests(
        &self,
        models: Option<usize>,
        projection: &[usize],
        filters: &KeyFilters,
    ) -> String {
        match self {
            Self::Times(count) => count.to_string(),
            Self::Tenant(_) => "1+".to_owned(),
            Self::Models(of_model) => {
                let named = of_model.by_key.and_then(|(key, few)| {
                    filters.among(key).map(|it| it.len()).filter(|len| *len <= few)
                });
                let count = models.unwrap_or_default() * named.unwrap_or(of_model.each);
                let wants = |from| from == 0 || projection.iter().any(|it| *it >= from);
                let costs_more = |from| count > 0 && wants(from);
                let more = if of_model.objects_from.is_some_and(costs_more) { "+" } else { "" };
                format!("{count}{more}")
            }
        }
    }

    /// About how many rows there are.
    pub(super) fn rows(
        &self,
        models: Option<usize>,
        names: Option<&Names>,
        filters: &KeyFilters,
    ) -> Option<usize> {
        match self {
            Self::Times(_) => None,
            Self::Tenant(count) => Some((*count)?(names?)),
            Self::Models(of_model) => {
                // Whatever else a filter names, a row or a few have it.
                let each = filters.narrowest_of_objects().map_or(of_model.rows, |named| {
                    named.saturating_mul(of_model.rows.isqrt()).min(of_model.rows)
                });
                models.map(|models| models.saturating_mul(each))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::{col, lit};

    use super::super::{ColumnDefinition, MODEL_ID, WORKSPACE_ID};
    use super::*;

    #[test]
    fn requests_and_rows_grow_with_models_and_shrink_with_filters() {
        static COLUMNS: &[ColumnDefinition] =
            &[WORKSPACE_ID, MODEL_ID, ColumnDefinition::key("module_id", "The module.")];
        let none = KeyFilters::default();
        let module = [col("module_id").in_list(vec![lit("a"), lit("b")], false)];
        let module = KeyFilters::new(COLUMNS, &module);
        let asks = Asks::objects(2, 3, 100);
        assert_eq!(asks.requests(Some(4), &[0, 2], &none), "8");
        assert_eq!(asks.requests(Some(4), &[0, 3], &none), "8+");
        assert_eq!(asks.requests(Some(0), &[0, 3], &none), "0");
        assert_eq!(Asks::objects(1, 0, 100).requests(Some(4), &[], &none), "4+");
        assert_eq!(asks.rows(Some(4), None, &none), Some(400));
        assert_eq!(asks.rows(Some(4), None, &module), Some(80));
        assert_eq!(asks.rows(None, None, &none), None);
        let by_key = Some(("module_id", 8));
        let asks = Asks::Models(OfModel { each: 1, objects_from: None, by_key, rows: 100 });
        assert_eq!(asks.requests(Some(3), &[], &module), "6");
        assert_eq!(asks.requests(Some(3), &[], &none), "3");
        assert_eq!(Asks::Times(0).requests(None, &[], &none), "0");
        assert_eq!(Asks::Tenant(None).requests(None, &[], &none), "1+");
        assert_eq!(Asks::Tenant(None).rows(None, None, &none), None);
    }
}
