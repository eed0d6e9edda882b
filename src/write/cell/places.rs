//! Where cells stand: from labels to items.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use datafusion::arrow::array::Array;
use futures::future::{BoxFuture, FutureExt};
use futures::stream::{self, StreamExt, TryStreamExt};

use super::rows::Rows;
use crate::client::Coordinate;
use crate::client::model::{DimensionId, ItemId};
use crate::error::Result;
use crate::http::Observer;
use crate::table::module::{DimensionColumn, ModuleTable};

/// The labels of each dimension that rows have.
#[derive(Debug, Default)]
pub(super) struct Labels {
    all: Vec<BTreeSet<String>>,
    rows: usize,
}

impl Labels {
    /// None yet, of so many dimensions.
    pub(super) fn new(dimensions: usize) -> Self {
        Self { all: vec![BTreeSet::new(); dimensions], rows: 0 }
    }

    /// Takes those of these rows.
    pub(super) fn add(&mut self, rows: &Rows) {
        self.rows += rows.count;
        for (all, labels) in self.all.iter_mut().zip(&rows.labels) {
            // Neighbours are often alike.
            let mut last = None;
            for label in labels.iter().flatten() {
                if last != Some(label) && !all.contains(label) {
                    all.insert(label.to_owned());
                }
                last = Some(label);
            }
        }
    }

    /// Whether there was no row.
    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }
}

/// The items of each dimension, by their labels.
#[derive(Debug)]
pub(super) struct Places(Vec<Items>);

#[derive(Debug)]
struct Items {
    dimension: DimensionId,
    name: String,
    /// Nothing where labels are what the service takes.
    by_label: Option<HashMap<String, Vec<ItemId>>>,
}

impl Items {
    async fn read(
        table: &ModuleTable,
        column: &DimensionColumn,
        labels: &BTreeSet<String>,
        observer: &Arc<dyn Observer>,
    ) -> Result<Self> {
        let by_label = match column.is_named() {
            true => None,
            false => Some(table.items_of(column, labels, Arc::clone(observer)).await?),
        };
        let (dimension, name) = (column.dimension.id.clone(), column.name.clone());
        Ok(Self { dimension, name, by_label })
    }
}

/// Why it can't be told where a cell stands: the dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoPlace<'a> {
    /// Several items have the label.
    Ambiguous(&'a str),
    /// No item has it.
    Missing(&'a str),
}

impl Places {
    /// Reads the items of these labels: a request for each dimension that isn't time or versions.
    pub(super) async fn read(
        table: &ModuleTable,
        labels: &Labels,
        observer: &Arc<dyn Observer>,
    ) -> Result<Self> {
        let each: Vec<BoxFuture<'_, Result<Items>>> = (table.shape().dimensions.iter())
            .zip(&labels.all)
            .map(|(column, labels)| Items::read(table, column, labels, observer).boxed())
            .collect();
        let connections = table.connection().settings.max_connections;
        Ok(Self(stream::iter(each).buffered(connections).try_collect().await?))
    }

    /// Where the cells of a row stand in each dimension.
    pub(super) fn find<'a>(
        &'a self,
        rows: &'a Rows,
        row: usize,
        at: &mut Vec<Coordinate<'a>>,
    ) -> Result<(), NoPlace<'a>> {
        at.clear();
        for (items, labels) in self.0.iter().zip(&rows.labels) {
            let Some(label) = labels.is_valid(row).then(|| labels.value(row)) else {
                return Err(NoPlace::Missing(&items.name));
            };
            at.push(match &items.by_label {
                None => Coordinate::name(&items.dimension, label),
                Some(known) => match known.get(label).map_or(&[][..], Vec::as_slice) {
                    [item] => Coordinate::id(&items.dimension, item),
                    [] => return Err(NoPlace::Missing(&items.name)),
                    _ => return Err(NoPlace::Ambiguous(&items.name)),
                },
            });
        }
        Ok(())
    }
}
