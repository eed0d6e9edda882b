//! What a join finds on its other side, as the labels of page dimensions that it needs.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::utils::collect_columns;

use crate::table::sheet::{Item, ItemReader, PageColumn, Wanted};
use crate::table::truth::{is_true, parts};

/// The labels that are wanted, by filters and by what joins tell. Of dimensions whose items haven't
/// been read nothing is worked out.
pub(super) async fn narrow(
    wanted: &Wanted,
    of_joins: &[Arc<dyn PhysicalExpr>],
    columns: &[PageColumn],
    known: &HashMap<usize, Vec<Item>>,
    items: &ItemReader<'_>,
) -> Wanted {
    let mut wanted = wanted.clone();
    let told: Vec<Arc<dyn PhysicalExpr>> = of_joins.iter().flat_map(parts).collect();
    for column in columns {
        let Some(all) = known.get(&column.place) else { continue };
        let mut labels: BTreeSet<&str> = all.iter().map(|item| item.label.as_str()).collect();
        let count = labels.len();
        let of_column = told.iter().filter(|told| {
            let columns = collect_columns(told);
            columns.len() == 1 && columns.iter().all(|it| it.name() == column.name)
        });
        for told in of_column {
            let texts = labels.iter().map(|label| Some(*label)).collect();
            match is_true(told, vec![(&column.name, texts)]) {
                Ok(truth) => {
                    let mut truth = truth.into_iter();
                    labels.retain(|_| truth.next().unwrap_or(false));
                }
                Err(error) => tracing::debug!(%error, "what a join tells can't be used"),
            }
        }
        // A join compares what the grid shows.
        if labels.len() == count || !items.shows_names(&column.dimension).await {
            continue;
        }
        let labels: BTreeSet<String> = labels.into_iter().map(str::to_owned).collect();
        wanted
            .entry(column.place)
            .and_modify(|values| values.retain(|value| labels.contains(value)))
            .or_insert(labels);
    }
    wanted
}
